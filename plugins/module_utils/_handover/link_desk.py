# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work on links in a handover and in a creation: made first, kept in a store, ended once they are useless."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from .._base.moments import in_words, lies_ahead
from .._base.secret import Secret
from .._links.link import LinkError, LinkService
from .._rotation.event_log import EventLog
from .._rotation.generator import Generator
from .._stores.base import Store, Stored
from .._stores.document import LEASE
from .._stores.records import Pending, Slot, Subject
from .record import HANDOVER, HandoverRecord, record_from


@dataclass(frozen=True)
class LinkDesk:
    """The tools for links, and who asks for them and why."""

    store: Store
    links: LinkService
    generator: Generator
    events: EventLog
    requested_by: str
    reason: str
    now: Callable[[], datetime]

    def make(
        self, user_principal_name: str | None, note: str, operation: str = HANDOVER
    ) -> tuple[Secret, HandoverRecord]:
        """Return a new password that is behind a link, and the record of the link. Raises :class:`LinkError`."""
        password = self.generator.generate(user_principal_name)
        link = self.links.make(password, note)
        return password, HandoverRecord(link, self.links.describe(), self.requested_by, self.reason, operation)

    def read(self, stored: Stored, slot: Slot) -> HandoverRecord | None:
        """Return the record in this slot; None where there is none. Raises :class:`StoreError`."""
        if stored.document.version_in(slot) is None:
            return None
        record = record_from(self.store.password(stored, slot))
        if record is None:
            raise self.store.problem(stored.document.subject, f"the {slot} secret is not a link of this collection")
        return record

    def end(self, record: HandoverRecord | None) -> str | None:
        """End a link if it has not ended. Return a warning where it ends only by its life time."""
        if record is None or record.is_over(self.now()):
            return None
        until = in_words(record.one_time_link.expires_at)
        why = f"it is one of {record.service}"
        try:
            if record.service == self.links.describe():
                self.links.expire(record.one_time_link.handle)
                return None
        except LinkError as error:
            why = str(error)
        return f"a link whose password is not valid could not be ended, and ends at {until}: {why}"

    def log(self, subject: Subject, stored: Stored, *, again: bool) -> None:
        """Write the events of a document to the event log. Raises :class:`StoreError`."""
        for event in stored.document.outbox:
            slot = next((slot for slot in Slot if stored.document.version_in(slot) == event.version), None)
            record = self.read(stored, slot) if slot else None
            more = record.for_log() if record else {"operation": HANDOVER}
            self.events.deliver(subject, [event], again=again, more=more)


def open_until(pending: Pending, now: datetime) -> datetime | None:
    """Return until when a request that had no answer may still take effect; None where that time is over."""
    until = pending.leased_until
    return until if now < until and not lies_ahead(until - LEASE, now) else None
