# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the audit log: one filter goes to the service, the others are applied here; periods that make no sense."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import audit_info
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.tests.unit.support.partner import Partner, guid
from ansible_collections.csp.partnercenter.tests.unit.support.transport import collection

Read = Callable[..., dict[str, Any]]
NOW = datetime.now(UTC).replace(microsecond=0)


def record(number: int, hours_ago: int, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "customerId": guid(1),
        "userPrincipalName": "job@partner.example",
        "operationType": "reset_customer_user_password",
        "originalCorrelationId": guid(70 + number),
        "operationDate": (NOW - timedelta(hours=hours_ago)).isoformat(),
        "operationStatus": "succeeded",
        "customizedData": [{"key": "CustomerUserId", "value": guid(10 + number)}],
        **more,
    }


@pytest.fixture
def partner(monkeypatch: pytest.MonkeyPatch) -> Partner:
    records = [record(1, 1), record(2, 3), record(3, 2, operationType="update_customer_user")]
    records.append(record(4, 4, customerId=guid(2)))
    found = Partner([], refused={"auditrecords": collection(*records)})
    monkeypatch.setattr(audit_info, "open_partner_center", lambda *_arguments: found.connection())
    return found


@pytest.fixture
def read(partner: Partner) -> Read:
    empty = {name: rules.get("default") for name, rules in audit_info.specification().items()}
    return lambda **given: audit_info.read_audit(empty | given, TaskContext({}))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, [4, 2, 3, 1]),
        ({"customer_id": guid(1)}, [2, 3, 1]),
        ({"user_id": guid(12).upper()}, [2]),
        ({"operations": ["update_customer_user"]}, [3]),
        ({"customer_id": guid(2), "operations": ["update_customer_user"]}, []),
    ],
)
def test_records_oldest_first(partner: Partner, read: Read, given: dict[str, Any], found: list[int]) -> None:
    result = read(**given)
    assert [int(row["id"]) for row in result["records"]] == found
    assert (result["changed"], result["failed"], result["msg"]) == (False, False, f"{len(found)} records")
    assert partner.lines == ["GET /v1/auditrecords"]


def test_a_row(read: Read) -> None:
    assert read(user_id=guid(11))["records"] == [
        {
            "id": "1",
            "customer_id": guid(1),
            "user_id": guid(11),
            "caller": "job@partner.example",
            "operation": "reset_customer_user_password",
            "status": "succeeded",
            "at": (NOW - timedelta(hours=1)).isoformat(timespec="seconds"),
            "correlation_id": guid(71),
        }
    ]


def test_the_last_thirty_days_are_asked_for_unless_others_are(partner: Partner, read: Read) -> None:
    read()
    read(start=(NOW - timedelta(days=3)).isoformat(), end=NOW.isoformat())
    first, second = (line.partition("?")[2] for line in partner.transport.lines)
    assert (NOW - timedelta(days=30)).date().isoformat() in first and first != second


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"start": (NOW - timedelta(days=91)).isoformat()}, "start: is more than 90 days ago"),
        ({"start": NOW.isoformat(), "end": NOW.isoformat()}, "end: is not after start"),
        ({"start": "yesterday"}, "start: "),
        ({"customer_id": "x"}, "customer_id: is not a GUID"),
        ({"user_id": "x"}, "user_id: is not a GUID"),
    ],
)
def test_periods_and_ids_that_make_no_sense(partner: Partner, read: Read, given: dict[str, Any], sentence: str) -> None:
    result = read(**given)
    assert result["failed"] and result["msg"].startswith(sentence) and partner.lines == []
