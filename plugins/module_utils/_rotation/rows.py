# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a user's cycle to the row of the result. Pure."""

from __future__ import annotations

from datetime import datetime

from .._password import outcome
from .._password.guards import LeftOut
from .._password.outcome import Certainty, Outcome, Reason, UserResult
from .._password.reset import Fate
from .._password.targets import Target
from .._service.errors import PartnerCenterError
from .cycle import Cycle, trace_of
from .document import Document
from .planning import Choice, Move, known
from .records import State

_BUSY = "another run works on this user; what is due is its business"
_NOT_BEGUN = "not attempted, because another user failed and on_error is stop, or the sign-in ended"


def of_cycle(cycle: Cycle, now: datetime) -> UserResult:
    """The protocol ran for this user."""
    target, document, delivery = cycle.target, cycle.document, cycle.delivery
    found, message = _outcome(cycle)
    current = document.current if document else None
    succeeded = found in (Outcome.APPLIED, Outcome.RESUMED)
    applied = outcome.Applied(current.set_at, current.rotation_id) if current else None
    previous = document.previous if document else None
    before = outcome.Applied(previous.set_at, previous.rotation_id) if succeeded and previous else None
    return UserResult(
        *target.key,
        target.user_principal_name,
        found,
        reason=cycle.choice.reason,
        certainty=Certainty(current.evidence) if succeeded and current else _certainty_of(found),
        attempts=delivery.attempts if delivery else 0,
        trace=trace_of(cycle),
        set_at=current.set_at if current else None,
        next_due=_next_due(target, applied),
        message=message,
        error=_error(cycle.error or (delivery.error if delivery else None), message) if found.failed else None,
        left=_left(document),
        before=before if succeeded else applied,
        after=applied,
    )


def of_planned(
    target: Target,
    document: Document | None,
    choice: Choice,
    refusal: PartnerCenterError | str | None,
    now: datetime,
    *,
    begun: bool,
) -> UserResult:
    """Nothing was done for this user: nothing due, refused, held, check mode, or not its turn any more."""
    found, message = _planned(choice, document, refusal, begun)
    before = known(document).applied
    changes = found in (Outcome.WOULD_RESET, Outcome.WOULD_RESUME)
    after = outcome.Applied(now, target.intent.trigger.rotation_id, target.intent.force_change_password)
    return UserResult(
        *target.key,
        target.user_principal_name,
        found,
        reason=choice.reason,
        certainty=Certainty.LEDGER if found is Outcome.UNCHANGED else None,
        set_at=before.set_at if before else None,
        next_due=_next_due(target, before),
        message=message,
        error=_error(refusal, message) if found.failed else None,
        left=_left(document),
        before=before,
        after=after if changes else before,
    )


def of_verified(
    target: Target, document: Document | None, choice: Choice, refusal: PartnerCenterError | str | None
) -> UserResult:
    """``operation: verify``: is what was declared applied, and is nothing left half done?"""
    current = document.current if document else None
    left_out = isinstance(refusal, LeftOut) and not (document and document.pending)
    message = f"left out by policy: {refusal}" if left_out else _unverified(document, choice, refusal)
    return UserResult(
        *target.key,
        target.user_principal_name,
        Outcome.EXCLUDED if left_out else Outcome.REJECTED if message else Outcome.UNCHANGED,
        reason=choice.reason,
        certainty=Certainty.LEDGER,
        set_at=current.set_at if current else None,
        next_due=_next_due(target, known(document).applied),
        message=message or "verified: what is declared is applied, and nothing is pending",
        error=_error(refusal, message) if message and not left_out else None,
        left=_left(document),
    )


def _outcome(cycle: Cycle) -> tuple[Outcome, str | None]:
    pending = cycle.document.pending if cycle.document else None
    delivery = cycle.delivery
    if cycle.busy:
        return Outcome.DEFERRED, _BUSY
    if cycle.error is not None:
        certain = delivery is None or delivery.fate is Fate.REFUSED
        return (Outcome.REJECTED if certain else Outcome.UNKNOWN), str(cycle.error)
    if pending is not None and pending.state is not State.STAGED:
        why = str(delivery.error) if delivery and delivery.error else "the earlier request had no answer"
        kept = "quarantined" if pending.state is State.QUARANTINED else "kept as pending"
        return Outcome.UNKNOWN, f"it is not known whether the new password took effect, and it is {kept}: {why}"
    if delivery is not None and delivery.fate is Fate.REFUSED:
        return Outcome.REJECTED, str(delivery.error)
    if cycle.choice.reason is Reason.RESUMED:
        return Outcome.RESUMED, "the rotation that an earlier run had begun is finished"
    if delivery is not None:
        return Outcome.APPLIED, "rolled back to the previous password" if cycle.choice.move is Move.ROLL_BACK else None
    return Outcome.UNCHANGED, "released" if cycle.choice.move is Move.RELEASE else None


def _planned(
    choice: Choice, document: Document | None, refusal: PartnerCenterError | str | None, begun: bool
) -> tuple[Outcome, str | None]:
    if isinstance(refusal, LeftOut) and not (document and document.pending):
        return Outcome.EXCLUDED, f"left out by policy: {refusal}"
    if refusal is not None:
        return Outcome.REJECTED, str(refusal)
    if choice.move is Move.HOLD:
        pending = document.pending if document else None
        return (Outcome.UNKNOWN if pending and pending.ever_ambiguous else Outcome.REJECTED), choice.message
    if not begun:
        return Outcome.DEFERRED, _NOT_BEGUN
    if choice.move in (Move.STAGE, Move.ROLL_BACK):
        return Outcome.WOULD_RESET, "would rotate" if choice.move is Move.STAGE else "would roll back"
    if choice.move in (Move.SEND, Move.PROMOTE):
        return Outcome.WOULD_RESUME, "would resume: the rotation of an earlier run is unfinished"
    if choice.move is Move.DEFER:
        return Outcome.DEFERRED, "deferred: a rotation is due, and its window is not open"
    return Outcome.UNCHANGED, None


def _unverified(document: Document | None, choice: Choice, refusal: PartnerCenterError | str | None) -> str | None:
    if refusal is not None:
        return str(refusal)
    if choice.move is Move.HOLD:
        return choice.message
    if choice.move in (Move.SEND, Move.PROMOTE):
        return "a rotation is unfinished: run operation: rotate, which resumes it"
    if document is None or document.current is None:
        return "no password is stored for this user"
    if choice.reason is not None:
        return f"a rotation is due ({choice.reason.value})"
    return None


def _left(document: Document | None) -> str | None:
    """What the next run, or a human, finds. A quarantined password comes first: it may be the live one."""
    pending = document.pending if document else None
    if pending is not None and pending.state is State.QUARANTINED:
        return "quarantined"
    if document is not None and document.orphaned_at is not None:
        return "orphaned"
    return "pending" if pending is not None else None


def _next_due(target: Target, applied: outcome.Applied | None) -> datetime | None:
    max_age = target.intent.trigger.max_age
    try:
        return applied.set_at + max_age if applied and max_age else None
    except OverflowError:
        return None  # after the year 9999


def _certainty_of(found: Outcome) -> Certainty | None:
    return {Outcome.UNCHANGED: Certainty.LEDGER, Outcome.REJECTED: Certainty.EXACT}.get(found)


def _error(error: PartnerCenterError | str | None, message: str | None) -> dict[str, str | int]:
    if isinstance(error, PartnerCenterError):
        return error.details()
    return {"message": message or "unknown"}
