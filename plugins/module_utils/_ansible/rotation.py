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
from .._rotation.cycle import Tools
from .._rotation.events import EventLog
from .._rotation.generator import make_generator
from .._rotation.planning import Mode
from .._rotation.rotation import Rotation
from .._stores.base import Cipher, Context
from .._stores.registry import make_store
from . import results
from .boundary import guarded, options
from .connecting import open_connection
from .environment import ansible_home, with_environment
from .intents import generated_password, make_intents
from .showing import WitnessWait, progress_of
from .surroundings import Surroundings


def rotate_passwords(
    params: Mapping[str, Any], around: Surroundings, cipher: Callable[[str | None], Cipher]
) -> dict[str, Any]:
    """The whole task: validated parameters in, a result without secrets out. Never raises."""
    return guarded(lambda: _rotate(with_environment(params, around.environment), around, cipher))


def _rotate(params: Mapping[str, Any], around: Surroundings, cipher: Callable[[str | None], Cipher]) -> dict[str, Any]:
    intents = make_intents(params, generated_password)
    generator = make_generator(params["generator"])
    if params["orphan_after"] < 1:
        raise InputError("orphan_after", "must be at least 1")
    home = os.path.join(ansible_home(around.environment), "partnercenter")
    store = make_store(params["store"], Context(around.environment, home, cipher))
    connection = open_connection(params, around)
    witness = connection.witness(WitnessWait(around, params["audit_timeout"], connection.memory.name))
    events = EventLog(params["event_log"] or os.path.join(home, "events.jsonl"))
    tools = Tools(
        store=store,
        users=connection.users,
        generator=generator,
        events=events,
        mode=Mode(params["operation"]),
        orphan_after=params["orphan_after"],
        witness=params["evidence"] != "store",
        # A clock that is behind the service's would make what is stored lie ahead.
        now=lambda: max(datetime.now(UTC), witness.now()),
    )
    rotation = Rotation(
        connection,
        tools,
        witness,
        options(params, around),
        progress=progress_of(intents, around),
        cancelled=around.cancelled,
    )
    try:
        report = rotation.run(intents)
    finally:
        events.close()
    single = params.get("users") is None
    return results.of_report(report, single=single, diff=around.diff, operation=params["operation"])
