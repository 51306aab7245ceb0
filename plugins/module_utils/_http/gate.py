# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate that lets calls through, and the common reaction of all workers of a task to throttling.

The rules. Until the service throttles, at most ``concurrency`` calls are in flight, and at first only half of them, but
at least 8, because all calls in flight at the first throttle are wasted. After 80 calls, this limit grows by one with
each call that gets through. After an answer of 429

* all workers wait until ``Retry-After`` is over, with jitter;
* the limit of calls in flight is halved, once for all answers of the same moment, and grows again by one for every two
  rounds of calls that get through (additive increase, multiplicative decrease);
* calls are paced. The rate of the service is measured between two throttles: the calls that were answered (Microsoft
  counts rejected ones as well), divided by the time. It may be too low, because an allowance can lapse during the wait.
  At the first throttle, one second is added to the time, because the service may have admitted the calls of a second
  at once. The pace is 98 % of this rate, or 92 % of the pace before if that is more. It grows by 1 % in the first
  second without a throttle, by 2 % in the tenth, and so on. A missed turn may be used up to 50 ms later.

A budget of seconds bounds the time in which no call gets through; each definitive answer renews it. While the service
demands a pause that is longer than the rest of the budget, no call is sent.

If each customer has an allowance, each has a gate: see ``gates.py``.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SHARE_OF_MEASURED_RATE = 0.98
_SHARE_OF_LAST_PACE = 0.92
_GROWTH_PER_ROUND = 0.5
_GROWTH_PER_SECOND = 1.01
_SECONDS_OF_QUIET = 20.0
_LONGEST_GROWTH = 120.0
_SHORTEST_MEASUREMENT = 0.5
_JITTER_SECONDS = 0.05
_SLACK_SECONDS = 0.05
_CAUTIOUS_CALLS = 80
_SECONDS_AT_ONCE = 1.0
_CAUTIOUS_LIMIT = 8


class Exhausted(Exception):
    """The service demands a pause that is longer than what is left of the budget."""


class Patience:
    """The budget for the time in which no call gets through, for one gate or several. In seconds of ``clock``."""

    def __init__(self, budget: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._budget = budget
        self._clock = clock
        self._last_passed = 0.0
        self._trouble_since: float | None = None

    def passed(self) -> None:
        self._last_passed = self._clock()
        self._trouble_since = None

    def trouble(self, admitted_at: float) -> None:
        """Note that a call that was admitted at ``admitted_at`` did not get through."""
        if self._trouble_since is None:
            self._trouble_since = max(self._last_passed, admitted_at)

    def left(self) -> float:
        """Return the seconds left, counted from when calls ceased to get through."""
        since = self._trouble_since
        return self._budget - (0.0 if since is None else self._clock() - since)


class Gate:
    """The gate that admits calls. Safe under threads. Times are seconds of ``clock``."""

    def __init__(
        self,
        *,
        concurrency: int,
        budget: float | Patience,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._jitter = jitter
        #: Waits for a single call, outside its turn.
        self.sleep = sleep
        self._most = concurrency
        self._patience = budget if isinstance(budget, Patience) else Patience(budget, clock)
        self._changed = threading.Condition()
        self._in_flight = 0
        self._limit = float(concurrency)
        self._held_until = 0.0
        self._began: float | None = None
        self._throttled_at: float | None = None
        self._passed_since = self._rejected_since = 0
        self._pace: float | None = None
        self._next_turn = 0.0
        self.throttled = 0

    @contextmanager
    def admitted(self) -> Iterator[float]:
        """Wait for a turn, and keep it while the body runs; gives the time of admission. Raises :class:`Exhausted`."""
        admitted_at = self._enter()
        try:
            yield admitted_at
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify()

    def passed(self) -> None:
        """Note that a call got a definitive answer."""
        with self._changed:
            self._patience.passed()
            self._passed_since += 1
            if self._throttled_at is None and self._passed_since >= _CAUTIOUS_CALLS:
                self._changed.notify()
            if self._limit < self._most:
                self._limit = min(self._most, self._limit + _GROWTH_PER_ROUND / self._limit)
                self._changed.notify()

    def throttle(self, delay: float, admitted_at: float) -> None:
        """Hold all calls for ``delay`` seconds: one that was admitted at ``admitted_at`` was answered 429."""
        with self._changed:
            self.throttled += 1
            now = self._clock()
            self._patience.trouble(admitted_at)
            if self._throttled_at is None or admitted_at > self._throttled_at:
                self._limit = max(1.0, self._allowed() / 2)
                self._measure(now)
            self._rejected_since += 1
            self._held_until = max(self._held_until, now + delay)
            self._changed.notify_all()

    def failed(self, admitted_at: float) -> None:
        """Note that a call that was admitted at ``admitted_at`` got no answer, or none that is definitive."""
        with self._changed:
            self._patience.trouble(admitted_at)

    def budget(self) -> float:
        """Return the seconds left, counted from when calls ceased to get through."""
        return self._patience.left()

    def wait_left(self) -> float:
        """Return the seconds for which no call is admitted."""
        return max(0.0, self._held_until - self._clock())

    def is_open(self) -> bool:
        """Return whether a call would be admitted now."""
        with self._changed:
            return self._pause(self._clock()) <= 0 and self._in_flight < int(self._allowed())

    def _allowed(self) -> float:
        """Return how many calls may be in flight."""
        if self._throttled_at is not None:
            return self._limit
        grown = max(0, self._passed_since - _CAUTIOUS_CALLS)
        return min(self._limit, max(_CAUTIOUS_LIMIT, self._most / 2) + grown)

    def _pause(self, now: float) -> float:
        """Return the seconds until the next turn."""
        return max(self._held_until, self._next_turn if self._pace else 0.0) - now

    def _measure(self, now: float) -> None:
        """Set the pace at a throttle. The mean is too low if an allowance of the service lapsed during the pause."""
        first = self._throttled_at is None
        since = self._began if first else self._throttled_at
        if since is not None and now - since >= _SHORTEST_MEASUREMENT:
            answered = self._passed_since + (self._in_flight if first else self._rejected_since)
            seconds = now - since + (_SECONDS_AT_ONCE if first else 0.0)
            mean = _SHARE_OF_MEASURED_RATE * answered / seconds if self._passed_since else 0.0
            self._pace = max(mean, _SHARE_OF_LAST_PACE * self._paced(now)) or None
        self._throttled_at, self._passed_since, self._rejected_since = now, 0, 0

    def _paced(self, now: float) -> float:
        """Return the pace at this time, in calls a second; 0 where there is no pace."""
        if self._pace is None or self._throttled_at is None:
            return 0.0
        quiet = min(now - self._throttled_at, _LONGEST_GROWTH)
        return self._pace * math.pow(_GROWTH_PER_SECOND, quiet + quiet * quiet / _SECONDS_OF_QUIET)

    def _enter(self) -> float:
        with self._changed:
            while True:
                now = self._clock()
                if self._held_until - now > max(self.budget(), 0.0):
                    raise Exhausted
                pause = self._pause(now)
                if pause <= 0 and self._in_flight < int(self._allowed()):
                    break
                if pause > 0 and self._held_until > now:
                    pause += _JITTER_SECONDS * self._jitter()
                self._changed.wait(pause if pause > 0 else None)
            pace = self._paced(now)
            if pace:
                self._next_turn = max(now - _SLACK_SECONDS, self._next_turn) + 1 / pace
            self._in_flight += 1
            if self._began is None:
                self._began = now
            return now
