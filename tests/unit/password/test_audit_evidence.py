# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit log as the only evidence: what it tells, and where it does not tell enough."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._password.attempt import correlation_id
from ansible_collections.csp.partnercenter.plugins.module_utils._password.audit_evidence import (
    AuditEvidence,
    check_trigger,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.evidence import Known
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Policy
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Applied, Certainty
from ansible_collections.csp.partnercenter.plugins.module_utils._service.audit import AuditRecord
from ansible_collections.csp.partnercenter.plugins.module_utils._service.errors import (
    EvidenceError,
    RefusedError,
    UnclearEvidenceError,
)
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    intent,
    raised,
    target,
    user_id,
)
from ansible_collections.csp.partnercenter.tests.unit.password.fake_service import FakeService

from .test_trail import record as any_record

DAY = timedelta(days=1)
MINE = correlation_id(target(), "2026-11")


def record(**more: Any) -> AuditRecord:
    return any_record(**{"at": NOW - DAY, "correlation_id": "88888888-8888-4888-8888-888888888888", **more})


def known(*records: AuditRecord, **when: Any) -> Known:
    service = FakeService()
    service.records = list(records)
    evidence = AuditEvidence(service.trail())
    evidence.open([CUSTOMER, CUSTOMER])
    assert service.requests == ["GET auditrecords"]
    return evidence.known(target(**when))


def test_when_older_needs_the_time_of_the_last_reset_by_anybody() -> None:
    assert known(max_age=30 * DAY) == Known(certainty=Certainty.AUDIT)
    found = known(record(at=NOW - 5 * DAY), record(caller="admin@x.example"), record(at=NOW - 9 * DAY), max_age=DAY)
    assert found == Known(Applied(NOW - DAY), certainty=Certainty.AUDIT)


def test_other_users_and_other_operations_do_not_count() -> None:
    others = record(user_id=user_id(2)), record(operation="update_customer_user"), record(status="failed")
    assert known(*others, max_age=DAY).applied is None


def test_when_rotated_finds_the_rotation_by_its_correlation_id() -> None:
    found = known(record(correlation_id=MINE), record(), rotation_id="2026-11")
    assert found == Known(Applied(NOW - DAY, "2026-11"), certainty=Certainty.AUDIT)
    found = known(record(), rotation_id="2026-11")
    assert found == Known(Applied(NOW - DAY), certainty=Certainty.AUDIT)
    assert known(rotation_id="2026-11") == Known(certainty=Certainty.AUDIT)


def test_a_rotation_id_that_comes_back_is_due_again() -> None:
    """As by the ledger: what counts is the one that was applied last. It is an attempt with a request id of its own.

    What somebody else set meanwhile is not ours to undo.
    """
    before = record(correlation_id=MINE, at=NOW - 2 * DAY)
    found = known(before, record(), rotation_id="2026-11")
    assert found == Known(Applied(NOW - DAY), certainty=Certainty.AUDIT, attempt=2)
    for other in ({"caller": "admin@x.example"}, {"at": NOW - 3 * DAY}, {"correlation_id": MINE}):
        applied = known(before, record(**other), rotation_id="2026-11").applied
        assert applied is not None and applied.rotation_id == "2026-11"


def test_refused_attempts_of_the_rotation_count() -> None:
    failed = [record(correlation_id=MINE, status="failed")] * 2
    assert known(*failed, rotation_id="2026-11").attempt == 3


def test_an_attempt_in_progress_is_neither_done_nor_to_be_repeated() -> None:
    started = record(correlation_id=MINE, status="progress")
    assert isinstance(raised(lambda: known(started, rotation_id="2026-11")), UnclearEvidenceError)
    assert known(started, record(correlation_id=MINE), rotation_id="2026-11").applied is not None
    assert known(started, record(correlation_id=MINE, status="failed"), rotation_id="2026-11").attempt == 2


@pytest.mark.parametrize(
    ("more", "when"),
    [
        ({"correlation_id": None}, {"rotation_id": "2026-11"}),
        ({"user_id": None}, {"rotation_id": "2026-11"}),
        ({"user_id": None}, {"max_age": DAY}),
    ],
)
def test_a_record_that_may_be_the_one_makes_it_unclear(more: dict[str, Any], when: dict[str, Any]) -> None:
    error = raised(lambda: known(record(**more), **when))
    assert isinstance(error, UnclearEvidenceError) and "use evidence: ledger" in str(error)


def test_always_needs_no_evidence() -> None:
    assert known(record(user_id=None), policy=Policy.ALWAYS) == Known()


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
