# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for one user's document, by operation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.moments import window
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import make_trigger
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Reason
from ansible_collections.csp.partnercenter.plugins.module_utils._password.plan import Plan, Step
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.planning import Mode, decide
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Stored
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import Document
from ansible_collections.csp.partnercenter.tests.unit.support.kits import NOW, new_subject, staged

SUBJECT = new_subject()
NEW = Document(SUBJECT)
STAGED = staged(SUBJECT, rotation_id="r1")
SENT = STAGED.mark_sent(owner="a:b", now=NOW)
QUARANTINED = SENT.quarantine()
APPLIED = SENT.mark_applied(now=NOW, evidence="exact")
DONE = APPLIED.promote()


def applied(document: Document) -> Document:
    return document.mark_sent(owner="a:b", now=NOW).mark_applied(now=NOW, evidence="exact").promote()


def rolled_back(document: Document, rotation_id: str) -> Document:
    return applied(document.start_rollback(rotation_id=rotation_id, owner="a:b", now=NOW))


TWICE = applied(DONE.stage(version=SUBJECT.user_id, rotation_id="r2", owner="a:b", now=NOW))
BACK = rolled_back(TWICE, "back")
RESUMING = (Mode.ROTATE, Mode.VERIFY, Mode.ROLLBACK, Mode.RESUME)
SHUT = window("window", start="22:00", end="05:00")


def plan(document: Document | None, mode: Mode = Mode.ROTATE, **when: Any) -> Plan:
    opening = when.pop("window", None)
    trigger = make_trigger("", **({"rotation_id": "r1"} | when))
    return decide(document, replace(trigger, window=opening), mode, NOW)


@pytest.mark.parametrize("mode", [Mode.ROTATE, Mode.VERIFY])
def test_a_rotation_is_staged_where_it_is_due(mode: Mode) -> None:
    assert plan(None, mode) == plan(NEW, mode) == Plan(Step.RESET, Reason.NO_LEDGER)
    assert plan(DONE, mode, rotation_id="r2") == Plan(Step.RESET, Reason.ROTATION_ID)
    assert plan(DONE, mode) == Plan(Step.KEEP)


def test_a_password_that_is_too_old_is_due() -> None:
    assert DONE.current is not None
    old = replace(DONE, current=replace(DONE.current, set_at=NOW - timedelta(days=31)))
    assert plan(old, rotation_id=None, max_age="30d") == Plan(Step.RESET, Reason.AGE)
    assert plan(DONE, rotation_id=None, max_age="30d") == Plan(Step.KEEP)


def test_a_window_defers_what_is_due_and_nothing_else() -> None:
    assert plan(None, window=SHUT) == Plan(Step.DEFER, Reason.NO_LEDGER)
    assert plan(DONE, window=SHUT) == Plan(Step.KEEP)
    assert plan(SENT, window=SHUT) == Plan(Step.RESUME, Reason.RESUMED)
    assert plan(None, window=window("window", start="11:00", end="13:00")).step is Step.RESET


@pytest.mark.parametrize("mode", RESUMING)
def test_what_is_pending_comes_first_whatever_is_asked_for(mode: Mode) -> None:
    for document, move in ((STAGED, Step.RESUME), (SENT, Step.RESUME), (APPLIED, Step.PROMOTE)):
        assert plan(document, mode, rotation_id="r9") == Plan(move, Reason.RESUMED)


@pytest.mark.parametrize("mode", [Mode.ROTATE, Mode.VERIFY, Mode.ROLLBACK])
def test_a_quarantined_password_and_an_orphan_wait_for_a_human(mode: Mode) -> None:
    held = plan(QUARANTINED, mode)
    assert held.step is Step.HOLD
    assert held.message is not None and held.message.startswith("the pending password is quarantined")
    for document in (NEW, DONE, SENT, QUARANTINED):
        held = plan(document.orphan(now=NOW), mode)
        assert held.step is Step.HOLD
        assert held.message is not None and held.message.startswith("the user is orphaned")


def test_resume_sends_what_is_quarantined_and_releases_an_orphan() -> None:
    assert plan(QUARANTINED, Mode.RESUME) == Plan(Step.RESUME, Reason.RESUMED)
    assert plan(SENT.orphan(now=NOW), Mode.RESUME) == Plan(Step.RESUME, Reason.RESUMED)
    assert plan(DONE.orphan(now=NOW), Mode.RESUME) == Plan(Step.RELEASE)


@pytest.mark.parametrize("document", [None, NEW, DONE])
def test_resume_begins_nothing(document: Document | None) -> None:
    assert plan(document, Mode.RESUME, rotation_id="r9") == Plan(Step.KEEP)


def test_a_rollback_goes_back_once_for_a_rotation_id() -> None:
    assert plan(TWICE, Mode.ROLLBACK, rotation_id="back") == Plan(Step.ROLL_BACK, Reason.ROLLBACK)
    refused = plan(TWICE, Mode.ROLLBACK, rotation_id="r2")
    assert refused.step is Step.HOLD
    assert refused.message is not None and refused.message.endswith("a name of its own, such as back-2026-11")
    assert plan(BACK, Mode.ROLLBACK, rotation_id="back") == Plan(Step.KEEP, message="rolled back on 2026-11-01")


