# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published limits of Graph, exactly; and faults in front of Graph."""

from __future__ import annotations

from typing import Any

import pytest
import requests

PASSWORD = "Lantern-7-harbour"


def statuses(graph: Any, count: int, **options: Any) -> list[int]:
    token = graph.emulator.graph_token(graph.emulator.customers[options.get("customer", 0)]["id"])
    return [graph.reset(graph.user(**options), token=token).status_code for number in range(count)]


@pytest.fixture
def stopped(graph: Any) -> Any:
    """Graph with a clock that stands."""
    graph.emulator.advance()
    return graph


def test_writes_to_one_customer_are_a_bucket_of_amount_and_seconds(stopped: Any) -> None:
    stopped.emulator.knobs(graph_limit_writes_per_customer="4/2", throttle_count_rejected=False)
    assert statuses(stopped, 5) == [204] * 4 + [429]
    assert statuses(stopped, 1, customer=1) == [204], "another customer has a bucket of its own"
    stopped.emulator.advance(0.5)
    assert statuses(stopped, 2) == [204, 429]
    assert stopped.emulator.counters()["throttled"] == 2


@pytest.mark.parametrize("limit", ["graph_limit_writes", "graph_limit_requests", "graph_limit_units"])
def test_the_application_has_buckets_over_all_customers(stopped: Any, limit: str) -> None:
    stopped.emulator.knobs(**{limit: "3/60"})
    assert statuses(stopped, 2) + statuses(stopped, 2, customer=1) == [204, 204, 204, 429]


def test_the_answer_tells_which_limit_and_how_long(stopped: Any) -> None:
    emulator = stopped.emulator
    emulator.knobs(graph_limit_writes_per_customer="2/40", throttle_count_rejected=False)
    assert stopped.reset().headers["x-ms-resource-unit"] == "1"
    assert float(stopped.reset().headers["x-ms-throttle-limit-percentage"]) == 1.0
    answer = stopped.reset()
    assert answer.json()["error"]["code"] == "TooManyRequests"
    assert answer.headers["Retry-After"] == "20"
    tenant = emulator.customers[0]["id"]
    assert answer.headers["x-ms-throttle-scope"] == f"Tenant_Application/Write/{emulator.client_id}/{tenant}"
    assert answer.headers["x-ms-throttle-information"] == "WriteLimitExceeded"
    emulator.advance(20)
    assert stopped.reset().status_code == 204


def test_who_comes_too_early_waits_longer(stopped: Any) -> None:
    stopped.emulator.knobs(graph_limit_writes_per_customer="10/10")
    assert statuses(stopped, 13) == [204] * 10 + [429] * 3
    stopped.emulator.advance(2)
    assert statuses(stopped, 1) == [429]
    stopped.emulator.advance(3)
    assert statuses(stopped, 1) == [204]


@pytest.mark.parametrize(
    ("path", "units"),
    [
        ("/users/{}", "1"),
        ("/users/{}?$select=id", "1"),
        ("/users", "2"),
        ("/users?$select=id", "1"),
        ("/users?$top=5", "1"),
        ("/users/{}/transitiveMemberOf", "2"),
        ("/roleManagement/directory/roleAssignments", "1"),
        ("/roleManagement/directory/roleAssignments?$expand=roleDefinition", "2"),
    ],
)
def test_requests_cost_the_units_of_the_table(graph: Any, path: str, units: str) -> None:
    assert graph.send("GET", path.format(graph.user())).headers["x-ms-resource-unit"] == units


def test_the_units_of_a_tenant_depend_on_its_size(stopped: Any) -> None:
    stopped.emulator.knobs(graph_limit_units_small="2/10", graph_limit_units_medium="3/10")
    assert [stopped.send("GET", "/users").status_code for number in range(2)] == [200, 429]
    other = stopped.emulator.customers[1]["id"]
    stopped.emulator.add_users(other, count=30)
    assert [stopped.send("GET", "/users?$select=id", customer=1).status_code for number in range(4)] == [200] * 3 + [
        429
    ]


def test_reads_go_on_while_writes_are_throttled(stopped: Any) -> None:
    stopped.emulator.knobs(graph_limit_writes_per_customer="1/60")
    assert statuses(stopped, 2) == [204, 429]
    assert stopped.send("GET", f"/users/{stopped.user()}").status_code == 200


def test_the_audit_log_gives_five_answers_in_ten_seconds(stopped: Any) -> None:
    path = "/auditLogs/directoryAudits"
    assert [stopped.send("GET", path).status_code for number in range(6)] == [200] * 5 + [429]


def test_writeback_counts_as_a_write_unless_told(stopped: Any) -> None:
    path = f"/users/{stopped.user()}/authentication/methods/28c10230-6103-485e-b985-444c60001490/resetPassword"
    stopped.emulator.knobs(graph_limit_writes_per_customer="1/60")
    assert [stopped.send("POST", path, {}).status_code for number in range(2)] == [202, 429]
    stopped.emulator.knobs(writeback_counts=False)
    assert [stopped.send("POST", path, {}).status_code for number in range(2)] == [202, 202]


