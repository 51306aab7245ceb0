# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pace that is kept ahead of published limits."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import cycle

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._http.pace import PUBLISHED, Limits, Pace
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from partnercenter_emulator.clock import Clock
from partnercenter_emulator.graph.throttle import GraphThrottle, charges_of
from partnercenter_emulator.knobs import Knobs


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


# A whole run against the limits of the emulator, by a clock of its own


@dataclass
class Run:
    """Workers who send writes at the pace, each one after the answer to the one before. Nothing waits really."""

    customers: int
    each: int
    latency: float = 0.1
    now: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def arrivals(self, limits: Limits = PUBLISHED, workers: int = 64) -> list[tuple[float, str]]:
        """Return when each write arrives, and for whom: customers take turns while their own limit lets them."""
        pace = Pace(limits, clock=lambda: self.now, sleep=self.pauses.append)
        left = {str(number): self.each for number in range(self.customers)}
        turns, free, arrived = cycle(list(left)), [0.0] * workers, list[tuple[float, str]]()
        while any(left.values()):
            self.now = heapq.heappop(free)
            due = [name for name in (next(turns) for _customer in left) if left[name]]
            customer = next((name for name in due if pace.is_open(name)), due[0])
            while next(turns) != customer:
                pass
            left[customer] -= 1
            self.pauses.clear()
            pace.wait(customer, writes=True)
            at = self.now + sum(self.pauses)
            arrived.append((at + self.latency / 2, customer))
            heapq.heappush(free, at + self.latency)
        return sorted(arrived)


def refused(arrivals: list[tuple[float, str]], knobs: Knobs) -> int:
    clock, count = Clock(stopped_at=0.0), 0
    throttle = GraphThrottle(knobs, clock)
    for at, customer in arrivals:
        clock.stopped_at = at
        charges = charges_of(knobs, "PATCH", ["users", "id"], 1, ("application", customer, 100))
        count += throttle.take(charges)[1] is not None
    return count


def rate(moments: list[float], at_once: int) -> float:
    """Writes a second, without those that may be made up for at once."""
    return (len(moments) - at_once) / (moments[-1] - moments[0])


#: The published rates, and buckets for 12 seconds instead of minutes: what keeps within them keeps within both.
_SMALL = Knobs(graph_limit_writes_per_customer="240/12", graph_limit_writes="2800/12")


def test_each_customer_has_at_least_95_percent_of_its_limit_and_no_request_is_refused() -> None:
    arrivals = Run(customers=11, each=800).arrivals()
    assert refused(arrivals, Knobs()) == refused(arrivals, _SMALL) == 0
    for number in range(11):
        assert 19 <= rate([at for at, customer in arrivals if customer == str(number)], at_once=200) <= 20.1


def test_a_hundred_customers_have_at_least_95_percent_of_the_limit_of_all_and_no_request_is_refused() -> None:
    arrivals = Run(customers=100, each=95).arrivals()
    assert refused(arrivals, Knobs()) == refused(arrivals, _SMALL) == 0
    assert 0.95 * 233 <= rate([at for at, _customer in arrivals], at_once=2330) <= 234


def test_without_a_pace_the_same_run_is_refused() -> None:
    arrivals = Run(customers=11, each=800).arrivals(Limits(*[100_000.0] * 4))
    assert refused(arrivals, _SMALL) > 0.05 * len(arrivals)
