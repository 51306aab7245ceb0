# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One user's rotation, step by step, each durable before the next (guide to rotation).

1 lock, 2 load, 3 stage, 4 mark sent, 5 PATCH, 6 classify, 7 mark applied, 8 witness, 9 promote, 10 deliver the event,
11 unlock. A kill after any of them leaves a document from which the next run goes on with the same password.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from .._password.outcome import Certainty, Reason
from .._password.reset import Delivery, Fate, deliver
from .._password.targets import Target
from .._service.errors import PartnerCenterError, StoreError, Trace
from .._service.identifiers import random_id
from .._service.users import PasswordChange
from .cycle import Cycle, Tools, subject_of
from .document import Document
from .planning import Choice, Move, choose
from .records import Pending, Slot, State
from .stores.base import Hold, StoreBusy, StoreConflict, Stored

_MORE_IS_DUE = (
    "a rotation that an earlier run had begun was finished first, and what is declared now is due as well: run again"
)


def advance(tools: Tools, target: Target) -> Cycle:
    """Steps 1 to 7, and to 11 where nothing has to be waited for. Never raises."""
    runner = _Runner(tools, target)
    return runner.guarded(runner.advance)


def conclude(tools: Tools, cycle: Cycle, certainty: Certainty | None) -> Cycle:
    """Steps 8 to 11 for a password that waited for evidence; ``certainty`` None means there is none. Never raises."""
    runner = _Runner(tools, cycle.target, cycle)
    return runner.guarded(lambda hold: runner.conclude(cycle, certainty))


class _Runner:
    """The state of one user's cycle: what is stored, and what was sent."""

    def __init__(self, tools: Tools, target: Target, before: Cycle | None = None) -> None:
        self._tools = tools
        self._target = target
        self._subject = subject_of(target)
        self._stored: Stored | None = None
        self._choice = before.choice if before else Choice(Move.KEEP)
        self._delivery = before.delivery if before else None
        self._warning = before.warning if before else None

    def guarded(self, work: Callable[[Hold], Cycle]) -> Cycle:
        try:
            with self._tools.store.lock(self._subject) as hold:
                self._stored = self._tools.store.load(self._subject)
                return work(hold)
        except (StoreBusy, StoreConflict) as error:
            return replace(self._cycle(), error=error if self._delivery else None, busy=self._delivery is None)
        except PartnerCenterError as error:
            return replace(self._cycle(), error=error)
        except Exception as error:
            kind = type(error).__name__
            return replace(self._cycle(), error=StoreError(f"an internal error of the collection ({kind})"))

    def advance(self, hold: Hold) -> Cycle:
        """One move, the one that was planned, guarded and counted: what is due after it is left to the next run."""
        self._empty_outbox(again=True)
        self._choice = self._next()
        if not self._choice.writes:
            return self._cycle()
        pending = self._document().pending
        if pending and not hold.may_resume(pending, self._tools.now()):
            return replace(self._cycle(), busy=True)
        self._step(self._choice, hold.owner)
        return self._cycle(open_pending=self._waits())

    def _next(self) -> Choice:
        document = self._stored.document if self._stored else None
        return choose(document, self._target.intent.trigger, self._tools.mode, self._tools.now())

    def conclude(self, cycle: Cycle, certainty: Certainty | None) -> Cycle:
        document = self._document()
        pending = document.pending
        if cycle.open is None or pending is None or pending.version != cycle.open.version:
            return self._cycle()
        if pending.state is State.APPLIED:
            self._promote()
            return self._cycle()
        if certainty is not None:
            self._save(document.mark_applied(now=self._tools.now(), evidence=certainty.value))
            self._promote()
            return self._cycle()
        refused = self._delivery is not None and self._delivery.answered and not self._delivery.concerns_all
        if refused and pending.state is State.SENT:
            self._save(document.quarantine())
        return self._cycle(open_pending=self._document().pending)

    def _step(self, choice: Choice, owner: str) -> None:
        now = self._tools.now()
        if choice.move is Move.RELEASE:
            self._save(self._document().release())
            return
        if choice.move is Move.PROMOTE:
            self._promote()
            return
        if self._document().orphaned_at is not None:
            self._save(self._document().release())
        if choice.move is Move.STAGE:
            self._stage(owner, now)
        elif choice.move is Move.ROLL_BACK:
            intent = self._target.intent
            self._save(
                self._document().start_rollback(
                    rotation_id=intent.trigger.rotation_id or random_id(),
                    owner=owner,
                    now=now,
                    force_change_password=intent.force_change_password,
                )
            )
        self._send(owner)

    def _stage(self, owner: str, now: datetime) -> None:
        intent = self._target.intent
        password = self._tools.generator.generate(self._target.user_principal_name)
        staged = self._document().stage(
            version=random_id(),
            rotation_id=intent.trigger.rotation_id or random_id(),
            owner=owner,
            now=now,
            force_change_password=intent.force_change_password,
        )
        self._stored = self._tools.store.compare_and_set(self._stored, staged, new_password=password)

    def _send(self, owner: str) -> None:
        stored = self._save(self._document().mark_sent(owner=owner, now=self._tools.now()))
        pending = stored.document.pending
        if pending is None:
            raise StoreError("nothing is pending")
        change = PasswordChange(
            self._subject.customer_id,
            self._subject.user_id,
            self._tools.store.password(stored, Slot.PENDING),
            pending.force_change_password,
            Trace(pending.request_id, pending.correlation_id),
        )
        self._delivery = delivery = deliver(self._tools.users, change, resumed=pending.ever_ambiguous)
        self._save(self._classified(delivery))
        if delivery.fate is Fate.ACCEPTED and not self._tools.witness:
            self._promote()

    def _classified(self, delivery: Delivery) -> Document:
        document, now = self._document(), self._tools.now()
        if delivery.fate is Fate.ACCEPTED:
            return document.mark_applied(now=now, evidence=Certainty.EXACT.value)
        if delivery.fate is Fate.AMBIGUOUS:
            classified = document.mark_ambiguous()
        elif delivery.answered:
            classified = document.drop_pending()
        else:
            return document.take_back()
        # What failed for the account, for want of a token, is no failure of the user.
        if delivery.concerns_all:
            return classified
        return classified.note_failed_cycle(orphan_after=self._tools.orphan_after, now=now)

    def _promote(self) -> None:
        self._save(self._document().promote())
        self._empty_outbox(again=False)
        if self._choice.reason is Reason.RESUMED and self._next().writes:
            self._warning = self._warning or _MORE_IS_DUE

    def _empty_outbox(self, *, again: bool) -> None:
        """Step 10. An event log that cannot be written loses nothing: the events stay in the document."""
        document = self._stored.document if self._stored else None
        if document is None or not document.outbox:
            return
        try:
            self._tools.events.deliver(self._subject, document.outbox, again=again)
        except StoreError as error:
            self._warning = str(error)
            return
        self._save(document.deliver(*(event.id for event in document.outbox)))

    def _waits(self) -> Pending | None:
        pending = self._document().pending
        return pending if pending and pending.state in (State.SENT, State.APPLIED) else None

    def _document(self) -> Document:
        return self._stored.document if self._stored else Document(self._subject)

    def _save(self, document: Document) -> Stored:
        self._stored = self._tools.store.compare_and_set(self._stored, document)
        return self._stored

    def _cycle(self, open_pending: Pending | None = None) -> Cycle:
        document = self._stored.document if self._stored else None
        return Cycle(
            self._target,
            self._choice,
            document,
            delivery=self._delivery,
            open=open_pending,
            warning=self._warning,
        )
