# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validated parameters to intents: the single form, or one for each element of ``users``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._password.intent import Intent, at, check_list, make_account, make_intent, make_trigger
from .._password.moments import Window, window
from .._service.errors import InputError

_USER_KEYS = ("user_id", "user_principal_name")
_CUSTOMER_KEYS = ("customer_id", "customer_domain")
_INHERITED = ("password", "force_change_password", "rotation_id", "not_before", "max_age", "window")


def make_intents(params: Mapping[str, Any]) -> list[Intent]:
    """Checked intents in the order of the list; raises :class:`InputError` before anything is sent."""
    users = params["users"]
    if users is None:
        return [_intent("", params, params)]
    rivals = [name for name in _USER_KEYS if params[name]]
    if rivals:
        raise InputError(rivals[0], "cannot be given together with users: put it into the list's elements")
    intents = [_intent(f"users[{position}]", _inherit(user, params), params) for position, user in enumerate(users)]
    check_list([intent.account for intent in intents])
    return intents


def _inherit(user: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, Any]:
    """The element with the task's values where it has none of its own."""
    merged = {name: user.get(name) if user.get(name) is not None else task[name] for name in _INHERITED}
    merged |= {name: user.get(name) for name in _USER_KEYS}
    has_customer = any(user.get(name) for name in _CUSTOMER_KEYS)
    return merged | {name: (user if has_customer else task).get(name) for name in _CUSTOMER_KEYS}


def _intent(place: str, values: Mapping[str, Any], task: Mapping[str, Any]) -> Intent:
    account = make_account(
        place,
        customer_id=values["customer_id"],
        customer_domain=values["customer_domain"],
        user_id=values["user_id"],
        user_principal_name=values["user_principal_name"],
    )
    if not values["password"]:
        raise InputError(at(place, "password"), f"is needed for {account.name}, and is missing or empty")
    trigger = make_trigger(
        place,
        update_password=task["update_password"],
        rotation_id=values["rotation_id"],
        not_before=values["not_before"],
        max_age=values["max_age"],
        window=_window(at(place, "window"), values["window"]),
    )
    force = values["force_change_password"]
    return make_intent(
        account, password=values["password"], force_change_password=True if force is None else force, trigger=trigger
    )


def _window(place: str, values: Mapping[str, Any] | None) -> Window | None:
    if values is None:
        return None
    return window(place, days=values["days"], start=values["from"], end=values["to"], time_zone=values["time_zone"])
