# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The partner's audit log."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.module_utils._http.json_content import moment
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.audit import (
    RESET,
    Audit,
    AuditRecord,
)
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CORRELATION_ID, CUSTOMER, USER, make_client
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, collection

START = datetime(2026, 11, 1, tzinfo=UTC)
END = datetime(2026, 11, 23, 12, 30, 15, tzinfo=timezone(timedelta(hours=1)))


def record(**more: Any) -> dict[str, Any]:
    return {
        "id": "1_2",
        "partnerId": "p",
        "customerId": CUSTOMER.upper(),
        "userPrincipalName": "job@partner.example",
        "resourceType": "customer_user",
        "operationType": "Reset_Customer_User_Password",
        "originalCorrelationId": CORRELATION_ID.upper(),
        "operationDate": "2026-11-22T10:11:12.1234567Z",
        "operationStatus": "Succeeded",
        "customizedData": [{"key": "Other", "value": "x"}, {"key": "CUSTOMERUserId", "value": USER.upper()}],
        **more,
    }


def read(*records: Any, **arguments: Any) -> tuple[list[AuditRecord], dict[str, list[str]]]:
    transport = FakeTransport(collection(*records))
    found = list(Audit(make_client(transport)).records(start=START, end=END, **arguments))
    return found, parse_qs(urlsplit(transport.requests[0].url).query)


def test_a_record_is_read() -> None:
    (found,), _query = read(record())
    assert found == AuditRecord(
        id="1_2",
        customer_id=CUSTOMER,
        user_id=USER,
        caller="job@partner.example",
        operation=RESET,
        status="succeeded",
        at=datetime(2026, 11, 22, 10, 11, 12, 123456, UTC),
        correlation_id=CORRELATION_ID,
    )


def test_the_times_are_sent_in_utc() -> None:
    _found, query = read()
    assert query == {"startDate": ["2026-11-01T00:00:00Z"], "endDate": ["2026-11-23T11:30:15Z"]}


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        ({"customer_id": CUSTOMER}, "CustomerId", CUSTOMER),
        ({"company_name": "A & B"}, "CompanyName", "A & B"),
        ({"resource_type": "customer_user"}, "ResourceType", "customer_user"),
        ({"customer_id": CUSTOMER, "resource_type": "x"}, "CustomerId", CUSTOMER),
    ],
)
def test_one_filter_at_most_is_sent(arguments: dict[str, str], field: str, value: str) -> None:
    _found, query = read(**arguments)
    assert [json.loads(text) for text in query["filter"]] == [{"Field": field, "Value": value, "Operator": "equals"}]


@pytest.mark.parametrize(
    "data",
    [None, 7, "x", [], [None], [{"key": None}], [{"key": "CustomerUserId"}], [{"key": "customeruserid", "value": 7}]],
)
def test_a_record_may_not_say_whom_it_concerns(data: Any) -> None:
    (found,), _query = read(record(customizedData=data))
    assert found.user_id is None


def test_a_record_without_correlation_id_has_none() -> None:
    (found,), _query = read(record(originalCorrelationId=None))
    assert found.correlation_id is None


@pytest.mark.parametrize("date", [None, 7, "", "yesterday", "2026-99-99", "99999-01-01T00:00:00Z"])
def test_a_record_without_a_time_is_left_out(date: Any) -> None:
    found, _query = read(record(operationDate=date), record())
    assert len(found) == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-22T10:11:12Z", datetime(2026, 11, 22, 10, 11, 12, tzinfo=UTC)),
        ("2026-11-22T10:11:12", datetime(2026, 11, 22, 10, 11, 12, tzinfo=UTC)),
        ("2026-11-22T10:11:12.1+02:00", datetime(2026, 11, 22, 8, 11, 12, 100000, UTC)),
    ],
)
def test_a_time_without_a_zone_is_utc(value: str, expected: datetime) -> None:
    assert moment(value) == expected


@given(st.text() | st.datetimes().map(lambda at: at.isoformat() + "+14:00"))
def test_any_text_is_a_time_that_can_be_compared_or_none(value: str) -> None:
    found = moment(value)
    assert found is None or isinstance(found < datetime.now(UTC), bool)
    if found is not None:
        found.astimezone(UTC)
