# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pace that is kept before the service asks for it: token buckets, one for each customer and one for all.

For limits that are published. What is not known is found out by the gate (``gates.py``), which stands behind.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

#: What may be made up for at once, in seconds of the rate. Microsoft's buckets hold 15 times as much, so that runs that
#: follow each other do not meet an empty one.
_SECONDS_AT_ONCE = 10.0


class _Bucket:
    """Full at first. ``due`` is the time at which the last turn that was given is paid for."""

    def __init__(self, rate: float) -> None:
        self._interval = 1 / rate
        self._due = float("-inf")

    def wait(self, now: float) -> float:
        """Return the seconds until the next turn."""
        return max(0.0, self._due - _SECONDS_AT_ONCE - now)

    def take(self, now: float) -> None:
        self._due = max(self._due, now) + self._interval


class Pace:
    """``each`` and ``in_all`` are writes a second, of one customer and of all. Safe under threads."""

    def __init__(
        self,
        *,
        each: float,
        in_all: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._each = each
        self._all = _Bucket(in_all)
        self._own: dict[str, _Bucket] = {}
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()

    def is_open(self, customer_id: str) -> bool:
        """Return whether a write of this customer would not have to wait for the customer's own limit."""
        with self._lock:
            bucket = self._own.get(customer_id)
            return bucket is None or bucket.wait(self._clock()) <= 0

    def wait(self, customer_id: str) -> None:
        """Return when a write may be sent. Turns are given in the order in which they are asked for."""
        with self._lock:
            now = self._clock()
            buckets = (self._own.setdefault(customer_id, _Bucket(self._each)), self._all)
            pause = max(bucket.wait(now) for bucket in buckets)
            for bucket in buckets:
                bucket.take(now)
        if pause > 0:
            self._sleep(pause)
