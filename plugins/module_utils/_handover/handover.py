# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A temporary password for one person, behind a link: decide, one turn, settled, and its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .._base.errors import NO_TRACE, StoreError, Trace
from .._directory.directory import Directory, Sessions, Witness
from .._directory.records import Certainty, Fate, Sighting
from .._password import report
from .._password.batch import Batch, Options
from .._password.lookup import Missing, Target
from .._password.outcome import Outcome, UserResult
from .._password.plan import Plan, Step
from .._rotation.cycle import subject_of
from .._rotation.names import pending_of
from .._rotation.planning import known
from .._stores.base import Stored
from .._stores.document import Document
from .._stores.records import Slot
from .handing import Desk, Handing, HandoverDecision
from .planning import UNKNOWN, decide, in_doubt
from .protocol import advance, conclude, tidy
from .record import HandoverRecord

_SET = "a temporary password is set, and the link leads to it"
_FINISHED = "the temporary password of an earlier run took effect, and the link leads to it"
_AGAIN = "a temporary password was set under this rotation_id before; the link leads to it if nobody has opened it"
_OVER = (
    "a temporary password was set under this rotation_id before, and its link has ended: take another rotation_id, "
    "such as the ticket with a number behind it, for a new one"
)
_SHOWING = frozenset({Outcome.APPLIED, Outcome.RESUMED, Outcome.UNCHANGED, Outcome.UNKNOWN})


class Handover(Batch[HandoverDecision, Handing]):
    """One task for one user. ``record``: the link to show after the run, if there is one that has not ended."""

    record: HandoverRecord | None = None

    def __init__(
        self, connection: Directory, desk: Desk, witness: Witness, options: Options, sessions: Sessions | None = None
    ) -> None:
        super().__init__(
            connection,
            witness,
            options,
            progress=lambda _progress: None,
            cancelled=None,
            now=desk.now,
            reads_only=options.check_mode,
            sessions=sessions,
        )
        self._desk = desk

    def _open(self, targets: Sequence[Target]) -> None:
        self._desk.store.check([subject_of(target) for target in targets], write=not self._reads_only)

    def _decide(self, targets: Sequence[Target]) -> list[HandoverDecision]:
        decisions = [self._decision(target) for target in targets]
        refusals = self._guards().refusals([decision.target for decision in decisions if decision.sends])
        return [
            replace(decision, refusal=decision.refusal or refusals.get(decision.target.key)) for decision in decisions
        ]

    def _decision(self, target: Target) -> HandoverDecision:
        try:
            stored = self._desk.store.load(subject_of(target), read_only=True)
        except StoreError as error:
            return HandoverDecision(target, Plan(Step.HOLD), refusal=error, unclear=True)
        document = stored.document if stored else None
        plan = decide(document, _ticket(target), self._now())
        return HandoverDecision(
            target, plan, applied=known(document).applied, unclear=in_doubt(document), stored=stored
        )

    def _rows_of_missing(self, missing: Sequence[Missing]) -> list[UserResult]:
        left = pending_of(self._desk.store, missing)
        doubts = [_doubt(document, "") if document else "" for document in left]
        return [report.of_missing(item, doubt) for item, doubt in zip(missing, doubts, strict=True)]

    def _send(self, decision: HandoverDecision) -> Handing:
        return advance(self._desk, decision)

    def _conclude(self, result: Handing, sighting: Sighting | None) -> Handing:
        if sighting is None:
            return conclude(self._desk, result, None)
        return replace(conclude(self._desk, result, sighting.proven), disputed=sighting.disputed)

    def _row(self, decision: HandoverDecision, result: Handing) -> UserResult:
        outcome, message = _outcome(result)
        self.record = result.record if outcome in _SHOWING else None
        document, delivery = result.document, result.delivery
        pending = document.pending if document else None
        applied = known(document).applied
        return report.make_row(
            decision,
            outcome,
            message,
            certainty=_certainty(outcome, result),
            delivery=delivery,
            trace=Trace(pending.request_id, pending.correlation_id) if pending else NO_TRACE,
            error=result.error or (delivery.error if delivery else None),
            applied=applied,
            before=decision.applied,
        )

    def _row_without(self, decision: HandoverDecision, not_begun: str | None) -> UserResult:
        row = super()._row_without(decision, not_begun)
        stored = decision.stored
        if self._reads_only or stored is None or row.outcome not in _SHOWING:
            return row
        record = self._read(stored, _ticket(decision.target))
        self.record = record if record and not record.is_over(self._now()) else None
        if row.outcome is Outcome.UNCHANGED:
            return replace(row, message=_AGAIN if self.record else _OVER)
        return row

    def _read(self, stored: Stored, ticket: str) -> HandoverRecord | None:
        """Return the link of this ticket."""
        document = stored.document
        slots = {Slot.PENDING: document.pending, Slot.CURRENT: document.current}
        slot = next((slot for slot, held in slots.items() if held and held.rotation_id == ticket), None)
        try:
            return self._desk.read(stored, slot) if slot else None
        except StoreError as error:
            self._warnings.append(str(error))
            return None

    def _finish(self, decisions: Sequence[HandoverDecision]) -> None:
        untidy = [decision for decision in decisions if decision.untidy and not decision.moves]
        for result in (*self._results, *(tidy(self._desk, decision) for decision in untidy)):
            self._warnings += result.warnings
            if result.error is not None and result.delivery is not None and result.delivery.fate is Fate.ACCEPTED:
                self._warnings.append(str(result.error))
        if self.record is not None and self.record.is_over(self._now()):
            self.record = None


def _ticket(target: Target) -> str:
    return target.intent.trigger.rotation_id or ""


def _outcome(turn: Handing) -> tuple[Outcome, str | None]:
    document, delivery = turn.document, turn.delivery
    fate, other = delivery.fate if delivery else None, _doubt(document, _ticket(turn.target))
    own = in_doubt(document) and not other
    failed = Outcome.UNKNOWN if other else Outcome.REJECTED
    why = turn.left_alone or turn.error or (delivery.error if delivery else None)
    if fate is Fate.ACCEPTED:
        return Outcome.APPLIED, _SET
    if fate is Fate.REFUSED:
        return failed, f"{why}; the link was ended again{other}"
    if own or (fate is Fate.AMBIGUOUS and turn.error is not None):
        disputed = f"; {turn.disputed}" if turn.disputed else ""
        return Outcome.UNKNOWN, f"{why or 'the request of an earlier run had no answer'}{disputed}; {UNKNOWN}"
    if turn.left_alone is not None:
        return (failed if other else Outcome.DEFERRED), f"{why}{other}"
    if turn.error is not None:
        return failed, f"{why}; nothing was sent{other}"
    return (Outcome.RESUMED, _FINISHED) if delivery is None else (Outcome.APPLIED, _SET)


def _doubt(document: Document | None, ticket: str) -> str:
    """Name the other ticket whose password may be the live one."""
    held = document and (document.pending or document.current)
    if not held or not in_doubt(document) or held.rotation_id == ticket:
        return ""
    return (
        f"; the password of rotation_id {held.rotation_id} may be the live one: run again with that one, which tells "
        "its link"
    )


def _certainty(outcome: Outcome, turn: Handing) -> Certainty | None:
    current = turn.document.current if turn.document else None
    if outcome in (Outcome.APPLIED, Outcome.RESUMED) and current and turn.error is None:
        return Certainty(current.evidence)
    return Certainty.EXACT if outcome in (Outcome.APPLIED, Outcome.REJECTED) else None
