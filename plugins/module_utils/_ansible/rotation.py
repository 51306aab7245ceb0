# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entrance ``partnercenter_user_password_rotation``: generates passwords and keeps them in a store."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .._base.errors import InputError
from .._password.witness_evidence import check_evidence
from .._rotation.cycle import Tools
from .._rotation.event_log import EventLog
from .._rotation.generator import make_generator
from .._rotation.planning import Mode
from .._rotation.rotation import Rotation
from .._stores.registry import make_store
from . import results
from .arguments import (
    Spec,
    account,
    connection,
    credentials,
    force_change_password,
    gateway,
    generator,
    list_of,
    many_users,
    sessions,
    store,
    trigger,
)
from .boundary import guarded
from .connecting import open_connection, open_sessions, open_witness
from .environment import with_environment
from .intents import generated_password, make_intents, make_options
from .progress import progress_of
from .task_context import TaskContext


def specification() -> Spec:
    """All options of the module."""
    user = account() | force_change_password() | trigger()
    return (
        user
        | list_of(user)
        | {
            "operation": {"type": "str", "choices": ["rotate", "resume", "verify", "rollback"], "default": "rotate"},
            "orphan_after": {"type": "int", "default": 5},
            "evidence": {"type": "str", "choices": ["store", "audit_log", "directory"], "default": "store"},
            "audit_timeout": {"type": "float", "default": 120.0},
            "event_log": {"type": "path"},
        }
        | generator()
        | store()
        | many_users()
        | sessions()
        | gateway()
        | credentials()
        | connection()
    )


def rotate_passwords(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Run the whole task: validated parameters in, a result without secrets out. Never raises."""
    return guarded(lambda: _rotate(with_environment(params, context.environment), context))


def _rotate(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    intents = make_intents(params, generated_password)
    new_passwords = make_generator(params["generator"])
    if params["orphan_after"] < 1:
        raise InputError("orphan_after", "must be at least 1")
    passwords = make_store(params["store"], context.for_stores())
    service = open_connection(params, context)
    if params["evidence"] != "store":
        check_evidence(params["evidence"], service.memory)
    witness = open_witness(service, params, context)
    events = EventLog(params["event_log"] or os.path.join(context.home, "events.jsonl"))
    tools = Tools(
        store=passwords,
        users=service.users,
        generator=new_passwords,
        events=events,
        mode=Mode(params["operation"]),
        orphan_after=params["orphan_after"],
        witness=params["evidence"] != "store",
        # A clock that is behind the service's would make what is stored lie ahead.
        now=lambda: max(datetime.now(UTC), witness.now()),
    )
    rotation = Rotation(
        service,
        tools,
        witness,
        make_options(params, context),
        progress=progress_of(intents, context),
        cancelled=context.cancelled,
        sessions=open_sessions(params, context),
    )
    try:
        report = rotation.run(intents)
    finally:
        events.close()
    single = params.get("users") is None
    result = results.of_report(report, single=single, diff=context.diff, operation=params["operation"])
    return result | {"plan": report.plan, "entropy": int(new_passwords.bits)}
