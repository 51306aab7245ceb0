# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate: one answer to throttling for all workers (contract section 6, throttling)."""

from __future__ import annotations

import math
import random
import threading
from dataclasses import dataclass

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._http.gate import Exhausted, Gate
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.engine import make_gate, run_in_threads


def call(gate: Gate, *, throttled: float | None = None) -> float:
    """One call that passes, or is answered 429 with this delay; gives the time of its admission."""
    with gate.admitted() as at:
        if throttled is None:
            gate.passed()
        else:
            gate.throttle(throttled, at)
    return at


def limit(gate: Gate) -> int:
    """Return how many calls the gate admits at the same time."""
    return int(gate._limit)


def throttle_many(gate: Gate, clock: FakeClock, count: int, delay: float = 1.0) -> None:
    """``count`` calls are in flight, and all are throttled: one moment."""
    admissions = [gate.admitted() for _unused in range(count)]
    times = [admission.__enter__() for admission in admissions]
    clock.advance(0.1)
    for admission, at in zip(admissions, times, strict=True):
        gate.throttle(delay, at)
        admission.__exit__(None, None, None)


def test_without_throttling_nobody_waits() -> None:
    clock = FakeClock()
    gate = make_gate(clock)
    for _unused in range(1000):
        call(gate)
    assert clock.slept == []


def test_after_a_throttle_everybody_waits_until_the_delay_is_over() -> None:
    clock = FakeClock()
    gate = make_gate(clock)
    call(gate, throttled=5.0)
    assert call(gate) == 1005.0


def test_at_first_half_of_the_calls_are_in_flight_but_no_less_than_eight() -> None:
    for concurrency, begun in ((32, 16), (12, 8), (8, 8), (4, 4), (1, 1)):
        assert int(make_gate(FakeClock(), concurrency=concurrency)._allowed()) == begun


def test_what_gets_through_proves_that_more_may_be_in_flight() -> None:
    gate = make_gate(FakeClock(), concurrency=32)
    allowed = []
    for _turn in range(100):
        call(gate)
        allowed.append(int(gate._allowed()))
    assert (allowed[79], allowed[80], allowed[95], allowed[99]) == (16, 17, 32, 32)


def test_the_first_throttle_halves_what_was_allowed_until_then() -> None:
    gate = make_gate(FakeClock(), concurrency=32)
    call(gate, throttled=1.0)
    assert limit(gate) == 8


def test_the_longest_delay_holds() -> None:
    clock = FakeClock()
    gate = make_gate(clock)
    with gate.admitted() as first, gate.admitted() as second:
        gate.throttle(9.0, first)
        gate.throttle(2.0, second)
    assert call(gate) == 1009.0


def test_the_wait_has_jitter() -> None:
    clock = FakeClock()
    gate = make_gate(clock)
    gate._jitter = lambda: 1.0
    call(gate, throttled=5.0)
    assert call(gate) == pytest.approx(1005.05)


def test_the_calls_in_flight_are_halved_once_for_all_answers_of_one_moment() -> None:
    clock = FakeClock()
    gate = make_gate(clock)
    throttle_many(gate, clock, 8)
    assert limit(gate) == 4
    assert gate.throttled == 8


def test_they_are_halved_again_by_the_next_moment_and_never_below_one() -> None:
    clock = FakeClock()
    gate = make_gate(clock)
    limits = []
    for _unused in range(5):
        throttle_many(gate, clock, 1)
        limits.append(limit(gate))
    assert limits == [4, 2, 1, 1, 1]


def test_they_grow_by_one_for_every_two_rounds_that_gets_through_up_to_the_concurrency() -> None:
    clock = FakeClock()
    gate = make_gate(clock)
    throttle_many(gate, clock, 2)
    throttle_many(gate, clock, 2)
    seen = []
    for _unused in range(60):
        call(gate)
        seen.append(limit(gate))
    assert seen[0] == 2
    assert sorted(set(seen)) == [2, 3, 4, 5, 6, 7, 8]
    assert [seen.index(n) for n in (3, 4, 5)] == pytest.approx([4, 10, 18], abs=2)


def test_after_two_throttles_calls_are_paced_at_the_rate_that_was_admitted_between_them() -> None:
    clock = FakeClock()
    gate = make_gate(clock)
    call(gate, throttled=1.0)
    for _unused in range(50):
        call(gate)
        clock.advance(0.18)
    call(gate, throttled=1.0)
    between = clock.now - 1000.0
    times = [call(gate) for _unused in range(20)]
    rate = 19 / (times[-1] - times[0])
    assert rate == pytest.approx(0.98 * 51 / between, rel=0.05)  # the rejected one counts as well


def test_the_pace_grows_faster_and_faster_while_nothing_is_throttled() -> None:
    paces = []
    for quiet in (0.0, 10.0, 20.0):
        clock = FakeClock()
        gate = make_gate(clock)
        call(gate, throttled=1.0)
        for _unused in range(10):
            call(gate)
            clock.advance(1.0)
        call(gate, throttled=1.0)
        clock.advance(1.0 + quiet)
        times = [call(gate) for _unused in range(3)]
        paces.append(1 / (times[2] - times[1]))
    first, second, third = paces
    assert second / first == pytest.approx(1.16, rel=0.05)
    assert third / second == pytest.approx(1.28, rel=0.05)


