# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pace that is kept before the service asks for it: token buckets, for each customer and for all.

For limits that are published. What is not known is found out by the gate (``gates.py``), which stands behind.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

#: What may be made up for at once, in seconds of the rate. Microsoft's buckets hold several times as much, so that runs
#: that follow each other do not meet an empty one.
_WRITES_AT_ONCE, _UNITS_AT_ONCE = 10.0, 2.0


@dataclass(frozen=True)
class Limits:
    """The writes and resource units that a service lets one application use in a second, at one customer and at all.

    The figures are those of Microsoft Graph (Graph contract, throttling). The units of a customer are those of the
    smallest tenants, with fewer than 50 users.
    """

    writes_per_customer: float = 20.0
    writes: float = 233.0
    units_per_customer: float = 350.0
    units: float = 7500.0


PUBLISHED = Limits()


class _Bucket:
    """Full at first. ``due`` is the time at which the last turn that was given is paid for."""

    def __init__(self, rate: float, at_once: float) -> None:
        self._interval = 1 / rate
        self._at_once = at_once
        self._due = float("-inf")

    def wait(self, now: float) -> float:
        """Return the seconds until the next turn."""
        return max(0.0, self._due - self._at_once - now)

    def take(self, now: float, amount: int) -> None:
        self._due = max(self._due, now) + amount * self._interval


class Pace:
    """The pace of all calls to one service. Safe under threads."""

    def __init__(
        self,
        limits: Limits,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits = limits
        self._all = _buckets(limits.writes, limits.units)
        self._own: dict[str, tuple[_Bucket, _Bucket]] = {}
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()

    def is_open(self, customer_id: str) -> bool:
        """Return whether a write of this customer would not have to wait for the customer's own limits."""
        with self._lock:
            own, now = self._own.get(customer_id, ()), self._clock()
            return all(bucket.wait(now) <= 0 for bucket in own)

    def wait(self, customer_id: str, *, writes: bool, units: int = 1) -> None:
        """Return when a call may be sent. Turns are given in the order in which they are asked for."""
        with self._lock:
            now, limits = self._clock(), self._limits
            if customer_id not in self._own:
                self._own[customer_id] = _buckets(limits.writes_per_customer, limits.units_per_customer)
            taken = []
            for of_writes, of_units in (self._own[customer_id], self._all):
                taken += [(of_units, units), *([(of_writes, 1)] if writes else [])]
            pause = max(bucket.wait(now) for bucket, _amount in taken)
            for bucket, amount in taken:
                bucket.take(now, amount)
        if pause > 0:
            self._sleep(pause)


def _buckets(writes: float, units: float) -> tuple[_Bucket, _Bucket]:
    return _Bucket(writes, _WRITES_AT_ONCE), _Bucket(units, _UNITS_AT_ONCE)
