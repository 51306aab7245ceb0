# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The row of a user: how it ended, why, and what is left for the next run or a human."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import RefusedError, StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty, User
from ansible_collections.csp.partnercenter.plugins.module_utils._password.decision import LeftOut
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Account, Intent, make_trigger
from ansible_collections.csp.partnercenter.plugins.module_utils._password.lookup import Target
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import (
    Applied,
    Outcome,
    Reason,
    UserResult,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.plan import Plan, Step
from ansible_collections.csp.partnercenter.plugins.module_utils._password.report import of_decision
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.cycle import (
    Cycle,
    RotationDecision,
    make_decision,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.planning import Mode
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.rows import (
    of_cycle,
    of_verified,
    with_document,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Stored
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import Document
from ansible_collections.csp.partnercenter.tests.unit.rotation.service import CUSTOMER, NAME, SUBJECT, USER, World
from ansible_collections.csp.partnercenter.tests.unit.support.kits import NOW, staged

INTENT = Intent(
    Account("", CUSTOMER, None, USER, None), None, False, make_trigger("", rotation_id="2026-11", max_age="30d")
)
TARGET = Target(INTENT, CUSTOMER, User(USER, NAME))

NEW = Document(SUBJECT)
SENT = staged(SUBJECT).mark_sent(owner="a:b", now=NOW)
DONE = SENT.mark_applied(now=NOW, evidence="exact").promote()


def row(cycle: Cycle) -> UserResult:
    return of_cycle(cycle)


def decided(document: Document | None, plan: Plan, refusal: StoreError | str | None) -> RotationDecision:
    stored = Stored(document, "1") if document else None
    return replace(make_decision(TARGET, plan, stored), refusal=refusal)


def planned(
    step: Step = Step.KEEP,
    document: Document | None = None,
    *,
    reason: Reason | None = None,
    refusal: StoreError | str | None = None,
    message: str | None = None,
    begun: bool = True,
) -> UserResult:
    decision = decided(document, Plan(step, reason, message), refusal)
    row_without = of_decision(decision, NOW, check_mode=True, not_begun=None if begun else "not attempted")
    return with_document(decision, row_without)


def verified(
    document: Document | None,
    step: Step = Step.KEEP,
    *,
    reason: Reason | None = None,
    refusal: StoreError | str | None = None,
    message: str | None = None,
) -> UserResult:
    return of_verified(decided(document, Plan(step, reason, message), refusal), "file store /srv/passwords")


def test_nothing_is_left_of_a_rotation_that_succeeded_or_was_refused_for_certain(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert row(world.run("r1")).left is None
    world.users.answers = ["refused"]
    assert row(world.run("r2")).left is None


def test_a_lost_answer_leaves_a_pending_password_and_a_refusal_after_it_a_quarantined_one(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.users.answers = ["late", "refused"]
    lost, refused = row(world.run()), row(world.run())
    assert (lost.outcome, lost.left) == (Outcome.UNKNOWN, "pending")
    assert lost.message is not None and lost.message.endswith("it is kept as pending: no answer came")
    assert (refused.outcome, refused.left) == (Outcome.UNKNOWN, "quarantined")
    assert refused.message is not None and refused.message.endswith(
        "it is quarantined: the service does not accept a property"
    )


def test_repeated_failures_leave_the_user_orphaned(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.users.answers = ["refused", "refused"]
    assert row(world.run("r1", orphan_after=2)).left is None
    assert row(world.run("r2", orphan_after=2)).left == "orphaned"


def test_a_rotation_tells_when_it_was_and_what_was_before(tmp_path: Path) -> None:
    world = World(tmp_path)
    first = row(world.run("r1", max_age="30d"))
    assert (first.outcome, first.certainty, first.attempts) == (Outcome.APPLIED, Certainty.EXACT, 1)
    assert first.set_at is not None and first.next_due == first.set_at + timedelta(days=30)
    assert first.trace == world.users.requests[0].trace
    assert (first.before, first.after) == (None, Applied(first.set_at, "r1"))
    second = row(world.run("r2"))
    assert second.before == first.after
    assert second.after == Applied(world.now, "r2")
    third = row(world.run("r2"))
    assert (third.outcome, third.certainty, third.next_due) == (Outcome.UNCHANGED, Certainty.LEDGER, None)
    assert third.before == third.after == second.after


def test_a_resumed_rotation_and_a_rollback_say_so(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.killed(death=("after", 2))
    resumed = row(world.run())
    assert (resumed.outcome, resumed.message) == (
        Outcome.RESUMED,
        "the rotation that an earlier run had begun is finished",
    )
    world.run("r2")
    back = row(world.run("back", mode=Mode.ROLLBACK))
    assert (back.outcome, back.message) == (Outcome.APPLIED, "rolled back to the previous password")


def test_a_refusal_is_exact_and_shows_the_services_error(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.users.answers = ["refused"]
    refused = row(world.run())
    assert (refused.outcome, refused.certainty) == (Outcome.REJECTED, Certainty.EXACT)
    assert refused.error is not None
    assert (refused.error["status"], refused.error["code"]) == (400, 3000)


def test_a_user_whom_a_human_released_is_unchanged(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.users.answers = ["refused"]
    world.run(orphan_after=1)
    released = row(world.run(mode=Mode.RESUME))
    assert (released.outcome, released.message, released.left) == (Outcome.UNCHANGED, "released", None)


def test_a_user_who_was_left_alone_is_deferred_unless_a_password_is_pending(tmp_path: Path) -> None:
    cycle = replace(World(tmp_path).run(), delivery=None, left_alone="another run was faster")
    for document, outcome in ((DONE, Outcome.DEFERRED), (None, Outcome.DEFERRED), (SENT, Outcome.UNKNOWN)):
        found = row(replace(cycle, document=document))
        assert (found.outcome, found.message) == (outcome, "another run was faster")


def test_an_error_of_the_store_is_certain_only_before_the_request_or_after_its_refusal(tmp_path: Path) -> None:
    world = World(tmp_path)
    broken = replace(world.run(), error=StoreError("the store is full"))
    assert row(broken).outcome is Outcome.UNKNOWN
    assert row(replace(broken, delivery=None)).outcome is Outcome.REJECTED
    found = row(replace(broken, delivery=None, document=SENT))
    assert (found.outcome, found.left) == (Outcome.UNKNOWN, "pending")
    assert (
        found.message == "the store is full; the password that an earlier run sent is pending, and may be the live one"
    )
    world.users.answers = ["refused"]
    refused = row(replace(world.run("r2"), error=StoreError("the store is full")))
    assert (refused.outcome, refused.error) == (Outcome.REJECTED, {"message": "the store is full"})


@pytest.mark.parametrize(
    ("step", "outcome", "message"),
    [
        (Step.RESET, Outcome.WOULD_RESET, "would rotate"),
        (Step.ROLL_BACK, Outcome.WOULD_RESET, "would roll back"),
        (Step.RESUME, Outcome.WOULD_RESUME, "would resume: the rotation of an earlier run is unfinished"),
        (Step.PROMOTE, Outcome.WOULD_RESUME, "would resume: the rotation of an earlier run is unfinished"),
        (Step.DEFER, Outcome.DEFERRED, "deferred: a rotation is due, and its window is not open"),
        (Step.KEEP, Outcome.UNCHANGED, None),
    ],
)
def test_check_mode_says_what_would_be_done(step: Step, outcome: Outcome, message: str | None) -> None:
    found = planned(step, DONE, reason=Reason.AGE)
    assert (found.outcome, found.message, found.reason, found.error) == (outcome, message, Reason.AGE, None)
    assert found.before == Applied(NOW, "2026-11")
    after = Applied(NOW, "2026-11", False) if found.changed else found.before
    assert found.after == after
    assert found.next_due == NOW + timedelta(days=30)
    assert found.certainty is (Certainty.LEDGER if outcome is Outcome.UNCHANGED else None)


def test_a_user_whose_turn_never_came_is_deferred() -> None:
    found = planned(Step.RESET, begun=False)
    assert found.outcome is Outcome.DEFERRED
    assert found.message is not None and found.message.startswith("not attempted")


@pytest.mark.parametrize(
    ("document", "outcome", "left"),
    [
        (SENT.mark_ambiguous(), Outcome.UNKNOWN, "pending"),
        (SENT.quarantine(), Outcome.UNKNOWN, "quarantined"),
        (NEW.orphan(now=NOW), Outcome.REJECTED, "orphaned"),
        (None, Outcome.REJECTED, None),
    ],
)
def test_a_user_who_waits_for_a_human_failed_and_may_have_another_password(
    document: Document | None, outcome: Outcome, left: str | None
) -> None:
    found = planned(Step.HOLD, document, message="look at it", begun=False)
    assert (found.outcome, found.left, found.message) == (outcome, left, "look at it")
    assert found.error == {"message": "look at it"}


def test_a_refusal_before_anything_is_sent_comes_first() -> None:
    found = planned(Step.RESET, refusal="the user is protected", begun=False)
    assert (found.outcome, found.message, found.before, found.after) == (
        Outcome.REJECTED,
        "the user is protected",
        None,
        None,
    )
    assert found.error == {"message": "the user is protected"}
    assert planned(refusal=StoreError("no store")).error == {"message": "no store"}


def test_verify_is_content_where_what_is_declared_is_applied() -> None:
    found = verified(DONE)
    assert (found.outcome, found.certainty, found.error) == (Outcome.UNCHANGED, Certainty.LEDGER, None)
    assert found.message == (
        "verified in file store /srv/passwords: nothing is due and nothing is pending (the service was not asked)"
    )
    held = verified(DONE, message="rolled back on 2026-11-01").message
    assert held == f"{found.message}; rolled back on 2026-11-01"
    assert (found.set_at, found.next_due) == (NOW, NOW + timedelta(days=30))


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (verified(DONE, Step.RESET, reason=Reason.AGE), "a rotation is due (age)"),
        (verified(SENT, Step.RESUME, reason=Reason.RESUMED), "a rotation is unfinished: run operation: rotate"),
        (verified(None), "no password is stored for this user in file store /srv/passwords"),
        (verified(NEW), "no password is stored for this user in file store /srv/passwords"),
        (verified(DONE, Step.HOLD, message="orphaned"), "orphaned"),
        (verified(DONE, refusal=StoreError("no store")), "no store"),
        (verified(DONE, refusal="the user is protected"), "the user is protected"),
    ],
)
def test_verify_names_what_is_wrong(found: UserResult, message: str) -> None:
    assert found.outcome is Outcome.REJECTED
    assert found.message is not None and found.message.startswith(message)
    assert found.error == {"message": found.message}


def test_an_error_shows_nothing_but_what_may_be_shown(tmp_path: Path) -> None:
    world = World(tmp_path)
    cycle = replace(world.run(), delivery=None, error=RefusedError("no", status=409))
    assert row(cycle).error == {"message": "no", "status": 409}


def test_what_policy_leaves_out_is_no_failure_unless_something_is_pending() -> None:
    refusal = LeftOut("the user is federated")
    for found in (planned(Step.RESET, DONE, refusal=refusal), verified(DONE, refusal=refusal)):
        assert (found.outcome, found.error) == (Outcome.EXCLUDED, None)
        assert found.message == "left out by policy: the user is federated"
    for found in (planned(Step.RESUME, SENT, refusal=refusal), verified(SENT, refusal=refusal)):
        assert found.failed and found.error
