# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of outcomes, in full: what a run reports, records and sends, for real and in check mode."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    EvidenceError,
    InputError,
    RefusedError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.moments import window
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty, User
from ansible_collections.csp.partnercenter.plugins.module_utils._password.batch import Progress
from ansible_collections.csp.partnercenter.plugins.module_utils._password.evidence import names
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Policy
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.fingerprint import LedgerKey
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Applied, Outcome, Reason
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    OTHER_PASSWORD,
    PASSWORD,
    intent,
    raised,
    user_id,
    user_name,
)
from ansible_collections.csp.partnercenter.tests.unit.password.runs import Playbook
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer, FakeService

KEY = (CUSTOMER, user_id())
CHANGED = intent()
ROTATED = intent(rotation_id="2026-11")
OLDER = intent(max_age=timedelta(days=30))
ALWAYS = intent(policy=Policy.ALWAYS)
AMBIGUOUS = [Answer.LOST, Answer.SILENT, Answer.FAILING, Answer.LATE, Answer.BUG, Answer.PAGE]


@pytest.fixture
def service() -> FakeService:
    return FakeService().with_users(20)


@pytest.fixture
def play(service: FakeService, tmp_path: Path) -> Playbook:
    return Playbook(service, tmp_path / "ledger")


# --- nothing known, nothing due -----------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", [CHANGED, ROTATED, OLDER])
def test_the_second_run_of_the_same_declaration_changes_nothing(play: Playbook, declared: Any) -> None:
    first = play.one(declared)
    assert (first.outcome, first.reason, first.certainty) == (Outcome.APPLIED, Reason.NO_LEDGER, Certainty.EXACT)
    assert first.changed and not first.failed
    assert (first.attempts, first.set_at) == (1, NOW) and first.trace.request_id
    second = play.one(declared)
    assert (second.outcome, second.reason, second.certainty) == (Outcome.UNCHANGED, None, Certainty.LEDGER)
    assert not second.changed and not second.failed
    assert (second.attempts, second.set_at) == (0, NOW)
    assert play.service.patches == [PASSWORD]


def test_a_user_who_was_made_to_change_the_password_and_did_is_not_reset_again(play: Playbook) -> None:
    play.one(CHANGED)
    play.service.live[KEY] = "chosen-By-the-user-1"
    assert play.one(CHANGED).outcome is Outcome.UNCHANGED


@pytest.mark.parametrize(
    ("first", "then", "reason"),
    [
        (CHANGED, intent(password=OTHER_PASSWORD), Reason.FINGERPRINT),
        (CHANGED, intent(force=False), Reason.FINGERPRINT),
        (ROTATED, intent(rotation_id="2026-12"), Reason.ROTATION_ID),
        (CHANGED, ROTATED, Reason.ROTATION_ID),
        (ALWAYS, ALWAYS, Reason.ALWAYS),
    ],
)
def test_what_makes_another_reset_due(play: Playbook, first: Any, then: Any, reason: Reason) -> None:
    play.one(first)
    row = play.one(then)
    assert (row.outcome, row.reason) == (Outcome.APPLIED, reason)
    assert play.service.live[KEY] == then.password.reveal()
    assert play.service.forced[KEY] == then.force_change_password


def test_age_makes_another_reset_due(play: Playbook) -> None:
    play.one(OLDER)
    play.service.now += timedelta(days=31)
    assert play.one(OLDER).reason is Reason.AGE
    assert play.one(OLDER).outcome is Outcome.UNCHANGED


def test_a_not_before_that_lies_ahead_resets_once_it_has_come(play: Playbook) -> None:
    play.one(CHANGED)
    declared = intent(not_before=NOW + timedelta(hours=1))
    assert play.one(declared).outcome is Outcome.UNCHANGED
    play.service.now += timedelta(hours=2)
    assert play.one(declared).reason is Reason.AGE
    assert play.one(declared).outcome is Outcome.UNCHANGED


def test_a_closed_window_defers_what_is_due(play: Playbook) -> None:
    night = window("window", start="22:00", end="05:00")
    row = play.one(intent(window=night))
    assert (row.outcome, row.reason) == (Outcome.DEFERRED, Reason.NO_LEDGER)
    assert not row.changed and not row.failed and "window is not open" in (row.message or "")
    play.service.now += timedelta(hours=11)
    assert play.one(intent(window=night)).outcome is Outcome.APPLIED
    play.service.now += timedelta(hours=11)
    assert play.one(intent(window=night)).outcome is Outcome.UNCHANGED


