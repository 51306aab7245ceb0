# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exactly the planned step is carried out, or nothing; and a failed cycle is reported with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CredentialError,
    RefusedError,
    StoreError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.moments import window
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Reason
from ansible_collections.csp.partnercenter.plugins.module_utils._password.plan import Step
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.planning import Mode
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Hold
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import LEASE
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.file import FileStore
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, State
from ansible_collections.csp.partnercenter.tests.unit.rotation.service import NAME, World


def another(world: World, **options: Any) -> World:
    """A second run at the same store, at which nothing is to be noted."""
    return World(world.root, users=world.users, now=world.now, **options)


@pytest.mark.parametrize("before", [None, "r1"])
def test_what_another_run_did_after_the_plan_is_not_done_again(world: World, before: str | None) -> None:
    if before:
        world.run(before)
    cycle = world.run("r2", meanwhile=lambda: another(world).run("r2"))
    assert cycle.decision.plan.step is Step.RESET
    assert cycle.left_alone is not None and cycle.left_alone.endswith("nothing was sent: run again")
    assert (cycle.error, cycle.failed) == (None, False)
    assert len(world.users.requests) == (2 if before else 1)


def test_no_other_move_is_made_in_the_place_of_the_planned_one(world: World) -> None:
    """A rotation was planned and counted; what another run has left pending was not."""
    cycle = world.run("r2", meanwhile=lambda: another(world).killed(rotation_id="r1", death=("after", 2)))
    assert (cycle.decision.plan.step, cycle.failed, cycle.stuck) == (Step.RESET, True, True)
    assert world.users.requests == []
    assert world.document is not None and world.document.pending is not None
    assert world.document.pending.state is State.SENT


def test_a_resume_that_was_planned_is_no_new_rotation(world: World) -> None:
    world.killed(death=("after", 2))
    cycle = world.run("r2", meanwhile=lambda: another(world).run("r1"))
    assert (cycle.decision.plan.step, cycle.failed) == (Step.RESUME, False)
    assert cycle.left_alone is not None
    assert len(world.users.requests) == 1


def test_what_has_drifted_is_reset_as_planned(world: World) -> None:
    world.run()
    somewhere_else = world.now + timedelta(hours=1)
    world.now += timedelta(days=1)
    cycle = world.run(changed_at=somewhere_else)
    assert (cycle.decision.plan.step, cycle.decision.plan.reason) == (Step.RESET, Reason.DRIFT)
    assert cycle.left_alone is None and len(world.users.requests) == 2
    assert world.users.live == world.stored(Slot.CURRENT)
    assert world.run(changed_at=somewhere_else).decision.plan.step is Step.KEEP


def test_what_has_drifted_is_left_alone_where_its_window_has_shut_since_the_plan(world: World) -> None:
    world.run()
    somewhere_else = world.now + timedelta(hours=1)
    world.now += timedelta(days=1, hours=23)
    night = window("window", start="22:00", end="05:00")

    def later() -> None:
        world.now += timedelta(hours=6)

    cycle = world.run(changed_at=somewhere_else, window=night, meanwhile=later)
    assert cycle.left_alone is not None and "window is not open until" in cycle.left_alone
    assert len(world.users.requests) == 1


def test_a_window_that_has_shut_since_the_plan_is_kept(world: World) -> None:
    night = window("window", start="22:00", end="05:00")

    def later() -> None:
        world.now += timedelta(hours=6)

    cycle = world.run("r1", window=night, meanwhile=later)
    assert cycle.left_alone == (
        "deferred: a rotation is due, and its window is not open until Sun 2026-11-01 22:00 UTC"
    )
    assert (cycle.failed, world.users.requests) == (False, [])


def test_an_event_that_was_left_changes_no_plan(world: World) -> None:
    """Its delivery is a separate write."""
    world.killed(death=("after", 4))
    assert world.document is not None and len(world.document.outbox) == 1
    world.run("r2")
    assert world.users.live == world.stored(Slot.CURRENT)
    assert len(world.event_ids) == 2


def test_a_password_that_cannot_be_read_is_not_marked_as_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(*_arguments: Any) -> Any:
        raise StoreError("the pending password cannot be decrypted")

    world.killed(death=("after", 1))
    with monkeypatch.context() as patched:
        patched.setattr(FileStore, "password", unreadable)
        cycle = world.run()
    assert cycle.error is not None and cycle.delivery is None
    assert world.document is not None and world.document.pending is not None
    assert (world.document.pending.state, world.document.pending.attempts) == (State.STAGED, 0)
    world.run()
    assert world.users.live == world.stored(Slot.CURRENT)


def test_a_previous_password_that_cannot_be_read_is_not_staged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(*_arguments: Any) -> Any:
        raise StoreError("the previous password cannot be decrypted")

    world.run("r1")
    world.run("r2")
    before = world.document
    with monkeypatch.context() as patched:
        patched.setattr(FileStore, "password", unreadable)
        assert world.run("back", mode=Mode.ROLLBACK).error is not None
    assert world.document == before
    assert world.run("r3").more_due is False
    assert world.users.live == world.stored(Slot.CURRENT)


