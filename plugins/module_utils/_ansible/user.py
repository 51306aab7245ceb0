# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entrance ``partnercenter_user``: creates, changes, deletes and restores users."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from .._base.errors import InputError
from .._directory.records import DETAILS
from .._handover.link_desk import LinkDesk
from .._links.registry import make_links
from .._password.batch import Options
from .._password.intent import at
from .._rotation.event_log import EventLog
from .._rotation.generator import make_generator
from .._users.changes import UserChanges
from .._users.declaration import Declaration, Presence, make_declaration
from .._users.first_passwords import FirstPasswords, GivenPasswords, StoredPasswords
from .._users.linked_passwords import LinkedPasswords
from .._users.turn import UserRow
from . import results
from .arguments import (
    Spec,
    account,
    connection,
    credentials,
    force_change_password,
    gateway,
    generator,
    link,
    link_reading,
    list_of,
    many_users,
    store,
)
from .boundary import guarded
from .connecting import open_connection
from .environment import with_environment
from .intents import make_account_of, make_intents
from .links import check_file, requester, store_of_links, told, written
from .progress import WitnessWait, progress_of
from .task_context import TaskContext

_INHERITED = ("state", *DETAILS, "new_user_principal_name", "password", "force_change_password")
_SHARED = ("concurrency", "on_error", "allow_privileged", "on_refused")
_OF_LINKS = ("link_file", "requested_by", "reason")
_REASON = "a new user"
_NOT_NEGATIVE = ("max_changes", "max_changes_per_customer", "lookup_timeout")


def specification() -> Spec:
    """All options of the module."""
    text: dict[str, Any] = {"type": "str"}
    user: Spec = account() | {"state": {"type": "str", "choices": [*Presence]}} | dict.fromkeys(DETAILS, text)
    user |= {"new_user_principal_name": text, "password": {"type": "str", "no_log": True}} | force_change_password()
    return (
        user
        | list_of(user)
        | {
            "max_changes": {"type": "int", "default": 0},
            "max_changes_per_customer": {"type": "int", "default": 0},
            "lookup_timeout": {"type": "float", "default": 30.0},
            "event_log": {"type": "path"},
        }
        | {name: many_users()[name] for name in _SHARED}
        | {"reason": {"type": "str"}}
        | link(required=False)
        | link_reading()
        | generator()
        | store()
        | gateway()
        | credentials()
        | connection()
    )


def change_users(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Run the whole task: validated parameters in, a result without secrets out. Never raises."""
    return guarded(lambda: _change(with_environment(params, context.environment), context))


def _change(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    declared = make_intents(params, _declared, _INHERITED)
    options = _options(params, context)
    if params["generator"] is not None and params["store"] is None and params["link"] is None:
        raise InputError("generator", "needs store or link, which keeps the password that is generated")
    for name in () if params["link"] else _OF_LINKS:
        if params[name] is not None:
            raise InputError(name, "belongs to link, which is not given")
    check_file(params["link_file"])
    service = open_connection(params, context)
    witness = service.witness()
    events = EventLog(params["event_log"] or os.path.join(context.home, "events.jsonl"))
    passwords = _first_passwords(params, context, events, lambda: max(datetime.now(UTC), witness.now()))
    changes = UserChanges(
        service,
        passwords,
        witness,
        options,
        lookup_timeout=params["lookup_timeout"],
        progress=progress_of(declared, context),
        cancelled=context.cancelled,
        sleep=WitnessWait(context, params["lookup_timeout"], "directory"),
    )
    try:
        report = changes.run(declared)
    finally:
        events.close()
    single, path = params["users"] is None, params["link_file"]
    result = results.of_changes(report, single=single, diff=context.diff, links_shown=path is None)
    links = [
        (user.name, user.one_time_link.text)
        for user in report.users
        if isinstance(user, UserRow) and user.one_time_link
    ]
    lines = [text if single else f"{name} {text}" for name, text in links]
    return result | written(path, lines, result, "run again")


def _declared(place: str, values: Mapping[str, Any], task: Mapping[str, Any]) -> Declaration:
    """A declaration. A password of the caller or behind a link is temporary, and one in a store is for a machine."""
    keeper = next((name for name in ("link", "store") if task[name] is not None), None)
    if values["password"] and keeper:
        raise InputError(at(place, "password"), f"cannot be given together with {keeper}, which gets a generated one")
    force = values["force_change_password"]
    if force is False and keeper == "link":
        why = "cannot be false together with link, whose password the user must change at the first sign-in"
        raise InputError(at(place, "force_change_password"), why)
    return make_declaration(
        make_account_of(place, values),
        presence=Presence(values["state"] or Presence.PRESENT),
        details={name: values[name] for name in DETAILS},
        new_name=values["new_user_principal_name"],
        password=values["password"],
        force_change_password=keeper != "store" if force is None else force,
    )


def _options(params: Mapping[str, Any], context: TaskContext) -> Options:
    for name in _NOT_NEGATIVE:
        if not 0 <= params[name] < float("inf"):
            raise InputError(name, "must be a number that is not negative")
    return Options(
        allow_privileged=params["allow_privileged"],
        skip_refused=params["on_refused"] == "skip",
        stop_on_error=params["on_error"] == "stop",
        max_resets=params["max_changes"],
        max_resets_per_customer=params["max_changes_per_customer"],
        check_mode=context.check_mode,
    )


def _first_passwords(
    params: Mapping[str, Any], context: TaskContext, events: EventLog, now: Callable[[], datetime]
) -> FirstPasswords | None:
    """Return where the passwords of new users come from; None where the task names no place."""
    if params["link"] is not None:
        desk = LinkDesk(
            store=store_of_links(params, context),
            links=make_links(params["link"], context.environment),
            generator=make_generator(params["generator"], temporary=True),
            events=events,
            requested_by=requester(params),
            reason=told("reason", _REASON if params["reason"] is None else params["reason"]),
            now=now,
        )
        return LinkedPasswords(desk)
    if params["store"] is None:
        given = [params["password"], *(user["password"] for user in params["users"] or [])]
        return GivenPasswords() if any(given) else None
    # Imported here: many tasks create nobody, and need none of the stores.
    from .._stores.registry import make_store

    passwords = make_store(params["store"], context.for_stores())
    return StoredPasswords(passwords, make_generator(params["generator"]), events, now)