# --- refusals -----------------------------------------------------------------------------------------------------


def test_a_definitive_refusal_leaves_what_was_applied(play: Playbook) -> None:
    play.one(ROTATED)
    play.service.will(1, Answer.REFUSE)
    row = play.one(intent(password=OTHER_PASSWORD, rotation_id="2026-12"))
    assert (row.outcome, row.certainty, row.changed, row.failed) == (Outcome.REJECTED, Certainty.EXACT, False, True)
    assert row.error is not None and row.error["code"] == 3000
    assert row.set_at == NOW and row.before == row.after == Applied(NOW, "2026-11", True)
    assert play.one(ROTATED).outcome is Outcome.UNCHANGED


def test_every_refusal_makes_another_request_of_the_same_operation(play: Playbook) -> None:
    play.service.will(1, Answer.REFUSE, Answer.UNSENT, Answer.REFUSE)
    for _unused in range(4):
        play.one(ROTATED)
    traces = [change.trace for change in play.service.changes]
    assert len({trace.correlation_id for trace in traces}) == 1
    first, second, third, fourth = (trace.request_id for trace in traces)
    assert second == third, "nobody had looked at the second"
    assert len({first, second, fourth}) == 3


def test_a_user_who_is_not_there_is_rejected_and_the_others_go_on(play: Playbook) -> None:
    report = play.run(intent(1), intent(99), intent(2))
    assert [row.outcome.value for row in report.users] == ["applied", "rejected", "applied"]
    assert report.users[1].error == {
        "message": "no such user at this customer: look at the user id",
        "status": 404,
        "code": 60002,
    }
    assert (report.summary.total, report.summary.changed, report.summary.failed) == (3, 2, 1)


def test_a_user_whom_a_guard_refuses_is_rejected_before_anything_is_sent(play: Playbook) -> None:
    play.service.roles = {"Global Administrator": [user_id(2)]}
    report = play.run(intent(1), intent(2))
    assert [row.outcome.value for row in report.users] == ["applied", "rejected"]
    assert "Global Administrator" in (report.users[1].message or "")
    assert play.service.patches == [PASSWORD]


def test_guards_are_not_asked_about_users_for_whom_nothing_is_due(play: Playbook) -> None:
    play.run(intent(1), intent(2))
    play.service.requests.clear()
    play.run(intent(1), intent(2))
    assert play.service.requests == ["GET page 1"]
    play.service.requests.clear()
    play.run(intent(1), intent(2), check_user=False)
    assert play.service.requests == []


# --- lost answers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [Answer.SILENT, Answer.FAILING, Answer.BUG])
@pytest.mark.parametrize("declared", [CHANGED, ROTATED, OLDER, ALWAYS])
def test_a_lost_answer_is_settled_by_the_audit_log(play: Playbook, answer: Answer, declared: Any) -> None:
    play.service.will(1, answer)
    row = play.one(declared)
    assert (row.outcome, row.certainty) == (Outcome.APPLIED, Certainty.AUDIT)
    assert row.changed and not row.failed and row.error is None
    if declared is not ALWAYS:
        assert play.one(declared).outcome is Outcome.UNCHANGED


def test_records_without_correlation_id_settle_it_with_less_certainty(play: Playbook) -> None:
    play.service.names_correlation = False
    play.service.will(1, Answer.SILENT)
    assert play.one(ROTATED).certainty is Certainty.ASSUMED
    assert play.one(ROTATED).outcome is Outcome.UNCHANGED


def test_a_clock_that_has_gone_back_lengthens_no_wait(play: Playbook) -> None:
    play.service.now += timedelta(hours=6)
    play.service.will(1, Answer.LOST)
    assert play.one(intent(1, password="First-Pass-1!"), audit_timeout=0).outcome is Outcome.UNKNOWN
    play.service.now -= timedelta(hours=6)
    before = play.service.now
    assert play.one(intent(1, password="Second-Pass-2!"), audit_timeout=120).outcome is Outcome.UNKNOWN
    assert play.service.now - before <= timedelta(seconds=121)


