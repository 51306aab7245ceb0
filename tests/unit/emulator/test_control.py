# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoint: what it tells, what it changes, and that nothing secret is in the journal."""

from __future__ import annotations

import json
import socket
import threading
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from partnercenter_emulator.launcher import ControlError


def test_the_journal_tells_each_request_and_no_secret(client: Any) -> None:
    ids = {"MS-RequestId": str(uuid.uuid4()), "MS-CorrelationId": str(uuid.uuid4())}
    client.reset(headers=ids)
    client.send("GET", "/customers?size=1")
    first, second = client.emulator.journal()
    assert (first["method"], first["path"], first["status"]) == ("PATCH", f"/v1{client.user_path()}/resetpassword", 200)
    assert (first["request_id"], first["correlation_id"]) == (ids["MS-RequestId"], ids["MS-CorrelationId"])
    assert abs(first["time"] - time.time()) < 60
    assert (second["query"], second["request_id"]) == ("size=1", None)
    text = json.dumps(client.emulator.journal())
    assert "Lantern" not in text
    assert client.emulator.access_token not in text
    assert client.emulator.journal(since=first["sequence"]) == [second]


def test_the_journal_forgets_beyond_its_limit(client: Any) -> None:
    client.emulator.knobs(journal_limit=2)
    for _number in range(3):
        client.send("GET", "/customers")
    assert len(client.emulator.journal()) == 2
    assert client.emulator.counters()["requests"] == 3


def test_passwords_tell_the_whole_history(client: Any) -> None:
    initial = client.current()
    for number in range(3):
        client.reset(password=f"Lantern-{number}-harbour")
    told = client.emulator.passwords()[client.user_id()]
    assert told["current"] == "Lantern-2-harbour"
    assert told["history"] == [initial, "Lantern-0-harbour", "Lantern-1-harbour", "Lantern-2-harbour"]


def test_counters_count_connections_and_requests_in_flight(client: Any) -> None:
    client.emulator.knobs(latency_ms=200)
    client.send("GET", "/customers")
    before = client.emulator.counters()["connections"]
    client.emulator.advance()
    threads = [threading.Thread(target=client.reset, args=(client.user_path(user=user),)) for user in range(4)]
    for thread in threads:
        thread.start()
    assert client.emulator.wait(patches=4)
    client.emulator.advance(0.2)
    for thread in threads:
        thread.join()
    assert client.emulator.wait(patches_completed=4)
    counters = client.emulator.counters()
    assert (counters["max_in_flight"], counters["in_flight"]) == (4, 0)
    assert counters["connections"] - before == 3, "one of four was kept alive"
    assert (counters["requests"], counters["patches"], counters["passwords_set"]) == (5, 4, 4)


def test_arrival_can_be_awaited_before_the_effect(client: Any) -> None:
    client.emulator.advance()
    client.emulator.knobs(latency_ms=400)
    initial = client.current()
    thread = threading.Thread(target=client.reset)
    thread.start()
    assert client.emulator.wait(patches=1)
    assert client.current() == initial
    client.emulator.advance(0.4)
    assert client.emulator.wait(patches_completed=1, passwords_set=1)
    assert client.current() != initial
    thread.join()
    assert not client.emulator.wait(patches=2, timeout=0.1)
    with pytest.raises(ControlError, match="wait for one of"):
        client.emulator.wait(colours=2)


def test_a_request_is_applied_although_its_client_has_gone(client: Any) -> None:
    client.emulator.advance()
    client.emulator.knobs(latency_ms=300)
    with pytest.raises(requests.ReadTimeout):
        client.reset(timeout=(10, 0.1))
    client.emulator.advance(0.3)
    assert client.emulator.wait(passwords_set=1)
    assert client.current() == "Lantern-7-harbour"


def test_the_effect_can_be_awaited_before_the_answer(client: Any) -> None:
    client.emulator.advance()
    client.emulator.knobs(answer_latency_ms=400)
    thread = threading.Thread(target=client.reset)
    thread.start()
    assert client.emulator.wait(passwords_set=1)
    assert client.emulator.journal()[-1]["status"] is None
    client.emulator.advance(0.4)
    thread.join()
    assert client.emulator.wait(patches_completed=1)
    assert client.emulator.journal()[-1]["status"] == 200


