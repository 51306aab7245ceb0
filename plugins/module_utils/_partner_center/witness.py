# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit log as a witness: did a reset take effect, and which one was the last? (contract section 3, audit record)

A record counts where it cannot be of another request: of this operation, user and caller, at a time that fits, and with
ids of ours where the log carries ids at all. The delay of the log is not published: what is not found yet is not known.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from .._base.moments import CLOCK_TOLERANCE, lies_ahead
from .._directory.records import Certainty, Memory, Sighting, Sought
from .._directory.waiting import wait_for
from .audit import LONGEST, Audit, AuditRecord
from .history import History

#: The service refuses a start that is older than 90 days by its own clock.
_LONGEST = LONGEST - timedelta(hours=1)
MEMORY = Memory("audit log", "audit_log", _LONGEST, names_requests=True)


class Witness:
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

    def history(self, customer_id: str, user_ids: Sequence[str]) -> History:
        """All that the log holds of the customer, whichever users are asked for: it is read by customer."""
        return self._read(customer_id, None)

    def _read(self, customer_id: str, start: datetime | None) -> History:
        """The customer's records since ``start``, or all that there are."""
        asked_at = self.now()
        records = self._read_by(asked_at, customer_id, start)
        # Only the answer told what time it is, and another time was asked for.
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

    def settle(self, sought: Sequence[Sought], *, timeout: float) -> dict[tuple[str, str], Sighting]:
        """What the log says of these attempts, by ``Sought.key``; waits up to ``timeout`` seconds for it to show them.

        An attempt that is not in the answer may still have taken effect. A log that cannot be read settles nothing.
        """
        return wait_for(self._look, sought, timeout=timeout, clock=self._clock, sleep=self._sleep)

    def _look(self, sought: Sequence[Sought]) -> dict[tuple[str, str], Sighting]:
        settled: dict[tuple[str, str], Sighting] = {}
        for customer_id in {attempt.customer_id for attempt in sought}:
            mine = [attempt for attempt in sought if attempt.customer_id == customer_id]
            try:
                records = self._read(customer_id, self._start(mine))
                found = {attempt.key: next(self._matches(records, attempt), None) for attempt in mine}
            except Exception:
                continue  # whatever it is: passwords may have been sent, and their rows must not be lost
            settled |= {key: match for key, match in found.items() if match is not None}
        return settled

    def _start(self, sought: Sequence[Sought]) -> datetime | None:
        """From where to read; None for all, where the clock that dated an attempt is not to be believed."""
        first = min(attempt.sent_at for attempt in sought)
        wrong = abs(self._ahead()) > CLOCK_TOLERANCE or any(lies_ahead(one.sent_at, self.now()) for one in sought)
        return None if wrong else first - CLOCK_TOLERANCE

    def _matches(self, records: History, sought: Sought) -> Iterator[Sighting]:
        """By correlation ids of ours; else, in a log that has no ids at all, by user, caller and time."""
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

    def _found(self, certainty: Certainty, record: AuditRecord) -> Sighting:
        ahead = self._ahead()
        return Sighting(certainty, record.at + ahead if abs(ahead) > CLOCK_TOLERANCE else record.at)