def test_what_an_earlier_run_did_in_the_same_second_settles_nothing(play: Playbook) -> None:
    """The directory tells whole seconds and no ids, and the look-up may come from a replica that is late."""
    play.service.by_time = True
    assert play.one(intent(1, rotation_id="r1")).outcome is Outcome.APPLIED
    play.service.will(1, Answer.LOST)
    assert play.one(intent(1, rotation_id="r2"), audit_timeout=1).outcome is Outcome.UNKNOWN


def test_the_audit_log_is_waited_for(play: Playbook) -> None:
    play.service.audit_delay = timedelta(seconds=30)
    play.service.will(1, Answer.SILENT)
    assert play.one(ROTATED, audit_timeout=120).certainty is Certainty.AUDIT
    assert timedelta(seconds=30) <= play.service.now - NOW < timedelta(seconds=60)


@pytest.mark.parametrize("answer", AMBIGUOUS)
@pytest.mark.parametrize("declared", [CHANGED, ROTATED, OLDER])
def test_where_nothing_shows_what_became_of_it_the_outcome_is_unknown(
    play: Playbook, answer: Answer, declared: Any
) -> None:
    play.service.audit_delay = timedelta(hours=9)
    play.service.will(1, answer)
    row = play.one(declared)
    assert (row.outcome, row.certainty, row.set_at) == (Outcome.UNKNOWN, None, None)
    assert row.changed and row.failed and row.error is not None
    assert "Keep the password that was sent and run again" in (row.message or "")
    assert play.service.now - NOW == timedelta(seconds=120)


@pytest.mark.parametrize("answer", AMBIGUOUS)
@pytest.mark.parametrize("declared", [CHANGED, ROTATED, OLDER])
def test_the_next_run_sends_the_same_once_more_with_the_same_ids(play: Playbook, answer: Answer, declared: Any) -> None:
    play.service.audit_delay = timedelta(hours=9)
    play.service.will(1, answer)
    play.one(declared)
    other_flag = replace(declared, force_change_password=False)
    row = play.one(other_flag)
    play.service.arrive()
    assert (row.outcome, row.reason, row.certainty) == (Outcome.APPLIED, Reason.RESUMED, Certainty.EXACT)
    first, second = play.service.changes
    assert first == second, "same ids, same password, and the flag that was recorded"
    assert play.one(declared).outcome is Outcome.UNCHANGED
    assert play.service.live[KEY] == PASSWORD


def test_an_attempt_of_a_dead_run_that_took_effect_is_reported_once(play: Playbook) -> None:
    play.service.will(1, Answer.LATE)
    assert play.one(ROTATED, audit_timeout=5).outcome is Outcome.UNKNOWN
    play.service.arrive()
    arrived = play.service.now
    row = play.one(ROTATED)
    assert (row.outcome, row.reason, row.certainty) == (Outcome.RESUMED, Reason.RESUMED, Certainty.AUDIT)
    assert row.changed and not row.failed and row.set_at == arrived
    assert (row.before, row.after) == (None, Applied(arrived, "2026-11", True))
    assert play.one(ROTATED).outcome is Outcome.UNCHANGED
    assert play.service.patches == [PASSWORD]


def test_a_refusal_of_what_is_sent_again_proves_nothing(play: Playbook) -> None:
    play.service.will(1, Answer.LATE, Answer.REFUSE, Answer.NO_TOKEN)
    for _unused in range(3):
        assert play.one(ROTATED, audit_timeout=0).outcome is Outcome.UNKNOWN
    play.service.arrive()
    assert play.one(ROTATED).outcome is Outcome.RESUMED


def test_an_answer_uses_the_request_id_up_also_in_doubt(play: Playbook) -> None:
    play.service.will(1, Answer.LOST, Answer.LOST, Answer.REFUSE, Answer.ACCEPT)
    for _unused in range(4):
        play.one(ROTATED, audit_timeout=0)
    requests = [change.trace.request_id for change in play.service.changes]
    assert requests[0] == requests[1] == requests[2] != requests[3]
    assert len({change.trace.correlation_id for change in play.service.changes}) == 1


def test_a_guard_that_forbids_to_send_again_does_not_make_it_known(play: Playbook) -> None:
    play.service.will(1, Answer.LATE)
    play.one(ROTATED, audit_timeout=0)
    play.service.roles = {"Global Administrator": [user_id()]}
    row = play.one(ROTATED, audit_timeout=0)
    assert row.outcome is Outcome.UNKNOWN and "Global Administrator" in (row.message or "")
    assert len(play.service.changes) == 1


