# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: the table of policies, windows, and unfinished attempts. No I/O."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.moments import window
from ansible_collections.csp.partnercenter.plugins.module_utils._password.evidence import Known
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Policy, Trigger
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Reason
from ansible_collections.csp.partnercenter.plugins.module_utils._password.plan import Plan, Step, decide, with_drift
from ansible_collections.csp.partnercenter.tests.unit.password.builders import NOW, applied, unfinished

RESET, KEEP = Step.RESET, Step.KEEP
SHUT = window("window", start="22:00", end="05:00")
OPEN = window("window", start="11:00", end="13:00")


def plan(policy: Policy, known: Known, *, force: bool = True, **when: Any) -> Plan:
    return decide(Trigger(policy, **when), known, force_change_password=force, now=NOW)


def test_a_reset_that_lies_ahead_of_the_clock_is_none_that_is_known() -> None:
    """A clock that was wrong once would silence the age for ever. Clocks may differ by minutes."""
    for days_ago, due in ((-400, True), (-0.02, True), (-0.005, False)):
        made = plan(Policy.WHEN_OLDER, Known(applied(days_ago=days_ago)), max_age=timedelta(days=30))
        assert made == (Plan(RESET, Reason.AGE) if due else Plan(KEEP))


@pytest.mark.parametrize("policy", Policy)
def test_nothing_known_means_that_a_reset_is_due(policy: Policy) -> None:
    reason = Reason.ALWAYS if policy is Policy.ALWAYS else Reason.NO_LEDGER
    made = plan(policy, Known(), rotation_id="2026-11", max_age=timedelta(days=30))
    assert made == Plan(RESET, reason)


def test_always_resets_whatever_is_known() -> None:
    assert plan(Policy.ALWAYS, Known(applied(), same_password=True)) == Plan(RESET, Reason.ALWAYS)


@pytest.mark.parametrize(
    ("same_password", "force", "expected"),
    [
        (True, True, Plan(KEEP)),
        (False, True, Plan(RESET, Reason.FINGERPRINT)),
        (True, False, Plan(RESET, Reason.FINGERPRINT)),
    ],
)
def test_when_changed_compares_the_password_and_whether_it_must_be_changed(
    same_password: bool, force: bool, expected: Plan
) -> None:
    known = Known(applied(force=True), same_password=same_password)
    assert plan(Policy.WHEN_CHANGED, known, force=force) == expected


@pytest.mark.parametrize(
    ("was", "expected"),
    [("2026-11", Plan(KEEP)), ("2026-10", Plan(RESET, Reason.ROTATION_ID)), (None, Plan(RESET, Reason.ROTATION_ID))],
)
@pytest.mark.parametrize("force", [True, False])
def test_when_rotated_compares_the_rotation_id_only(was: str | None, expected: Plan, force: bool) -> None:
    known = Known(applied(rotation_id=was, force=True), same_password=False)
    assert plan(Policy.WHEN_ROTATED, known, rotation_id="2026-11", force=force) == expected


@pytest.mark.parametrize(
    ("days_ago", "when", "due"),
    [
        (29.9, {"max_age": timedelta(days=30)}, False),
        (30, {"max_age": timedelta(days=30)}, False),
        (30.1, {"max_age": timedelta(days=30)}, True),
        (2, {"not_before": NOW - timedelta(days=1)}, True),
        (1, {"not_before": NOW - timedelta(days=1)}, False),
        (0.5, {"not_before": NOW - timedelta(days=1)}, False),
        (2, {"not_before": NOW - timedelta(days=1), "max_age": timedelta(days=30)}, True),
        (31, {"not_before": NOW - timedelta(days=60), "max_age": timedelta(days=30)}, True),
        (5, {"not_before": NOW - timedelta(days=60), "max_age": timedelta(days=30)}, False),
    ],
)
def test_when_older_compares_the_time_of_the_last_reset(days_ago: float, when: dict[str, Any], due: bool) -> None:
    known = Known(applied(days_ago=days_ago), same_password=False)
    assert plan(Policy.WHEN_OLDER, known, **when) == (Plan(RESET, Reason.AGE) if due else Plan(KEEP))


def test_a_not_before_that_lies_ahead_asks_for_nothing_yet() -> None:
    """Otherwise every run until then would reset."""
    ahead = {"not_before": NOW + timedelta(seconds=1)}
    assert plan(Policy.WHEN_OLDER, Known(applied(days_ago=500)), **ahead) == Plan(KEEP)
    assert plan(Policy.WHEN_OLDER, Known(applied(days_ago=1)), not_before=NOW) == Plan(RESET, Reason.AGE)


