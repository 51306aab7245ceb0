# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The handover for one user in steps, each durable before the next one (guide for help desks).

1 lock, 2 load, 3 make the password and its link, 4 stage the link, 5 mark sent, 6 PATCH, 7 record the end, 8 end the
link that is replaced or refused, 9 deliver the event, 10 unlock. The password is only in memory and behind the link.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from .._base.errors import PartnerCenterError, StoreError, Trace
from .._base.identifiers import random_id
from .._base.secret import Secret
from .._directory.records import Certainty, Fate, PasswordChange
from .._password.plan import Step
from .._password.reset import deliver
from .._rotation.cycle import subject_of
from .._stores.base import Hold, StoreBusy, StoreConflict, Stored
from .._stores.document import Document
from .._stores.records import Pending, Promoted, Slot, State
from .handing import Desk, Handing, HandoverDecision
from .planning import decide
from .record import HandoverRecord

_OVERTAKEN = "another run works on this user at the same time; this one has sent nothing: run again"


def advance(desk: Desk, decision: HandoverDecision) -> Handing:
    """Carry out the plan up to the end of the request. Never raises."""
    runner = _Runner(desk, decision)
    return runner.guarded(runner.advance)


def conclude(desk: Desk, turn: Handing, certainty: Certainty | None) -> Handing:
    """End a turn that waited for evidence (None: there is none). Never raises."""
    runner = _Runner(desk, turn.decision, turn)
    return runner.guarded(lambda _hold: runner.conclude(turn, certainty))


def tidy(desk: Desk, decision: HandoverDecision) -> Handing:
    """Deliver the events that a killed run has left. Never raises; the next run tries again."""
    runner = _Runner(desk, decision)
    return runner.guarded(lambda _hold: runner.tidy())


