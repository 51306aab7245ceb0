# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validated parameters of `partnercenter_user_password`, as both ways in give them to the boundary."""

from __future__ import annotations

from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import user_password
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import validated
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, PASSWORD, user_id

#: Every form of it begins with these letters.
CANARY = 'cAnAry-7-"quoted"\\back'


def arguments(**given: Any) -> dict[str, Any]:
    """The plainest task: one user and a password."""
    plain = {"customer_id": CUSTOMER, "user_id": user_id(), "password": PASSWORD, "access_token": "token"}
    return {name: value for name, value in {**plain, **given}.items() if value is not None}


def parameters(**given: Any) -> dict[str, Any]:
    return validated(arguments(**given), user_password())


def listed(*users: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The form with a list of users."""
    return parameters(**{"user_id": None, "users": list(users), **given})


def leaks(*shown: object) -> bool:
    return "canary" in repr(shown).lower()