def test_a_window_defers_what_is_due_and_nothing_else() -> None:
    assert plan(Policy.ALWAYS, Known(), window=SHUT) == Plan(Step.DEFER, Reason.ALWAYS)
    assert plan(Policy.ALWAYS, Known(), window=OPEN) == Plan(RESET, Reason.ALWAYS)
    assert plan(Policy.WHEN_CHANGED, Known(applied(), same_password=True), window=SHUT) == Plan(KEEP)


@pytest.mark.parametrize("policy", [Policy.WHEN_CHANGED, Policy.WHEN_OLDER, Policy.WHEN_ROTATED])
@pytest.mark.parametrize("before", [None, applied(rotation_id="2026-11")])
def test_an_unfinished_attempt_comes_first(policy: Policy, before: Any) -> None:
    when = {"rotation_id": "2026-11", "max_age": timedelta(days=30)}
    mine = Known(before, same_password=True, unfinished=unfinished(rotation_id="2026-11"))
    assert plan(policy, mine, **when) == Plan(Step.RESUME, Reason.RESUMED)
    other = Known(before, unfinished=unfinished(rotation_id="2026-11", same_password=False))
    assert plan(policy, other, **when) == Plan(Step.SETTLE, Reason.RESUMED)


def test_always_overrides_an_unfinished_attempt_knowingly() -> None:
    for same in (True, False):
        assert plan(Policy.ALWAYS, Known(unfinished=unfinished(same_password=same))) == Plan(RESET, Reason.ALWAYS)


def test_another_rotation_id_with_the_same_password_overrides_an_unfinished_attempt() -> None:
    """A late first request could do no harm: it would set the same password."""
    known = Known(applied(rotation_id="2026-09"), unfinished=unfinished(rotation_id="2026-10"))
    assert plan(Policy.WHEN_ROTATED, known, rotation_id="2026-11") == Plan(RESET, Reason.ROTATION_ID)
    known = Known(unfinished=unfinished(rotation_id="2026-10", same_password=False))
    assert plan(Policy.WHEN_ROTATED, known, rotation_id="2026-11") == Plan(Step.SETTLE, Reason.RESUMED)


def test_going_back_to_the_applied_rotation_id_does_not_hide_an_unfinished_attempt() -> None:
    """Its password may be the live one, so that "unchanged" would be a guess."""
    known = Known(applied(rotation_id="2026-10"), unfinished=unfinished(rotation_id="2026-11"))
    assert plan(Policy.WHEN_ROTATED, known, rotation_id="2026-10") == Plan(Step.RESUME, Reason.RESUMED)


def test_what_is_sent_is_written_and_what_is_held_is_not() -> None:
    assert [step for step in Step if Plan(step).sends] == [Step.RESET, Step.ROLL_BACK, Step.RESUME]
    writing = [Step.RESET, Step.ROLL_BACK, Step.RESUME, Step.PROMOTE, Step.RELEASE]
    assert [step for step in Step if Plan(step).writes] == writing


# Drift


LATER = NOW - timedelta(days=1)


def drifted(before: Plan | None = None, *, resets: bool = False, force: bool = False, window: Any = None) -> Plan:
    """The plan for a user whose password was changed yesterday, two days after the last reset that is recorded."""
    trigger = Trigger(Policy.WHEN_CHANGED, window=window)
    return with_drift(before or Plan(KEEP), trigger, applied(days_ago=3, force=force), LATER, resets=resets, now=NOW)


def test_a_change_that_nobody_recorded_is_told_with_its_time() -> None:
    told = drifted()
    assert (told.step, told.reason) == (KEEP, Reason.DRIFT)
    assert f"{LATER:%Y-%m-%d %H:%M:%S}" in str(told.message)


@pytest.mark.parametrize(("open_now", "step"), [(OPEN, RESET), (SHUT, Step.DEFER), (None, RESET)])
def test_it_is_a_reason_for_a_reset_where_that_is_wanted(open_now: Any, step: Step) -> None:
    assert drifted(resets=True, window=open_now) == Plan(step, Reason.DRIFT)


@pytest.mark.parametrize("other", [Plan(RESET, Reason.AGE), Plan(Step.RESUME, Reason.RESUMED), Plan(Step.HOLD)])
def test_what_is_due_or_held_stays_so(other: Plan) -> None:
    assert drifted(other, resets=True) == other


def test_a_user_who_had_to_choose_another_password_has_no_drift() -> None:
    assert drifted(force=True, resets=True) == Plan(KEEP)


@pytest.mark.parametrize("changed_at", [None, NOW - timedelta(days=3, minutes=-15), NOW - timedelta(days=9)])
def test_a_change_that_is_the_recorded_one_is_no_drift(changed_at: Any) -> None:
    plain = with_drift(
        Plan(KEEP), Trigger(Policy.WHEN_CHANGED), applied(days_ago=3, force=False), changed_at, resets=True, now=NOW
    )
    assert plain == Plan(KEEP)
