# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rotation of one user in steps, each durable before the next one (guide to rotation).

1 lock, 2 load, 3 stage, 4 mark sent, 5 PATCH, 6 classify, 7 mark applied, 8 witness, 9 promote, 10 deliver the event,
11 unlock. If a run is killed after any step, the next run continues with the same password.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from .._base.errors import CallError, PartnerCenterError, StoreError, Trace
from .._base.identifiers import random_id
from .._base.moments import deferred, in_words, lies_ahead
from .._directory.records import Certainty, Delivery, Fate, PasswordChange
from .._password.outcome import Reason
from .._password.plan import Step, with_drift
from .._password.reset import deliver
from .._stores.base import Hold, StoreBusy, StoreConflict, Stored
from .._stores.document import LEASE, Document
from .._stores.records import Pending, Slot, State
from .cycle import Cycle, RotationDecision, Tools, subject_of
from .planning import Mode, decide, known

_MORE_IS_DUE = (
    "a rotation that an earlier run had begun was finished first, and what is declared now is due as well: run again"
)
_OVERTAKEN = "another run changed what is stored of this user after this run had planned; nothing was sent: run again"
_BUSY = "another run on this machine has held this user's lock for more than ten minutes; nothing was sent: run again"


def advance(tools: Tools, decision: RotationDecision) -> Cycle:
    """Carry out the plan: steps 1 to 7, and up to 11 if no evidence is needed. Never raises."""
    runner = _Runner(tools, decision)
    return runner.guarded(runner.advance)


def conclude(tools: Tools, cycle: Cycle, certainty: Certainty | None) -> Cycle:
    """Carry out steps 8 to 11 for a password that waited for evidence (None: there is none). Never raises."""
    runner = _Runner(tools, cycle.decision, cycle)
    return runner.guarded(lambda hold: runner.conclude(cycle, certainty))


def tidy(tools: Tools, decision: RotationDecision) -> Cycle:
    """Deliver remaining events, and give the document the user's present name. Never raises.

    A failure becomes a warning; the next run tries again.
    """
    runner = _Runner(tools, decision)
    cycle = runner.guarded(lambda _hold: runner.tidy())
    warning = cycle.warning or (str(cycle.error) if cycle.error else None)
    return replace(cycle, error=None, left_alone=None, warning=warning)


