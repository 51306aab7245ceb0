# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The input of the engines, made of validated parameters: an intent for each user, and options of the whole task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._base.errors import InputError
from .._base.moments import Window, window
from .._password.batch import Options
from .._password.intent import Account, Intent, Policy, at, check_list, make_account, make_intent, make_trigger
from .task_context import TaskContext

_USER_KEYS = ("user_id", "user_principal_name")
_CUSTOMER_KEYS = ("customer_id", "customer_domain")
_INHERITED = ("password", "force_change_password", "rotation_id", "not_before", "max_age", "window")

Build = Callable[[str, Mapping[str, Any], Mapping[str, Any]], Intent]


def make_intents(
    params: Mapping[str, Any], build: Build | None = None, inherited: Sequence[str] = _INHERITED
) -> list[Intent]:
    """Return checked intents in the order of the list: one for each element of ``users``, or one for the task.

    ``build`` makes an intent from its place, its values and the task's. The default makes one with a given password.
    ``inherited``: the options that the task has for all users.
    Raises :class:`InputError` before anything is sent.
    """
    build = build or given_password
    users = params["users"]
    if users is None:
        return [build("", params, params)]
    rivals = [name for name in _USER_KEYS if params[name]]
    if rivals:
        raise InputError(rivals[0], "cannot be given together with users: put it into the list's elements")
    merged = [_inherit(user, params, inherited) for user in users]
    intents = [build(f"users[{position}]", values, params) for position, values in enumerate(merged)]
    check_list([intent.account for intent in intents])
    return intents


def make_options(params: Mapping[str, Any], context: TaskContext) -> Options:
    """Return the checked options that are the same for all users of the task; raises :class:`InputError`."""
    for name in ("max_resets", "max_resets_per_customer", "pilot", "audit_timeout"):
        if not 0 <= params[name] < float("inf"):
            raise InputError(name, "must be a number that is not negative")
    return Options(
        check_user=params["check_user"],
        allow_synced=params["allow_synced"],
        allow_privileged=params["allow_privileged"],
        allowed_roles=tuple(params["allowed_roles"]),
        skip_refused=params["on_refused"] == "skip",
        stop_on_error=params["on_error"] == "stop",
        max_resets=params["max_resets"],
        max_resets_per_customer=params["max_resets_per_customer"],
        pilot=params["pilot"],
        approved_plan=params.get("approved_plan") or "",
        audit_timeout=params["audit_timeout"],
        resets_drift=params["on_drift"] == "reset",
        writes_back=bool(params.get("password_writeback")),
        witness=params["evidence"] not in ("ledger", "store"),
        check_mode=context.check_mode,
    )


def _inherit(user: Mapping[str, Any], task: Mapping[str, Any], inherited: Sequence[str] = _INHERITED) -> dict[str, Any]:
    """Return the element, with the task's values where it has none of its own."""
    merged = {name: user.get(name) if user.get(name) is not None else task.get(name) for name in inherited}
    merged |= {name: user.get(name) for name in _USER_KEYS}
    has_customer = any(user.get(name) for name in _CUSTOMER_KEYS)
    return merged | {name: (user if has_customer else task).get(name) for name in _CUSTOMER_KEYS}


def given_password(place: str, values: Mapping[str, Any], task: Mapping[str, Any]) -> Intent:
    """An intent whose password the caller brings."""
    account = make_account_of(place, values)
    if not values["password"]:
        raise InputError(at(place, "password"), f"is needed for {account.name}, and is missing or empty")
    trigger = make_trigger(
        place,
        update_password=task["update_password"],
        rotation_id=values["rotation_id"],
        not_before=values["not_before"],
        max_age=values["max_age"],
        window=_window(place, values),
    )
    force = values["force_change_password"]
    return make_intent(
        account, password=values["password"], force_change_password=True if force is None else force, trigger=trigger
    )


def generated_password(place: str, values: Mapping[str, Any], task: Mapping[str, Any]) -> Intent:
    """An intent whose password the rotation generates. By default the user does not have to change it."""
    account = make_account_of(place, values)
    when = {name: values[name] for name in ("rotation_id", "not_before", "max_age")}
    operation = task["operation"]
    if operation == "rotate" and not any(when.values()):
        raise InputError(at(place, "rotation_id"), f"{account.name} needs one of rotation_id, not_before, max_age")
    if operation == "rollback" and not when["rotation_id"]:
        raise InputError(at(place, "rotation_id"), "is needed to roll back just once: name it, such as back-2026-11")
    trigger = make_trigger(place, **when, window=_window(place, values))
    if trigger.policy is Policy.WHEN_CHANGED:
        # Nothing was declared: whatever was applied last is right.
        trigger = replace(trigger, policy=Policy.WHEN_OLDER)
    return Intent(account, None, bool(values["force_change_password"]), trigger)


def make_account_of(place: str, values: Mapping[str, Any]) -> Account:
    return make_account(
        place,
        customer_id=values["customer_id"],
        customer_domain=values["customer_domain"],
        user_id=values["user_id"],
        user_principal_name=values["user_principal_name"],
    )


def _window(place: str, values: Mapping[str, Any]) -> Window | None:
    given = values["window"]
    if given is None:
        return None
    here = at(place, "window")
    return window(here, days=given["days"], start=given["from"], end=given["to"], time_zone=given["time_zone"])
