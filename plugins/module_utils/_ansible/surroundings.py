# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task is run in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._entra.kept import TokenKeeper
from .._password.batch import Progress
from .._stores.base import Cipher
from .._stores.records import Subject


@dataclass(frozen=True)
class Surroundings:
    """``environment`` holds ``ANSIBLE_HOME``, or the user's home is used.

    ``cipher`` gives the vault cipher for a vault id, and ``token_store`` the refresh token in a store that is described
    by options: both are there in the controller's process only. ``show`` writes a line on the screen at once.
    """

    environment: Mapping[str, str] = field(repr=False)
    check_mode: bool = False
    diff: bool = False
    cancelled: threading.Event = field(default_factory=threading.Event)
    progress: Callable[[Progress], None] = lambda _progress: None
    show: Callable[[str], None] = lambda _line: None
    cipher: Callable[[str | None], Cipher] | None = None
    token_store: Callable[[Mapping[str, Any], Surroundings, Subject], TokenKeeper] | None = None
