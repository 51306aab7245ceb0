# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit log read for one question: did this reset take effect?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, RefusedError
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty, Sighting, Sought
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.audit import RESET, AuditRecord
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, NOW, TRACE, user_id
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import OPERATOR, FakeService

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
    return Sought(CUSTOMER, user_id(number), TRACE, sent_at)


def settle(*records: AuditRecord, service: FakeService | None = None, timeout: float = 0) -> Any:
    service = service or FakeService(now=NOW + 5 * MINUTE)
    service.records = list(records)
    return service.trail().settle([sought()], timeout=timeout).get(KEY)


def test_our_correlation_id_is_exact() -> None:
    assert settle(record()) == Sighting(Certainty.AUDIT, NOW + MINUTE)


@pytest.mark.parametrize(
    "more",
    [
        {"user_id": None},  # the key CustomerUserId is only a guess
        {"caller": OPERATOR.upper()},
        {"customer_id": ""},
        {"at": NOW - 9 * MINUTE},  # clocks differ
    ],
)
def test_ids_that_nobody_else_had_need_no_more(more: dict[str, Any]) -> None:
    assert settle(record(**more)) == Sighting(Certainty.AUDIT, more.get("at", NOW + MINUTE))


@pytest.mark.parametrize(
    "more",
    [
        {"status": "failed"},
        {"status": "progress"},
        {"user_id": user_id(2)},
        {"customer_id": "99999999-9999-4999-8999-999999999999"},
        {"at": NOW - 16 * MINUTE},  # long before it was sent
        {"at": NOW + 25 * MINUTE},  # ahead of the clock
        {"correlation_id": "88888888-8888-4888-8888-888888888888"},
        {"caller": "somebody@partner.example.com"},
        {"operation": "update_customer_user"},  # does not say that a password was set
    ],
)
def test_what_is_not_the_attempt(more: dict[str, Any]) -> None:
    assert settle(record(**more)) is None


@pytest.mark.parametrize("ids", [{"unique": False}, {"correlation_id": None}])
def test_what_an_earlier_attempt_may_have_left_counts_only_if_it_is_younger_than_the_request(ids: Any) -> None:
    """Ids that a rotation has each time it is applied, and a log without ids."""
    more, unique = {name: ids[name] for name in ids if name != "unique"}, ids.get("unique", True)
    certainty = Certainty.ASSUMED if more else Certainty.AUDIT
    service = FakeService(now=NOW + 5 * MINUTE)

    def found(at: datetime, begun_at: datetime | None = NOW) -> Any:
        service.records = [record(at=at, **more)]
        one = replace(sought(sent_at=NOW - 60 * MINUTE), begun_at=begun_at, unique=unique)
        return service.trail().settle([one], timeout=0).get(KEY)

    assert found(NOW + MINUTE) == Sighting(certainty, NOW + MINUTE)
    assert found(NOW - timedelta(seconds=1)) is None, "of an earlier run"
    assert found(NOW + MINUTE, begun_at=None) is None, "nothing was sent in this run"
    service.tells_time = False
    assert found(NOW + MINUTE) is None, "clocks may differ by more"
    service.now += 25 * MINUTE
    assert found(NOW + 16 * MINUTE) == Sighting(certainty, NOW + 16 * MINUTE)


@pytest.mark.parametrize("hours", [-3, 3, 24 * 400])
@pytest.mark.parametrize("ids", [{"unique": False}, {"correlation_id": None}, {}])
def test_a_clock_that_is_wrong_makes_no_proof_of_old_evidence(hours: int, ids: Any) -> None:
    """The service tells its time with each answer. What is found is told by this machine's clock."""
    wrong = timedelta(hours=hours)
    service = FakeService(now=NOW + wrong + 5 * MINUTE, clock_is_ahead=wrong)
    more = {name: ids[name] for name in ids if name != "unique"}
    one = replace(sought(sent_at=NOW + wrong), begun_at=NOW + wrong, unique=ids.get("unique", True))
    service.records = [record(at=NOW - 60 * MINUTE, **more)]
    assert service.trail().settle([one], timeout=0) == {}
    service.records = [record(at=NOW + MINUTE, **more)]
    found = service.trail().settle([one], timeout=0)[KEY]
    assert found.at == NOW + wrong + MINUTE


def test_the_log_is_read_again_where_only_its_answer_told_the_time() -> None:
    """With a clock that is far ahead, the first request asked for future days."""
    wrong = timedelta(days=400)
    service = FakeService(now=NOW + wrong, clock_is_ahead=wrong)
    service.records = [record(at=NOW - MINUTE)]
    told = [None]
    tell = service.told
    service.told = lambda: told.pop() if told else tell()  # type: ignore[method-assign]
    assert service.trail().history(CUSTOMER, []).by_user
    assert service.requests == ["GET auditrecords"] * 2