@pytest.mark.parametrize("declared", [ALWAYS, intent(rotation_id="2026-12")])
def test_a_guard_that_forbids_an_override_does_not_make_it_known_either(play: Playbook, declared: Any) -> None:
    play.service.will(1, Answer.SILENT)
    play.one(ROTATED, audit_timeout=0)
    play.service.roles = {"Global Administrator": [user_id()]}
    assert play.one(declared, audit_timeout=0).outcome is Outcome.UNKNOWN
    assert play.service.live[KEY] == PASSWORD


@pytest.mark.parametrize("whom", [{}, {"by_name": True}, {"by_name": True, "customer_domain": "customer.example.com"}])
@pytest.mark.parametrize("check_mode", [False, True])
def test_who_cannot_be_looked_up_after_a_lost_answer_may_have_the_password(
    play: Playbook, whom: dict[str, Any], check_mode: bool
) -> None:
    play.service.will(1, Answer.SILENT)
    assert play.outcomes([intent(), intent(2)], audit_timeout=0) == ["unknown", "applied"]
    refused = ["customers customer.example.com", "page 1", user_id(1), user_id(2)]
    play.service.errors = {f"GET {what}": RefusedError("the role is missing", status=403) for what in refused}
    first, second = play.run(intent(**whom), intent(2, **whom), audit_timeout=0, check_mode=check_mode).users
    assert (first.outcome, second.outcome) == (Outcome.UNKNOWN, Outcome.REJECTED)
    assert "keep it, and run again" in (first.message or "") and "keep it" not in (second.message or "")
    assert play.service.live[KEY] == PASSWORD


@pytest.mark.parametrize("declared", [CHANGED, ROTATED, OLDER])
def test_another_password_for_an_unfinished_attempt_is_not_sent(play: Playbook, declared: Any) -> None:
    play.service.will(1, Answer.LATE)
    play.one(declared, audit_timeout=0)
    other = intent(password=OTHER_PASSWORD, policy=declared.trigger.policy, **when(declared))
    row = play.one(other, audit_timeout=0)
    assert (row.outcome, row.reason) == (Outcome.UNKNOWN, Reason.RESUMED)
    assert row.changed and row.failed
    assert "a late request could still win over a new one" in (row.message or "")
    assert "update_password: always" in (row.message or "")
    assert play.service.patches == [PASSWORD]


def when(declared: Any) -> dict[str, Any]:
    trigger = declared.trigger
    return {"rotation_id": trigger.rotation_id, "max_age": trigger.max_age}


def test_another_password_is_sent_once_the_first_is_settled(play: Playbook) -> None:
    play.service.will(1, Answer.LATE)
    play.one(CHANGED, audit_timeout=0)
    play.service.arrive()
    row = play.one(intent(password=OTHER_PASSWORD))
    assert (row.outcome, row.reason) == (Outcome.APPLIED, Reason.FINGERPRINT)
    assert play.service.patches == [PASSWORD, OTHER_PASSWORD]
    assert play.service.live[KEY] == OTHER_PASSWORD


def test_a_settled_rotation_needs_no_second_password(play: Playbook) -> None:
    play.service.will(1, Answer.LATE)
    play.one(ROTATED, audit_timeout=0)
    play.service.arrive()
    assert play.one(intent(password=OTHER_PASSWORD, rotation_id="2026-11")).outcome is Outcome.RESUMED
    assert play.service.patches == [PASSWORD]


def test_always_overrides_knowingly(play: Playbook) -> None:
    play.service.will(1, Answer.LOST)
    play.one(CHANGED, audit_timeout=0)
    row = play.one(intent(password=OTHER_PASSWORD, policy=Policy.ALWAYS))
    assert (row.outcome, row.reason) == (Outcome.APPLIED, Reason.ALWAYS)
    assert play.one(intent(password=OTHER_PASSWORD)).outcome is Outcome.UNCHANGED


