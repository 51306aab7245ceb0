# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task over many users: who is rotated, who is not, and when it ends early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    InputError,
    Trace,
    UnavailableError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import random_id
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty
from ansible_collections.csp.partnercenter.plugins.module_utils._password.batch import Progress
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation import rotation
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.planning import Mode
from ansible_collections.csp.partnercenter.tests.unit.password.builders import user_id
from ansible_collections.csp.partnercenter.tests.unit.rotation.job import Job
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer, FakeService


def test_all_are_rotated_once_in_the_order_of_the_task(job: Job) -> None:
    report = job.run()
    assert [row.outcome.value for row in report.users] == ["applied"] * 3
    assert [row.user_id for row in report.users] == [user_id(number) for number in (1, 2, 3)]
    assert (report.summary.changed, report.summary.failed, report.warnings) == (3, 0, ())
    assert len(set(job.service.patches)) == 3
    assert [(step.done, step.failed, step.remaining) for step in job.progress] == [(1, 0, 2), (2, 0, 1), (3, 0, 0)]
    assert job.outcomes() == ["unchanged"] * 3
    assert len(job.service.patches) == 3


def test_check_mode_and_verify_send_and_write_nothing(job: Job) -> None:
    assert job.outcomes(check_mode=True) == ["would_reset"] * 3
    assert job.outcomes(mode=Mode.VERIFY) == ["rejected"] * 3
    assert job.service.patches == [] and list(job.root.iterdir()) == []
    job.run()
    assert job.outcomes(mode=Mode.VERIFY) == ["unchanged"] * 3


def test_a_user_that_does_not_exist_is_a_row_and_the_others_go_on(job: Job) -> None:
    assert job.outcomes(users=4) == ["applied", "applied", "applied", "rejected"]


@pytest.mark.parametrize("mode", [Mode.ROTATE, Mode.VERIFY, Mode.RESUME, Mode.ROLLBACK])
@pytest.mark.parametrize("check_mode", [False, True])
def test_one_document_that_cannot_be_read_stops_its_user_only(job: Job, mode: Mode, check_mode: bool) -> None:
    job.run()
    job.run("r2")
    (path,) = job.root.glob(f"store/*/{user_id(2)}.yml")
    path.write_text("<<<<<<< HEAD\n" + path.read_text())
    before, sent = path.read_text(), len(job.service.patches)
    report = job.run("r2", mode=mode, check_mode=check_mode)
    # What cannot be read may have a pending password.
    assert report.users[1].outcome.value == ("rejected" if mode is Mode.VERIFY else "unknown")
    assert "damaged" in str(report.users[1].message)
    assert path.read_text() == before and len(job.service.patches) == sent
    if mode is Mode.ROTATE and not check_mode:
        assert job.outcomes(rotation_id="r3") == ["applied", "unknown", "applied"]


def test_who_must_not_be_touched_is_refused_and_has_no_password_made(job: Job) -> None:
    job.service.roles = {"Global Administrator": [user_id(2)]}
    report = job.run()
    assert [row.outcome.value for row in report.users] == ["applied", "rejected", "applied"]
    assert "Global Administrator" in str(report.users[1].message)
    assert len(list(job.root.glob("store/*/*.yml"))) == 2
    assert job.outcomes(allow_privileged=True) == ["unchanged", "applied", "unchanged"]


def test_what_is_only_assumed_takes_no_slot_of_the_store_away(job: Job) -> None:
    """A log without ids: the record may be of somebody else who used this account."""
    job.service.names_correlation = False
    job.service.will(1, Answer.SILENT)
    assert job.outcomes(users=1) == ["unknown"]
    assert job.outcomes(users=1) == ["resumed"]
    assert len(set(job.service.patches)) == 1


def test_an_older_record_of_the_same_rotation_is_no_witness_of_this_one(job: Job) -> None:
    assert [job.outcomes(rotation_id=one, users=1) for one in ("r1", "r2")] == [["applied"]] * 2
    job.service.will(1, Answer.LOST)
    assert job.outcomes(rotation_id="r1", users=1, audit_timeout=1) == ["unknown"]
    assert len({change.trace.correlation_id for change in job.service.changes}) == 3


def test_what_an_earlier_run_did_in_the_same_second_is_no_witness_of_this_one(job: Job) -> None:
    """The directory tells whole seconds and no ids, and the look-up may come from a replica that is late."""
    job.service.by_time, job.service.now = True, datetime.now(UTC) + timedelta(minutes=1)  # however long this takes
    assert job.outcomes(rotation_id="r1", users=1) == ["applied"]
    job.service.will(1, Answer.LOST)
    assert job.outcomes(rotation_id="r2", users=1, audit_timeout=1) == ["unknown"]


def test_the_answer_of_the_update_call_promotes_nothing(job: Job) -> None:
    job.service.will(1, Answer.IGNORED, Answer.IGNORED)
    for audit_timeout in (1, 0):
        report = job.run(users=1, audit_timeout=audit_timeout)
        assert [row.outcome.value for row in report.users] == ["unknown"]
        assert "which proves nothing" in str(report.users[0].message)
    job.service.will(1, Answer.TAKEN)
    (row,) = job.run(users=1).users
    assert (row.outcome.value, row.certainty) == ("resumed", Certainty.AUDIT)


def test_a_token_that_is_refused_ends_the_task_and_is_no_failure_of_a_user(job: Job) -> None:
    for _unused in range(6):
        job.service.will(1, Answer.NOT_ACCEPTED)
        assert job.outcomes() == ["rejected", "deferred", "deferred"]
        job.cancelled.clear()
    assert len(job.service.patches) == 6
    job.service.script.clear()
    assert job.outcomes() == ["applied"] * 3


