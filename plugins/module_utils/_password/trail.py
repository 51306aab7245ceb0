# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit log read for one purpose: did this reset take effect? (contract section 3, audit record)

A record counts where it cannot be of another request: of this operation, user and caller, at a time that fits, and with
ids of ours where the log carries ids at all. The delay of the log is not published: what is not found yet is not known.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from .._base.errors import Trace
from .._base.identifiers import folded, is_own_id
from .._base.moments import CLOCK_TOLERANCE, lies_ahead
from .._directory.directory import Audit
from .._directory.records import LONGEST, RESET, AuditRecord
from .lookup import Target
from .outcome import Certainty

#: How far back the log is asked: the service refuses a start that is older than 90 days by its own clock.
REACH = LONGEST - timedelta(hours=1)
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 10.0


@dataclass(frozen=True)
class Sought:
    """An attempt whose end is not known. ``sent_at`` is when it was first sent, perhaps by a clock that was wrong;
    ``begun_at`` is when this run sent it, None where it did not.

    ``alone``: no earlier one of this user is open, which a record could mean. ``unique``: no earlier one can have had
    the same ids.
    """

    target: Target
    trace: Trace
    sent_at: datetime
    begun_at: datetime | None = None
    alone: bool = True
    unique: bool = True


@dataclass(frozen=True)
class Found:
    """``at`` is a time by this machine's clock."""

    certainty: Certainty
    at: datetime


@dataclass
class Records:
    """The resets of one customer. ``by_user`` and ``unattributed`` are those of anybody that succeeded.

    ``ours`` are those of the account that runs the job, by the user whom they name, and ``succeeded`` those of them
    that did, by correlation id. ``has_ids``: some record carries a correlation id, and ``has_own_ids``: it is one that
    this collection made, so that the log shows the ids of its callers.
    """

    account: str | None = None
    by_user: dict[str, list[AuditRecord]] = field(default_factory=dict)
    unattributed: list[AuditRecord] = field(default_factory=list)
    ours: dict[str | None, list[AuditRecord]] = field(default_factory=dict)
    succeeded: dict[str, list[AuditRecord]] = field(default_factory=dict)
    has_ids: bool = False
    has_own_ids: bool = False

    def add(self, record: AuditRecord) -> None:
        if record.operation != RESET:
            return
        ours, correlation_id = self.is_ours(record), record.correlation_id
        self.has_ids = self.has_ids or correlation_id is not None
        self.has_own_ids = self.has_own_ids or bool(ours and correlation_id and is_own_id(correlation_id))
        if ours:
            self.ours.setdefault(record.user_id, []).append(record)
        if record.status != "succeeded":
            return
        if correlation_id and ours:
            self.succeeded.setdefault(correlation_id, []).append(record)
        if record.user_id:
            self.by_user.setdefault(record.user_id, []).append(record)
        else:
            self.unattributed.append(record)

    def is_ours(self, record: AuditRecord) -> bool:
        """Whether the account that runs the job did it."""
        return bool(self.account) and folded(record.caller) == folded(self.account or "")

    def about(self, user_id: str) -> list[AuditRecord]:
        """Those of this account that are about the user, or name none."""
        return self.ours.get(user_id, []) + self.ours.get(None, [])


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

    def now(self) -> datetime:
        """The time by the service's clock, which dates the log; by this machine's until the service has told it."""
        return self._audit.service_now() or self._now()

    def read(self, customer_id: str, start: datetime | None = None) -> Records:
        """The customer's records since ``start``, or all that there are; raises :class:`PartnerCenterError`."""
        asked_at = self.now()
        records = self._read(customer_id, start, asked_at)
        # Only the answer told what time it is, and another time was asked for.
        if abs(self.now() - asked_at) > CLOCK_TOLERANCE:
            records = self._read(customer_id, start, self.now())
        return records

    def _read(self, customer_id: str, start: datetime | None, now: datetime) -> Records:
        records = Records(self._account())
        start = max(start, now - REACH) if start else now - REACH
        for record in self._audit.records(start=start, end=now + timedelta(days=1), customer_id=customer_id):
            if record.customer_id in ("", customer_id):
                records.add(record)
        return records

    def settle(self, sought: Sequence[Sought], *, timeout: float) -> dict[tuple[str, str], Found]:
        """What the log says of these attempts, by ``Target.key``; waits up to ``timeout`` seconds for it to show them.

        An attempt that is not in the answer may still have taken effect. A log that cannot be read settles nothing.
        """
        deadline = self._clock() + timeout
        settled: dict[tuple[str, str], Found] = {}
        open_ones = list(sought)
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
        settled: dict[tuple[str, str], Found] = {}
        for customer_id in {attempt.target.customer_id for attempt in sought}:
            mine = [attempt for attempt in sought if attempt.target.customer_id == customer_id]
            try:
                records = self.read(customer_id, self._start(mine))
                found = {attempt.target.key: next(self._matches(records, attempt), None) for attempt in mine}
            except Exception:
                continue  # whatever it is: passwords may have been sent, and their rows must not be lost
            settled |= {key: match for key, match in found.items() if match is not None}
        return settled

    def _start(self, sought: Sequence[Sought]) -> datetime | None:
        """From where to read; None for all, where the clock that dated an attempt is not to be believed."""
        first = min(attempt.sent_at for attempt in sought)
        wrong = abs(self._ahead()) > CLOCK_TOLERANCE or any(lies_ahead(one.sent_at, self.now()) for one in sought)
        return None if wrong else first - CLOCK_TOLERANCE

    def _matches(self, records: Records, sought: Sought) -> Iterator[Found]:
        """By correlation ids of ours; else, in a log that has no ids at all, by user, caller and time."""
        user_id = sought.target.user.id
        for record in records.succeeded.get(sought.trace.correlation_id or "", []):
            if record.user_id not in (None, user_id):
                continue
            if self._fits(record, sought) if sought.unique else self._is_after(record, sought):
                yield self._found(Certainty.AUDIT, record)
        if sought.alone and not records.has_ids:
            for record in records.by_user.get(user_id, []):
                if records.is_ours(record) and self._is_after(record, sought):
                    yield self._found(Certainty.ASSUMED, record)

    def _fits(self, record: AuditRecord, sought: Sought) -> bool:
        """Ids that no other request had need no exact time."""
        if lies_ahead(record.at, self.now()):
            return False
        return lies_ahead(sought.sent_at, self._now()) or not lies_ahead(sought.sent_at, record.at + self._ahead())

    def _is_after(self, record: AuditRecord, sought: Sought) -> bool:
        """Whether the record is younger than the request: by the service's clock, or by far."""
        if sought.begun_at is None or lies_ahead(record.at, self.now()):
            return False
        if self._audit.service_now() is None:
            return record.at > sought.begun_at + CLOCK_TOLERANCE
        return record.at >= sought.begun_at - self._ahead()

    def _ahead(self) -> timedelta:
        """How far this machine's clock is ahead of the service's, up to the seconds that the service does not tell."""
        return self._now() - self.now()

    def _found(self, certainty: Certainty, record: AuditRecord) -> Found:
        ahead = self._ahead()
        return Found(certainty, record.at + ahead if abs(ahead) > CLOCK_TOLERANCE else record.at)
