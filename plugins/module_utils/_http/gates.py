# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One gate for all customers, or one for each. Microsoft does not publish which is right, so it is found out.

The rules. All calls pass one gate until the service throttles for the first time. Then each customer has a gate of its
own, and an answer of 429 stops the calls for its customer only. If a second customer is answered 429 while the first
one is stopped, and before three calls for the second one got through, both share one allowance: all customers use one
gate again, as long as this process uses the connection. The same holds for a 429 to a call without a customer.

A wrong guess costs little: customers that reach their own limits at the same moment share a gate and its pace.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from .gate import Gate

_INDEPENDENT = 3


class _Scope(Enum):
    UNKNOWN = "unknown"
    APART = "apart"
    TOGETHER = "together"


@dataclass(frozen=True)
class Turn:
    """An admitted call. ``at`` is the time of its admission, in seconds of the gate's clock."""

    customer_id: str | None
    gate: Gate
    at: float


class Gates:
    """The gates of one connection. Safe under threads. ``make`` returns a new gate; all gates share one budget."""

    def __init__(self, make: Callable[[], Gate]) -> None:
        self._make = make
        self._all = make()
        self._own: dict[str, Gate] = {}
        self._passed: dict[str, int] = {}
        self._throttled: dict[str, int] = {}
        self._scope = _Scope.UNKNOWN
        self._lock = threading.Lock()
        self.sleep = self._all.sleep

    @property
    def throttled(self) -> int:
        """Return the number of calls that were answered 429."""
        return sum(gate.throttled for gate in {self._all, *list(self._own.values())})

    def throttled_for(self, customer_id: str) -> int:
        """Return the number of calls for this customer that were answered 429."""
        return self._throttled.get(customer_id, 0)

    def budget(self) -> float:
        """Return the seconds left, counted from when calls ceased to get through."""
        return self._all.budget()

    def is_open(self, customer_id: str) -> bool:
        """Return whether a call for this customer is admitted as early as a call for any other customer."""
        return self._scope is not _Scope.APART or self._gate(customer_id).is_open()

    @contextmanager
    def admitted(self, customer_id: str | None) -> Iterator[Turn]:
        """Wait for a turn, and keep it while the body runs. Raises :class:`Exhausted`."""
        while True:
            gate = self._gate(customer_id)
            with gate.admitted() as at:
                if gate is self._gate(customer_id):  # otherwise the scope changed while this call waited
                    yield Turn(customer_id, gate, at)
                    return

    def passed(self, turn: Turn) -> None:
        """Note that the call got a definitive answer."""
        turn.gate.passed()
        if self._scope is _Scope.APART and turn.customer_id:
            with self._lock:
                self._passed[turn.customer_id] = self._passed.get(turn.customer_id, 0) + 1

    def failed(self, turn: Turn) -> None:
        """Note that the call got no answer, or none that is definitive."""
        turn.gate.failed(turn.at)

    def throttle(self, turn: Turn, delay: float) -> None:
        """Stop the calls that an answer of 429 concerns for ``delay`` seconds."""
        with self._lock:
            if turn.customer_id:
                self._throttled[turn.customer_id] = self.throttled_for(turn.customer_id) + 1
            self._learn(turn.customer_id)
            together = self._scope is _Scope.TOGETHER
            longest = max((gate.wait_left() for gate in list(self._own.values())), default=0.0) if together else 0.0
        self._gate(turn.customer_id).throttle(max(delay, longest), turn.at)

    def _learn(self, customer_id: str | None) -> None:
        if self._scope is _Scope.TOGETHER:
            return
        if customer_id is None:
            self._scope = _Scope.TOGETHER
            return
        if self._scope is _Scope.UNKNOWN:
            self._own[customer_id] = self._all  # its measured pace is the best guess for this customer
        self._scope = _Scope.APART
        held = {name for name, gate in list(self._own.items()) if gate.wait_left() > 0}
        if held - {customer_id} and self._passed.get(customer_id, 0) < _INDEPENDENT:
            self._scope = _Scope.TOGETHER
        elif customer_id not in held:
            self._passed.clear()

    def _gate(self, customer_id: str | None) -> Gate:
        if customer_id is None or self._scope is not _Scope.APART:
            return self._all
        found = self._own.get(customer_id)
        return found or self._own.setdefault(customer_id, self._make())
