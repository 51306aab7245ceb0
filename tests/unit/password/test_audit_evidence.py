# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit log as the only evidence: what it tells, and where it does not tell enough."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    EvidenceError,
    RefusedError,
    UnclearEvidenceError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import AuditRecord
from ansible_collections.csp.partnercenter.plugins.module_utils._password.attempt import (
    correlation_id,
    published_id,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.audit_evidence import (
    AuditEvidence,
    check_trigger,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.evidence import Known
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Policy
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Applied, Certainty
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    intent,
    raised,
    target,
    user_id,
)
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import FakeService

from .test_trail import record as any_record

DAY = timedelta(days=1)
MINE, AGAIN = (correlation_id(target(), "2026-11") for _time in range(2))
OLD = published_id(target().key, "2026-11")
OTHER = correlation_id(target(), "2026-10")
STRANGE = "88888888-8888-4888-8888-888888888888"
INTERN = "intern@partner.example.com"


def record(**more: Any) -> AuditRecord:
    """A reset of this user by this account for another rotation, a day ago."""
    return any_record(**{"at": NOW - DAY, "correlation_id": OTHER, **more})


def due(found: Known) -> tuple[Any, int]:
    """What was applied last, and the attempt that follows, with ids of its own."""
    assert found.next_trace is None and (found.applied is None or found.applied.rotation_id is None)
    return found.applied, found.attempt


def known(*records: AuditRecord, **when: Any) -> Known:
    service = FakeService()
    service.records = list(records)
    evidence = AuditEvidence(service.trail())
    evidence.open([CUSTOMER, CUSTOMER])
    assert service.requests == ["GET auditrecords"]
    return evidence.known(target(**when))


def test_when_older_needs_the_time_of_the_last_reset_by_anybody() -> None:
    """Ages are told by the service's clock."""
    assert known(max_age=30 * DAY) == Known(certainty=Certainty.AUDIT, clock=NOW)
    found = known(record(at=NOW - 5 * DAY), record(caller="admin@x.example"), record(at=NOW - 9 * DAY), max_age=DAY)
    assert found == Known(Applied(NOW - DAY), certainty=Certainty.AUDIT, clock=NOW)


def test_a_clock_that_is_wrong_makes_nothing_older_or_younger() -> None:
    for wrong in (400 * DAY, -400 * DAY):
        service = FakeService(now=NOW + wrong, clock_is_ahead=wrong)
        service.records = [record()]
        evidence = AuditEvidence(service.trail())
        evidence.open([CUSTOMER])
        assert evidence.known(target(max_age=30 * DAY)).clock == NOW


@pytest.mark.parametrize("when", [{"max_age": DAY}, {"rotation_id": "2026-11"}])
def test_a_reset_that_lies_ahead_of_the_clock_is_not_believed(when: dict[str, Any]) -> None:
    service = FakeService(audit_delay=-2 * DAY)
    service.records = [record(at=NOW + DAY / 2, correlation_id=MINE)]
    evidence = AuditEvidence(service.trail())
    evidence.open([CUSTOMER])
    error = raised(lambda: evidence.known(target(**when)))
    assert isinstance(error, UnclearEvidenceError) and "lies ahead of the clock" in str(error)


def test_other_users_and_other_operations_do_not_count() -> None:
    others = record(user_id=user_id(2)), record(operation="update_customer_user"), record(status="failed")
    assert known(*others, max_age=DAY).applied is None


@pytest.mark.parametrize("name", [MINE, OLD], ids=["of this release", "of 0.1.0"])
def test_when_rotated_finds_the_rotation_by_its_correlation_id(name: str) -> None:
    """Also by the one that release 0.1.0 gave it."""
    found = known(record(correlation_id=name), record(), rotation_id="2026-11")
    assert found == Known(Applied(NOW - DAY, "2026-11"), certainty=Certainty.AUDIT)


def test_another_rotation_is_not_this_one() -> None:
    assert due(known(record(), rotation_id="2026-11")) == (Applied(NOW - DAY), 1)
    assert due(known(rotation_id="2026-11")) == (None, 1)


@pytest.mark.parametrize(
    "more",
    [
        {"operation": "update_customer_billing_profile"},
        {"operation": "update_customer_user"},
        {"user_id": user_id(2)},
        {"caller": INTERN},
        {"status": "failed", "caller": INTERN},
    ],
)
@pytest.mark.parametrize("name", [MINE, OLD], ids=["of this release", "of 0.1.0"])
def test_a_record_of_something_else_holds_no_rotation_back(more: dict[str, Any], name: str) -> None:
    """The ids can be known before, and a caller chooses them: what counts is what this account did to this user."""
    assert due(known(record(correlation_id=name, **more), rotation_id="2026-11")) == (None, 1)


def test_a_rotation_id_that_comes_back_is_due_again() -> None:
    """As by the ledger: what counts is the one that was applied last.

    What somebody else set meanwhile is not ours to undo.
    """
    before = record(correlation_id=MINE, at=NOW - 2 * DAY)
    for later in (OTHER, STRANGE):
        found = known(before, record(correlation_id=later), rotation_id="2026-11")
        assert due(found) == (Applied(NOW - DAY), 1)
    for other in ({"caller": "admin@x.example"}, {"at": NOW - 3 * DAY}, {"correlation_id": MINE}):
        applied = known(before, record(**other), rotation_id="2026-11").applied
        assert applied is not None and applied.rotation_id == "2026-11"
    twice = known(before, record(), record(correlation_id=AGAIN, at=NOW - DAY / 2), rotation_id="2026-11")
    assert twice == Known(Applied(NOW - DAY / 2, "2026-11"), certainty=Certainty.AUDIT)


def test_refused_attempts_of_the_rotation_count() -> None:
    failed = [record(correlation_id=name, status="failed") for name in (MINE, AGAIN, OLD)]
    assert due(known(*failed, record(status="failed"), rotation_id="2026-11")) == (None, 4)


def test_ids_of_the_services_own_leave_it_unclear() -> None:
    """Who cannot find the own ids in the log cannot tell one rotation from another: not again at every run."""
    error = raised(lambda: known(record(correlation_id=STRANGE), rotation_id="2026-11"))
    assert isinstance(error, UnclearEvidenceError) and "may be this rotation: use evidence: ledger" in str(error)
    shows_ours = record(user_id=user_id(2))
    assert due(known(record(correlation_id=STRANGE), shows_ours, rotation_id="2026-11")) == (Applied(NOW - DAY), 1)
    assert due(known(record(correlation_id=STRANGE, caller=INTERN), rotation_id="2026-11")) == (None, 1)


def test_an_account_without_a_name_finds_nothing_of_its_own() -> None:
    service = FakeService(account="")
    evidence = AuditEvidence(service.trail())
    evidence.open([CUSTOMER])
    error = raised(lambda: evidence.known(target(rotation_id="2026-11")))
    assert isinstance(error, UnclearEvidenceError) and "does not name its account" in str(error)


def test_an_attempt_in_progress_is_neither_done_nor_to_be_repeated() -> None:
    started = record(correlation_id=MINE, status="progress")
    assert isinstance(raised(lambda: known(started, rotation_id="2026-11")), UnclearEvidenceError)
    assert known(started, record(correlation_id=MINE), rotation_id="2026-11").applied is not None
    assert known(started, record(correlation_id=MINE, status="failed"), rotation_id="2026-11").attempt == 2


@pytest.mark.parametrize(
    ("more", "when"),
    [
        ({"correlation_id": None}, {"rotation_id": "2026-11"}),
        ({"user_id": None, "correlation_id": STRANGE}, {"rotation_id": "2026-11"}),
        ({"user_id": None}, {"max_age": DAY}),
    ],
)
def test_a_record_that_may_be_the_one_makes_it_unclear(more: dict[str, Any], when: dict[str, Any]) -> None:
    error = raised(lambda: known(record(**more), **when))
    assert isinstance(error, UnclearEvidenceError) and "use evidence: ledger" in str(error)


def test_always_needs_no_evidence() -> None:
    assert known(record(user_id=None), policy=Policy.ALWAYS) == Known()


def test_a_run_with_always_ends_what_was_unclear() -> None:
    """Its id names the rotation, and shows that the log carries the ids of requests."""
    overriding = record(correlation_id=MINE)
    found = known(record(correlation_id=STRANGE), overriding, rotation_id="2026-11")
    assert found.applied is not None and found.applied.rotation_id == "2026-11"
    assert due(known(record(correlation_id=STRANGE), overriding, rotation_id="2026-12")) == (Applied(NOW - DAY), 1)


def test_a_log_that_cannot_be_read_is_an_error_for_all() -> None:
    service = FakeService()
    service.errors["GET auditrecords"] = RefusedError("the account may not do this", status=403)
    evidence = AuditEvidence(service.trail())
    error = raised(lambda: evidence.open([CUSTOMER, OTHER_CUSTOMER]))
    assert isinstance(error, EvidenceError)
    assert str(error) == "the audit log cannot be read, and it is the evidence: the account may not do this"


def test_it_keeps_nothing_of_its_own() -> None:
    evidence: Any = AuditEvidence(FakeService().trail())
    evidence.sending(None)
    evidence.applied(None, NOW, Certainty.EXACT)
    evidence.refused(None, answered=True)
    evidence.answered(None)
    assert evidence.close() == []


@pytest.mark.parametrize(
    ("when", "complaint"),
    [
        ({}, "users[0].evidence: audit_log cannot tell whether a password differs"),
        ({"max_age": 90 * DAY}, "users[0].max_age: is more than the audit log's 90 days"),
        ({"not_before": NOW - 90 * DAY}, "users[0].not_before: is further back than the audit log's 90 days"),
    ],
)
def test_what_the_log_cannot_answer_is_refused_offline(when: dict[str, Any], complaint: str) -> None:
    declared = intent(**when)
    assert str(raised(lambda: check_trigger(declared.account, declared.trigger, NOW))).startswith(complaint)


@pytest.mark.parametrize(
    "when",
    [
        {"rotation_id": "2026-11"},
        {"max_age": 89 * DAY},
        {"not_before": NOW - 89 * DAY},
        {"not_before": NOW + 100 * DAY},
        {"policy": Policy.ALWAYS},
    ],
)
def test_what_the_log_can_answer(when: dict[str, Any]) -> None:
    declared = intent(**when)
    check_trigger(declared.account, declared.trigger, NOW)