def test_a_record_without_correlation_id_is_assumed_by_user_caller_and_time() -> None:
    service = FakeService(now=NOW + 5 * MINUTE)
    one = replace(sought(), begun_at=NOW)
    for more in ({}, {"caller": OPERATOR.upper()}):
        service.records = [record(**{"correlation_id": None, **more})]
        assert service.trail().settle([one], timeout=0) == {KEY: Sighting(Certainty.ASSUMED, NOW + MINUTE)}
    for other in ({"caller": "x@partner.example.com"}, {"user_id": None}, {"operation": "x"}):
        service.records = [record(**{"correlation_id": None, **other})]
        assert service.trail().settle([one], timeout=0) == {}


def test_nothing_is_assumed_where_the_log_carries_ids_at_all() -> None:
    service = FakeService(now=NOW + 5 * MINUTE)
    other = record(correlation_id="88888888-8888-4888-8888-888888888888", user_id=user_id(2))
    service.records = [record(correlation_id=None), other]
    assert service.trail().settle([replace(sought(), begun_at=NOW)], timeout=0) == {}


def test_nothing_is_assumed_where_two_attempts_are_open() -> None:
    """The record could mean either of them; a correlation id of ours still tells."""
    service = FakeService(now=NOW + 5 * MINUTE)
    one_of_two = replace(sought(), begun_at=NOW, alone=False)
    service.records = [record(correlation_id=None)]
    assert service.trail().settle([one_of_two], timeout=0) == {}
    service.records = [record()]
    assert service.trail().settle([one_of_two], timeout=0) == {KEY: Sighting(Certainty.AUDIT, NOW + MINUTE)}


def test_nothing_is_assumed_of_an_account_without_a_name() -> None:
    service = FakeService(account="")
    service.records = [record(correlation_id=None, caller="x")]
    assert service.trail().settle([sought()], timeout=0) == {}


def test_the_log_is_asked_again_with_growing_pauses_until_it_shows_the_attempt() -> None:
    service = FakeService(audit_delay=timedelta(seconds=30))
    slept: list[float] = []
    sleep = service.sleep
    service.sleep = lambda seconds: (slept.append(seconds), sleep(seconds))[1]  # type: ignore[method-assign]
    assert settle(record(at=NOW), service=service, timeout=120) == Sighting(Certainty.AUDIT, NOW)
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
    old, young = sought(sent_at=NOW - timedelta(days=120)), sought(2)
    assert list(service.trail().settle([old, young], timeout=0)) == [(CUSTOMER, user_id(2))]


def test_customers_are_asked_for_one_by_one() -> None:
    service = FakeService(now=NOW + 5 * MINUTE)
    elsewhere = replace(sought(), customer_id="99999999-9999-4999-8999-999999999999")
    assert service.trail().settle([sought(), elsewhere], timeout=0) == {}
    assert service.requests == ["GET auditrecords"] * 2


def test_a_clock_that_was_ahead_when_it_was_sent_is_not_believed() -> None:
    """The time says nothing then: only our correlation id can tell."""
    service = FakeService(now=NOW + 5 * MINUTE)
    late = sought(sent_at=NOW + timedelta(hours=6))
    service.records = [record()]
    assert service.trail().settle([late], timeout=0) == {KEY: Sighting(Certainty.AUDIT, NOW + MINUTE)}
    service.records = [record(correlation_id=None)]
    assert service.trail().settle([late], timeout=0) == {}


# The second witness


@pytest.mark.parametrize(
    ("more", "contradicts"),
    [
        ({"caller": "somebody@partner.example.com", "correlation_id": None}, True),
        ({"correlation_id": "88888888-8888-4888-8888-888888888888"}, True),  # of this account, at the same time
        ({}, False),
        ({"correlation_id": None}, False),
        ({"caller": "somebody@partner.example.com", "at": NOW - MINUTE}, False),
        ({"caller": "somebody@partner.example.com", "status": "failed"}, False),
        ({"caller": "somebody@partner.example.com", "user_id": user_id(2)}, False),
    ],
)
def test_a_reset_by_another_request_contradicts_another_witness(more: dict[str, Any], contradicts: bool) -> None:
    service = FakeService(now=NOW + 5 * MINUTE)
    service.records = [record(**more)]
    attempt = replace(sought(), begun_at=NOW)
    found = service.trail().disputes([attempt], {KEY: Sighting(Certainty.DIRECTORY, NOW + MINUTE)})
    said = "the audit log shows that another request reset the user at 2026-11-02 12:01:00 UTC"
    assert found == ({KEY: said} if contradicts else {})


def test_a_log_that_cannot_be_read_contradicts_nobody() -> None:
    service = FakeService(now=NOW + 5 * MINUTE)
    service.errors["GET auditrecords"] = RefusedError("no", status=403)
    assert service.trail().disputes([sought()], {KEY: Sighting(Certainty.DIRECTORY, NOW)}) == {}
