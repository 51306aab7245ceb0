# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports of a cycle when the store fails, another run is faster, or there is nothing to conclude."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import NO_TRACE, StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Reason
from ansible_collections.csp.partnercenter.plugins.module_utils._password.plan import Plan, Step
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.planning import Mode
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.rows import of_cycle
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import (
    Hold,
    StoreBusy,
    StoreConflict,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.file import FileStore
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, State
from ansible_collections.csp.partnercenter.tests.unit.rotation.service import (
    INITIAL,
    World,
)


def raising(error: BaseException) -> Any:
    def instead(*_arguments: Any, **_more: Any) -> Any:
        raise error

    return instead


def test_a_user_that_another_run_holds_is_left_to_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FileStore, "lock", raising(StoreBusy("held")))
    cycle = world.run()
    assert cycle.left_alone is not None and "more than ten minutes; nothing was sent: run again" in cycle.left_alone
    assert (cycle.error, cycle.decision.plan.step, cycle.failed) == (None, Step.RESET, False)
    assert of_cycle(cycle).trace == NO_TRACE
    assert world.users.requests == []


def test_whoever_was_faster_before_the_request_has_the_user(world: World) -> None:
    cycle = world.run(death=("before", 1), failure=StoreConflict("changed meanwhile"))
    assert cycle.left_alone is not None and cycle.left_alone.startswith("another run changed what is stored")
    assert (cycle.error, cycle.decision.plan.step, cycle.failed) == (None, Step.RESET, False)
    assert world.users.requests == []


def test_a_conflict_after_the_request_is_an_error(world: World) -> None:
    conflict = StoreConflict("changed meanwhile")
    cycle = world.run(death=("before", 3), failure=conflict)
    assert (cycle.left_alone, cycle.error, cycle.failed) == (None, conflict, True)
    assert cycle.document is not None and cycle.document.pending is not None
    assert cycle.document.pending.state is State.SENT


@pytest.mark.parametrize("write", [1, 2, 3, 4, 5])
def test_a_store_that_fails_is_the_cycles_error(world: World, write: int) -> None:
    full = StoreError("the disk is full")
    cycle = world.run(death=("before", write), failure=full)
    assert (cycle.left_alone, cycle.error, cycle.decision.plan.reason) == (None, full, Reason.NO_LEDGER)
    assert world.users.live in world.known()
    world.run()
    assert world.users.live == world.stored(Slot.CURRENT) != INITIAL


def test_what_nobody_foresaw_is_named_by_its_kind_only(world: World) -> None:
    cycle = world.run(death=("before", 1), failure=ZeroDivisionError("password CANARY"))
    assert isinstance(cycle.error, StoreError)
    assert str(cycle.error) == "an internal error of the collection (ZeroDivisionError)"


def test_a_request_that_never_left_waits_for_no_evidence(world: World) -> None:
    world.users.answers = ["unreachable"]
    cycle = world.run()
    assert (cycle.open, cycle.error, cycle.failed) == (None, None, True)


def test_a_clean_refusal_waits_for_no_evidence(world: World) -> None:
    world.users.answers = ["refused"]
    cycle = world.run()
    assert (cycle.open, cycle.error, cycle.failed) == (None, None, True)
    assert cycle.document is not None and cycle.document.failed_cycles == 1


def test_the_second_half_keeps_what_the_first_one_chose_and_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.users.answers = ["lost_after"]
    first = world.run()
    assert first.open is not None and first.decision.plan == Plan(Step.RESET, Reason.NO_LEDGER)
    done = world.concluded(first, Certainty.AUDIT)
    assert (done.decision.plan, done.delivery, done.open) == (first.decision.plan, first.delivery, None)
    monkeypatch.setattr(FileStore, "lock", raising(StoreBusy("held")))
    again = world.concluded(replace(first, warning="the events are kept"))
    assert (again.decision.plan, again.delivery, again.left_alone) == (first.decision.plan, first.delivery, None)
    assert isinstance(again.error, StoreBusy)
    assert (again.document, again.warning) == (first.document, "the events are kept")


def test_an_accepted_password_waits_only_where_a_witness_is_asked(world: World) -> None:
    assert world.begun("r1", witness=False).open is None
    waiting = world.begun("r2", witness=True)
    assert waiting.open is not None and waiting.open.state is State.APPLIED
    assert waiting.document is not None and waiting.document.pending == waiting.open


def test_an_event_that_was_delivered_before_a_kill_is_not_written_again(world: World) -> None:
    world.killed(rotation_id="r1", death=("before", 5))
    world.run("r2")
    assert len(world.event_ids) == len(set(world.event_ids)) == 2


def test_a_conflict_while_tidying_is_nothing_to_tell(world: World) -> None:
    world.killed(death=("before", 5))
    cycle = world.run(death=("before", 1), failure=StoreConflict("changed meanwhile"))
    assert (cycle.error, cycle.left_alone, cycle.warning, cycle.failed) == (None, None, None, False)


def test_there_is_nothing_to_conclude_where_nothing_is_open(world: World) -> None:
    world.users.answers = ["lost_after"]
    waiting = world.run()
    before = world.document
    for cycle in (replace(waiting, open=None), replace(waiting, open=replace(waiting.open, version=INITIAL))):  # type: ignore[type-var]
        assert world.concluded(cycle, Certainty.AUDIT).open is None
        assert world.document == before


def test_what_was_finished_meanwhile_is_not_concluded_again(world: World) -> None:
    world.users.answers = ["lost_after"]
    waiting = world.run()
    world.run()
    events = world.event_ids
    done = world.concluded(waiting, Certainty.AUDIT)
    assert (done.open, done.error) == (None, None)
    assert world.event_ids == events


def test_without_evidence_a_lost_answer_stays_pending_and_is_no_quarantine(world: World) -> None:
    world.users.answers = ["lost_before"]
    cycle = world.run()
    assert cycle.open is not None and (cycle.open.state, cycle.open.ever_ambiguous) == (State.SENT, True)
    assert cycle.document is not None and cycle.document.failed_cycles == 1


def test_a_user_that_may_be_in_another_machines_hands_is_left_to_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, datetime]] = []
    world.killed(death=("after", 2))
    monkeypatch.setattr(Hold, "may_resume", lambda _hold, pending, now: asked.append((pending.owner, now)))
    cycle = world.run()
    assert cycle.left_alone is not None and cycle.left_alone.endswith(
        "its password is pending. Run again after 2026-11-01 00:11:00 UTC, which finishes it"
    )
    assert (cycle.error, cycle.decision.plan.reason, cycle.failed) == (None, Reason.RESUMED, True)
    assert world.document is not None and world.document.pending is not None
    assert asked == [(world.document.pending.owner, world.now)]
    assert world.users.requests == []


def test_resuming_an_orphan_ends_with_the_password_that_was_pending(world: World) -> None:
    world.users.answers = ["lost_before"]
    orphaned = world.run(orphan_after=1).document
    assert orphaned is not None and orphaned.orphaned_at == world.now
    assert world.run().decision.plan.step is Step.HOLD
    pending = world.stored(Slot.PENDING)
    world.run(mode=Mode.RESUME)
    assert world.document is not None and world.document.orphaned_at is None
    assert world.users.live == world.stored(Slot.CURRENT) == pending