def test_a_user_on_whom_another_machine_may_be_at_work_is_left_alone_until_its_lease_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Hold, "may_resume", lambda _hold, pending, now: now >= pending.leased_until)
    world.killed(death=("after", 2))
    assert world.document is not None and world.document.pending is not None
    until = world.document.pending.leased_until
    assert world.run().left_alone == (
        "a run on another machine has begun a rotation of this user, and it is not known whether that run is alive; "
        f"its password is pending. Run again after {until:%Y-%m-%d %H:%M:%S} UTC, which finishes it"
    )
    world.now = until
    assert world.run().left_alone is None


def test_a_lease_from_a_clock_that_was_ahead_does_not_block(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hold, "may_resume", lambda _hold, pending, now: now >= pending.leased_until)
    world.now += timedelta(minutes=14)
    world.killed(death=("after", 2))
    world.now -= timedelta(minutes=14)
    assert world.run().left_alone is not None
    world.now += timedelta(days=400)
    world.run()
    world.killed(rotation_id="r2", death=("after", 2))
    world.now -= timedelta(days=400)
    assert world.run("r2").left_alone is None
    assert world.users.live == world.stored(Slot.CURRENT)
    assert timedelta(minutes=10) == LEASE


def test_a_time_of_sending_from_a_clock_that_was_ahead_is_not_kept(world: World) -> None:
    world.now += timedelta(days=400)
    world.killed(death=("after", 2))
    world.now -= timedelta(days=400)
    world.users.answers = ["lost_before"]
    cycle = world.run()
    assert cycle.open is not None and cycle.open.sent_at == world.now


def test_the_age_of_a_password_does_not_count_from_a_clock_that_was_ahead(world: World) -> None:
    world.now += timedelta(days=400)
    world.killed(death=("after", 3))
    world.now -= timedelta(days=400)
    world.run()
    assert world.document is not None and world.document.current is not None
    assert world.document.current.set_at == world.now


def test_what_is_only_assumed_takes_no_password_away(world: World) -> None:
    world.run("r1")
    world.run("r2")
    before = {slot: world.stored(slot) for slot in (Slot.CURRENT, Slot.PREVIOUS)}
    world.users.answers = ["lost_before"]
    cycle = world.run("r3", evidence=Certainty.ASSUMED)
    assert cycle.open is not None and (cycle.open.state, cycle.assumed) == (State.SENT, True)
    assert {slot: world.stored(slot) for slot in before} == before
    assert world.users.live == before[Slot.CURRENT]
    world.run("r3")
    assert world.users.live == world.stored(Slot.CURRENT) != before[Slot.CURRENT]


def test_a_cycle_that_is_found_to_have_succeeded_orphans_nobody(world: World) -> None:
    world.users.answers = ["refused", "lost_after"]
    world.run(orphan_after=2)
    cycle = world.run(orphan_after=2, evidence=Certainty.AUDIT)
    assert cycle.open is None and world.document is not None
    assert (world.document.orphaned_at, world.document.failed_cycles, world.document.last_error) == (None, 0, None)
    assert world.run().decision.plan.step is Step.KEEP


def test_killed_between_the_evidence_and_the_promotion_it_is_promoted(world: World) -> None:
    world.users.answers = ["lost_after"]
    world.killed(orphan_after=1, evidence=Certainty.AUDIT, death=("after", 4))
    world.run(orphan_after=1)
    assert world.users.live == world.stored(Slot.CURRENT)
    assert world.document is not None and world.document.orphaned_at is None


@pytest.mark.parametrize(
    "error", [CredentialError("the sign-in ended"), RefusedError("the token is refused", status=401, concerns_all=True)]
)
def test_what_fails_for_the_account_counts_for_no_user(
    world: World, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_arguments: Any) -> Any:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(type(world.users), "set_password", refused)
        for _run in range(6):
            world.run(orphan_after=1)
    assert world.document is not None
    assert (world.document.failed_cycles, world.document.orphaned_at, world.document.last_error) == (0, None, None)
    world.run()
    assert world.users.live == world.stored(Slot.CURRENT)


def test_a_doubtful_password_is_not_quarantined_for_the_account(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: Any) -> Any:
        raise RefusedError("the token is refused", status=401, concerns_all=True)

    world.users.answers = ["late"]
    first = world.run()
    with monkeypatch.context() as patched:
        patched.setattr(type(world.users), "set_password", refused)
        cycle = world.run()
    assert first.open is not None and cycle.open is not None
    assert (cycle.open.state, cycle.open.version) == (State.SENT, first.open.version)
    assert cycle.open.request_id != first.open.request_id
    world.run()
    assert world.users.live == world.stored(Slot.CURRENT)


