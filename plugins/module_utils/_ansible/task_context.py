# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The context of a task: its environment, its mode, and what only the controller's process can give it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._password.batch import Progress
from .._sign_in.token_store import TokenInStore
from .._stores.base import Cipher, CipherError, Context
from .._stores.records import Subject
from .environment import ansible_home


def _no_cipher(_vault_id: str | None) -> Cipher:
    raise CipherError


@dataclass(frozen=True)
class TaskContext:
    """The surroundings of one task.

    :ivar environment: that of play and task. Without ``ANSIBLE_HOME`` the user's home is used.
    :ivar cancelled: set when the task has to end; then no further user is begun.
    :ivar progress: is told how many users are done.
    :ivar show: writes a line on the screen at once.
    :ivar cipher: gives the vault cipher for a vault id. None outside of the controller's process.
    :ivar token_store: gives the refresh token in the store that options describe. None outside of that process.
    """

    environment: Mapping[str, str] = field(repr=False)
    check_mode: bool = False
    diff: bool = False
    cancelled: threading.Event = field(default_factory=threading.Event)
    progress: Callable[[Progress], None] = lambda _progress: None
    show: Callable[[str], None] = lambda _line: None
    cipher: Callable[[str | None], Cipher] | None = None
    token_store: Callable[[Mapping[str, Any], TaskContext, Subject], TokenInStore] | None = None

    @property
    def home(self) -> str:
        """The folder for the collection's own files, such as ledger, stores and events."""
        return os.path.join(ansible_home(self.environment), "partnercenter")

    def for_stores(self) -> Context:
        """The part of it that a store needs."""
        return Context(self.environment, self.home, self.cipher or _no_cipher)