class _Runner:
    """The work on one user: what is stored, what was sent, and the link of it."""

    def __init__(self, desk: Desk, decision: HandoverDecision, turn: Handing | None = None) -> None:
        self._desk = desk
        self._decision = decision
        self._subject = subject_of(decision.target)
        self._ticket = decision.target.intent.trigger.rotation_id or ""
        self._stored: Stored | None = None
        self._delivery = turn.delivery if turn else None
        self._record = turn.record if turn else None
        self._warnings = list(turn.warnings) if turn else []
        self._before = turn.document if turn else decision.document
        self._begun_at = turn.begun_at if turn else datetime.now(UTC)

    def guarded(self, work: Callable[[Hold], Handing]) -> Handing:
        try:
            with self._desk.store.lock(self._subject) as hold:
                self._stored = self._desk.store.load(self._subject)
                return work(hold)
        except (StoreBusy, StoreConflict) as error:
            if self._delivery is None:
                return replace(self._handing(), left_alone=_OVERTAKEN, record=None)
            return replace(self._handing(), error=error)
        except PartnerCenterError as error:
            return replace(self._handing(), error=error)
        except Exception as error:
            kind = type(error).__name__
            return replace(self._handing(), error=StoreError(f"an internal error of the collection ({kind})"))

    def advance(self, hold: Hold) -> Handing:
        """Carry out exactly the planned step, or nothing."""
        planned_on = self._decision.stored
        if (self._stored.revision if self._stored else None) != (planned_on.revision if planned_on else None):
            return replace(self._handing(), left_alone=_OVERTAKEN)
        document = self._stored.document if self._stored else None
        plan = decide(document, self._ticket, self._desk.now())
        if plan.step is not self._decision.plan.step:
            return replace(self._handing(), left_alone=plan.message or _OVERTAKEN)
        self._deliver_events(again=True)
        if plan.step is Step.PROMOTE:
            return self._settle()
        self._set_aside()
        password = self._stage(hold.owner)
        return self._send(password)

    def conclude(self, turn: Handing, certainty: Certainty | None) -> Handing:
        pending = self._document().pending
        if turn.open is None or pending is None or pending.version != turn.open.version:
            return self._handing()
        # A password whose reset is only assumed stays in doubt.
        if certainty is None or certainty is Certainty.ASSUMED:
            return self._handing(waits=pending)
        self._promote(certainty)
        return self._handing()

    def tidy(self) -> Handing:
        self._deliver_events(again=True)
        return self._handing()

    def _settle(self) -> Handing:
        """Show the link of an earlier run; its request waits for evidence unless its end is known."""
        pending = self._document().pending
        if self._stored is not None:
            self._record = self._desk.read(self._stored, Slot.PENDING)
        if pending is not None and pending.state is State.APPLIED:
            self._promote(None)
            return self._handing()
        return self._handing(waits=pending)

    def _set_aside(self) -> None:
        """Make room for a new password. A link whose password may be live is kept until a new one is."""
        pending, stored = self._document().pending, self._stored
        if pending is None or stored is None:
            return
        if pending.state is State.STAGED:
            self._end_link(self._desk.read(stored, Slot.PENDING))
            self._save(stored.document.drop_pending())
        elif pending.state is State.APPLIED:
            self._promote(None)
        else:
            assumed = Promoted(pending.version, pending.rotation_id, pending.sent_at or pending.staged_at, "assumed")
            self._save(replace(stored.document, current=assumed, pending=None, previous=stored.document.current))

    def _stage(self, owner: str) -> Secret:
        """Make a password, put it behind a link, and remember the link."""
        desk = self._desk
        password, record = desk.make(self._decision.target.user_principal_name, self._ticket)
        try:
            staged = self._document().stage(
                version=random_id(),
                rotation_id=self._ticket,
                owner=owner,
                now=desk.now(),
                force_change_password=True,
            )
            self._stored = desk.store.compare_and_set(self._stored, staged, new_password=record.to_secret())
            self._save(self._document().mark_sent(owner=owner, now=desk.now()))
        except Exception:
            self._end_link(record)
            raise
        self._record = record
        return password

    def _send(self, password: Secret) -> Handing:
        pending = self._document().pending
        if pending is None:
            raise StoreError("nothing is pending")
        trace = Trace(pending.request_id, pending.correlation_id)
        change = PasswordChange(self._subject.customer_id, self._subject.user_id, password, True, trace)
        self._delivery = delivery = deliver(self._desk.users, change, resumed=False)
        if delivery.fate is Fate.ACCEPTED:
            self._promote(Certainty.EXACT)
        elif delivery.fate is Fate.AMBIGUOUS:
            self._save(self._document().mark_ambiguous())
            return self._handing(waits=self._document().pending)
        else:
            self._drop()
        return self._handing()

    def _drop(self) -> None:
        """Forget a password that was refused, and end its link, which no caller has seen."""
        refused, self._record = self._record, None
        try:
            self._save(self._document().drop_pending())
        except Exception:
            self._end_link(refused)
            raise
        self._end_link(refused)

    def _promote(self, certainty: Certainty | None) -> None:
        """Record that the password is live (None: that is recorded already), and end the link before it."""
        document, now = self._document(), self._desk.now()
        if certainty is not None:
            document = document.mark_applied(now=now, evidence=certainty.value)
        stored = self._save(document.promote(now=now))
        self._end_previous(stored)
        self._deliver_events(again=False)

    def _end_previous(self, stored: Stored) -> None:
        try:
            self._end_link(self._desk.read(stored, Slot.PREVIOUS))
        except StoreError as error:
            self._warnings.append(f"the link of the handover before cannot be ended: {error}")

    def _end_link(self, record: HandoverRecord | None) -> None:
        warning = self._desk.end(record)
        self._warnings += [warning] if warning else []

    def _deliver_events(self, *, again: bool) -> None:
        """Deliver the events (step 9). If the event log cannot be written, they stay in the document."""
        stored = self._stored
        if stored is None or not stored.document.outbox:
            return
        try:
            self._desk.log(self._subject, stored, again=again)
        except StoreError as error:
            self._warnings.append(str(error))
            return
        self._save(stored.document.deliver(*(event.id for event in stored.document.outbox)))

    def _document(self) -> Document:
        """Return the stored document with the user's present name."""
        document = self._stored.document if self._stored else Document(self._subject)
        return document.called(self._subject.user_principal_name)

    def _save(self, document: Document) -> Stored:
        self._stored = self._desk.store.compare_and_set(self._stored, document)
        return self._stored

    def _handing(self, waits: Pending | None = None) -> Handing:
        document = self._stored.document if self._stored else self._before
        return Handing(
            self._decision,
            document,
            self._record,
            self._delivery,
            waits,
            warnings=tuple(dict.fromkeys(self._warnings)),
            begun_at=self._begun_at,
        )
