# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throttling as a token bucket (section 6)."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any


def statuses(client: Any, count: int, customer: int = 0) -> list[int]:
    path = client.user_path(customer=customer)
    return [client.send("GET", path).status_code for number in range(count)]


def test_a_bucket_is_as_large_as_its_burst_and_refills_at_its_rate(client: Any) -> None:
    client.emulator.advance()
    client.emulator.knobs(throttle_rate=5, throttle_burst=3, throttle_count_rejected=False)
    assert statuses(client, 5) == [200, 200, 200, 429, 429]
    assert client.emulator.counters()["throttled"] == 2
    client.emulator.advance(0.25)
    assert statuses(client, 2) == [200, 429]


def test_rejected_requests_count_and_retry_after_tells_the_truth(client: Any) -> None:
    client.emulator.advance()
    client.emulator.knobs(throttle_rate=4, throttle_burst=2)
    answers = [client.send("GET", client.user_path()) for number in range(6)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429, 429, 429]
    # Two seconds of debt is the most, so the wait stays bounded.
    assert answers[-1].headers["Retry-After"] == "1"
    client.emulator.advance(0.5)
    assert statuses(client, 1) == [429]
    client.emulator.advance(1)
    assert statuses(client, 1) == [200]


def test_a_bucket_per_customer_leaves_the_others_alone(client: Any) -> None:
    client.emulator.advance()
    client.emulator.knobs(throttle_rate=1, throttle_burst=1, throttle_scope="customer")
    assert statuses(client, 2, customer=0) == [200, 429]
    assert statuses(client, 2, customer=1) == [200, 429]
    client.emulator.knobs(throttle_scope="partner")
    assert statuses(client, 1, customer=0) + statuses(client, 1, customer=1) == [200, 429]


def test_writes_alone_can_be_throttled(client: Any) -> None:
    client.emulator.advance()
    client.emulator.knobs(throttle_rate=1, throttle_burst=1, throttle_methods="writes")
    assert statuses(client, 3) == [200, 200, 200]
    assert [client.reset().status_code for number in range(2)] == [200, 429]


def test_retry_after_can_be_a_date_or_absent(client: Any) -> None:
    client.emulator.knobs(throttle_rate=0.5, throttle_burst=1, retry_after="date")
    statuses(client, 1)
    answer = client.send("GET", client.user_path())
    moment = parsedate_to_datetime(answer.headers["Retry-After"]).timestamp()
    assert 1 < moment - time.time() < 6
    client.emulator.knobs(retry_after="absent")
    statuses(client, 1)
    assert "Retry-After" not in client.send("GET", client.user_path()).headers
