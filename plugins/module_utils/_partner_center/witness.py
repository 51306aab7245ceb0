# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit log as witness: whether a reset took effect, and which one was the last (contract section 3).

A record counts if it cannot belong to another request: it has this operation, user and caller, a time that fits, and
our ids if the log has ids at all. The delay of the log is not published, so a missing record proves nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from .._base.moments import CLOCK_TOLERANCE, in_words, lies_ahead
from .._directory.records import Certainty, Memory, Sighting, Sought
from .._directory.waiting import Sightings, of_each_customer, wait_for
from .audit import LONGEST, Audit, AuditRecord
from .history import History

#: One hour less: the service refuses a start that is older than 90 days by its own clock.
_LONGEST = LONGEST - timedelta(hours=1)
MEMORY = Memory("audit log", "audit_log", _LONGEST, names_requests=True)


class Witness:
    """The audit log as witness. ``account`` returns the principal name of the account that runs the job."""

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
        """Return the time by the service's clock, which dates the log; by this machine's until an answer tells it."""
        return self._audit.service_now() or self._now()

    def history(self, customer_id: str, user_ids: Sequence[str]) -> History:
        """Return all resets of the customer, whatever the ``user_ids``: the log is read by customer."""
        return self._read(customer_id, None)

    def _read(self, customer_id: str, start: datetime | None) -> History:
        """Return the customer's resets since ``start``, or all."""
        asked_at = self.now()
        records = self._read_by(asked_at, customer_id, start)
        # The first answer has told the service's time, and the times in the request were wrong.
        if abs(self.now() - asked_at) > CLOCK_TOLERANCE:
            records = self._read_by(self.now(), customer_id, start)
        return records

    def _read_by(self, now: datetime, customer_id: str, start: datetime | None) -> History:
        records = History(self._account(), self.now)
        start = max(start, now - _LONGEST) if start else now - _LONGEST
        for record in self._audit.records(start=start, end=now + timedelta(days=1), customer_id=customer_id):
            if record.customer_id in ("", customer_id):
                records.add(record)
        return records

    def settle(self, sought: Sequence[Sought], *, timeout: float) -> Sightings:
        """Return the attempts that took effect, by ``Sought.key``; waits up to ``timeout`` seconds for their records.

        A missing attempt may still have taken effect. If the log cannot be read, all attempts are missing.
        """
        return wait_for(self._look, sought, timeout=timeout, clock=self._clock, sleep=self._sleep)

    def disputes(
        self, sought: Sequence[Sought], seen: Mapping[tuple[str, str], Sighting]
    ) -> dict[tuple[str, str], str]:
        """Return whose change, as another witness has ``seen`` it, may be that of another request in the log."""

        def look(customer_id: str, mine: list[Sought]) -> dict[tuple[str, str], str]:
            records = self._read(customer_id, self._start(mine))
            others = {attempt.key: next(self._others(records, attempt), None) for attempt in mine}
            return {
                key: f"the {MEMORY.name} shows that another request reset the user at {in_words(other.at)}"
                for key, other in others.items()
                if other is not None
            }

        return of_each_customer(sought, look)

    def _others(self, records: History, sought: Sought) -> Iterator[AuditRecord]:
        """Give resets of this user by other requests since this one was sent."""
        for record in records.by_user.get(sought.user_id, []):
            own = records.is_ours(record) and record.correlation_id in (None, sought.trace.correlation_id)
            if not own and self._is_after(record, sought):
                yield record

    def _look(self, sought: Sequence[Sought]) -> Sightings:
        def look(customer_id: str, mine: list[Sought]) -> Sightings:
            records = self._read(customer_id, self._start(mine))
            found = {attempt.key: next(self._matches(records, attempt), None) for attempt in mine}
            return {key: match for key, match in found.items() if match is not None}

        return of_each_customer(sought, look)

    def _start(self, sought: Sequence[Sought]) -> datetime | None:
        """Return where to begin; None (read all) where the clock that dated an attempt was wrong."""
        first = min(attempt.sent_at for attempt in sought)
        ahead = any(lies_ahead(attempt.sent_at, self.now()) for attempt in sought)
        return None if ahead or abs(self._ahead()) > CLOCK_TOLERANCE else first - CLOCK_TOLERANCE

    def _matches(self, records: History, sought: Sought) -> Iterator[Sighting]:
        """Give matches by our correlation ids; in a log without ids, by user, caller and time."""
        for record in records.succeeded.get(sought.trace.correlation_id or "", []):
            if record.user_id not in (None, sought.user_id):
                continue
            if self._fits(record, sought) if sought.unique else self._is_after(record, sought):
                yield self._found(Certainty.AUDIT, record)
        if sought.alone and not records.has_ids:
            for record in records.by_user.get(sought.user_id, []):
                if records.is_ours(record) and self._is_after(record, sought):
                    yield self._found(Certainty.ASSUMED, record)

    def _fits(self, record: AuditRecord, sought: Sought) -> bool:
        """Return whether the time of a record with unique ids fits roughly, which is enough for it."""
        if lies_ahead(record.at, self.now()):
            return False
        return lies_ahead(sought.sent_at, self._now()) or not lies_ahead(sought.sent_at, record.at + self._ahead())

    def _is_after(self, record: AuditRecord, sought: Sought) -> bool:
        """Return whether the record is younger than the request, and clearly so if the service's clock is unknown."""
        if sought.begun_at is None or lies_ahead(record.at, self.now()):
            return False
        if self._audit.service_now() is None:
            return record.at > sought.begun_at + CLOCK_TOLERANCE
        return record.at >= sought.begun_at - self._ahead()

    def _ahead(self) -> timedelta:
        """Return how far this machine's clock is ahead of the service's, to about a second."""
        return self._now() - self.now()

    def _found(self, certainty: Certainty, record: AuditRecord) -> Sighting:
        ahead = self._ahead()
        return Sighting(certainty, record.at + ahead if abs(ahead) > CLOCK_TOLERANCE else record.at)
