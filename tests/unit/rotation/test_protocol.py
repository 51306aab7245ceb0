# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two tables of the rotation's design: what holds after a kill at each step, and after each fate of a request."""

from __future__ import annotations

from contextlib import suppress

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty, Fate
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Reason
from ansible_collections.csp.partnercenter.plugins.module_utils._password.plan import Step
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.planning import Mode
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, State
from ansible_collections.csp.partnercenter.tests.unit.rotation.service import INITIAL, World

#: stage, mark sent, mark applied, promote, deliver
WRITES = range(1, 6)


def test_a_rotation_sets_what_is_stored_and_tells_once(world: World) -> None:
    cycle = world.run()
    assert cycle.delivery is not None and cycle.delivery.fate is Fate.ACCEPTED
    assert world.users.live == world.stored(Slot.CURRENT) != INITIAL
    assert world.stored(Slot.PENDING) is None
    assert world.event_ids == [world.users.requests[0].trace.request_id]


def test_the_second_run_sends_nothing(world: World) -> None:
    world.run()
    cycle = world.run()
    assert cycle.decision.plan.step is Step.KEEP
    assert len(world.users.requests) == 1


def test_the_next_rotation_keeps_the_password_before(world: World) -> None:
    world.run("r1")
    first = world.stored(Slot.CURRENT)
    world.run("r2")
    assert world.stored(Slot.PREVIOUS) == first
    assert world.users.live == world.stored(Slot.CURRENT) != first


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("write", WRITES)
def test_killed_around_a_write_nothing_is_lost(world: World, when: str, write: int) -> None:
    world.killed(death=(when, write))
    assert world.users.live in world.known()
    world.run()
    assert world.users.live == world.stored(Slot.CURRENT)
    assert len(world.set_passwords) == 1
    assert len(world.event_ids) == len(set(world.event_ids)) == 1
    assert world.run().decision.plan.step is Step.KEEP


@pytest.mark.parametrize("answer", ["killed_before", "killed_after"])
def test_killed_at_the_request_it_is_sent_again_as_it_was(world: World, answer: str) -> None:
    world.users.answers = [answer]
    world.killed()
    assert world.users.live in world.known()
    cycle = world.run()
    assert cycle.decision.plan.reason is Reason.RESUMED
    first, second = world.users.requests
    assert first.password == second.password
    assert first.trace == second.trace
    assert world.users.live == world.stored(Slot.CURRENT)
    assert len(world.set_passwords) == 1


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("second", WRITES)
def test_killed_twice_nothing_is_lost(world: World, write: int, second: int) -> None:
    world.killed(death=("after", write))
    with suppress(AssertionError):  # the second run may need fewer writes than that
        world.killed(death=("after", second))
    assert world.users.live in world.known()
    world.run()
    assert world.users.live == world.stored(Slot.CURRENT)
    assert len(world.set_passwords) == 1
    assert len(world.event_ids) == len(set(world.event_ids)) == 1


@pytest.mark.parametrize("answer", ["lost_after", "lost_before"])
def test_a_lost_answer_without_evidence_keeps_the_password_pending(world: World, answer: str) -> None:
    world.users.answers = [answer]
    cycle = world.run()
    assert cycle.open is not None and cycle.open.state is State.SENT
    assert world.users.live in world.known()
    world.run()
    assert world.users.live == world.stored(Slot.CURRENT)
    assert len(world.set_passwords) == 1


def test_a_lost_answer_that_the_audit_log_shows_is_promoted(world: World) -> None:
    world.users.answers = ["lost_after"]
    cycle = world.run(evidence=Certainty.AUDIT)
    assert cycle.open is None
    assert world.users.live == world.stored(Slot.CURRENT)
    assert world.document is not None and world.document.current is not None
    assert world.document.current.evidence == "audit"


def test_applied_late_after_the_retry_it_is_still_the_same_password(world: World) -> None:
    world.users.answers = ["late"]
    world.run()
    world.run()
    world.users.apply_late()
    assert world.users.live == world.stored(Slot.CURRENT)
    assert len(world.set_passwords) == 1


