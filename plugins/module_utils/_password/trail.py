# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit log read for one purpose: did this reset take effect? (contract section 3, audit record)

The delay of the log is not published: what is not found yet is not known.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from .._service.audit import LONGEST, RESET, Audit, AuditRecord
from .._service.errors import Trace
from .outcome import Certainty
from .targets import Target

#: How far back the log is asked: the service refuses a start that is older than 90 days by its own clock.
REACH = LONGEST - timedelta(hours=1)
#: Clocks of the service and of this machine may differ; a correlation id of ours is exact all the same.
_SKEW = timedelta(minutes=10)
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 10.0


@dataclass(frozen=True)
class Sought:
    """An attempt whose end is not known. ``alone``: no earlier one of this user is open, which a record could mean."""

    target: Target
    trace: Trace
    sent_at: datetime
    alone: bool = True


@dataclass(frozen=True)
class Found:
    certainty: Certainty
    at: datetime


@dataclass
class Records:
    """The resets of one customer that succeeded, the youngest of each correlation id; how many did, and how many
    ``failed``; which are ``open``. ``unattributed``: some do not say which user they were about."""

    by_correlation: dict[str, AuditRecord] = field(default_factory=dict)
    by_user: dict[str, list[AuditRecord]] = field(default_factory=dict)
    succeeded: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    unattributed: bool = False

    def add(self, record: AuditRecord) -> None:
        correlation_id = record.correlation_id
        if record.status != "succeeded":
            if correlation_id and record.status == "failed":
                self.failed[correlation_id] = self.failed.get(correlation_id, 0) + 1
            elif correlation_id:
                self.open.add(correlation_id)
            return
        if correlation_id:
            self.succeeded[correlation_id] = self.succeeded.get(correlation_id, 0) + 1
            known = self.by_correlation.get(correlation_id, record)
            self.by_correlation[correlation_id] = max(known, record, key=lambda one: one.at)
        if record.operation == RESET:
            self.unattributed = self.unattributed or record.user_id is None
            if record.user_id:
                self.by_user.setdefault(record.user_id, []).append(record)


class Trail:
    """``account`` gives the principal name of the account that runs the job."""

    def __init__(
        self,
        audit: Audit,
        account: Callable[[], str | None],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._audit = audit
        self._account = account
        self._now = now
        self._clock = clock
        self._sleep = sleep

    def read(self, customer_id: str, start: datetime | None = None) -> Records:
        """The customer's records since ``start``, or all that there are; raises :class:`CallError`."""
        records = Records()
        oldest, end = self._now() - REACH, self._now() + timedelta(days=1)
        start = max(start, oldest) if start else oldest
        for record in self._audit.records(start=start, end=end, customer_id=customer_id):
            if record.customer_id in ("", customer_id):
                records.add(record)
        return records

    def settle(self, sought: Sequence[Sought], *, timeout: float) -> dict[tuple[str, str], Found]:
        """What the log says of these attempts, by ``Target.key``; waits up to ``timeout`` seconds for it to show them.

        An attempt that is not in the answer may still have taken effect. A log that cannot be read settles nothing.
        """
        deadline = self._clock() + timeout
        settled: dict[tuple[str, str], Found] = {}
        open_ones = [_in_the_past(attempt, self._now()) for attempt in sought]
        pause = _FIRST_PAUSE
        while open_ones:
            settled |= self._look(open_ones)
            open_ones = [attempt for attempt in open_ones if attempt.target.key not in settled]
            left = deadline - self._clock()
            if left <= 0:
                break
            if open_ones:
                self._sleep(min(pause, left))
                pause = min(pause * 2, _LONGEST_PAUSE)
        return settled

    def _look(self, sought: Sequence[Sought]) -> dict[tuple[str, str], Found]:
        settled = {}
        for customer_id in {attempt.target.customer_id for attempt in sought}:
            mine = [attempt for attempt in sought if attempt.target.customer_id == customer_id]
            try:
                records = self.read(customer_id, min(attempt.sent_at for attempt in mine) - _SKEW)
                account = self._account()
            except Exception:
                continue  # whatever it is: passwords may have been sent, and their rows must not be lost
            for attempt in mine:
                found = _match(records, attempt, account)
                if found:
                    settled[attempt.target.key] = found
        return settled


def _in_the_past(sought: Sought, now: datetime) -> Sought:
    """A clock that was ahead says nothing of when the attempt was: then only our correlation id can tell."""
    return sought if sought.sent_at <= now + _SKEW else replace(sought, sent_at=now - REACH, alone=False)


def _match(records: Records, sought: Sought, account: str | None) -> Found | None:
    """By our correlation id; else by user, caller and time, among records that carry no correlation id at all."""
    exact = records.by_correlation.get(sought.trace.correlation_id or "")
    if exact and exact.at >= sought.sent_at - _SKEW and exact.user_id in (None, sought.target.user.id):
        return Found(Certainty.AUDIT, exact.at)
    for record in records.by_user.get(sought.target.user.id, []):
        ours = account is not None and record.caller.lower() == account.lower()
        if sought.alone and ours and record.correlation_id is None and record.at >= sought.sent_at:
            return Found(Certainty.ASSUMED, record.at)
    return None
