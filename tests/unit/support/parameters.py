# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parameters of `partnercenter_user_password`, and the task of an action plugin that has them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.password import specification
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import validated
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, PASSWORD, user_id

#: Every form of it begins with these letters.
CANARY = 'cAnAry-7-"quoted"\\back'


def arguments(**given: Any) -> dict[str, Any]:
    """The plainest task: one user and a password."""
    plain = {"customer_id": CUSTOMER, "user_id": user_id(), "password": PASSWORD, "access_token": "token"}
    return {name: value for name, value in {**plain, **given}.items() if value is not None}


def parameters(**given: Any) -> dict[str, Any]:
    return validated(arguments(**given), specification())


def listed(*users: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The form with a list of users."""
    return parameters(**{"user_id": None, "users": list(users), **given})


def leaks(*shown: object) -> bool:
    return "canary" in repr(shown).lower()


def action(environment: dict[str, Any] | Exception | None = None, **task: Any) -> Any:
    """The least part of an action plugin that is needed."""

    def compute(raw: dict[str, Any]) -> str:
        if isinstance(environment, Exception):
            raise environment
        raw.update(environment or {})
        return ""

    ordinary = {
        "async_val": 0,
        "check_mode": False,
        "diff": False,
        "become": False,
        "args": arguments(),
        "no_log": False,
        "environment": None,
    }
    return SimpleNamespace(
        _task=SimpleNamespace(**{**ordinary, "args": arguments(), **task}),
        _connection=SimpleNamespace(transport="local"),
        _display=SimpleNamespace(display=lambda line, stderr: None),
        _loader=None,
        _templar=SimpleNamespace(available_variables={"inventory_dir": "/srv/inventory"}),
        _compute_environment_string=compute,
    )
