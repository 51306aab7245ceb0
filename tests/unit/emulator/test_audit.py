# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit log (section 3)."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

RESET = "reset_customer_user_password"


def records(client: Any, **parameters: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.document("GET", "/auditrecords", params=parameters)["items"]
    return found


def only(field: str, value: str) -> str:
    return json.dumps({"Field": field, "Value": value, "Operator": "equals"})


def test_a_reset_leaves_a_record_with_the_callers_correlation_id(client: Any) -> None:
    correlation_id = str(uuid.uuid4())
    client.reset(headers={"MS-CorrelationId": correlation_id})
    (record,) = records(client)
    assert record["operationType"] == RESET
    assert record["operationStatus"] == "succeeded"
    assert record["customerId"] == client.emulator.customers[0]["id"]
    assert record["userPrincipalName"] == client.emulator.account["user_principal_name"]
    assert record["originalCorrelationId"] == correlation_id
    assert record["customizedData"] == [{"key": "CustomerUserId", "value": client.user_id()}]


def test_refused_resets_are_recorded_as_failed_and_reads_not_at_all(client: Any) -> None:
    client.reset(password="weak")
    client.send("GET", client.user_path())
    assert [(item["operationType"], item["operationStatus"]) for item in records(client)] == [(RESET, "failed")]


@pytest.mark.parametrize(("operation", "expected"), [("reset", RESET), ("update", "update_customer_user")])
def test_the_update_call_is_recorded_as_the_knob_says(client: Any, operation: str, expected: str) -> None:
    client.emulator.knobs(audit_update_operation=operation)
    client.send("PATCH", client.user_path(), {"passwordProfile": {"password": "Lantern-7-harbour"}})
    assert [item["operationType"] for item in records(client)] == [expected]


def test_each_change_has_its_type(client: Any) -> None:
    client.send("DELETE", client.user_path())
    client.send("PATCH", client.user_path(), {"state": "active"})
    client.send("PATCH", client.user_path(), {"displayName": "Other"})
    kinds = [item["operationType"] for item in records(client)]
    assert kinds == ["update_customer_user", "restore_customer_user", "delete_customer_user"]


def test_members_that_nobody_documented_are_knobs(client: Any) -> None:
    correlation_id = str(uuid.uuid4())
    client.reset(headers={"MS-CorrelationId": correlation_id})
    client.emulator.knobs(audit_correlation_id="absent", audit_user_key="absent")
    (record,) = records(client)
    assert "originalCorrelationId" not in record
    assert record["customizedData"] == []
    client.emulator.knobs(audit_correlation_id="other")
    assert records(client)[0]["originalCorrelationId"] not in (correlation_id, "")


def test_a_record_appears_after_the_delay(client: Any) -> None:
    client.emulator.advance()
    client.emulator.knobs(audit_delay=60)
    client.reset()
    assert records(client) == []
    assert len(client.emulator.audit()) == 1
    client.emulator.advance(59)
    assert records(client) == []
    client.emulator.advance(1)
    assert len(records(client)) == 1


def test_thirty_days_by_default_ninety_at_most(client: Any) -> None:
    customer_id, now = client.emulator.customers[0]["id"], datetime.now(UTC)
    for days in (1, 40, 80):
        date = (now - timedelta(days=days)).isoformat()
        client.emulator.add_audit(customer_id=customer_id, user_id=client.user_id(), operation_date=date)
    assert len(records(client)) == 1
    assert len(records(client, startDate=(now - timedelta(days=89)).isoformat())) == 3
    span = {"startDate": f"{now - timedelta(days=45):%Y-%m-%d}", "endDate": f"{now - timedelta(days=35):%m/%d/%Y}"}
    assert len(records(client, **span)) == 1
    early = {"startDate": (now - timedelta(days=92)).isoformat()}
    assert client.refused("GET", "/auditrecords", params=early) == (400, 2000)
    assert client.refused("GET", "/auditrecords", params={"startDate": "soon"}) == (400, 2000)


def test_filters(client: Any) -> None:
    client.reset(client.user_path(customer=0))
    client.reset(client.user_path(customer=1))
    other = client.emulator.customers[1]["id"]
    assert [item["customerId"] for item in records(client, filter=only("CustomerId", other))] == [other]
    assert [item["customerId"] for item in records(client, filter=only("company_name", "Customer 002"))] == [other]
    assert len(records(client, filter=only("ResourceType", "customer_user"))) == 2
    assert records(client, filter=only("ResourceType", "order")) == []
    assert client.refused("GET", "/auditrecords", params={"filter": only("Colour", "red")}) == (400, 2000)


def test_pages_keep_span_and_filter(client: Any) -> None:
    for user in range(5):
        client.reset(client.user_path(user=user))
    client.reset(client.user_path(customer=1))
    parameters = {
        "size": "2",
        "filter": only("CustomerId", client.emulator.customers[0]["id"]),
        "startDate": (datetime.now(UTC) - timedelta(days=3)).isoformat(),
    }
    page = client.document("GET", "/auditrecords", params=parameters)
    users = []
    while True:
        users += [item["customizedData"][0]["value"] for item in page["items"]]
        following = page["links"].get("next")
        if not following:
            break
        headers = {item["key"]: item["value"] for item in following["headers"]}
        page = client.document("GET", following["uri"], headers=headers)
    assert users == [client.user_id(user=user) for user in (4, 3, 2, 1, 0)]


def test_app_only_tokens_may_read_it(client: Any) -> None:
    assert client.send("GET", "/auditrecords", token=client.emulator.token(app_only=True)).status_code == 200
