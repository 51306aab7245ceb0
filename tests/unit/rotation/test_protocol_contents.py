# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data that a cycle gives to the service, the store, the event log, and the row of the result."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.event_log import EventLog
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.generator import Generator
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.planning import Mode
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.rows import of_cycle
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import Document
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import State
from ansible_collections.csp.partnercenter.tests.unit.rotation.service import (
    CUSTOMER,
    NAME,
    SUBJECT,
    USER,
    World,
)


def test_an_ordinary_cycle_has_nothing_to_say(world: World) -> None:
    cycle = world.run()
    assert (cycle.error, cycle.left_alone, cycle.warning, cycle.open, cycle.failed) == (None,) * 4 + (False,)
    assert of_cycle(cycle).trace == world.users.requests[0].trace


def test_the_service_is_told_whether_the_password_must_be_changed(world: World) -> None:
    world.force_change_password = True
    world.run("r1")
    world.run("r2")
    world.run("back", mode=Mode.ROLLBACK)
    world.force_change_password = False
    world.run("r3")
    assert [request.force_change_password for request in world.users.requests] == [True, True, True, False]


def test_without_a_rotation_id_each_rotation_gets_one_of_its_own(world: World) -> None:
    world.run(None, max_age="30d")
    world.now += timedelta(days=31)
    world.run(None, max_age="30d")
    document = world.document
    assert document is not None and document.current is not None and document.previous is not None
    assert document.current.rotation_id != document.previous.rotation_id


@pytest.mark.parametrize("mode", [Mode.ROTATE, Mode.ROLLBACK])
def test_who_stages_a_password_leaves_a_name_with_it(world: World, mode: Mode) -> None:
    world.run("r1")
    world.run("r2")
    world.killed(rotation_id="r3", mode=mode, death=("after", 1))
    assert world.document is not None and world.document.pending is not None
    assert world.document.pending.state is State.STAGED
    assert str(os.getpid()) in world.document.pending.owner


def test_with_a_witness_an_accepted_password_waits_and_says_how_it_is_known(world: World) -> None:
    cycle = world.run(witness=True)
    assert cycle.open is None
    world.killed(rotation_id="r2", witness=True, death=("after", 3))
    assert world.document is not None and world.document.pending is not None
    assert (world.document.pending.state, world.document.pending.evidence) == (State.APPLIED, "exact")


def test_a_request_is_about_this_user_and_has_the_ids_of_its_password(world: World) -> None:
    world.run("r1")
    (request,) = world.users.requests
    assert (request.customer_id, request.user_id) == (CUSTOMER, USER)
    assert world.document is not None and world.document.current is not None
    version = world.document.current.version
    assert request.trace.correlation_id == Document(SUBJECT).correlation_id("r1", version)
    assert world.event_ids == [request.trace.request_id]


def test_a_password_is_made_for_its_user(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The generator keeps the user's name out of it."""
    names: list[str | None] = []
    generate = Generator.generate
    monkeypatch.setattr(Generator, "generate", lambda self, name: (names.append(name), generate(self, name))[1])
    world.run()
    assert names == [NAME]


def test_the_event_log_is_not_searched_for_what_just_happened(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It grows with every rotation of every user."""
    monkeypatch.setattr(EventLog, "_has", lambda *_arguments: pytest.fail("searched"))
    world.run()
    assert len(world.event_ids) == 1
