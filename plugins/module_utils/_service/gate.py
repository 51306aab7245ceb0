# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One answer to throttling for all workers of a task.

The control law. Until the service throttles, only ``concurrency`` bounds the calls in flight. After an answer of 429

* all workers wait until ``Retry-After`` is over, with jitter;
* the number of calls in flight is halved, once for all answers of the same moment, and grows again by one for each
  round of calls that got through (additive increase, multiplicative decrease);
* calls are paced. Between two throttles the service admitted what it admits: the calls that got through divided by
  the time between them is its rate. The pace is 98 % of that, and grows by 1 % for each second without a throttle.

A budget bounds how long nothing at all gets through: each call that does renews it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SHARE_OF_MEASURED_RATE = 0.98
_GROWTH_PER_SECOND = 1.01
_SHORTEST_MEASUREMENT = 0.5
_JITTER_SECONDS = 0.05


class Gate:
    """Admits calls. Safe under threads. Times are seconds of ``clock``."""

    def __init__(
        self,
        *,
        concurrency: int,
        budget: float,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._jitter = jitter
        self._most = concurrency
        self._budget = budget
        self._changed = threading.Condition()
        self._in_flight = 0
        self._limit = float(concurrency)
        self._held_until = 0.0
        self._throttled_at: float | None = None
        self._passed_since = 0
        self._last_passed = clock()
        self._pace: float | None = None
        self._next_turn = 0.0
        self.throttled = 0

    @contextmanager
    def admitted(self) -> Iterator[float]:
        """Waits for a turn, and keeps it while the body runs; gives the time of admission."""
        admitted_at = self._enter()
        try:
            yield admitted_at
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify()

    def passed(self) -> None:
        """A call got an answer that is no throttle."""
        with self._changed:
            self._last_passed = self._clock()
            self._passed_since += 1
            if self._limit < self._most:
                self._limit = min(self._most, self._limit + 1 / self._limit)
                self._changed.notify()

    def throttle(self, delay: float, admitted_at: float) -> None:
        """A call that was admitted at ``admitted_at`` was answered 429: hold all calls for ``delay`` seconds."""
        with self._changed:
            self.throttled += 1
            now = self._clock()
            if self._throttled_at is None or admitted_at > self._throttled_at:
                self._limit = max(1.0, self._limit / 2)
                self._measure(now)
            self._held_until = max(self._held_until, now + delay)
            self._changed.notify_all()

    def now(self) -> float:
        """The gate's clock, for the start of a call."""
        return self._clock()

    def budget(self, started_at: float) -> float:
        """Seconds left to a call that began at ``started_at``, counted from when a call last got through."""
        return self._budget - (self._clock() - max(self._last_passed, started_at))

    def sleep(self, delay: float) -> None:
        """The wait of a single call, outside its turn."""
        time.sleep(delay)

    def _measure(self, now: float) -> None:
        if self._throttled_at is not None and now - self._throttled_at >= _SHORTEST_MEASUREMENT:
            measured = self._passed_since / (now - self._throttled_at)
            self._pace = max(0.1, measured * _SHARE_OF_MEASURED_RATE)
        self._throttled_at, self._passed_since = now, 0

    def _enter(self) -> float:
        with self._changed:
            while True:
                now = self._clock()
                pause = max(self._held_until, self._next_turn if self._pace else 0.0) - now
                if pause <= 0 and self._in_flight < int(self._limit):
                    break
                if pause > 0 and self._held_until > now:
                    pause += _JITTER_SECONDS * self._jitter()
                self._changed.wait(pause if pause > 0 else None)
            if self._pace is not None and self._throttled_at is not None:
                pace = self._pace * _GROWTH_PER_SECOND ** (now - self._throttled_at)
                self._next_turn = max(now, self._next_turn) + 1 / pace
            self._in_flight += 1
            return now