def test_limits_can_be_switched_off(stopped: Any) -> None:
    stopped.emulator.knobs(graph_limit_writes_per_customer="1/60", graph_throttling=False)
    assert statuses(stopped, 3) == [204] * 3
    stopped.emulator.knobs(graph_limit_writes_per_customer="0", graph_throttling=True)
    assert statuses(stopped, 3) == [204] * 3


@pytest.mark.parametrize("value", ["many", "3", "3/0", "-1/2"])
def test_a_limit_of_another_form_is_a_clear_error(graph: Any, value: str) -> None:
    from partnercenter_emulator.launcher import ControlError

    with pytest.raises(ControlError, match="none of AMOUNT/SECONDS"):
        graph.emulator.knobs(graph_limit_writes=value)


@pytest.mark.parametrize(
    ("name", "members", "status", "applied"),
    [
        ("status", {}, 500, False),
        ("status", {"status": 503, "applied": True}, 503, True),
        ("html", {"status": 504, "applied": True}, 504, True),
        ("empty", {}, 200, True),
        ("malformed", {}, 200, True),
        ("throttle", {"seconds": 7}, 429, False),
        ("redirect", {}, 307, False),
        ("deep_json", {"size": 2000}, 200, True),
        ("slow_body", {"seconds": 0.1}, 200, True),
    ],
)
def test_spoilt_answers(graph: Any, name: str, members: dict[str, Any], status: int, applied: bool) -> None:
    graph.emulator.fault(name, method="PATCH", **members)
    answer = graph.reset(allow_redirects=False)
    assert answer.status_code == status
    assert (graph.current() == PASSWORD) is applied
    entry = graph.emulator.journal()[-1]
    assert (entry["service"], entry["fault"], entry["applied"]) == ("graph", name, applied)
    assert graph.reset().status_code == 204, "one order is one request"


@pytest.mark.parametrize(
    ("name", "applied"), [("reset_connection_before", False), ("reset_connection_after", True), ("truncated", True)]
)
def test_cut_connections(graph: Any, name: str, applied: bool) -> None:
    graph.emulator.fault(name)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        graph.reset()
    assert (graph.current() == PASSWORD) is applied


def test_a_late_request_is_applied_after_all(graph: Any) -> None:
    graph.emulator.advance()
    graph.emulator.fault("late", seconds=1)
    with pytest.raises(requests.ConnectionError):
        graph.reset()
    assert graph.current() != PASSWORD
    graph.emulator.advance(1)
    assert graph.emulator.wait(passwords_set=1)
    assert graph.current() == PASSWORD


def test_an_order_may_be_for_one_of_the_services(graph: Any, client: Any) -> None:
    graph.emulator.fault("status", target="graph", count=2)
    graph.emulator.fault("status", target="partner_center", status=502)
    assert client.reset().status_code == 502
    assert graph.reset().json()["error"]["code"] == "InternalServerError"
    assert client.reset().status_code == 200
    assert graph.reset().status_code == 500
    assert [entry["service"] for entry in graph.emulator.journal()] == ["partner_center", "graph"] * 2


def test_an_order_may_be_for_one_tenant(graph: Any) -> None:
    """Users of all customers are listed by the same path."""
    graph.emulator.fault("status", tenant=graph.emulator.customers[1]["id"].upper(), path="/v1.0/users")
    assert graph.send("GET", "/users").status_code == 200
    assert graph.send("GET", "/users", customer=1).status_code == 500
    assert graph.send("GET", "/users", customer=1).status_code == 200


def test_a_fault_may_have_any_code_of_graph(graph: Any) -> None:
    message = "Unable to initialize the authorization context."
    graph.emulator.fault("status", status=403, code="Authorization_RequestDenied", description=message)
    error = graph.reset().json()["error"]
    assert (error["code"], error["message"]) == ("Authorization_RequestDenied", message)


def test_answers_may_have_a_mark_or_another_type(graph: Any) -> None:
    graph.emulator.knobs(graph_bom=True)
    assert graph.send("GET", "/users").content.startswith(b"\xef\xbb\xbf{")
    graph.emulator.knobs(graph_bom=False, graph_content_type="text")
    answer = graph.send("GET", "/users")
    assert (answer.headers["Content-Type"], len(answer.json()["value"])) == ("text/plain; charset=utf-8", 28)
    graph.emulator.knobs(graph_content_type="absent")
    assert "Content-Type" not in graph.send("GET", "/users").headers


def test_an_answer_may_quote_the_password_of_a_writeback(graph: Any) -> None:
    path = f"/users/{graph.user()}/authentication/methods/28c10230-6103-485e-b985-444c60001490/resetPassword"
    graph.emulator.fault("status", status=400, description="no: {password}")
    assert PASSWORD in graph.send("POST", path, {"newPassword": PASSWORD}).text
