# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit log read for one question: did this reset take effect?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Certainty
from ansible_collections.csp.partnercenter.plugins.module_utils._password.trail import Found, Records, Sought
from ansible_collections.csp.partnercenter.plugins.module_utils._service.audit import RESET, AuditRecord
from ansible_collections.csp.partnercenter.plugins.module_utils._service.errors import InputError, RefusedError
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, NOW, TRACE, target, user_id
from ansible_collections.csp.partnercenter.tests.unit.password.fake_service import OPERATOR, FakeService

MINUTE = timedelta(minutes=1)
KEY = (CUSTOMER, user_id())


def record(**more: Any) -> AuditRecord:
    ordinary = {
        "id": "1",
        "customer_id": CUSTOMER,
        "user_id": user_id(),
        "caller": OPERATOR,
        "operation": RESET,
        "status": "succeeded",
        "at": NOW + MINUTE,
        "correlation_id": TRACE.correlation_id,
    }
    return AuditRecord(**{**ordinary, **more})


def sought(number: int = 1, *, sent_at: datetime = NOW) -> Sought:
    return Sought(target(number), TRACE, sent_at)


def settle(*records: AuditRecord, service: FakeService | None = None, timeout: float = 0) -> Any:
    service = service or FakeService(now=NOW + 5 * MINUTE)
    service.records = list(records)
    return service.trail().settle([sought()], timeout=timeout).get(KEY)


def test_our_correlation_id_is_exact() -> None:
    assert settle(record()) == Found(Certainty.AUDIT, NOW + MINUTE)


@pytest.mark.parametrize(
    "more",
    [
        {"user_id": None},  # the key CustomerUserId is only a guess
        {"caller": "somebody@partner.example.com"},
        {"operation": "update_customer_user"},  # the other call that sets passwords
        {"customer_id": ""},
        {"at": NOW - 9 * MINUTE},  # clocks differ
    ],
)
def test_with_our_correlation_id_the_rest_does_not_matter(more: dict[str, Any]) -> None:
    assert settle(record(**more)) == Found(Certainty.AUDIT, more.get("at", NOW + MINUTE))


@pytest.mark.parametrize(
    "more",
    [
        {"status": "failed"},
        {"status": "progress"},
        {"user_id": user_id(2)},
        {"customer_id": "99999999-9999-4999-8999-999999999999"},
        {"at": NOW - 11 * MINUTE},  # an earlier reset of the same rotation
        {"correlation_id": "88888888-8888-4888-8888-888888888888"},
    ],
)
def test_what_is_not_the_attempt(more: dict[str, Any]) -> None:
    assert settle(record(**more)) is None


def test_without_correlation_id_a_record_is_assumed_by_user_caller_and_time() -> None:
    assert settle(record(correlation_id=None)) == Found(Certainty.ASSUMED, NOW + MINUTE)
    assert settle(record(correlation_id=None, caller=OPERATOR.upper())) is not None
    for more in ({"caller": "x@partner.example.com"}, {"at": NOW - MINUTE}, {"user_id": None}, {"operation": "x"}):
        assert settle(record(**{"correlation_id": None, **more})) is None


def test_nothing_is_assumed_where_two_attempts_are_open() -> None:
    """The record could mean either of them; a correlation id of ours still tells."""
    service = FakeService(now=NOW + 5 * MINUTE)
    one_of_two = replace(sought(), alone=False)
    service.records = [record(correlation_id=None)]
    assert service.trail().settle([one_of_two], timeout=0) == {}
    service.records = [record()]
    assert service.trail().settle([one_of_two], timeout=0) == {KEY: Found(Certainty.AUDIT, NOW + MINUTE)}


def test_nothing_is_assumed_of_an_account_without_a_name() -> None:
    service = FakeService(account="")
    service.records = [record(correlation_id=None, caller="x")]
    assert service.trail().settle([sought()], timeout=0) == {}


def test_the_youngest_record_of_a_correlation_id_counts_in_any_order() -> None:
    old, young = record(at=NOW - 60 * MINUTE), record(at=NOW + MINUTE)
    for order in ((old, young), (young, old)):
        records = Records()
        for one in order:
            records.add(one)
        assert records.by_correlation == {TRACE.correlation_id: young}


def test_the_log_is_asked_again_with_growing_pauses_until_it_shows_the_attempt() -> None:
    service = FakeService(audit_delay=timedelta(seconds=30))
    slept: list[float] = []
    sleep = service.sleep
    service.sleep = lambda seconds: (slept.append(seconds), sleep(seconds))[1]  # type: ignore[method-assign]
    assert settle(record(at=NOW), service=service, timeout=120) == Found(Certainty.AUDIT, NOW)
    assert slept == [1, 2, 4, 8, 10, 10]
    assert service.requests == ["GET auditrecords"] * 7


def test_the_wait_is_bounded() -> None:
    service = FakeService()
    assert settle(service=service, timeout=12) is None
    assert service.now == NOW + timedelta(seconds=12)
    assert len(service.requests) == 5


def test_only_what_is_open_is_asked_for_again() -> None:
    service = FakeService(now=NOW + 5 * MINUTE)
    service.records = [record()]
    found = service.trail().settle([sought(), sought(2)], timeout=3)
    assert list(found) == [KEY]
    assert service.trail().settle([], timeout=3) == {}


def test_a_log_that_cannot_be_read_settles_nothing() -> None:
    service = FakeService()
    service.errors["GET auditrecords"] = RefusedError("no", status=403)
    assert settle(record(), service=service, timeout=2) is None
    for error in (InputError("client_assertion_file", "is gone"), ValueError("unforeseen")):
        service.errors["GET auditrecords"] = error  # type: ignore[assignment]
        assert settle(record(), service=service, timeout=2) is None


def test_an_attempt_older_than_the_log_does_not_hide_the_younger_ones() -> None:
    """The service refuses a start that is older than 90 days."""
    service = FakeService(now=NOW + 5 * MINUTE)
    service.records = [record(user_id=user_id(2))]
    old, young = sought(sent_at=NOW - timedelta(days=120)), replace(sought(), target=target(2))
    assert list(service.trail().settle([old, young], timeout=0)) == [(CUSTOMER, user_id(2))]


def test_customers_are_asked_for_one_by_one() -> None:
    service = FakeService(now=NOW + 5 * MINUTE)
    elsewhere = replace(target(), customer_id="99999999-9999-4999-8999-999999999999")
    assert service.trail().settle([sought(), Sought(elsewhere, TRACE, NOW)], timeout=0) == {}
    assert service.requests == ["GET auditrecords"] * 2


def test_records_that_name_no_user_are_noticed() -> None:
    records = Records()
    records.add(record(user_id=None, correlation_id=None))
    assert records.unattributed and not records.by_user
    records = Records()
    records.add(record(user_id=None, operation="update_customer_user"))
    records.add(record(status="failed", correlation_id=None))
    assert not records.unattributed and not records.failed


def test_a_clock_that_was_ahead_when_it_was_sent_is_not_believed() -> None:
    """The time says nothing then: only our correlation id can tell."""
    service = FakeService(now=NOW + 5 * MINUTE)
    late = sought(sent_at=NOW + timedelta(hours=6))
    service.records = [record()]
    assert service.trail().settle([late], timeout=0) == {KEY: Found(Certainty.AUDIT, NOW + MINUTE)}
    service.records = [record(correlation_id=None)]
    assert service.trail().settle([late], timeout=0) == {}