def test_an_override_that_is_refused_does_not_hide_what_it_overrode(play: Playbook) -> None:
    play.one(CHANGED)
    play.service.will(1, Answer.SILENT, Answer.REFUSE)
    play.one(intent(password=OTHER_PASSWORD), audit_timeout=0)
    row = play.one(intent(password="Harvest-9-window", policy=Policy.ALWAYS))
    assert row.outcome is Outcome.UNKNOWN and "an earlier run sent" in (row.message or "")
    assert play.service.live[KEY] == OTHER_PASSWORD
    assert play.one(CHANGED, audit_timeout=0).outcome is Outcome.UNKNOWN, "PASSWORD is not what the user has"


def test_a_late_answer_is_not_taken_for_that_of_the_override(play: Playbook) -> None:
    play.service.names_correlation = False
    play.service.will(1, Answer.LATE, Answer.LOST)
    play.one(CHANGED, audit_timeout=0)
    other = intent(password=OTHER_PASSWORD, policy=Policy.ALWAYS)
    play.one(other, audit_timeout=0)
    play.service.arrive()
    assert play.service.live[KEY] == PASSWORD
    assert play.one(intent(password="Harvest-9-window"), audit_timeout=5).outcome is Outcome.UNKNOWN
    play.service.will(1, Answer.LOST)
    assert play.one(other, audit_timeout=5).outcome is Outcome.UNKNOWN


def test_an_unfinished_attempt_is_waited_for_no_longer_than_since_it_was_sent(play: Playbook) -> None:
    play.service.will(1, Answer.LOST)
    play.one(CHANGED, audit_timeout=0)
    other = intent(password=OTHER_PASSWORD)
    play.one(other, audit_timeout=60)
    assert play.service.now - NOW == timedelta(seconds=60)
    play.one(other, audit_timeout=60)
    assert play.service.now - NOW == timedelta(seconds=60)


# --- check mode ---------------------------------------------------------------------------------------------------


def files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in os.listdir(folder)} if folder.exists() else {}


def predicted(play: Playbook, *intents: Any, **options: Any) -> Any:
    """Return the report of check mode, which writes nothing and sends GETs only."""
    assert play.ledger is not None
    before, requests = files(play.ledger), len(play.service.requests)
    report = play.run(*intents, check_mode=True, **options)
    assert files(play.ledger) == before
    assert all(request.startswith("GET") for request in play.service.requests[requests:])
    return report.users[0] if len(report.users) == 1 else report


@pytest.mark.parametrize("declared", [CHANGED, ROTATED, OLDER, ALWAYS])
def test_check_mode_says_what_would_be_reset_and_why(play: Playbook, declared: Any) -> None:
    row = predicted(play, declared)
    assert (row.outcome, row.changed, row.failed, row.message) == (Outcome.WOULD_RESET, True, False, "would reset")
    assert (row.before, row.after) == (None, Applied(NOW, declared.trigger.rotation_id, True))
    assert row.reason is play.one(declared).reason
    if declared is not ALWAYS:
        assert predicted(play, declared).outcome is Outcome.UNCHANGED


def test_check_mode_says_what_is_deferred_refused_and_missing(play: Playbook) -> None:
    shut = window("window", start="22:00", end="05:00")
    play.service.people[CUSTOMER][1] = User(user_id(2), user_name(2), synced=True)
    report = predicted(play, intent(1, window=shut), intent(2), intent(99))
    assert [row.outcome.value for row in report.users] == ["deferred", "rejected", "rejected"]


def test_check_mode_says_what_would_be_resumed(play: Playbook) -> None:
    play.service.will(1, Answer.LATE)
    play.one(ROTATED, audit_timeout=0)
    row = predicted(play, ROTATED)
    assert (row.outcome, row.reason) == (Outcome.WOULD_RESUME, Reason.RESUMED)
    assert (row.before, row.after) == (None, Applied(NOW, "2026-11", True))
    refused = predicted(play, intent(password=OTHER_PASSWORD, rotation_id="2026-11"))
    assert refused.outcome is Outcome.UNKNOWN
    assert play.service.now == NOW, "check mode does not wait"


