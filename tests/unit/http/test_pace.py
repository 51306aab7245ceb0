# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pace that is kept ahead of published limits."""

from __future__ import annotations

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._http.pace import Pace
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock


def sent(pace: Pace, clock: FakeClock, seconds: float, customers: list[str]) -> int:
    """How many writes get their turn within this time, where nothing else takes any."""
    start, count = clock.now, 0
    while True:
        pace.wait(customers[count % len(customers)])
        if clock.now - start > seconds:
            return count
        count += 1


@pytest.mark.parametrize(("customers", "rate"), [(1, 20.0), (10, 200.0), (100, 233.0)])
def test_the_rate_is_that_of_each_customer_and_of_all(customers: int, rate: float) -> None:
    clock = FakeClock()
    pace = Pace(each=20, in_all=233, clock=clock, sleep=clock.sleep)
    names = [str(number) for number in range(customers)]
    sent(pace, clock, 1, names)  # what may be made up for at once is used up
    assert sent(pace, clock, 60, names) / 60 == pytest.approx(rate, rel=0.05)


def test_a_few_writes_do_not_wait() -> None:
    clock = FakeClock()
    pace = Pace(each=20, in_all=233, clock=clock, sleep=clock.sleep)
    for _write in range(200):
        pace.wait("a")
    assert clock.slept == []
    assert pace.is_open("b")
    pace.wait("a")
    pace.wait("a")
    assert clock.slept and not pace.is_open("a") and pace.is_open("b")


def test_what_was_not_used_for_long_is_not_made_up_for_later() -> None:
    clock = FakeClock()
    pace = Pace(each=20, in_all=233, clock=clock, sleep=clock.sleep)
    pace.wait("a")
    clock.advance(3600)
    for _write in range(205):
        pace.wait("a")
    assert clock.slept
