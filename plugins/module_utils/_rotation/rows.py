# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a user's cycle to the row of the result. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from .._base.errors import PartnerCenterError, StoreError
from .._base.moments import deferred
from .._directory.records import Certainty, Delivery, Fate
from .._password import outcome, report
from .._password.guards import LeftOut
from .._password.lookup import Missing
from .._password.outcome import Outcome, Reason, UserResult
from .._password.targets import Target
from .._stores.document import Document
from .._stores.records import Pending, State
from .cycle import Cycle, trace_of
from .planning import Choice, Move, known

_MAY_BE_LIVE = "; the password that an earlier run sent is pending, and may be the live one"
_FINISHED = "the rotation that an earlier run had begun is finished"
_MORE_DUE = "; what is declared now is due as well: run again"
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
        left=left_behind(document),
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
    found, message = _planned(target, choice, document, refusal, now, begun)
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
        error=_error(refusal, message, document) if found.failed else None,
        left=left_behind(document),
        before=before,
        after=after if changes else before,
    )


def of_verified(
    target: Target,
    document: Document | None,
    choice: Choice,
    refusal: PartnerCenterError | str | None,
    place: str,
) -> UserResult:
    """``operation: verify``: is anything due or half done? ``place`` is the store, which alone was asked."""
    current = document.current if document else None
    left_out = isinstance(refusal, LeftOut) and not (document and document.pending)
    message = f"left out by policy: {refusal}" if left_out else _unverified(document, choice, refusal, place)
    verified = f"verified in {place}: nothing is due and nothing is pending (the service was not asked)"
    return UserResult(
        *target.key,
        target.user_principal_name,
        Outcome.EXCLUDED if left_out else Outcome.REJECTED if message else Outcome.UNCHANGED,
        reason=choice.reason,
        certainty=Certainty.LEDGER,
        set_at=current.set_at if current else None,
        next_due=_next_due(target, known(document).applied),
        message=message or (f"{verified}; {choice.message}" if choice.message else verified),
        error=_error(refusal, message, document) if message and not left_out else None,
        left=left_behind(document),
    )


def of_missing(missing: Missing, document: Document | None) -> UserResult:
    """The user was not found, or could not be read; ``document``: an earlier run has sent a password all the same."""
    row = report.of_missing(missing)
    if document is None:
        return row
    return replace(row, outcome=Outcome.UNKNOWN, message=f"{row.message}{_MAY_BE_LIVE}", left=left_behind(document))


def _outcome(cycle: Cycle) -> tuple[Outcome, str | None]:
    pending = cycle.document.pending if cycle.document else None
    delivery = cycle.delivery
    if cycle.left_alone is not None:
        return (Outcome.UNKNOWN if cycle.stuck else Outcome.DEFERRED), cycle.left_alone
    if cycle.error is not None:
        return _failed(cycle.error, pending, sent=delivery)
    if pending is not None and pending.may_be_live:
        why = str(delivery.error) if delivery and delivery.error else "the earlier request had no answer"
        kept = "quarantined" if pending.state is State.QUARANTINED else "kept as pending"
        hint = "; the service has recorded a reset that may be this one or another" if cycle.assumed else ""
        return Outcome.UNKNOWN, f"it is not known whether the new password took effect, and it is {kept}: {why}{hint}"
    if delivery is not None and delivery.fate is Fate.REFUSED:
        return Outcome.REJECTED, str(delivery.error)
    if cycle.choice.reason is Reason.RESUMED:
        return Outcome.RESUMED, f"{_FINISHED}{_MORE_DUE if cycle.more_due else ''}"
    if delivery is not None:
        return Outcome.APPLIED, "rolled back to the previous password" if cycle.choice.move is Move.ROLL_BACK else None
    return Outcome.UNCHANGED, "released" if cycle.choice.move is Move.RELEASE else None


def _failed(
    error: PartnerCenterError | str, pending: Pending | None, *, sent: Delivery | None = None
) -> tuple[Outcome, str]:
    """Certain only where nothing of this run, or of one before, may have taken effect."""
    if sent is not None:
        return (Outcome.REJECTED if sent.fate is Fate.REFUSED else Outcome.UNKNOWN), str(error)
    if pending is not None and pending.may_be_live:
        return Outcome.UNKNOWN, f"{error}{_MAY_BE_LIVE}"
    return Outcome.REJECTED, str(error)


def _planned(
    target: Target,
    choice: Choice,
    document: Document | None,
    refusal: PartnerCenterError | str | None,
    now: datetime,
    begun: bool,
) -> tuple[Outcome, str | None]:
    pending = document.pending if document else None
    if isinstance(refusal, LeftOut) and pending is None:
        return Outcome.EXCLUDED, f"left out by policy: {refusal}"
    if isinstance(refusal, StoreError):
        return Outcome.UNKNOWN, str(refusal)  # what cannot be read may have a pending password
    if refusal is not None:
        return _failed(refusal, pending)
    if choice.move is Move.HOLD:
        return (Outcome.UNKNOWN if pending and pending.may_be_live else Outcome.REJECTED), choice.message
    if not begun:
        stuck = pending is not None and pending.may_be_live
        return (Outcome.UNKNOWN, f"{_NOT_BEGUN}{_MAY_BE_LIVE}") if stuck else (Outcome.DEFERRED, _NOT_BEGUN)
    if choice.move in (Move.STAGE, Move.ROLL_BACK):
        return Outcome.WOULD_RESET, "would rotate" if choice.move is Move.STAGE else "would roll back"
    if choice.move in (Move.SEND, Move.PROMOTE):
        return Outcome.WOULD_RESUME, "would resume: the rotation of an earlier run is unfinished"
    if choice.move is Move.DEFER:
        return Outcome.DEFERRED, deferred("rotation", target.intent.trigger.window, now)
    return Outcome.UNCHANGED, choice.message


def _unverified(
    document: Document | None, choice: Choice, refusal: PartnerCenterError | str | None, place: str
) -> str | None:
    if refusal is not None:
        return str(refusal)
    if choice.move is Move.HOLD:
        return choice.message
    if choice.move in (Move.SEND, Move.PROMOTE):
        return "a rotation is unfinished: run operation: rotate, which resumes it"
    if document is None or document.current is None:
        return f"no password is stored for this user in {place}"
    if choice.reason is not None:
        return f"a rotation is due ({choice.reason.value})"
    return None


def left_behind(document: Document | None) -> str | None:
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


def _error(
    error: PartnerCenterError | str | None, message: str | None, document: Document | None = None
) -> dict[str, str | int]:
    """Where the user waits for a human, the code of the last failure as well."""
    if isinstance(error, PartnerCenterError):
        return error.details()
    last = document.last_error if document and left_behind(document) in ("quarantined", "orphaned") else None
    code = {"code": last.code} if last and last.code is not None else {}
    return {"message": message or "unknown", **code}