def test_check_mode_decides_by_what_would_be_settled(play: Playbook) -> None:
    play.one(intent(rotation_id="2026-10"))
    play.service.will(1, Answer.LATE)
    play.one(ROTATED, audit_timeout=0)
    play.service.now += timedelta(minutes=1)
    play.service.arrive()
    row = predicted(play, ROTATED)
    assert (row.outcome, row.reason, row.certainty) == (Outcome.WOULD_RESUME, Reason.RESUMED, Certainty.AUDIT)
    assert row.before == Applied(NOW, "2026-10", True)
    assert row.after == Applied(NOW + timedelta(minutes=1), "2026-11", True) and row.set_at == row.after.set_at
    row = predicted(play, intent(password=OTHER_PASSWORD, rotation_id="2026-12"))
    assert (row.outcome, row.reason) == (Outcome.WOULD_RESET, Reason.ROTATION_ID)
    real = play.one(ROTATED)
    assert (real.outcome, real.before, real.after) == (
        Outcome.RESUMED,
        Applied(NOW, "2026-10", True),
        Applied(NOW + timedelta(minutes=1), "2026-11", True),
    )


def test_check_mode_stops_where_a_real_run_would(play: Playbook) -> None:
    intents = [intent(1), intent(99), intent(2)]
    report = predicted(play, *intents, stop_on_error=True)
    assert [row.outcome.value for row in report.users] == ["deferred", "rejected", "deferred"]
    assert play.outcomes(intents, stop_on_error=True) == ["deferred", "rejected", "deferred"]
    assert play.service.patches == []


# --- many users ---------------------------------------------------------------------------------------------------


def many(count: int = 20, **more: Any) -> list[Any]:
    return [intent(number, **more) for number in range(1, count + 1)]


@pytest.mark.parametrize("concurrency", [1, 8])
def test_rows_come_in_the_order_of_the_list(play: Playbook, concurrency: int) -> None:
    play.service.concurrency = concurrency
    play.service.will(3, Answer.REFUSE)
    report = play.run(*many()[::-1])
    assert [row.user_id for row in report.users] == [user_id(number) for number in range(20, 0, -1)]
    assert [row.user_id for row in report.users if row.failed] == [user_id(3)]
    assert (report.summary.changed, report.summary.failed, report.warnings) == (19, 1, ())
    assert play.outcomes(many()) == ["unchanged"] * 2 + ["applied"] + ["unchanged"] * 17


def test_more_resets_than_allowed_are_an_error_before_the_first(play: Playbook) -> None:
    play.run(*many(5))
    error = raised(lambda: play.run(*many(), max_resets=14))
    assert isinstance(error, InputError)
    assert str(error) == "max_resets: is 14, and 15 resets are due; nothing was sent. Raise it if that is meant"
    assert len(play.service.patches) == 5
    assert raised(lambda: predicted(play, *many(), max_resets=14)).args == error.args
    assert play.run(*many(), max_resets=15).summary.changed == 15
    assert play.run(*many(), max_resets=1).summary.changed == 0


def test_on_error_stop_begins_no_further_user(play: Playbook) -> None:
    play.service.will(3, Answer.REFUSE)
    report = play.run(*many(5), stop_on_error=True)
    assert [row.outcome.value for row in report.users] == ["applied"] * 2 + ["rejected"] + ["deferred"] * 2
    assert (report.users[3].message or "").startswith("not attempted: the task stopped before, because another user")
    assert play.outcomes(many(5)) == ["unchanged"] * 2 + ["applied"] * 3


def test_on_error_stop_sends_nothing_where_somebody_is_refused_before(play: Playbook) -> None:
    assert play.outcomes([intent(1), intent(99)], stop_on_error=True) == ["deferred", "rejected"]
    play.service.people[CUSTOMER][1] = User(user_id(2), user_name(2), federated=True)
    assert play.outcomes([intent(1), intent(2)], stop_on_error=True) == ["deferred", "rejected"]
    assert play.service.patches == []


def test_whom_policy_leaves_out_stops_nobody_and_is_no_failure(play: Playbook) -> None:
    play.service.people[CUSTOMER][1] = User(user_id(2), user_name(2), federated=True)
    report = play.run(intent(1), intent(2), skip_refused=True, stop_on_error=True)
    assert [row.outcome.value for row in report.users] == ["applied", "excluded"]
    assert (report.summary.failed, report.summary.excluded) == (0, 1)
    assert (report.users[1].message or "").startswith("left out by policy: the user is federated")
    assert report.users[1].error is None and len(play.service.patches) == 1


@pytest.mark.parametrize("answer", [Answer.NO_TOKEN, Answer.NOT_ACCEPTED])
def test_a_sign_in_that_ends_in_the_middle_ends_the_task_without_losing_what_was_done(
    play: Playbook, answer: Answer
) -> None:
    play.service.will(3, answer)
    report = play.run(*many(6))
    assert [row.outcome.value for row in report.users] == ["applied"] * 2 + ["rejected"] + ["deferred"] * 3
    assert play.outcomes(many(6)) == ["unchanged"] * 2 + ["applied"] * 4