def test_a_throttle_after_a_long_growth_does_not_throw_the_pace_back_to_the_mean() -> None:
    clock = FakeClock()
    gate = make_gate(clock)
    call(gate, throttled=1.0)
    call(gate)
    clock.advance(1.0)
    call(gate, throttled=1.0)
    for _unused in range(200):
        call(gate)
    before = [call(gate) for _unused in range(2)]
    call(gate, throttled=1.0)
    after = [call(gate) for _unused in range(3)]
    assert (before[1] - before[0]) / (after[2] - after[1]) == pytest.approx(0.92, rel=0.04)


def test_a_process_that_runs_for_days_is_still_admitted() -> None:
    clock = FakeClock()
    gate = make_gate(clock)
    call(gate, throttled=1.0)
    call(gate)
    clock.advance(1.0)
    call(gate, throttled=1.0)
    clock.advance(10 * 86400.0)
    before = clock.now
    for _unused in range(100):
        call(gate)
    assert clock.now == pytest.approx(before)


def test_throttles_with_nothing_in_between_do_not_stop_the_service_for_long() -> None:
    """Such throttles measure nothing but an early try. The rate must not fall so low that it cannot recover."""
    clock = FakeClock()
    gate = make_gate(clock)
    for _unused in range(4):
        throttle_many(gate, clock, 1, delay=1.0)
    started = clock.now
    for _unused in range(20):
        call(gate)
    assert clock.now - started < 5.0


def test_the_budget_is_whole_while_calls_get_through() -> None:
    clock = FakeClock()
    gate = make_gate(clock, budget=300.0)
    assert gate.budget() == 300.0
    call(gate)
    clock.advance(5000.0)
    assert gate.budget() == 300.0


def test_the_budget_counts_from_the_call_that_first_did_not_get_through() -> None:
    clock = FakeClock()
    gate = make_gate(clock, budget=300.0)
    with gate.admitted() as at:
        clock.advance(60.0)
        gate.failed(at)
    assert gate.budget() == 240.0
    clock.advance(10.0)
    call(gate, throttled=1.0)
    assert gate.budget() == 230.0


def test_a_slow_failure_does_not_count_from_before_the_last_success() -> None:
    clock = FakeClock()
    gate = make_gate(clock, budget=300.0)
    with gate.admitted() as slow:
        clock.advance(59.0)
        call(gate)
        clock.advance(1.0)
        gate.failed(slow)
    assert gate.budget() == 299.0


def test_any_call_that_gets_through_renews_the_budget() -> None:
    clock = FakeClock()
    gate = make_gate(clock, budget=300.0)
    with gate.admitted() as at:
        clock.advance(200.0)
        gate.failed(at)
    call(gate)
    assert gate.budget() == 300.0


def test_nobody_is_admitted_while_the_service_demands_more_patience_than_is_left() -> None:
    clock = FakeClock()
    gate = make_gate(clock, budget=300.0)
    call(gate, throttled=3600.0)
    for _unused in range(3):
        with pytest.raises(Exhausted), gate.admitted():
            raise AssertionError("admitted")
    assert clock.slept == []
    clock.advance(3600.0)
    call(gate)


def test_a_call_that_raises_gives_its_turn_back() -> None:
    gate = make_gate(FakeClock(), concurrency=1)
    for _unused in range(3):
        with pytest.raises(ZeroDivisionError), gate.admitted():
            raise ZeroDivisionError
    call(gate)


def test_threads_never_exceed_the_concurrency_and_none_is_lost() -> None:
    gate = Gate(concurrency=4, budget=300.0)
    lock = threading.Lock()
    inside = most = done = 0

    def work() -> None:
        nonlocal inside, most, done
        for _unused in range(200):
            with gate.admitted():
                with lock:
                    inside += 1
                    most = max(most, inside)
                gate.passed()
                with lock:
                    inside -= 1
                    done += 1

    run_in_threads(16, work)
    assert (done, inside) == (16 * 200, 0)
    assert most <= 4


def test_threads_get_through_random_throttling_without_a_lost_wake_up() -> None:
    gate = Gate(concurrency=8, budget=300.0)
    chance = random.Random(7)
    done: list[int] = []

    def work() -> None:
        for _unused in range(30):
            with gate.admitted() as at:
                if chance.random() < 0.05:
                    gate.throttle(0.002, at)
                else:
                    gate.passed()
            done.append(1)

    run_in_threads(32, work)
    assert len(done) == 32 * 30


@dataclass
class Bucket:
    """Lets ``rate`` calls a second through, ``burst`` at once, and asks for whole seconds of patience."""

    rate: float
    burst: float
    clock: FakeClock
    level: float = 0.0
    at: float = 1000.0

    def patience(self) -> int:
        """0 where the call is let through."""
        self.level = min(self.burst, self.level + (self.clock.now - self.at) * self.rate)
        self.at = self.clock.now
        if self.level >= 1:
            self.level -= 1
            return 0
        return max(1, math.ceil((1 - self.level) / self.rate))


@pytest.mark.parametrize(("rate", "burst", "share"), [(50, 50, 0.95), (50, 5, 0.5), (200, 10, 0.4), (5, 5, 0.9)])
def test_a_service_with_a_token_bucket_is_used_near_its_rate_with_few_throttles(
    rate: float, burst: float, share: float
) -> None:
    """One call after the other, 2 ms each: what matters is the pace."""
    clock = FakeClock()
    gate = make_gate(clock)
    bucket = Bucket(rate, burst, clock)
    done = 0
    while clock.now < 1100.0:
        with gate.admitted() as at:
            clock.advance(0.002)
            patience = bucket.patience()
            if patience:
                gate.throttle(patience, at)
            else:
                gate.passed()
                done += 1
    assert done >= share * rate * 100
    assert gate.throttled <= 0.05 * done
