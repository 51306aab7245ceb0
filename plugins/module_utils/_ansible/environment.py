# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that may come from the environment.

An option of the task wins. If the task sets one credential, the environment does not add a credential that contradicts
it: a ``PARTNERCENTER_REFRESH_TOKEN`` is not used beside the ``access_token`` of a task.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .arguments import connection

_APPLICATION = ("client_secret", "certificate_path", "client_assertion_file", "client_assertion_source")
_APPLICATION_WITHOUT_PASSPHRASE = tuple(name for name in _APPLICATION if name != "certificate_path")
_GIVEN = ("refresh_token", "refresh_token_file")
#: The store is no rival of a refresh token that is given: it keeps what comes after it.
_STORE = "refresh_token_store"

#: Options that exclude each other; ``access_token`` stands alone.
_RIVALS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_APPLICATION, (*_APPLICATION, "access_token")),
    **dict.fromkeys(_GIVEN, (*_GIVEN, "access_token")),
    _STORE: (_STORE, "access_token"),
    "access_token": ("access_token", *_APPLICATION, *_GIVEN, _STORE),
    "certificate_passphrase": ("certificate_passphrase", "access_token", *_APPLICATION_WITHOUT_PASSPHRASE),
}

_OPTIONS = (
    "tenant_id",
    "client_id",
    *_APPLICATION,
    "certificate_passphrase",
    "client_assertion_variable",
    "client_assertion_service_connection",
    *_GIVEN,
    _STORE,
    "access_token",
    *connection(),
    "gateway",
    "graph_url",
    "ledger",
    "ledger_key",
)


def variable(option: str) -> str:
    """Return the environment variable for an option."""
    return f"PARTNERCENTER_{option.upper()}"


def with_environment(params: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters, with the values that the environment adds."""
    filled = dict(params)
    for option in _OPTIONS:
        value = environment.get(variable(option))
        rivals = _RIVALS.get(option, (option,))
        if value and value.strip() and option in params and all(params.get(rival) in (None, "") for rival in rivals):
            filled[option] = value
    return filled


def ansible_home(environment: Mapping[str, str]) -> str:
    """Return Ansible's own folder."""
    return os.path.expanduser(environment.get("ANSIBLE_HOME") or "~/.ansible")