def test_a_cancelled_task_begins_no_further_user_and_keeps_its_records(play: Playbook) -> None:
    cancelled = threading.Event()
    play.notify = lambda progress: cancelled.set() if progress.done == 2 else None
    report = play.run(*many(5), cancelled=cancelled)
    assert [row.outcome.value for row in report.users] == ["applied"] * 2 + ["deferred"] * 3
    assert play.outcomes(many(5)) == ["unchanged"] * 2 + ["applied"] * 3


def test_exceptions_that_nobody_foresaw_are_unknown_and_never_lost(play: Playbook) -> None:
    play.service.bug = f"unforeseen {PASSWORD}"
    play.service.will(2, Answer.BUG)
    report = play.run(*many(3), audit_timeout=0)
    assert [row.outcome.value for row in report.users] == ["applied", "unknown", "applied"]
    assert PASSWORD not in str(report)
    assert play.run(*many(3), audit_timeout=0).users[1].reason is Reason.RESUMED


def test_progress_counts_users_and_this_tasks_throttled_answers(play: Playbook) -> None:
    play.service.throttled = 5
    play.service.will(2, Answer.REFUSE)
    report = play.run(*many(3))
    assert [(one.done, one.failed, one.remaining, one.throttled) for one in play.progress] == [
        (1, 0, 2, 0),
        (2, 1, 1, 0),
        (3, 1, 0, 0),
    ]
    assert report.summary.throttled == 0


def test_a_screen_that_is_gone_does_not_cost_a_row(play: Playbook) -> None:
    def gone(_progress: Progress) -> None:
        raise BrokenPipeError

    play.notify = gone
    assert play.outcomes(many(3)) == ["applied"] * 3


def test_customers_keep_their_own_ledgers(play: Playbook) -> None:
    play.service.with_users(1, customer_id=OTHER_CUSTOMER)
    play.run(intent(), intent(customer_id=OTHER_CUSTOMER))
    assert play.ledger is not None
    assert sorted(path.name for path in play.ledger.glob("*.json")) == [f"{CUSTOMER}.json", f"{OTHER_CUSTOMER}.json"]
    assert play.outcomes([intent(), intent(customer_id=OTHER_CUSTOMER)]) == ["unchanged"] * 2


# --- the ledger in trouble ------------------------------------------------------------------------------------------


def test_a_ledger_that_cannot_be_trusted_sends_nothing_for_anybody(play: Playbook) -> None:
    play.run(*many(3))
    assert play.ledger is not None
    path = play.ledger / f"{CUSTOMER}.json"
    path.write_text(path.read_text().replace("2026-11-02", "2025-11-02", 1))
    error = raised(lambda: play.run(*many(5, password=OTHER_PASSWORD)))
    assert isinstance(error, EvidenceError) and f"{path}, line 5" in str(error)
    assert play.service.patches == [PASSWORD] * 3


def test_another_key_is_an_error_and_never_a_mass_reset(play: Playbook) -> None:
    play.run(*many(3))
    play.key = LedgerKey(b"o" * 32)
    for declared in (many(3), many(3, policy=Policy.ALWAYS), many(3, rotation_id="2026-11")):
        assert "PARTNERCENTER_LEDGER_KEY" in str(raised(lambda declared=declared: play.run(*declared)))
    assert len(play.service.patches) == 3