class _Runner:
    """The work on one user: what is stored, and what was sent."""

    def __init__(self, tools: Tools, decision: RotationDecision, cycle: Cycle | None = None) -> None:
        self._tools = tools
        self._decision = decision
        self._target = decision.target
        self._subject = subject_of(decision.target)
        self._stored: Stored | None = None
        self._before = cycle.document if cycle else decision.document
        self._delivery = cycle.delivery if cycle else None
        self._warning = cycle.warning if cycle else None
        self._more_due = False

    def guarded(self, work: Callable[[Hold], Cycle]) -> Cycle:
        try:
            with self._tools.store.lock(self._subject) as hold:
                self._stored = self._tools.store.load(self._subject)
                self._before = None
                return work(hold)
        except (StoreBusy, StoreConflict) as error:
            if self._delivery is not None:
                return replace(self._cycle(), error=error)
            return replace(self._cycle(), left_alone=_BUSY if isinstance(error, StoreBusy) else _OVERTAKEN)
        except PartnerCenterError as error:
            return replace(self._cycle(), error=error)
        except Exception as error:
            kind = type(error).__name__
            return replace(self._cycle(), error=StoreError(f"an internal error of the collection ({kind})"))

    def advance(self, hold: Hold) -> Cycle:
        """Carry out exactly the planned step, or nothing. Whatever else is due is left to the next run."""
        now, pending = self._tools.now(), self._document().pending
        if pending and _is_leased(hold, pending, now):
            return replace(self._cycle(), left_alone=_leased(pending))
        planned_on = self._decision.stored
        if (self._stored.revision if self._stored else None) != (planned_on.revision if planned_on else None):
            return replace(self._cycle(), left_alone=_OVERTAKEN)
        document = self._stored.document if self._stored else None
        trigger = self._target.intent.trigger
        plan = decide(document, trigger, self._tools.mode, now)
        if self._decision.plan.reason is Reason.DRIFT:
            changed_at = self._target.user.password_changed_at
            plan = with_drift(plan, trigger, known(document).applied, changed_at, resets=True, now=now)
        if plan.step is not self._decision.plan.step:  # the document is the same: its window has closed meanwhile
            shut = deferred("rotation", self._target.intent.trigger.window, now)
            return replace(self._cycle(), left_alone=plan.message or shut)
        self._empty_outbox(again=True)
        self._step(hold.owner)
        return self._cycle(open_pending=self._waits())

    def tidy(self) -> Cycle:
        self._empty_outbox(again=True)
        if self._stored is not None and self._decision.renamed:
            self._save(self._document())
        return self._cycle()

    def _is_more_due(self) -> bool:
        """Return whether another rotation is due now. ``operation: resume`` leaves it to the next run as well."""
        mode = Mode.ROTATE if self._tools.mode is Mode.RESUME else self._tools.mode
        plan = decide(self._document(), self._target.intent.trigger, mode, self._tools.now())
        return plan.step in (Step.RESET, Step.ROLL_BACK, Step.DEFER)

    def conclude(self, cycle: Cycle, certainty: Certainty | None) -> Cycle:
        document = self._document()
        pending = document.pending
        if cycle.open is None or pending is None or pending.version != cycle.open.version:
            return self._cycle()
        if pending.state is State.APPLIED:
            self._promote()
            return self._cycle()
        # A password whose reset is only assumed stays pending, and replaces no other.
        if certainty is not None and certainty is not Certainty.ASSUMED:
            self._save(document.mark_applied(now=self._tools.now(), evidence=certainty.value))
            self._promote()
            return self._cycle()
        delivery = self._delivery
        if delivery is not None and delivery.answered and pending.state is State.SENT:
            self._save(document.answered() if delivery.concerns_all else document.quarantine())
        waiting = self._cycle(open_pending=self._document().pending)
        return replace(waiting, assumed=certainty is Certainty.ASSUMED)

    def _step(self, owner: str) -> None:
        step, now = self._decision.plan.step, self._tools.now()
        if step is Step.RELEASE:
            self._save(self._document().release())
            return
        if step is Step.PROMOTE:
            self._promote()
            return
        if self._document().orphaned_at is not None:
            self._save(self._document().release())
        if step is Step.RESET:
            self._stage(owner, now)
        elif step is Step.ROLL_BACK:
            self._start_rollback(owner, now)
        self._send(owner)

    def _start_rollback(self, owner: str, now: datetime) -> None:
        if self._stored is not None:
            # A password that cannot be read would stay pending for ever.
            self._tools.store.password(self._stored, Slot.PREVIOUS)
        intent = self._target.intent
        self._save(
            self._document().start_rollback(
                rotation_id=intent.trigger.rotation_id or random_id(),
                owner=owner,
                now=now,
                force_change_password=intent.force_change_password,
            )
        )

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
        if self._stored is None:
            raise StoreError("nothing is pending")
        # Read it before the mark: a password that cannot be read cannot be sent.
        password = self._tools.store.password(self._stored, Slot.PENDING)
        pending = self._save(self._document().mark_sent(owner=owner, now=self._tools.now())).document.pending
        if pending is None:
            raise StoreError("nothing is pending")
        change = PasswordChange(
            self._subject.customer_id,
            self._subject.user_id,
            password,
            pending.force_change_password,
            Trace(pending.request_id, pending.correlation_id),
        )
        self._delivery = delivery = deliver(self._tools.users, change, resumed=pending.ever_ambiguous)
        self._save(self._classified(delivery))
        if delivery.fate is Fate.ACCEPTED and not self._tools.witness:
            self._promote()

    def _classified(self, delivery: Delivery) -> Document:
        document = self._document()
        if delivery.fate is Fate.ACCEPTED:
            return document.mark_applied(now=self._tools.now(), evidence=Certainty.EXACT.value)
        if delivery.fate is Fate.AMBIGUOUS:
            return self._counted(document.mark_ambiguous(), delivery)
        return self._counted(document.drop_pending(), delivery) if delivery.answered else document.take_back()

    def _counted(self, document: Document, delivery: Delivery) -> Document:
        """Return the document with one more failed cycle, unless the failure concerns all users."""
        if delivery.concerns_all:
            return document
        error = delivery.error
        code = error.code if isinstance(error, CallError) else None
        return document.note_failed_cycle(
            orphan_after=self._tools.orphan_after,
            now=self._tools.now(),
            message=str(error) if error else "no answer",
            code=code if isinstance(code, int) else None,  # published releases read numbers only
        )

    def _promote(self) -> None:
        self._save(self._document().promote(now=self._tools.now()))
        self._empty_outbox(again=False)
        if self._decision.plan.reason is Reason.RESUMED and self._is_more_due():
            self._more_due = True
            self._warning = self._warning or _MORE_IS_DUE

    def _empty_outbox(self, *, again: bool) -> None:
        """Deliver the events (step 10). If the event log cannot be written, they stay in the document."""
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
        """Return the stored document with the user's present name."""
        return (self._stored.document if self._stored else Document(self._subject)).called(
            self._subject.user_principal_name
        )

    def _save(self, document: Document) -> Stored:
        self._stored = self._tools.store.compare_and_set(self._stored, document)
        return self._stored

    def _cycle(self, open_pending: Pending | None = None) -> Cycle:
        document = self._stored.document if self._stored else self._before
        return Cycle(
            self._decision,
            document,
            delivery=self._delivery,
            open=open_pending,
            more_due=self._more_due,
            warning=self._warning,
        )


def _is_leased(hold: Hold, pending: Pending, now: datetime) -> bool:
    """Return whether a run on another machine may still work on it. A lease by a clock ahead is not believed."""
    believed = not lies_ahead(pending.leased_until - LEASE, now)
    return believed and not hold.may_resume(pending, now)


def _leased(pending: Pending) -> str:
    """Return why the user is left alone, and until when."""
    return (
        "a run on another machine has begun a rotation of this user, and it is not known whether that run is alive; "
        f"its password is pending. Run again after {in_words(pending.leased_until)}, which finishes it"
    )
