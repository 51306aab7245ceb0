# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal and the counters of the API, and waiting for either. They hold nothing secret."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import asdict, dataclass, field

from .knobs import Knobs


@dataclass(slots=True)
class Entry:
    """One request; the status stays empty when no answer was sent. ``service``: partner_center or graph."""

    sequence: int
    time: float
    service: str
    method: str
    path: str
    query: str
    status: int | None
    request_id: str | None
    correlation_id: str | None
    fault: str | None = None
    applied: bool = False


@dataclass(slots=True)
class TokenEntry:
    """One token request; neither assertions, nor secrets, nor tokens."""

    time: float
    path: str
    grant_type: str
    status: int
    error_code: int


@dataclass(slots=True)
class Counters:
    """Sums since the start, or since the last reset."""

    requests: int = 0
    token_requests: int = 0
    connections: int = 0
    token_connections: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    patches: int = 0
    patches_completed: int = 0
    passwords_set: int = 0
    throttled: int = 0
    graph_requests: int = 0
    writebacks: int = 0
    sessions_revoked: int = 0


@dataclass(slots=True)
class Journal:
    """Entries and counters; whoever waits for a count is woken as soon as it is reached."""

    knobs: Knobs
    counters: Counters = field(default_factory=Counters)
    entries: deque[Entry] = field(default_factory=deque)
    token_entries: deque[TokenEntry] = field(default_factory=lambda: deque(maxlen=10000))
    waiters: list[tuple[dict[str, int], asyncio.Future[None]]] = field(default_factory=list)
    sequence: int = 0

    def next_sequence(self) -> int:
        """The number of the next arrival, at whichever service."""
        self.sequence += 1
        return self.sequence

    def append(self, entry: Entry) -> None:
        """Remember an arrival, and forget the oldest beyond the limit."""
        self.entries.append(entry)
        while len(self.entries) > self.knobs.journal_limit:
            self.entries.popleft()

    def changed(self) -> None:
        """Wake up those whose counts are reached. Called after each change of a counter."""
        if not self.waiters:
            return
        for waiter in list(self.waiters):
            goals, future = waiter
            if not future.done() and self._reached(goals):
                future.set_result(None)

    def _reached(self, goals: dict[str, int]) -> bool:
        return all(getattr(self.counters, name) >= goal for name, goal in goals.items())

    async def wait(self, goals: dict[str, int], timeout: float) -> bool:
        """Wait until each named counter has reached its goal."""
        if self._reached(goals):
            return True
        waiter = (goals, asyncio.get_running_loop().create_future())
        self.waiters.append(waiter)
        try:
            await asyncio.wait_for(waiter[1], timeout)
        except TimeoutError:
            return False
        finally:
            self.waiters.remove(waiter)
        return True

    def clear(self) -> None:
        """Begin anew; connections that are open keep counting as in flight only."""
        in_flight = self.counters.in_flight
        self.counters = Counters(in_flight=in_flight, max_in_flight=in_flight)
        self.entries.clear()
        self.token_entries.clear()

    def as_list(self, since: int = 0) -> list[dict[str, object]]:
        """Entries after a sequence number."""
        return [asdict(entry) for entry in self.entries if entry.sequence > since]
