# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of one user's passwords, as one value with pure transitions (guide to rotation). No password is in it.

Passwords sit in a store under their *version*, a GUID that never changes while a password moves from ``pending`` to
``current`` to ``previous``. Each transition gives a new document; one write of it to the store is one durable step,
and several transitions may go into one write.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NoReturn

from .._service.errors import InputError, StoreError
from .._service.identifiers import derived_id, named_id
from .records import Applied, Event, Operation, Pending, Slot, State, Subject

#: How long a run on another machine is believed to be alive after its last write: more than one reset can take.
LEASE = timedelta(minutes=10)

#: So that four events fit into the tags of a Key Vault.
LONGEST_ROTATION_ID = 128


@dataclass(frozen=True)
class Document:
    """``attempt`` counts how often a password was staged."""

    subject: Subject
    current: Applied | None = None
    pending: Pending | None = None
    previous: Applied | None = None
    outbox: tuple[Event, ...] = ()
    attempt: int = 0
    failed_cycles: int = 0
    orphaned_at: datetime | None = None

    def version_in(self, slot: Slot) -> str | None:
        holder = {Slot.CURRENT: self.current, Slot.PENDING: self.pending, Slot.PREVIOUS: self.previous}[slot]
        return holder.version if holder else None

    def next_request_id(self, rotation_id: str, version: str) -> str:
        """The request id with which ``version`` is sent, however often. No other password ever has the same."""
        parts = (self.subject.customer_id, self.subject.user_id, rotation_id, version, str(self.attempt + 1))
        return derived_id(*parts)

    def correlation_id(self, rotation_id: str, version: str) -> str:
        """The id by which the audit log names what is staged next: as unpredictable as ``version``, and used once."""
        nonce = self.next_request_id(rotation_id, version)
        return named_id(self.subject.customer_id, self.subject.user_id, rotation_id, nonce=nonce)

    def stage(
        self, *, version: str, rotation_id: str, owner: str, now: datetime, force_change_password: bool = False
    ) -> Document:
        """A new password, not sent yet. ``version`` is a new GUID (``identifiers.random_id()``)."""
        return self._staged(Operation.ROTATE, version, rotation_id, owner, now, force_change_password)

    def start_rollback(
        self, *, rotation_id: str, owner: str, now: datetime, force_change_password: bool = False
    ) -> Document:
        """The previous password, to be set again: its version, a request id of its own."""
        if self.previous is None:
            self._refuse("a rollback", "no previous password is stored")
        return self._staged(Operation.ROLLBACK, self.previous.version, rotation_id, owner, now, force_change_password)

    def mark_sent(self, *, owner: str, now: datetime) -> Document:
        """Before the request leaves. A second time means that nobody knows how the first one ended."""
        pending = self._pending("sending", State.STAGED, State.SENT, State.QUARANTINED)
        again = pending.state is not State.STAGED
        return self._with(
            replace(
                pending,
                state=State.SENT,
                attempts=pending.attempts + 1,
                ever_ambiguous=pending.ever_ambiguous or again,
                sent_at=pending.sent_at or _seconds(now),
                owner=owner,
                leased_until=_seconds(now) + LEASE,
            )
        )

    def mark_ambiguous(self) -> Document:
        """The request may have taken effect: the password stays until that is known."""
        return self._with(replace(self._pending("waiting", State.SENT), ever_ambiguous=True))

    def take_back(self) -> Document:
        """The request certainly never reached the service, as with a refused connection: it is still to be sent."""
        pending = self._pending("taking back", State.SENT)
        return self if pending.ever_ambiguous else self._with(replace(pending, state=State.STAGED, sent_at=None))

    def mark_applied(self, *, now: datetime, evidence: str) -> Document:
        """It is live: the service said so, or other evidence does."""
        pending = self._pending("applying", State.SENT, State.QUARANTINED)
        return self._with(replace(pending, state=State.APPLIED, applied_at=_seconds(now), evidence=evidence))

    def quarantine(self) -> Document:
        """Refused after a try that may have taken effect: kept for a human. An id that was answered is used up."""
        pending = self._pending("quarantine", State.SENT)
        request_id = derived_id(pending.request_id, "again")
        return self._with(replace(pending, state=State.QUARANTINED, ever_ambiguous=True, request_id=request_id))

    def drop_pending(self) -> Document:
        """Refused for certain, never applied: the password is of no use to anybody."""
        pending = self._pending("dropping", State.STAGED, State.SENT)
        if pending.ever_ambiguous:
            self._refuse("dropping the pending password", "it may be the live one")
        return replace(self, pending=None)

    def promote(self) -> Document:
        """previous ← current, current ← pending, pending ← nothing, the event into the outbox: one write."""
        pending = self._pending("promoting", State.APPLIED)
        at, evidence = pending.applied_at or pending.staged_at, pending.evidence or "exact"
        event = Event(
            id=pending.request_id,
            operation=pending.operation,
            version=pending.version,
            rotation_id=pending.rotation_id,
            correlation_id=pending.correlation_id,
            at=at,
            evidence=evidence,
        )
        return replace(
            self,
            current=Applied(pending.version, pending.rotation_id, at, evidence),
            pending=None,
            previous=self.current,
            outbox=(*self.outbox, event),
            failed_cycles=0,
        )

    def deliver(self, *event_ids: str) -> Document:
        """Without the events that were delivered."""
        return replace(self, outbox=tuple(event for event in self.outbox if event.id not in event_ids))

    def note_failed_cycle(self, *, orphan_after: int, now: datetime) -> Document:
        """One more cycle without success; with the last allowed one the user is orphaned."""
        failed = replace(self, failed_cycles=self.failed_cycles + 1)
        return failed.orphan(now=now) if failed.failed_cycles >= orphan_after else failed

    def orphan(self, *, now: datetime) -> Document:
        """Automation leaves the user alone until a human says ``resume``."""
        return replace(self, orphaned_at=self.orphaned_at or _seconds(now))

    def release(self) -> Document:
        """A human said ``resume``."""
        return replace(self, orphaned_at=None, failed_cycles=0)

    def _staged(
        self, operation: Operation, version: str, rotation_id: str, owner: str, now: datetime, force_change: bool
    ) -> Document:
        if not 0 < len(rotation_id) <= LONGEST_ROTATION_ID or not rotation_id.isprintable():
            raise InputError("rotation_id", f"must be 1 to {LONGEST_ROTATION_ID} printable characters")
        if self.pending is not None:
            self._refuse("staging", "a password is pending: it is resumed, never replaced")
        if self.orphaned_at is not None:
            self._refuse("staging", "the user is orphaned: look at the earlier failures, then use 'resume'")
        pending = Pending(
            version=version,
            rotation_id=rotation_id,
            operation=operation,
            state=State.STAGED,
            request_id=self.next_request_id(rotation_id, version),
            correlation_id=self.correlation_id(rotation_id, version),
            force_change_password=force_change,
            staged_at=_seconds(now),
            owner=owner,
            leased_until=_seconds(now) + LEASE,
        )
        return replace(self, pending=pending, attempt=self.attempt + 1)

    def _pending(self, action: str, *states: State) -> Pending:
        if self.pending is None:
            self._refuse(action, "no password is pending")
        if self.pending.state not in states:
            self._refuse(action, f"the pending password is {self.pending.state}")
        return self.pending

    def _with(self, pending: Pending) -> Document:
        return replace(self, pending=pending)

    def _refuse(self, action: str, why: str) -> NoReturn:
        raise StoreError(f"{action} is not possible for user {self.subject.name}: {why}")


def _seconds(now: datetime) -> datetime:
    return now.replace(microsecond=0)
