# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The retry table, row by row (contract section 7)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.module_utils._http.retry import (
    LONGEST_DELAY,
    MAXIMUM_ATTEMPTS,
    Action,
    Try,
    Verdict,
    http_date,
    is_unavailable,
    judge,
    may_have_taken_effect,
    retry_after,
)

PASSING = [None, 408, 500, 502, 503, 504]
DEFINITIVE = [100, 101, 199, 300, 301, 302, 307, 400, 403, 404, 405, 407, 409, 412, 418, 501, 505, 599]
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def judged(status: int | None, *, number: int = 1, jitter: float = 1.0, **more: Any) -> Verdict:
    return judge(Try(number=number, status=status, **more), jitter=lambda: jitter)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_success_is_accepted(status: int) -> None:
    assert judged(status) == Verdict(Action.ACCEPT, 0.0)


@pytest.mark.parametrize("status", DEFINITIVE)
def test_a_definitive_answer_is_never_repeated(status: int) -> None:
    assert judged(status, retry_after=1.0, renewable=True) == Verdict(Action.REFUSE, 0.0)


@pytest.mark.parametrize("status", PASSING)
def test_what_may_pass_by_itself_is_repeated_after_a_growing_delay(status: int | None) -> None:
    verdicts = [judged(status, number=number) for number in range(1, MAXIMUM_ATTEMPTS)]
    assert verdicts == [Verdict(Action.RETRY, delay) for delay in (0.5, 1.0, 2.0, 4.0)]


@pytest.mark.parametrize("status", PASSING)
def test_the_fifth_try_is_the_last(status: int | None) -> None:
    assert judged(status, number=MAXIMUM_ATTEMPTS - 1).action is Action.RETRY
    assert judged(status, number=MAXIMUM_ATTEMPTS).action is Action.GIVE_UP


def test_throttled_tries_do_not_count_as_tries() -> None:
    assert judged(503, number=14, throttled=10).action is Action.RETRY
    assert judged(503, number=15, throttled=10).action is Action.GIVE_UP


def test_throttling_is_bounded_by_the_budget_only() -> None:
    assert judged(429, number=1000, throttled=1000, retry_after=7.0) == Verdict(Action.THROTTLE, 7.0)
    assert judged(429, retry_after=7.0, budget=6.9).action is Action.GIVE_UP


def test_throttling_without_a_delay_backs_off_up_to_the_longest_delay() -> None:
    assert [judged(429, number=n, throttled=n).delay for n in (1, 2, 3, 7, 8, 2000)] == [0.5, 1, 2, 32, 60, 60]


def test_half_of_the_back_off_is_jitter() -> None:
    assert judged(503, number=3, jitter=0.0).delay == 1.0
    assert judged(503, number=3, jitter=0.5).delay == 1.5


def test_retry_after_wins_over_the_back_off() -> None:
    assert judged(503, retry_after=17.0) == Verdict(Action.RETRY, 17.0)
    assert judged(429, retry_after=0.1) == Verdict(Action.THROTTLE, 0.1)


def test_an_answer_that_says_at_once_does_not_make_a_tight_loop() -> None:
    assert judged(429, retry_after=0.0).delay == 0.5
    assert judged(503, retry_after=0.0).delay == 0.5


@pytest.mark.parametrize("status", [*PASSING, 429])
def test_a_wait_that_exceeds_the_budget_is_not_begun(status: int | None) -> None:
    assert judged(status, retry_after=10.0, budget=10.0).action is not Action.GIVE_UP
    assert judged(status, retry_after=10.0, budget=9.9) == Verdict(Action.GIVE_UP, 10.0)


def test_401_renews_the_token_only_where_that_may_help() -> None:
    assert judged(401, renewable=True).action is Action.RENEW_TOKEN
    assert judged(401, renewable=False).action is Action.REFUSE


def test_what_must_end_the_same_way_is_not_repeated() -> None:
    assert judged(None, repeatable=False).action is Action.GIVE_UP


@given(
    status=st.none() | st.integers(0, 999),
    number=st.integers(1, 10**6),
    retry=st.none() | st.floats(0, 1e9),
    budget=st.floats(-1e9, 1e9),
)
def test_every_delay_fits_the_budget(status: int | None, number: int, retry: float | None, budget: float) -> None:
    verdict = judge(Try(number=number, status=status, retry_after=retry, budget=budget))
    if verdict.action in (Action.RETRY, Action.THROTTLE):
        assert 0 < verdict.delay <= max(budget, 0)
        assert retry or verdict.delay <= LONGEST_DELAY


@pytest.mark.parametrize("status", [100, 101, 300, 302, 399, 408, 500, 502, 503, 504, 599])
def test_an_answer_that_says_nothing_leaves_the_effect_open(status: int) -> None:
    assert may_have_taken_effect(status, sent=True, signed=True)


REFUSALS = [400, 401, 403, 404, 405, 409, 412, 413, 429, 451, 499, 501]


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refusal_of_the_service_leaves_nothing_open(status: int) -> None:
    assert not may_have_taken_effect(status, sent=True, signed=True)


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refusal_that_anybody_may_have_made_leaves_everything_open(status: int) -> None:
    assert may_have_taken_effect(status, sent=True, signed=False)


@pytest.mark.parametrize("status", [200, 204, 299])
@pytest.mark.parametrize("signed", [True, False])
def test_a_success_is_one(status: int, signed: bool) -> None:
    assert not may_have_taken_effect(status, sent=True, signed=signed)


@pytest.mark.parametrize("sent", [True, False])
def test_without_an_answer_it_depends_on_whether_the_request_was_sent(sent: bool) -> None:
    assert may_have_taken_effect(None, sent=sent, signed=False) is sent


def test_unavailable_is_neither_a_success_nor_a_refusal() -> None:
    found = [status for status in range(200, 600) if is_unavailable(status)]
    assert found == [408, 429, *(status for status in range(500, 600) if status != 501)]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("57", 57.0),
        (" 57 ", 57.0),
        ("0", 0.0),
        ("9" * 5000, 999999999.0),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 13:00:30 +0100", 30.0),
        ("Mon, 23 Nov 2026 12:00:30 -0000", 30.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("5.5", None),
        ("nan", None),
        ("²", None),
        ("٣", None),
        ("Mon, 99 Nov 2026 99:99:99 GMT", None),
        ("Mon, 23 Nov 99999999999 12:00:30 GMT", None),
    ],
)
def test_retry_after_holds_seconds_or_a_date_or_nothing_of_use(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=NOW) == seconds


@given(st.text())
def test_retry_after_of_anything_is_a_wait_or_nothing(value: str) -> None:
    found = retry_after(value)
    assert found is None or found >= 0


def test_retry_after_counts_from_now() -> None:
    assert retry_after("Mon, 23 Nov 2020 12:00:30 GMT") == 0.0


@pytest.mark.parametrize(
    ("header", "moment"),
    [
        ("Mon, 23 Nov 2026 12:00:00 GMT", NOW),
        ("Mon, 23 Nov 2026 14:30:00 +0230", NOW),
        ("Mon, 23 Nov 2026 12:00:00 -0000", NOW),
        ("Mon, 23 Nov 2026 12:00:00", NOW),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_the_date_of_a_header_is_read_in_utc(header: str | None, moment: datetime | None) -> None:
    read = http_date(header)
    assert read == moment
    assert read is None or read.tzinfo is UTC