def test_after_an_answer_the_same_password_is_another_request(world: World) -> None:
    world.users.answers = ["late", "refused"]
    world.run()
    world.run()
    world.run(mode=Mode.RESUME)
    lost, refused, resumed = world.users.requests
    assert lost.password == refused.password == resumed.password
    assert lost.trace == refused.trace
    assert resumed.trace.request_id != refused.trace.request_id
    assert resumed.trace.correlation_id == refused.trace.correlation_id
    assert world.event_ids == [resumed.trace.request_id]


def test_a_code_that_is_a_word_is_not_kept_in_the_document(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Releases that are out read numbers there; the sentence says what the word would."""

    def refused(*_arguments: Any) -> Any:
        raise RefusedError("a role is missing", status=403, code="Authorization_RequestDenied")

    with monkeypatch.context() as patched:
        patched.setattr(type(world.users), "set_password", refused)
        world.run()
    assert world.document is not None and world.document.last_error is not None
    assert (world.document.last_error.message, world.document.last_error.code) == ("a role is missing", None)
    world.run()
    assert world.users.live == world.stored(Slot.CURRENT)


def test_the_document_keeps_the_last_error_and_since_when(world: World) -> None:
    world.users.answers = ["refused", "lost_before", "ok"]
    world.run()
    since = world.now
    world.run()
    assert world.document is not None and world.document.last_error is not None
    assert (world.document.last_error.message, world.document.last_error.at) == ("no answer came", world.now)
    assert world.document.failing_since == since
    world.run()
    assert (world.document.last_error, world.document.failing_since) == (None, None)


def test_the_error_that_is_kept_has_the_services_code(world: World) -> None:
    world.users.answers = ["refused"]
    world.run()
    assert world.document is not None and world.document.last_error is not None
    assert (world.document.last_error.message, world.document.last_error.code) == (
        "the service does not accept a property",
        3000,
    )


@pytest.mark.parametrize("mode", [Mode.ROTATE, Mode.RESUME, Mode.ROLLBACK])
def test_what_is_still_due_after_a_resume_is_known_for_its_user(world: World, mode: Mode) -> None:
    world.run("r0")
    world.run("r1")
    world.killed(rotation_id="r2", death=("after", 2))
    assert world.run("r3", mode=mode).more_due
    world.killed(rotation_id="r4", death=("after", 2))
    assert not world.run("r4", mode=Mode.ROTATE).more_due


@pytest.mark.parametrize(("mode", "more"), [(Mode.ROTATE, True), (Mode.RESUME, True), (Mode.ROLLBACK, False)])
def test_after_the_first_rotation_there_is_nothing_to_roll_back_to(world: World, mode: Mode, more: bool) -> None:
    world.killed(rotation_id="r1", death=("after", 2))
    assert world.run("another", mode=mode).more_due is more


def test_a_password_that_was_just_set_is_not_due_by_its_age(world: World) -> None:
    world.killed(rotation_id="r1", death=("after", 2))
    cycle = world.run(None, max_age="30d")
    assert (cycle.decision.plan.step, cycle.error, cycle.more_due) == (Step.RESUME, None, False)


def test_a_user_of_whom_nothing_is_stored_has_nothing_to_tidy(world: World) -> None:
    cycle = world.run(window=window("window", start="22:00", end="23:00"))
    assert (cycle.error, cycle.left_alone, cycle.warning, world.document) == (None, None, None, None)


def test_a_rollback_that_was_killed_is_finished_and_done(world: World) -> None:
    world.run("r1")
    first = world.stored(Slot.CURRENT)
    world.run("r2")
    world.killed(rotation_id="back", mode=Mode.ROLLBACK, death=("after", 2))
    assert not world.run("back", mode=Mode.ROLLBACK).more_due
    assert world.users.live == first
    assert world.run("r2").decision.plan.step is Step.KEEP
    assert world.users.live == world.stored(Slot.CURRENT) == first
    world.run("r3")
    assert world.users.live == world.stored(Slot.CURRENT) != first


def test_each_run_brings_the_name_up_to_date(world: World) -> None:
    world.run("r1")
    renamed = another(world, name="new.name@customer-001.example.com")
    for run, name in ((world, NAME), (renamed, renamed.name), (world, NAME)):
        assert run.run("r1").decision.plan.step is Step.KEEP
        assert world.document is not None and world.document.subject.user_principal_name == name
    renamed.run("r2")
    assert world.document is not None and world.document.subject.user_principal_name == renamed.name
    assert len(world.users.requests) == 2


def test_a_name_that_nobody_looked_up_is_not_taken_away(world: World) -> None:
    world.run("r1")
    another(world, name="").run("r2")
    assert world.document is not None and world.document.subject.user_principal_name == NAME


def test_what_could_not_be_tidied_is_a_warning(world: World) -> None:
    world.run("r1")
    renamed = another(world, name="new.name@customer-001.example.com")
    cycle = renamed.run("r1", death=("before", 1), failure=StoreError("the disk is full"))
    assert (cycle.error, cycle.left_alone, cycle.warning) == (None, None, "the disk is full")
    assert replace(cycle, warning=None).failed is False
