# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of the result, one for each user. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .._base.errors import NO_TRACE, EvidenceError, PartnerCenterError, StoreError, Trace
from .._base.moments import deferred
from .._directory.records import Certainty, Delivery, Fate
from .decision import Decision
from .lookup import Missing
from .outcome import Applied, Outcome, Reason, Summary, UserResult
from .plan import Step
from .reset import Sent

_RESUMED = (Outcome.RESUMED, Outcome.WOULD_RESUME)


@dataclass(frozen=True)
class Report:
    """The result of a task: one row for each intent, in their order. ``plan`` says what was due, as a short text."""

    users: tuple[UserResult, ...]
    summary: Summary
    warnings: tuple[str, ...] = ()
    plan: str = ""


def make_row(
    decision: Decision,
    outcome: Outcome,
    message: str | None = None,
    *,
    certainty: Certainty | None = None,
    delivery: Delivery | None = None,
    trace: Trace = NO_TRACE,
    error: PartnerCenterError | str | None = None,
    applied: Applied | None = None,
    before: Applied | None = None,
    after: Applied | None = None,
) -> UserResult:
    """Return the row of one user. ``applied``: the reset that took effect last, as far as known.

    ``error`` is shown only where the user failed. Without an error, the message is shown there.
    """
    target = decision.target
    shown: dict[str, str | int] = {"message": message or "unknown"}
    if isinstance(error, PartnerCenterError):
        shown = error.details()
    return UserResult(
        *target.key,
        target.user_principal_name,
        outcome,
        reason=Reason.RESUMED if decision.settled and outcome in _RESUMED else decision.plan.reason,
        certainty=certainty,
        attempts=delivery.attempts if delivery else 0,
        trace=delivery.trace if delivery else trace,
        set_at=applied.set_at if applied else None,
        message=message,
        error=shown if outcome.failed else None,
        before=before,
        after=after or applied,
    )


def of_missing(missing: Missing, in_doubt: str = "") -> UserResult:
    """Return the row of a user who was not found or could not be read. ``in_doubt``: an earlier attempt is open."""
    account = missing.intent.account
    return UserResult(
        missing.customer_id or account.customer_id,
        account.user_id,
        account.user_principal_name,
        Outcome.UNKNOWN if in_doubt else Outcome.REJECTED,
        trace=missing.error.trace,
        message=f"{missing.error}{in_doubt}",
        error=missing.error.details(),
    )


def of_decision(decision: Decision, now: datetime, *, check_mode: bool, not_begun: str | None = None) -> UserResult:
    """Return the row without a request: not due, refused, deferred, check mode, or (``not_begun``) no turn."""
    outcome, message = _without_request(decision, now, check_mode, not_begun)
    known = decision.refusal is None and (outcome is Outcome.UNCHANGED or decision.settled is not None)
    would = outcome in (Outcome.WOULD_RESET, Outcome.WOULD_RESUME)
    return make_row(
        decision,
        outcome,
        message,
        certainty=decision.certainty if known else None,
        error=decision.refusal,
        applied=decision.applied,
        before=decision.before,
        after=decision.after(now) if would else None,
    )


def of_sent(decision: Decision, sent: Sent) -> UserResult:
    """Return the row after a request. ``sent.settled``: a witness says that it took effect."""
    attempt, settled = sent.attempt, sent.settled
    if sent.fate is Fate.ACCEPTED:
        outcome, certainty, at = Outcome.APPLIED, Certainty.EXACT, sent.at
    elif sent.fate is Fate.REFUSED and not decision.unclear:
        outcome, certainty, at = Outcome.REJECTED, Certainty.EXACT, None
    elif settled is not None and not settled.disputed:
        outcome, certainty, at = Outcome.APPLIED, settled.certainty, settled.at
    else:
        outcome, certainty, at = Outcome.UNKNOWN, None, None
    after = Applied(at, attempt.rotation_id, attempt.force_change_password) if at else decision.applied
    return make_row(
        decision,
        outcome,
        _failure(decision, outcome, sent) if outcome.failed else None,
        certainty=certainty,
        delivery=sent.delivery,
        error=sent.delivery.error,
        applied=None if outcome is Outcome.UNKNOWN else after,
        before=decision.before,
        after=after,
    )


def _without_request(
    decision: Decision, now: datetime, check_mode: bool, not_begun: str | None
) -> tuple[Outcome, str | None]:
    refusal, plan = decision.refusal, decision.plan
    in_doubt = Outcome.UNKNOWN if decision.unclear else Outcome.REJECTED
    if decision.left_out:
        return Outcome.EXCLUDED, f"left out by policy: {refusal}"
    if refusal is not None:
        explained = isinstance(refusal, (EvidenceError, StoreError))
        return in_doubt, f"{refusal}{decision.MAY_BE_LIVE if decision.unclear and not explained else ''}"
    if plan.step is Step.HOLD:
        return in_doubt, plan.message
    if not_begun is not None and decision.moves:
        return (
            (Outcome.UNKNOWN, f"{not_begun}{decision.MAY_BE_LIVE}")
            if decision.unclear
            else (Outcome.DEFERRED, not_begun)
        )
    if plan.step in (Step.RESET, Step.ROLL_BACK):
        return Outcome.WOULD_RESET, "would roll back" if plan.step is Step.ROLL_BACK else f"would {decision.VERB}"
    if plan.step in (Step.RESUME, Step.PROMOTE):
        return Outcome.WOULD_RESUME, f"would resume: the {decision.NOUN} of an earlier run is unfinished"
    if decision.settled is not None:
        took_effect = f"the {decision.NOUN} of an earlier run took effect"
        return (Outcome.WOULD_RESUME, f"would resume: {took_effect}") if check_mode else (Outcome.RESUMED, took_effect)
    if plan.step is Step.DEFER:
        return Outcome.DEFERRED, deferred(decision.NOUN, decision.target.intent.trigger.window, now)
    return Outcome.UNCHANGED, plan.message


def _failure(decision: Decision, outcome: Outcome, sent: Sent) -> str:
    reason = str(sent.delivery.error) if sent.delivery.error else "no answer"
    if outcome is Outcome.UNKNOWN and sent.fate is Fate.REFUSED:
        return f"{reason}{decision.MAY_BE_LIVE}"
    if outcome is Outcome.UNKNOWN:
        disputed = f"; {sent.settled.disputed}" if sent.settled else ""
        return (
            f"it is not known whether the reset took effect: {reason}{disputed}. "
            "Keep the password that was sent and run again: it is settled first"
        )
    return reason
