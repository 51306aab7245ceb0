# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The document: the state of one user's passwords, without the passwords (guide to rotation). Pure.

A store keeps a password under its *version*, a GUID that stays the same while the password moves from ``pending`` to
``current`` to ``previous``. Each transition returns a new document. Writing it to the store is one durable step, and
one write may hold several transitions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NoReturn

from .._base.errors import InputError, StoreError
from .._base.identifiers import derived_id, named_id
from .._base.moments import lies_ahead
from .records import Event, FailedCycle, Operation, Pending, Promoted, RolledBack, Slot, State, Subject

#: The time after its last write in which a run on another machine counts as alive: longer than one reset can take.
LEASE = timedelta(minutes=10)

#: The longest rotation id, so that four events fit into the tags of a Key Vault.
LONGEST_ROTATION_ID = 128
#: The longest sentence of an error, for the same reason.
_LONGEST_SENTENCE = 200


@dataclass(frozen=True)
class Document:
    """The state of one user's passwords.

    * ``subject``: the user.
    * ``current``, ``pending``, ``previous``: the passwords in the three slots.
    * ``outbox``: events that are not in the event log yet.
    * ``attempt``: how often a password was staged.
    * ``failed_cycles``, ``last_error``, ``failing_since``: the failures since the last success.
    * ``orphaned_at``: the time since which runs leave the user alone.
    * ``rolled_back``: the last rollback, as long as the restored password is ``current``.
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
        """Return the document with the user's present name, where that is known."""
        return replace(self, subject=replace(self.subject, user_principal_name=name)) if name else self

    def nameless(self) -> Document:
        """Return the document without a name, which another user has now."""
        return replace(self, subject=replace(self.subject, user_principal_name=None))

    def version_in(self, slot: Slot) -> str | None:
        holder = {Slot.CURRENT: self.current, Slot.PENDING: self.pending, Slot.PREVIOUS: self.previous}[slot]
        return holder.version if holder else None

    def next_request_id(self, rotation_id: str, version: str) -> str:
        """Return the request id for ``version``: the same for each try, and another one for each password."""
        parts = (self.subject.customer_id, self.subject.user_id, rotation_id, version, str(self.attempt + 1))
        return derived_id(*parts)

    def correlation_id(self, rotation_id: str, version: str) -> str:
        """Return the correlation id of the next staged password. Nobody can foresee it, and it is used once."""
        nonce = self.next_request_id(rotation_id, version)
        return named_id(self.subject.customer_id, self.subject.user_id, rotation_id, nonce=nonce)

    def stage(
        self, *, version: str, rotation_id: str, owner: str, now: datetime, force_change_password: bool = False
    ) -> Document:
        """Make a new password pending. ``version`` is a new GUID (``identifiers.random_id()``)."""
        return self._staged(Operation.ROTATE, version, rotation_id, owner, now, force_change_password)

    def start_rollback(
        self, *, rotation_id: str, owner: str, now: datetime, force_change_password: bool = False
    ) -> Document:
        """Make the previous password pending: the same version, and a new request id."""
        if self.previous is None:
            self._refuse("a rollback", "no previous password is stored")
        return self._staged(Operation.ROLLBACK, self.previous.version, rotation_id, owner, now, force_change_password)

    def mark_sent(self, *, owner: str, now: datetime) -> Document:
        """Note that the request is about to be sent. At a second call, the end of the first one is unknown."""
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
        """Note that the request may have taken effect. The password stays pending until that is known."""
        return self._with(replace(self._pending("waiting", State.SENT), ever_ambiguous=True))

    def take_back(self) -> Document:
        """Note that the request never reached the service, as with a refused connection: it has to be sent again."""
        pending = self._pending("taking back", State.SENT)
        return self if pending.ever_ambiguous else self._with(replace(pending, state=State.STAGED, sent_at=None))

    def mark_applied(self, *, now: datetime, evidence: str) -> Document:
        """Note that the password is live, by the service's answer or other evidence. This ends all earlier failures."""
        pending = self._pending("applying", State.SENT, State.QUARANTINED)
        applied = replace(pending, state=State.APPLIED, applied_at=_seconds(now), evidence=evidence)
        return self._with(applied)._succeeded()

    def quarantine(self) -> Document:
        """Keep a password for a human: it was refused after a try that may have taken effect."""
        return self._with(replace(self._answered(), state=State.QUARANTINED))

    def answered(self) -> Document:
        """Keep a refused password with a new request id: sending it again is another request."""
        return self._with(self._answered())

    def _answered(self) -> Pending:
        pending = self._pending("quarantine", State.SENT)
        return replace(pending, request_id=derived_id(pending.request_id, "again"), ever_ambiguous=True)

    def drop_pending(self) -> Document:
        """Drop a password that was certainly refused and never applied."""
        pending = self._pending("dropping", State.STAGED, State.SENT)
        if pending.ever_ambiguous:
            self._refuse("dropping the pending password", "it may be the live one")
        return replace(self, pending=None)

    def hand_over(self) -> Document:
        """Drop a password that another document has taken over: that of a new user, who had no id before."""
        self._pending("handing over", State.SENT)
        return replace(self, pending=None)

    def promote(self, *, now: datetime | None = None) -> Document:
        """previous ← current, current ← pending, pending ← nothing, the event into the outbox: one write.

        A time that lies ahead of ``now`` is replaced by ``now``, because the age of the password counts from it.
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
        """Return the document without the delivered events."""
        return replace(self, outbox=tuple(event for event in self.outbox if event.id not in event_ids))

    def note_failed_cycle(
        self, *, orphan_after: int, now: datetime, message: str = "no answer", code: int | None = None
    ) -> Document:
        """Count one more failed cycle, with its reason. At ``orphan_after``, the user becomes orphaned."""
        failed = replace(
            self,
            failed_cycles=self.failed_cycles + 1,
            last_error=FailedCycle(_shortened(message), _seconds(now), code),
            failing_since=self.failing_since or _seconds(now),
        )
        return failed.orphan(now=now) if failed.failed_cycles >= orphan_after else failed

    def orphan(self, *, now: datetime) -> Document:
        """Make the user orphaned: runs leave the user alone until somebody runs ``operation: resume``."""
        return replace(self, orphaned_at=self.orphaned_at or _seconds(now))

    def release(self) -> Document:
        """End the state of an orphan, for ``operation: resume``."""
        return replace(self, orphaned_at=None, failed_cycles=0)

    def _succeeded(self) -> Document:
        return replace(self, failed_cycles=0, orphaned_at=None, last_error=None, failing_since=None)

    def _rolled_back(self, at: datetime) -> RolledBack | None:
        """Return the record of a rollback. After several in a row, ``left`` stays the first rotation that was left."""
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
    """Return the message in printable characters, and short enough for every store."""
    text = "".join(letter if letter.isprintable() else " " for letter in message) or "unknown"
    return text if len(text) <= _LONGEST_SENTENCE else f"{text[: _LONGEST_SENTENCE - 1]}…"


def _seconds(now: datetime) -> datetime:
    return now.replace(microsecond=0)