def test_after_a_rollback_the_same_declaration_is_held_and_another_one_is_not() -> None:
    held = Plan(Step.KEEP, message="rolled back on 2026-11-01; held until rotation_id changes")
    for mode in (Mode.ROTATE, Mode.VERIFY):
        assert plan(BACK, mode, rotation_id="r2") == plan(BACK, mode, rotation_id="r1") == held
        assert plan(BACK, mode, rotation_id="back") == Plan(Step.KEEP, message="rolled back on 2026-11-01")
        assert plan(BACK, mode, rotation_id="r3") == Plan(Step.RESET, Reason.ROTATION_ID)


def test_after_two_rollbacks_in_a_row_it_is_still_the_last_rotation_that_is_held() -> None:
    assert plan(rolled_back(BACK, "back-again"), rotation_id="r2").step is Step.KEEP
    assert plan(rolled_back(BACK, "back-again"), rotation_id="back").step is Step.RESET


def test_the_age_of_a_password_counts_from_the_rollback() -> None:
    assert plan(BACK, rotation_id=None, max_age="30d") == Plan(Step.KEEP, message="rolled back on 2026-11-01")
    assert BACK.current is not None
    old = replace(BACK, current=replace(BACK.current, set_at=NOW - timedelta(days=31)))
    assert plan(old, rotation_id=None, max_age="30d") == Plan(Step.RESET, Reason.AGE)


def test_the_day_of_a_rollback_is_that_of_utc() -> None:
    assert BACK.rolled_back is not None
    late = replace(BACK, rolled_back=replace(BACK.rolled_back, at=datetime(2026, 11, 1, 23, 50, tzinfo=UTC)))
    assert plan(late, rotation_id="back") == Plan(Step.KEEP, message="rolled back on 2026-11-01")


def test_a_rotation_ends_the_hold() -> None:
    assert applied(staged(SUBJECT, Stored(BACK, ""), "r3")).rolled_back is None


def test_a_time_ahead_of_the_clock_is_told_where_the_age_decides() -> None:
    assert DONE.current is not None
    ahead = replace(DONE, current=replace(DONE.current, set_at=NOW + timedelta(minutes=16)))
    for when in ({"max_age": "30d"}, {"not_before": "2026-10-01T00:00:00Z"}):
        for mode in (Mode.ROTATE, Mode.VERIFY):
            found = plan(ahead, mode, rotation_id=None, **when)
            assert (found.step, found.ahead) == (Step.HOLD, True)
            assert found.message == (
                "the store says that the password was set at 2026-11-01 12:16 UTC, and this machine's clock says "
                "2026-11-01 12:00 UTC: its age cannot be told, and nothing was sent. Put the clock right; if the "
                "recorded time is wrong, rotate this user once by a rotation_id"
            )
    assert plan(ahead, rotation_id="r2") == Plan(Step.RESET, Reason.ROTATION_ID)
    assert plan(ahead) == Plan(Step.KEEP)
    close = replace(DONE, current=replace(DONE.current, set_at=NOW + timedelta(minutes=15)))
    assert plan(close, rotation_id=None, max_age="30d") == Plan(Step.KEEP)


def test_an_orphan_and_a_quarantined_password_tell_the_cause() -> None:
    failing = NEW
    for minute in range(2):
        failing = failing.note_failed_cycle(
            orphan_after=2,
            now=NOW + timedelta(minutes=minute),
            message="the role is missing (code 900308)",
            code=900308,
        )
    assert plan(failing).message == (
        "the user is orphaned after 2 failures since 2026-11-01 12:00 UTC; the last: the role is missing (code "
        "900308). Mend the cause, then run operation: resume for this user"
    )
    refused = SENT.note_failed_cycle(orphan_after=5, now=NOW, message="refused").quarantine()
    assert (plan(refused).message or "").endswith("which sends it again; the last: refused")


def test_an_orphan_of_release_0_1_0_has_no_cause_to_tell() -> None:
    message = plan(replace(NEW, orphaned_at=NOW)).message
    assert message is not None and message.startswith("the user is orphaned after repeated failures. Mend the cause")


def test_a_password_that_took_effect_is_promoted_whatever_failed_before() -> None:
    """Release 0.1.0 orphaned the user of a cycle that was found to have succeeded."""
    assert plan(APPLIED.orphan(now=NOW)) == Plan(Step.PROMOTE, Reason.RESUMED)


@pytest.mark.parametrize("document", [None, NEW, DONE])
def test_without_a_previous_password_there_is_nothing_to_roll_back_to(document: Document | None) -> None:
    held = plan(document, Mode.ROLLBACK, rotation_id="back")
    assert held == Plan(Step.HOLD, message="no previous password is stored, so there is nothing to roll back to")
