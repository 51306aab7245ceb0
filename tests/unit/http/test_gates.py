# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One gate or one for each customer: what the service does is found out from its answers."""

from __future__ import annotations

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._http.gate import Exhausted, Gate, Patience
from ansible_collections.csp.partnercenter.plugins.module_utils._http.gates import Gates
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.engine import make_gate

A, B, C = "customer-a", "customer-b", "customer-c"


def make_gates(clock: FakeClock, budget: float = 300.0) -> Gates:
    patience = Patience(budget, clock)

    def make() -> Gate:
        gate = make_gate(clock)
        gate._patience = patience
        return gate

    return Gates(make)


def call(gates: Gates, customer: str | None, *, throttled: float | None = None) -> float:
    """One call that passes, or is answered 429 with this delay; gives the time of its admission."""
    with gates.admitted(customer) as turn:
        if throttled is None:
            gates.passed(turn)
        else:
            gates.throttle(turn, throttled)
    return turn.at


def test_a_throttle_holds_the_customer_that_it_was_about_and_nobody_else() -> None:
    clock = FakeClock()
    gates = make_gates(clock)
    call(gates, A)
    call(gates, A, throttled=5.0)
    assert [call(gates, B) for _turn in range(5)] == [1000.0] * 5
    assert [gates.is_open(customer) for customer in (A, B, C)] == [False, True, True]
    assert call(gates, A) == 1005.0


def test_another_customer_that_is_throttled_during_the_hold_makes_one_gate_of_all() -> None:
    clock = FakeClock()
    gates = make_gates(clock)
    call(gates, A, throttled=5.0)
    call(gates, B, throttled=1.0)
    assert gates.is_open(C), "where all share a gate, none is better than another"
    assert call(gates, C) == 1005.0, "the longest hold holds"
    assert gates.throttled == 2


def test_a_customer_that_got_calls_through_meanwhile_has_an_allowance_of_its_own() -> None:
    clock = FakeClock()
    gates = make_gates(clock)
    call(gates, A, throttled=5.0)
    for _turn in range(3):
        call(gates, B)
    call(gates, B, throttled=2.0)
    assert call(gates, C) == 1000.0
    assert call(gates, B) == 1002.0
    assert call(gates, A) == 1005.0


def test_a_throttle_after_the_hold_says_nothing_about_other_customers() -> None:
    clock = FakeClock()
    gates = make_gates(clock)
    call(gates, A, throttled=1.0)
    clock.advance(10.0)
    call(gates, B, throttled=1.0)
    assert call(gates, A) == 1010.0


def test_a_throttle_of_a_call_about_no_customer_holds_all() -> None:
    clock = FakeClock()
    gates = make_gates(clock)
    call(gates, None, throttled=3.0)
    assert call(gates, A) == 1003.0


def test_customers_share_one_budget() -> None:
    clock = FakeClock()
    gates = make_gates(clock)
    call(gates, A)
    with gates.admitted(B) as turn:
        clock.advance(100.0)
        gates.failed(turn)
    assert gates.budget() == 200.0
    call(gates, A)
    assert gates.budget() == 300.0


def test_a_customer_that_demands_too_much_patience_does_not_stop_the_others() -> None:
    clock = FakeClock()
    gates = make_gates(clock)
    call(gates, A, throttled=3600.0)
    with pytest.raises(Exhausted), gates.admitted(A):
        raise AssertionError("admitted")
    assert call(gates, B) == 1000.0


def test_a_customer_may_come_while_it_is_found_out_who_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers ask whether a customer's gate is open without waiting for each other."""
    gates = make_gates(FakeClock())
    call(gates, A, throttled=5.0)
    call(gates, B)
    left, others = Gate.wait_left, iter(range(100))

    def meanwhile(gate: Gate) -> float:
        gates.is_open(f"customer {next(others)}")
        return left(gate)

    monkeypatch.setattr(Gate, "wait_left", meanwhile)
    call(gates, C, throttled=1.0)
    assert gates.throttled == 2


def test_who_was_throttled_how_often() -> None:
    gates = make_gates(FakeClock())
    call(gates, A, throttled=0.0)
    call(gates, A, throttled=0.0)
    call(gates, None, throttled=0.0)
    assert (gates.throttled_for(A), gates.throttled_for(B), gates.throttled) == (2, 0, 3)