def test_a_token_that_is_refused_after_a_doubt_quarantines_nobody(job: Job) -> None:
    job.service.will(1, Answer.LOST, Answer.NOT_ACCEPTED)
    for _unused in range(2):
        assert job.outcomes(users=1, audit_timeout=1) == ["unknown"]
        job.cancelled.clear()
    assert job.outcomes(users=1) == ["resumed"]
    assert len(set(job.service.patches)) == 1


def test_more_resets_than_are_allowed_are_none(job: Job) -> None:
    with pytest.raises(InputError, match="max_resets: is 2, and 3 resets are due; nothing was sent"):
        job.run(max_resets=2)
    assert job.service.patches == []
    assert job.outcomes(max_resets=3) == ["applied"] * 3


@pytest.mark.parametrize("stop", [True, False])
def test_a_failure_ends_the_task_only_where_that_is_wanted(job: Job, stop: bool) -> None:
    job.service.will(1, Answer.REFUSE)
    assert job.outcomes(stop_on_error=stop) == ["rejected", *["deferred" if stop else "applied"] * 2]


def test_a_refusal_before_the_first_request_ends_it_as_well(job: Job) -> None:
    assert job.outcomes(users=4, stop_on_error=True) == ["deferred", "deferred", "deferred", "rejected"]
    assert job.service.patches == []


def test_so_does_a_user_who_waits_for_a_human(job: Job) -> None:
    job.service.will(1, Answer.LOST, Answer.REFUSE)
    for _unused in range(2):
        job.run(users=1, audit_timeout=1)
    assert job.outcomes(stop_on_error=True) == ["unknown", "deferred", "deferred"]
    job.cancelled.clear()
    assert job.outcomes() == ["unknown", "applied", "applied"]


def test_without_a_token_nobody_else_is_tried(job: Job) -> None:
    job.service.will(1, Answer.NO_TOKEN)
    assert job.outcomes() == ["rejected", "deferred", "deferred"]


def test_a_cancelled_task_begins_nobody(job: Job) -> None:
    job.cancelled.set()
    assert job.outcomes() == ["deferred"] * 3
    assert job.service.patches == []


def test_a_lost_answer_is_settled_by_the_audit_log(job: Job) -> None:
    job.service.will(1, Answer.SILENT)
    job.service.will(2, Answer.LOST)
    report = job.run()
    assert [row.outcome.value for row in report.users] == ["applied", "unknown", "applied"]
    assert report.users[0].certainty is Certainty.AUDIT
    assert job.outcomes() == ["unchanged", "resumed", "unchanged"]


def test_without_patience_for_the_audit_log_a_lost_answer_stays_unknown(job: Job) -> None:
    job.service.will(1, Answer.SILENT)
    assert job.outcomes(audit_timeout=0) == ["unknown", "applied", "applied"]
    assert "GET auditrecords" not in job.service.requests


def test_with_a_witness_every_password_waits_for_the_audit_log(job: Job) -> None:
    report = job.run(witness=True)
    assert [row.outcome.value for row in report.users] == ["applied"] * 3
    assert "GET auditrecords" in job.service.requests


def test_an_event_that_could_not_be_told_is_a_warning_and_told_next_time(job: Job) -> None:
    (job.root / "events.jsonl").mkdir()
    (warning,) = job.run().warnings
    assert "event log" in warning
    (job.root / "events.jsonl").rmdir()
    assert job.outcomes() == ["unchanged"] * 3
    assert len((job.root / "events.jsonl").read_text().splitlines()) == 3


def test_what_an_earlier_run_left_is_finished_and_nothing_beside_it_is_sent(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rotation that is due after it was not guarded or counted: the next run plans it."""
    with monkeypatch.context() as killed:
        killed.setattr(rotation, "conclude", lambda _tools, cycle, _certainty: cycle)
        job.run(witness=True)
    assert len(job.service.patches) == 3
    job.service.roles = {"Global Administrator": [user_id(2)]}
    assert job.outcomes(rotation_id="r2", check_mode=True) == ["would_resume"] * 3
    report = job.run(rotation_id="r2", max_resets=1)
    assert [row.outcome.value for row in report.users] == ["resumed"] * 3
    assert [warning.endswith("run again") for warning in report.warnings] == [True]
    assert len(job.service.patches) == 3
    assert job.outcomes(rotation_id="r2") == ["applied", "rejected", "applied"]


def test_neither_a_screen_that_is_gone_nor_an_age_without_end_costs_a_row(job: Job) -> None:
    def gone(_progress: Progress) -> None:
        raise BrokenPipeError

    report = job.run(max_age=timedelta(days=9_999_999), notify=gone)
    assert [(row.outcome.value, row.next_due) for row in report.users] == [("applied", None)] * 3


def test_the_audit_log_is_asked_for_our_own_ids(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service may answer with others."""
    treat = FakeService._treat

    def renamed(service: FakeService, change: Any, answer: Any) -> Any:
        try:
            return treat(service, change, answer)
        except UnavailableError as error:
            error.trace = Trace(error.trace.request_id, random_id())
            raise

    monkeypatch.setattr(FakeService, "_treat", renamed)
    job.service.will(1, Answer.FAILING)
    (row,) = job.run(users=1).users
    assert (row.outcome.value, row.certainty) == ("applied", Certainty.AUDIT)


@pytest.mark.parametrize("mode", [Mode.RESUME, Mode.VERIFY])
def test_only_a_rotation_looks_at_an_approved_plan(job: Job, mode: Mode) -> None:
    """A workflow hands it on to what comes after the apply as well."""
    with pytest.raises(InputError, match="approved_plan: is not the plan of this run: 3 resets are due"):
        job.run(approved_plan="another")
    assert job.outcomes(mode=mode, approved_plan="another") in (["rejected"] * 3, ["unchanged"] * 3)
