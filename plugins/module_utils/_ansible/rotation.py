# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rotation for Ansible: parameters to tools and intents, the report to a plain result."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from .._base.errors import InputError
from .._partner_center.users import Endpoint
from .._password.trail import Trail
from .._rotation.cycle import Tools
from .._rotation.events import EventLog
from .._rotation.generator import make_generator
from .._rotation.planning import Mode
from .._rotation.rotation import Rotation
from .._stores.base import Cipher, Context
from .._stores.registry import make_store
from . import results
from .connecting import open_connection
from .environment import ansible_home, with_environment
from .intents import generated_password, make_intents
from .password import account_of, guarded, options
from .progress import AuditLogWait, progress_of
from .task_context import TaskContext


def rotate_passwords(
    params: Mapping[str, Any], context: TaskContext, cipher: Callable[[str | None], Cipher]
) -> dict[str, Any]:
    """The whole task: validated parameters in, a result without secrets out. Never raises."""
    return guarded(lambda: _rotate(with_environment(params, context.environment), context, cipher))


def _rotate(params: Mapping[str, Any], context: TaskContext, cipher: Callable[[str | None], Cipher]) -> dict[str, Any]:
    intents = make_intents(params, generated_password)
    generator = make_generator(params["generator"])
    if params["orphan_after"] < 1:
        raise InputError("orphan_after", "must be at least 1")
    home = os.path.join(ansible_home(context.environment), "partnercenter")
    store = make_store(params["store"], Context(context.environment, home, cipher))
    connection = open_connection(params, context, endpoint=Endpoint(params["endpoint"]))
    waiting = AuditLogWait(context, params["audit_timeout"])
    trail = Trail(connection.audit, lambda: account_of(connection), sleep=waiting)
    events = EventLog(params["event_log"] or os.path.join(home, "events.jsonl"))
    tools = Tools(
        store=store,
        users=connection.users,
        generator=generator,
        events=events,
        mode=Mode(params["operation"]),
        orphan_after=params["orphan_after"],
        witness=params["evidence"] == "audit_log",
        # A clock that is behind the service's would make what is stored lie ahead.
        now=lambda: max(datetime.now(UTC), trail.now()),
    )
    rotation = Rotation(
        connection,
        tools,
        trail,
        options(params, context),
        progress=progress_of(intents, context),
        cancelled=context.cancelled,
    )
    try:
        report = rotation.run(intents)
    finally:
        events.close()
    single = params.get("users") is None
    return results.of_report(report, single=single, diff=context.diff, operation=params["operation"])
