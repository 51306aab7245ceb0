# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults by name: what the client sees, and what has been applied."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import requests

PASSWORD = "Lantern-7-harbour"
CUT = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


@pytest.mark.parametrize(
    ("name", "members", "status", "applied"),
    [
        ("status", {}, 500, False),
        ("status", {"status": 503, "applied": True}, 503, True),
        ("status", {"status": 403, "code": 20002}, 403, False),
        ("html", {}, 502, False),
        ("html", {"status": 504, "applied": True}, 504, True),
        ("empty", {}, 200, True),
        ("empty", {"status": 500, "applied": False}, 500, False),
        ("malformed", {}, 200, True),
        ("throttle", {"seconds": 7}, 429, False),
        ("redirect", {}, 307, False),
        ("deep_json", {"size": 2000}, 200, True),
    ],
)
def test_spoilt_answers(client: Any, name: str, members: dict[str, Any], status: int, applied: bool) -> None:
    client.emulator.fault(name, method="PATCH", **members)
    answer = client.reset(allow_redirects=False)
    assert answer.status_code == status
    assert (client.current() == PASSWORD) is applied
    entry = client.emulator.journal()[-1]
    assert (entry["fault"], entry["status"], entry["applied"]) == (name, status, applied)
    assert client.reset().status_code == 200, "one order is one request"


@pytest.mark.parametrize("name", ["empty", "malformed"])
def test_a_request_that_is_refused_is_not_answered_as_if_it_were_applied(client: Any, name: str) -> None:
    client.emulator.knobs(throttle_rate=1, throttle_burst=1)
    assert client.reset().status_code == 200
    client.emulator.fault(name, method="PATCH")
    assert client.reset().status_code == 429


@pytest.mark.parametrize(
    ("name", "applied"), [("reset_connection_before", False), ("reset_connection_after", True), ("truncated", True)]
)
def test_cut_connections(client: Any, name: str, applied: bool) -> None:
    client.emulator.fault(name)
    with pytest.raises(CUT):
        client.reset()
    assert (client.current() == PASSWORD) is applied


@pytest.mark.parametrize(("name", "applied"), [("timeout_before", False), ("timeout_after", True)])
def test_silence(client: Any, name: str, applied: bool) -> None:
    client.emulator.fault(name)
    with pytest.raises(requests.ReadTimeout):
        client.reset(timeout=(10, 0.2))
    assert client.emulator.wait(passwords_set=1, timeout=10.0 if applied else 0.1) is applied
    assert (client.current() == PASSWORD) is applied
    assert client.emulator.journal()[-1]["status"] is None
    client.emulator.fault(name, seconds=0.1)
    with pytest.raises(requests.ConnectionError):
        client.reset()


def test_a_late_request_is_applied_after_the_retry(client: Any) -> None:
    client.emulator.advance()
    client.emulator.fault("late", seconds=0.3)
    with pytest.raises(CUT):
        client.reset(password="First-try-2026")
    assert client.reset(password="Second-try-2026").status_code == 200
    client.emulator.advance(0.3)
    assert client.emulator.wait(passwords_set=2)
    assert client.emulator.passwords()[client.user_id()]["history"][1:] == ["Second-try-2026", "First-try-2026"]


def test_a_late_request_does_not_outlive_a_reset(client: Any) -> None:
    client.emulator.fault("late", seconds=0.2)
    with pytest.raises(CUT):
        client.reset()
    client.emulator.reset()
    time.sleep(0.3)
    assert client.current() != PASSWORD


def test_a_slow_body_arrives_whole(client: Any) -> None:
    client.emulator.fault("slow_body", seconds=0.3)
    before = time.monotonic()
    answer = client.reset()
    assert time.monotonic() - before >= 0.28
    assert json.loads(answer.content.decode("utf-8-sig"))["id"] == client.user_id()


