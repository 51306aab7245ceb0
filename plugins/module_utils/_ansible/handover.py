# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entrance ``partnercenter_user_password_handover``: a temporary password for a person, behind a one-time link."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .._base.errors import InputError
from .._handover.handing import Desk
from .._handover.handover import Handover
from .._handover.record import HandoverRecord
from .._links.registry import make_links
from .._password.intent import Intent, make_account, make_trigger
from .._rotation.event_log import EventLog
from .._rotation.generator import make_generator
from .._stores.document import LONGEST_ROTATION_ID
from . import results
from .arguments import (
    Spec,
    account,
    connection,
    credentials,
    gateway,
    generator,
    link,
    link_reading,
    many_users,
    sessions,
    store,
)
from .boundary import guarded
from .connecting import open_connection, open_sessions, open_witness
from .environment import with_environment
from .intents import make_options
from .links import check_file, requester, store_of_links, told, written
from .rows import link_row
from .task_context import TaskContext

#: The options of tasks for many users that one person has, too; the others have their defaults.
_OF_ONE = ("endpoint", "allow_synced", "allow_privileged", "allowed_roles")
_FIXED = {name: rules.get("default") for name, rules in many_users().items() if name not in _OF_ONE}
_FIXED |= {"concurrency": 1, "on_drift": "report", "evidence": "store"}


def specification() -> Spec:
    """All options of the module."""
    told: Spec = {name: {"type": "str", "required": True} for name in ("rotation_id", "reason")}
    return (
        account()
        | told
        | link()
        | link_reading()
        | {
            "audit_timeout": {"type": "float", "default": 120.0},
            "event_log": {"type": "path"},
            "password_writeback": {"type": "bool", "default": False, "no_log": False},
            "revoke_sessions": sessions()["revoke_sessions"],
        }
        | generator()
        | store()
        | {name: many_users()[name] for name in _OF_ONE}
        | gateway()
        | credentials()
        | connection()
    )


def hand_over(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Run the whole task: validated parameters in, a result with the link and without secrets out. Never raises."""
    return guarded(lambda: _hand_over(with_environment(params, context.environment) | _FIXED, context))


def _hand_over(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    intent = _intent(params)
    new_passwords = make_generator(params["generator"], temporary=True)
    links = make_links(params["link"], context.environment)
    records = store_of_links(params, context)
    check_file(params["link_file"])
    service = open_connection(params, context)
    witness = open_witness(service, params, context)
    events = EventLog(params["event_log"] or os.path.join(context.home, "events.jsonl"))
    desk = Desk(
        store=records,
        users=service.users,
        links=links,
        generator=new_passwords,
        events=events,
        requested_by=requester(params),
        reason=told("reason", params["reason"]),
        # A clock that is behind the service's would make what is stored lie ahead.
        now=lambda: max(datetime.now(UTC), witness.now()),
    )
    handover = Handover(service, desk, witness, make_options(params, context), open_sessions(params, context))
    try:
        report = handover.run([intent])
    finally:
        events.close()
    result = results.of_report(report, single=True, diff=context.diff)
    return result | _shown(handover.record, params["link_file"], result)


def _intent(params: Mapping[str, Any]) -> Intent:
    names = ("customer_id", "customer_domain", "user_id", "user_principal_name")
    trigger = make_trigger("", update_password="when_rotated", rotation_id=params["rotation_id"])
    if len(trigger.rotation_id or "") > LONGEST_ROTATION_ID:
        raise InputError("rotation_id", f"must have at most {LONGEST_ROTATION_ID} characters")
    return Intent(make_account("", **{name: params[name] for name in names}), None, True, trigger)


def _shown(record: HandoverRecord | None, path: str | None, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the link for the result, or write it to the file."""
    if record is None:
        return {}
    link = record.one_time_link
    again = "run again with the same rotation_id"
    return link_row(link, shown=path is None) | written(path, [link.text], result, again)
