# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of the result, from the cycles of users. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from .._base.errors import NO_TRACE, PartnerCenterError, Trace
from .._directory.records import Certainty, Delivery, Fate
from .._password import report
from .._password.lookup import Missing, Target
from .._password.outcome import Applied, Left, Outcome, Reason, UserResult
from .._password.plan import Step
from .._stores.document import Document
from .._stores.records import Pending, State
from .cycle import Cycle, RotationDecision
from .planning import known

_FINISHED = "the rotation that an earlier run had begun is finished"
_MORE_DUE = "; what is declared now is due as well: run again"


def of_cycle(cycle: Cycle) -> UserResult:
    """Return the row of a user whose cycle ran."""
    document, delivery = cycle.document, cycle.delivery
    outcome, message = _outcome(cycle)
    current, previous = (document.current, document.previous) if document else (None, None)
    pending = document.pending if document else None
    succeeded = outcome in (Outcome.APPLIED, Outcome.RESUMED)
    applied = known(document).applied
    before = Applied(previous.set_at, previous.rotation_id) if succeeded and previous else None
    row = report.make_row(
        cycle.decision,
        outcome,
        message,
        certainty=Certainty(current.evidence) if succeeded and current else _certainty_of(outcome),
        delivery=delivery,
        trace=Trace(pending.request_id, pending.correlation_id) if pending else NO_TRACE,
        error=cycle.error or (delivery.error if delivery else None),
        applied=applied,
        before=before if succeeded else applied,
    )
    return replace(row, next_due=_next_due(cycle.target, applied), left=left_behind(document))


def of_verified(decision: RotationDecision, place: str) -> UserResult:
    """Return the row of ``operation: verify``: is anything due or unfinished? ``place``: the store, in words."""
    message = f"left out by policy: {decision.refusal}" if decision.left_out else _unverified(decision, place)
    verified = f"verified in {place}: nothing is due and nothing is pending (the service was not asked)"
    held = decision.plan.message
    row = report.make_row(
        decision,
        Outcome.EXCLUDED if decision.left_out else Outcome.REJECTED if message else Outcome.UNCHANGED,
        message or (f"{verified}; {held}" if held else verified),
        certainty=Certainty.LEDGER,
        error=decision.refusal,
        applied=decision.applied,
    )
    return with_document(decision, row)


def of_missing(missing: Missing, document: Document | None) -> UserResult:
    """Return the row of a user who was not found. ``document``: its pending password may be live."""
    doubt = RotationDecision.MAY_BE_LIVE if document else ""
    return replace(report.of_missing(missing, doubt), left=left_behind(document))


def with_document(decision: RotationDecision, row: UserResult) -> UserResult:
    """Return the row with the facts of the document; with the code of the last failure if a human is needed."""
    document, left = decision.document, left_behind(decision.document)
    last = document.last_error if document and left in (Left.QUARANTINED, Left.ORPHANED) else None
    error = row.error
    if error and not isinstance(decision.refusal, PartnerCenterError) and last and last.code is not None:
        error = error | {"code": last.code}
    return replace(row, error=error, next_due=_next_due(decision.target, decision.applied), left=left)


def _outcome(cycle: Cycle) -> tuple[Outcome, str | None]:
    pending = cycle.document.pending if cycle.document else None
    plan, delivery = cycle.decision.plan, cycle.delivery
    if cycle.left_alone is not None:
        return (Outcome.UNKNOWN if cycle.stuck else Outcome.DEFERRED), cycle.left_alone
    if cycle.error is not None:
        return _failed(cycle.error, pending, delivery)
    if pending is not None and pending.may_be_live:
        why = str(delivery.error) if delivery and delivery.error else "the earlier request had no answer"
        kept = "quarantined" if pending.state is State.QUARANTINED else "kept as pending"
        hint = "; the service has recorded a reset that may be this one or another" if cycle.assumed else ""
        hint += f"; {cycle.disputed}" if cycle.disputed else ""
        return Outcome.UNKNOWN, f"it is not known whether the new password took effect, and it is {kept}: {why}{hint}"
    if delivery is not None and delivery.fate is Fate.REFUSED:
        return Outcome.REJECTED, str(delivery.error)
    if plan.reason is Reason.RESUMED:
        return Outcome.RESUMED, f"{_FINISHED}{_MORE_DUE if cycle.more_due else ''}"
    if delivery is not None:
        return Outcome.APPLIED, "rolled back to the previous password" if plan.step is Step.ROLL_BACK else None
    return Outcome.UNCHANGED, "released" if plan.step is Step.RELEASE else None


def _failed(error: PartnerCenterError, pending: Pending | None, sent: Delivery | None) -> tuple[Outcome, str]:
    """Return outcome and message of a failure: certain only if no request, of any run, may have taken effect."""
    if sent is not None:
        return (Outcome.REJECTED if sent.fate is Fate.REFUSED else Outcome.UNKNOWN), str(error)
    if pending is not None and pending.may_be_live:
        return Outcome.UNKNOWN, f"{error}{RotationDecision.MAY_BE_LIVE}"
    return Outcome.REJECTED, str(error)


def _unverified(decision: RotationDecision, place: str) -> str | None:
    plan, document = decision.plan, decision.document
    if decision.refusal is not None:
        return str(decision.refusal)
    if plan.step is Step.HOLD:
        return plan.message
    if plan.step in (Step.RESUME, Step.PROMOTE):
        return "a rotation is unfinished: run operation: rotate, which resumes it"
    if document is None or document.current is None:
        return f"no password is stored for this user in {place}"
    if plan.step is Step.KEEP and plan.reason is not None:
        return plan.message
    if plan.reason is not None:
        return f"a rotation is due ({plan.reason.value})"
    return None


def left_behind(document: Document | None) -> Left | None:
    """Return what is left for the next run or a human. A quarantined password comes first: it may be live."""
    pending = document.pending if document else None
    if pending is not None and pending.state is State.QUARANTINED:
        return Left.QUARANTINED
    if document is not None and document.orphaned_at is not None:
        return Left.ORPHANED
    return Left.PENDING if pending is not None else None


def _next_due(target: Target, applied: Applied | None) -> datetime | None:
    max_age = target.intent.trigger.max_age
    try:
        return applied.set_at + max_age if applied and max_age else None
    except OverflowError:
        return None  # after the year 9999


def _certainty_of(outcome: Outcome) -> Certainty | None:
    return {Outcome.UNCHANGED: Certainty.LEDGER, Outcome.REJECTED: Certainty.EXACT}.get(outcome)
