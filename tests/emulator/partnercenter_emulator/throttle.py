# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throttling as a token bucket (contract, section 6)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import timedelta

from . import times
from .answers import Answer, throttle_answer
from .clock import Clock
from .knobs import Knobs


@dataclass(slots=True)
class Bucket:
    """The allowance that is left at a moment; below zero where rejected requests count."""

    level: float
    moment: float


@dataclass(slots=True)
class Throttle:
    """One bucket per partner, or per partner and customer, as the knobs say."""

    knobs: Knobs
    clock: Clock
    buckets: dict[str, Bucket] = field(default_factory=dict)

    def seconds_to_wait(self, method: str, customer_id: str) -> float:
        """Take one token; 0 when there was one, else the seconds until there will be one."""
        rate = self.knobs.throttle_rate
        if rate <= 0 or (method == "GET" and self.knobs.throttle_methods == "writes"):
            return 0.0
        size = float(self.knobs.throttle_burst or max(1.0, rate))
        name = customer_id if self.knobs.throttle_scope == "customer" else ""
        moment = self.clock.timestamp()
        bucket = self.buckets.get(name)
        if bucket is None:
            bucket = self.buckets[name] = Bucket(size, moment)
        bucket.level = min(size, bucket.level + (moment - bucket.moment) * rate)
        bucket.moment = moment
        if bucket.level >= 1.0:
            bucket.level -= 1.0
            return 0.0
        if self.knobs.throttle_count_rejected:
            # The debt is bounded, so that a client which ignores 429 is not shut out for ever.
            bucket.level = max(-size, bucket.level - 1.0)
        return (1.0 - bucket.level) / rate

    def answer(self, seconds: float) -> Answer:
        """429 in shape (2), with Retry-After in the form that the knob asks for."""
        return throttle_answer(max(1, math.ceil(seconds)), retry_after(self.knobs, self.clock, seconds))


def retry_after(knobs: Knobs, clock: Clock, seconds: float) -> bytes | None:
    """The value of Retry-After in the form that the knob asks for."""
    whole = max(1, math.ceil(seconds))
    if knobs.retry_after == "seconds":
        return str(whole).encode()
    if knobs.retry_after == "date":
        # HTTP dates have whole seconds: round up, or the client would come too early.
        return times.http_date(clock.now() + timedelta(seconds=whole + 1)).encode()
    return None
