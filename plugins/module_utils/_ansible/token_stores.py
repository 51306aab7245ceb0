# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A refresh token in one of the stores for passwords. In the controller's process only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .._entra.token_source import TokenKeeper
from .._sign_in.token_store import PLACE, TokenInStore
from .._stores.base import CipherError, Context
from .._stores.records import Subject
from .._stores.registry import make_store
from .environment import ansible_home
from .surroundings import Surroundings

#: Refresh tokens are not among the passwords, unless somebody names the same place.
_PREFIX = "partnercenter-sign-in"


def token_store(options: Mapping[str, Any], around: Surroundings, subject: Subject) -> TokenKeeper:
    """Checked offline; raises :class:`InputError`."""
    home = os.path.join(ansible_home(around.environment), "partnercenter")
    given = {name: value for name, value in options.items() if value is not None}
    if given.get("type", "file") == "file":
        given = {"path": os.path.join(home, "refresh_tokens")} | given
    else:
        given = {"prefix": _PREFIX} | given
    store = make_store(given, Context(around.environment, home, around.cipher or _no_cipher), PLACE)
    return TokenInStore(store, subject)


def _no_cipher(vault_id: str | None) -> Any:
    raise CipherError