def test_throttling_by_order_has_shape_two(client: Any) -> None:
    client.emulator.fault("throttle", seconds=57)
    answer = client.send("GET", "/customers")
    assert answer.headers["Retry-After"] == "57"
    assert answer.json() == {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds."}
    assert client.emulator.counters()["throttled"] == 1


def test_hostile_bodies_are_as_large_as_ordered(client: Any) -> None:
    client.emulator.fault("huge_body", size=3 << 20)
    assert len(client.send("GET", "/customers").content) > 3 << 20
    client.emulator.fault("gzip_bomb", size=3 << 20)
    with client.send("GET", "/customers", stream=True) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(answer.raw.read(decode_content=False)) < 100_000


def test_a_redirect_names_the_host_it_is_told(client: Any) -> None:
    client.emulator.fault("redirect", location="http://127.0.0.1:1/steal", status=302)
    assert client.send("GET", "/customers", allow_redirects=False).headers["Location"] == "http://127.0.0.1:1/steal"


def test_an_arbitrary_body_can_be_ordered(client: Any) -> None:
    client.emulator.fault("status", status=200, body='{"items": 7}')
    assert client.document("GET", "/customers") == {"items": 7}


def test_orders_choose_by_method_path_and_count(client: Any) -> None:
    first, second = client.user_path(user=0), client.user_path(user=1)
    client.emulator.fault("status", count=2, method="patch", path=f"/v1{first}".upper())
    assert client.reset(second).status_code == 200
    assert client.send("GET", first).status_code == 200
    assert [client.reset(first).status_code for number in range(3)] == [500, 500, 200]
    client.emulator.fault("status", path="*/resetpassword", status=504)
    assert client.send("GET", first).status_code == 200
    assert client.reset(first).status_code == 504


def test_orders_choose_by_what_the_query_contains(client: Any) -> None:
    client.emulator.fault("status", path="/v1/auditrecords", contains='"Value":"B"')
    wanted = '/auditrecords?startDate=2099-01-01&filter={"Field":"CustomerId","Value":"%s","Operator":"equals"}'
    assert client.send("GET", wanted % "a").status_code != 500
    assert client.send("GET", wanted % "b").status_code == 500


def test_orders_choose_by_what_a_token_request_contains(client: Any) -> None:
    emulator = client.emulator
    chosen, other = emulator.new_refresh_token(), emulator.new_refresh_token()
    emulator.fault("status", target="token", contains=chosen, status=503)
    form = {"grant_type": "refresh_token", "client_id": emulator.client_id, "client_secret": emulator.client_secret}
    form["scope"] = "https://api.partnercenter.microsoft.com/user_impersonation"

    def ask(refresh_token: str) -> int:
        url = f"{emulator.authority_url}/{emulator.tenant_id}/oauth2/v2.0/token"
        data = form | {"refresh_token": refresh_token}
        return requests.post(url, data=data, verify=emulator.ca_path, timeout=10).status_code

    assert [ask(other), ask(chosen), ask(chosen)] == [200, 503, 200]


def test_a_share_of_requests_can_be_spoilt(client: Any) -> None:
    client.emulator.fault("status", count=1000, probability=0.3)
    statuses = [client.send("GET", "/customers").status_code for number in range(100)]
    assert 10 < statuses.count(500) < 60


def test_orders_can_be_dropped(client: Any) -> None:
    client.emulator.fault("status", count=1000)
    client.emulator.clear_faults()
    assert client.send("GET", "/customers").status_code == 200


@pytest.mark.parametrize(
    "order", [{"name": "unheard_of"}, {"name": "status", "colour": "red"}, {"name": "status", "count": "many"}]
)
def test_a_wrong_order_is_a_clear_error(client: Any, order: dict[str, Any]) -> None:
    from partnercenter_emulator.launcher import ControlError

    with pytest.raises(ControlError, match=r"400 .*(unknown|number)"):
        client.emulator.fault(**order)


@pytest.mark.parametrize(
    ("name", "members", "expected"),
    [
        ("status", {"status": 400, "description": "no: {password}"}, f"no: {PASSWORD}"),
        ("status", {"status": 400, "body": '{"torn": "{password}'}, f'{{"torn": "{PASSWORD}'),
        ("html", {"description": "{password}"}, f"<h2>{PASSWORD}</h2>"),
    ],
)
def test_an_answer_may_quote_the_password(client: Any, name: str, members: dict[str, Any], expected: str) -> None:
    client.emulator.fault(name, method="PATCH", **members)
    assert expected in client.reset().text
    client.emulator.fault("redirect", method="PATCH", location="https://elsewhere.example.net/{password}")
    assert client.reset(allow_redirects=False).headers["location"].endswith(PASSWORD)
    client.emulator.fault(name, **members)
    assert "(no password)" in client.send("GET", "/customers").text