def test_knobs_change_all_or_none(client: Any) -> None:
    assert client.emulator.knobs()["page_size"] == 100
    with pytest.raises(ControlError, match=r"400 .*unknown knob 'unheard_of'"):
        client.emulator.knobs(page_size=5, unheard_of=1)
    assert client.emulator.knobs()["page_size"] == 100
    with pytest.raises(ControlError, match="no customer has a user"):
        client.emulator.knobs(signed_in_user=str(uuid.uuid4()))
    assert client.emulator.knobs(refresh_token_rotation=False)["refresh_token_rotation"] == "off"


def test_users_of_each_kind_can_be_made(client: Any) -> None:
    customer_id = client.emulator.customers[0]["id"]
    (named,) = client.emulator.add_users(customer_id, name="Zoë {{ name }}", kind="managed")
    assert named["user_principal_name"] == "Zoë {{ name }}@customer-001.example.com"
    made = {
        kind: client.emulator.add_users(customer_id, kind)[0]["id"]
        for kind in ("federated", "synced", "deleted", "privileged")
    }
    shown = {kind: client.document("GET", f"/customers/{customer_id}/users/{made[kind]}") for kind in made}
    assert shown["federated"]["userDomainType"] == "federated"
    assert shown["synced"]["lastDirectorySyncTime"]
    assert shown["deleted"]["state"] == "inactive"
    roles = client.document("GET", f"/customers/{customer_id}/users/{made['privileged']}/directoryroles")["items"]
    assert [role["name"] for role in roles] == ["Company Administrator"]
    assert len(client.emulator.add_users(customer_id, count=30)) == 30
    with pytest.raises(ControlError, match="kind is one of"):
        client.emulator.add_users(customer_id, "imaginary")


def test_reset_brings_everything_back(client: Any) -> None:
    before = client.emulator.customers, client.emulator.passwords(), client.emulator.refresh_token
    client.reset()
    client.emulator.knobs(bom=False)
    client.emulator.fault("status")
    client.emulator.add_users(client.emulator.customers[0]["id"])
    token = client.emulator.access_token
    client.emulator.reset()
    assert (client.emulator.customers, client.emulator.passwords(), client.emulator.refresh_token) == before
    assert client.emulator.knobs()["bom"] is True
    assert client.emulator.audit() == client.emulator.journal() == []
    assert client.send("GET", "/customers", token=token).status_code == 200, "access tokens stay good"


def test_requests_to_control_are_in_no_journal(client: Any) -> None:
    client.emulator.counters()
    assert client.emulator.counters()["requests"] == 0
    assert client.emulator.journal() == []


def test_a_body_that_comes_late_is_read_before_the_answer(client: Any) -> None:
    """Otherwise the close resets the connection, and the end of a long answer is lost."""
    address = urlsplit(client.emulator.control_url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(b"POST /reset HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(10)
        connection.sendall(b"{}")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["tenant_id"] == client.emulator.tenant_id


def test_everything_issued_is_told(client: Any) -> None:
    refresh, access = client.emulator.new_refresh_token(), client.emulator.token()
    issued = client.emulator.issued()
    assert {client.emulator.refresh_token, refresh} <= set(issued["refresh_token"])
    assert access in issued["access_token"]
    client.emulator.reset()
    assert client.emulator.issued()["refresh_token"] == [client.emulator.refresh_token]


def test_the_standing_at_a_customer_is_true_or_false(emulator: Any, session: Any) -> None:
    wrong = {"customer_id": emulator.customers[0]["id"], "relationship": False, "gdap_role": "missing"}
    answer = session.post(f"{emulator.control_url}/customers", json=wrong)
    assert (answer.status_code, answer.json()["error"]) == (400, "gdap_role is true or false")
    changed = session.post(f"{emulator.control_url}/customers", json={**wrong, "gdap_role": False}).json()
    assert (changed["relationship"], changed["gdap_role"]) == (False, False)