def test_a_disk_that_fills_up_stops_the_task(play: Playbook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Finished users are reported; a request that cannot be recorded is not sent."""
    write = os.write
    left = [600]

    def filling(descriptor: int, data: Any) -> int:
        if left[0] <= 0:
            raise OSError(28, "No space left on device")
        left[0] -= len(data)
        return write(descriptor, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", filling)
        report = play.run(*many(5))
    outcomes = [row.outcome.value for row in report.users]
    sent = outcomes.count("applied")
    assert 1 <= sent < 4 and outcomes == ["applied"] * sent + ["rejected"] + ["deferred"] * (4 - sent)
    assert "No space left on device" in (report.users[sent].message or "")
    assert report.warnings and "not recorded in full" in report.warnings[0]
    assert len(play.service.patches) == sent
    assert all(row in ("unchanged", "resumed") for row in play.outcomes(many(5))[:sent]), "found in the audit log"


def test_a_request_leaves_only_when_its_record_is_on_disk(play: Playbook, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    fsync, patch_call = os.fsync, play.service.patch
    monkeypatch.setattr(os, "fsync", lambda descriptor: (order.append("fsync"), fsync(descriptor))[1])
    monkeypatch.setattr(play.service, "patch", lambda change: (order.append("PATCH"), patch_call(change))[1])
    play.run(*many(3))
    first = order.index("PATCH")
    assert order[first - 1] == "fsync"
    assert order[first:].count("PATCH") == 3
    assert all(order[position - 1] == "fsync" for position, step in enumerate(order) if step == "PATCH")


# --- the audit log as the only evidence -----------------------------------------------------------------------------


@pytest.mark.parametrize("declared", [ROTATED, OLDER])
def test_the_service_itself_is_the_ledger(service: FakeService, declared: Any) -> None:
    play = Playbook(service, None)
    assert play.one(declared).outcome is Outcome.APPLIED
    row = play.one(declared)
    assert (row.outcome, row.certainty, row.set_at) == (Outcome.UNCHANGED, Certainty.AUDIT, NOW)
    assert service.patches == [PASSWORD]


def test_a_run_waits_until_the_log_shows_what_it_did(service: FakeService) -> None:
    play = Playbook(service, None)
    service.audit_delay = timedelta(seconds=30)
    report = play.run(ROTATED, audit_timeout=120)
    assert report.warnings == () and service.now - NOW >= timedelta(seconds=30)
    assert play.one(ROTATED).outcome is Outcome.UNCHANGED


def test_and_warns_where_it_does_not(service: FakeService) -> None:
    play = Playbook(service, None)
    service.audit_delay = timedelta(hours=1)
    report = play.run(*many(3, rotation_id="2026-11"), audit_timeout=60)
    assert report.users[0].outcome is Outcome.APPLIED
    assert report.warnings == (
        "the audit log does not show 3 of 3 resets after 60 seconds: "
        "a run that starts before it does may reset these users once more",
    )


def test_a_log_without_correlation_ids_is_unknown_rather_than_a_guess(service: FakeService) -> None:
    play = Playbook(service, None)
    service.names_correlation = False
    assert play.one(ROTATED).outcome is Outcome.APPLIED
    for check_mode in (True, False):
        row = play.one(ROTATED, check_mode=check_mode)
        assert row.outcome is Outcome.UNKNOWN and "use evidence: ledger" in (row.message or "")
    assert play.one(OLDER).outcome is Outcome.UNCHANGED
    assert service.patches == [PASSWORD]


def test_the_rotation_is_recognised_on_another_machine(service: FakeService) -> None:
    """The correlation id is the same everywhere: nothing was carried over."""
    Playbook(service, None).one(ROTATED)
    assert Playbook(service, None).one(intent(password=OTHER_PASSWORD, rotation_id="2026-11")).outcome is (
        Outcome.UNCHANGED
    )
    assert Playbook(service, None).one(intent(rotation_id="2026-12")).reason is Reason.ROTATION_ID


def test_refused_attempts_are_counted_by_the_log(service: FakeService) -> None:
    play = Playbook(service, None)
    service.will(1, Answer.REFUSE)
    assert play.one(ROTATED).outcome is Outcome.REJECTED
    assert play.one(ROTATED).outcome is Outcome.APPLIED
    first, second = (change.trace for change in service.changes)
    assert first.request_id != second.request_id
    assert all(names(trace.correlation_id, KEY, "2026-11") for trace in (first, second))


def test_a_log_that_cannot_be_read_sends_nothing(service: FakeService) -> None:
    service.errors["GET auditrecords"] = RefusedError("the account may not do this", status=403)
    assert isinstance(raised(lambda: Playbook(service, None).one(ROTATED)), EvidenceError)
    assert service.patches == []


def test_eight_runs_at_once_make_one_reset_for_each_user(play: Playbook) -> None:
    reports: list[Any] = []
    threads = [threading.Thread(target=lambda: reports.append(play.run(*many(3)))) for _unused in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(play.service.patches) == 3
    assert sorted(report.summary.changed for report in reports) == [0] * 7 + [3]
