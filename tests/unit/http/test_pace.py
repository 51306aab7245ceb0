# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pace that is kept ahead of published limits."""

from __future__ import annotations

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._http.pace import PUBLISHED, Limits, Pace
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock


class Paced(Pace):
    """A pace whose waits go by its own clock."""

    def __init__(self, limits: Limits = PUBLISHED) -> None:
        self.time = FakeClock()
        super().__init__(limits, clock=self.time, sleep=self.time.sleep)

    def sent(self, seconds: float, customers: int, *, writes: bool, units: int = 1) -> int:
        """How many calls get their turn within this time, where nothing else takes any."""
        start, count = self.time.now, 0
        while True:
            self.wait(str(count % customers), writes=writes, units=units)
            if self.time.now - start > seconds:
                return count
            count += 1


@pytest.mark.parametrize(("customers", "rate"), [(1, 20.0), (10, 200.0), (100, 233.0)])
def test_the_rate_of_writes_is_that_of_each_customer_and_of_all(customers: int, rate: float) -> None:
    pace = Paced()
    pace.sent(1, customers, writes=True)  # what may be made up for at once is used up
    assert pace.sent(60, customers, writes=True) / 60 == pytest.approx(rate, rel=0.05)


@pytest.mark.parametrize(("customers", "rate"), [(1, 350.0), (10, 3500.0), (100, 7500.0)])
@pytest.mark.parametrize("units", [1, 2])
def test_the_rate_of_reads_is_that_of_their_resource_units(customers: int, rate: float, units: int) -> None:
    pace = Paced()
    pace.sent(1, customers, writes=False, units=units)
    assert units * pace.sent(10, customers, writes=False, units=units) / 10 == pytest.approx(rate, rel=0.05)


def test_a_write_takes_a_unit_as_well() -> None:
    pace = Paced(Limits(units_per_customer=10))
    pace.sent(1, 1, writes=False)
    assert not pace.is_open("0") and pace.is_open("1")
    assert pace.sent(10, 1, writes=True) == pytest.approx(100, rel=0.05)


def test_a_few_writes_do_not_wait() -> None:
    pace = Paced()
    for _write in range(200):
        pace.wait("a", writes=True)
    assert pace.time.slept == []
    assert pace.is_open("b")
    for _write in range(2):
        pace.wait("a", writes=True)
    assert pace.time.slept and not pace.is_open("a") and pace.is_open("b")


def test_what_was_not_used_for_long_is_not_made_up_for_later() -> None:
    pace = Paced()
    pace.wait("a", writes=True)
    pace.time.advance(3600)
    for _write in range(205):
        pace.wait("a", writes=True)
    assert pace.time.slept