def test_late_and_then_refused_it_is_quarantined(world: World) -> None:
    world.users.answers = ["late", "refused"]
    world.run()
    cycle = world.run()
    world.users.apply_late()
    assert cycle.open is not None and cycle.open.state is State.QUARANTINED
    assert world.users.live == world.stored(Slot.PENDING)
    assert world.run().decision.plan.step is Step.HOLD
    world.run(mode=Mode.RESUME)
    assert world.users.live == world.stored(Slot.CURRENT)


def test_lost_and_applied_and_then_always_refused_the_audit_log_settles_it(world: World) -> None:
    world.users.answers = ["lost_after", "refused", "refused"]
    world.run()
    world.run(evidence=Certainty.AUDIT)
    assert world.users.live == world.stored(Slot.CURRENT)
    assert len(world.set_passwords) == 1


def test_a_clean_refusal_leaves_the_current_password(world: World) -> None:
    world.run("r1")
    current = world.stored(Slot.CURRENT)
    world.users.answers = ["refused"]
    cycle = world.run("r2")
    assert cycle.delivery is not None and cycle.delivery.fate is Fate.REFUSED
    assert world.stored(Slot.CURRENT) == current == world.users.live
    assert world.stored(Slot.PENDING) is None


def test_a_request_that_never_left_is_sent_by_the_next_run_with_the_same_password(world: World) -> None:
    world.users.answers = ["unreachable"]
    world.run()
    assert world.document is not None and world.document.pending is not None
    assert world.document.pending.state is State.STAGED
    world.run()
    first, second = world.users.requests
    assert first.password == second.password
    assert world.users.live == world.stored(Slot.CURRENT)


def test_after_repeated_refusals_the_user_is_left_alone_until_a_human_resumes(world: World) -> None:
    world.users.answers = ["refused", "refused"]
    world.run("r1", orphan_after=2)
    world.run("r2", orphan_after=2)
    assert world.run("r3", orphan_after=2).decision.plan.step is Step.HOLD
    assert len(world.users.requests) == 2
    world.run("r3", mode=Mode.RESUME)
    world.run("r3")
    assert world.users.live == world.stored(Slot.CURRENT)


@pytest.mark.parametrize("write", [1, 2, 3])
def test_what_an_earlier_run_began_is_finished_before_what_is_due_now(world: World, write: int) -> None:
    world.killed(death=("after", write))
    cycle = world.run("r2")
    assert cycle.decision.plan.reason is Reason.RESUMED and cycle.warning is not None and "run again" in cycle.warning
    assert world.run("r2").warning is None
    first, second = world.users.requests
    assert first.password != second.password
    assert world.stored(Slot.PREVIOUS) == first.password.reveal()
    assert world.users.live == world.stored(Slot.CURRENT) == second.password.reveal()


def test_rollback_sets_the_previous_password_once(world: World) -> None:
    world.run("r1")
    first = world.stored(Slot.CURRENT)
    world.run("r2")
    cycle = world.run("back", mode=Mode.ROLLBACK)
    assert cycle.decision.plan.reason is Reason.ROLLBACK
    assert world.users.live == world.stored(Slot.CURRENT) == first
    assert world.run("back", mode=Mode.ROLLBACK).decision.plan.step is Step.KEEP


def test_with_a_witness_the_password_waits_until_the_log_shows_it(world: World) -> None:
    cycle = world.run(witness=True, evidence=Certainty.AUDIT)
    assert cycle.open is None
    assert world.users.live == world.stored(Slot.CURRENT)


def test_an_event_log_that_cannot_be_written_keeps_the_event(world: World) -> None:
    (world.root / "events.jsonl").mkdir()
    cycle = world.run()
    assert cycle.warning is not None and "event log" in cycle.warning
    assert world.document is not None and len(world.document.outbox) == 1
    (world.root / "events.jsonl").rmdir()
    world.run()
    assert len(world.event_ids) == 1
    assert world.document is not None and world.document.outbox == ()
