# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The time that latencies, throttling, tokens and the audit log go by: the machine's, until a test stops it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(slots=True)
class Clock:
    """One emulator's time. What a test decides by a stopped clock does not depend on how fast the machine is."""

    stopped_at: float | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def timestamp(self) -> float:
        """Seconds since 1970."""
        return time.time() if self.stopped_at is None else self.stopped_at

    def now(self) -> datetime:
        """The present, in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def advance(self, seconds: float) -> None:
        """Stop, and move on by so many seconds."""
        self._set(self.timestamp() + seconds)

    def run(self) -> None:
        """Back to the machine's time."""
        self._set(None)

    async def sleep(self, seconds: float) -> None:
        """Wait; while the clock is stopped, until it has been moved on far enough."""
        until = self.timestamp() + seconds
        while self.stopped_at is not None and self.stopped_at < until:
            await self.changed.wait()
        if self.stopped_at is None:
            await asyncio.sleep(until - self.timestamp())

    def _set(self, stopped_at: float | None) -> None:
        self.stopped_at = stopped_at
        self.changed.set()
        self.changed = asyncio.Event()
