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

from .._base.errors import InputError, StoreError
from .._base.identifiers import derived_id, named_id
from .._base.moments import lies_ahead
from .records import Event, FailedCycle, Operation, Pending, Promoted, RolledBack, Slot, State, Subject

#: How long a run on another machine is believed to be alive after its last write: more than one reset can take.
LEASE = timedelta(minutes=10)

#: So that four events fit into the tags of a Key Vault.
LONGEST_ROTATION_ID = 128
#: So that a document with the last error does so as well.
_LONGEST_SENTENCE = 200


@dataclass(frozen=True)
class Document:
    """``attempt`` counts how often a password was staged.

    ``last_error`` and ``failing_since`` are of the failed cycles since the last success. ``rolled_back`` is there while
    ``current`` is what a human went back to.
    """

    subject: Subject
    current: Promoted | None = None
    pending: Pending | None = None
    previous: Promoted | None = None
    outbox: tuple[Event, ...] = ()
    attempt: int = 0
    failed_cycles: int = 0
    orphaned_at: datetime | None = None
    last_error: FailedCycle | None = None
    failing_since: datetime | None = None
    rolled_back: RolledBack | None = None

    def called(self, name: str | None) -> Document:
        """With the name that the user has now, where that is known."""
        return replace(self, subject=replace(self.subject, user_principal_name=name)) if name else self

    def nameless(self) -> Document:
        """Without a name: it is another user's now."""
        return replace(self, subject=replace(self.subject, user_principal_name=None))

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
        believed = pending.sent_at if pending.sent_at and not lies_ahead(pending.sent_at, now) else None
        return self._with(
            replace(
                pending,
                state=State.SENT,
                attempts=pending.attempts + 1,
                ever_ambiguous=pending.ever_ambiguous or again,
                sent_at=believed or _seconds(now),
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
        """It is live: the service said so, or other evidence does. Whatever failed before is over."""
        pending = self._pending("applying", State.SENT, State.QUARANTINED)
        applied = replace(pending, state=State.APPLIED, applied_at=_seconds(now), evidence=evidence)
        return self._with(applied)._succeeded()

    def quarantine(self) -> Document:
        """Refused after a try that may have taken effect: kept for a human."""
        answered = self.answered()
        return answered._with(replace(answered._pending("quarantine", State.SENT), state=State.QUARANTINED))

    def answered(self) -> Document:
        """Refused, and kept: sent again, the same password is another request, with an id of its own."""
        pending = self._pending("quarantine", State.SENT)
        request_id = derived_id(pending.request_id, "again")
        return self._with(replace(pending, request_id=request_id, ever_ambiguous=True))

    def drop_pending(self) -> Document:
        """Refused for certain, never applied: the password is of no use to anybody."""
        pending = self._pending("dropping", State.STAGED, State.SENT)
        if pending.ever_ambiguous:
            self._refuse("dropping the pending password", "it may be the live one")
        return replace(self, pending=None)

    def promote(self, *, now: datetime | None = None) -> Document:
        """previous ← current, current ← pending, pending ← nothing, the event into the outbox: one write.

        A time that lies ahead of ``now`` is not kept: the age of the password would count from it.
        """
        pending = self._pending("promoting", State.APPLIED)
        at, evidence = pending.applied_at or pending.staged_at, pending.evidence or "exact"
        at = _seconds(now) if now and lies_ahead(at, now) else at
        event = Event(
            id=pending.request_id,
            operation=pending.operation,
            version=pending.version,
            rotation_id=pending.rotation_id,
            correlation_id=pending.correlation_id,
            at=at,
            evidence=evidence,
        )
        promoted = replace(
            self,
            current=Promoted(pending.version, pending.rotation_id, at, evidence),
            pending=None,
            previous=self.current,
            outbox=(*self.outbox, event),
            rolled_back=self._rolled_back(at) if pending.operation is Operation.ROLLBACK else None,
        )
        return promoted._succeeded()

    def deliver(self, *event_ids: str) -> Document:
        """Without the events that were delivered."""
        return replace(self, outbox=tuple(event for event in self.outbox if event.id not in event_ids))

    def note_failed_cycle(
        self, *, orphan_after: int, now: datetime, message: str = "no answer", code: int | None = None
    ) -> Document:
        """One more cycle without success, and why; with the last allowed one the user is orphaned."""
        failed = replace(
            self,
            failed_cycles=self.failed_cycles + 1,
            last_error=FailedCycle(_shortened(message), _seconds(now), code),
            failing_since=self.failing_since or _seconds(now),
        )
        return failed.orphan(now=now) if failed.failed_cycles >= orphan_after else failed

    def orphan(self, *, now: datetime) -> Document:
        """Automation leaves the user alone until a human says ``resume``."""
        return replace(self, orphaned_at=self.orphaned_at or _seconds(now))

    def release(self) -> Document:
        """A human said ``resume``."""
        return replace(self, orphaned_at=None, failed_cycles=0)

    def _succeeded(self) -> Document:
        return replace(self, failed_cycles=0, orphaned_at=None, last_error=None, failing_since=None)

    def _rolled_back(self, at: datetime) -> RolledBack | None:
        """After several rollbacks in a row it is still the last rotation that was left."""
        if self.current is None or self.previous is None:
            return None
        left = self.rolled_back.left if self.rolled_back else self.current.rotation_id
        return RolledBack(at, left, self.previous.rotation_id)

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


def _shortened(message: str) -> str:
    """As a store can keep it."""
    text = "".join(letter if letter.isprintable() else " " for letter in message) or "unknown"
    return text if len(text) <= _LONGEST_SENTENCE else f"{text[: _LONGEST_SENTENCE - 1]}…"


def _seconds(now: datetime) -> datetime:
    return now.replace(microsecond=0)
