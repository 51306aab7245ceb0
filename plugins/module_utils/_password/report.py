# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From decisions and sent requests to one row for each user. Pure."""

from __future__ import annotations

from datetime import datetime

from .._base.errors import PartnerCenterError
from .._base.moments import deferred
from .._directory.records import Certainty, Fate, Sighting
from .decisions import Decision, certainty_of
from .lookup import Missing
from .outcome import Applied, Outcome, Reason, UserResult
from .plan import Step
from .reset import Sent

_MAY_BE_LIVE = (
    "; it is not known whether the password that an earlier run sent took effect: keep it, and run again when this is "
    "mended"
)
_NOT_ATTEMPTED = "not attempted: the task stopped before, after a failure"


def of_missing(missing: Missing, *, in_doubt: bool = False) -> UserResult:
    """The user or the customer was not found, or could not be read; ``in_doubt``: an earlier attempt is open."""
    account = missing.intent.account
    return UserResult(
        missing.customer_id or account.customer_id,
        account.user_id,
        account.user_principal_name,
        Outcome.UNKNOWN if in_doubt else Outcome.REJECTED,
        attempts=0,
        trace=missing.error.trace,
        message=f"{missing.error}{_MAY_BE_LIVE if in_doubt else ''}",
        error=missing.error.details(),
    )


def of_decision(decision: Decision, *, check_mode: bool, now: datetime) -> UserResult:
    """No request is sent for this user: nothing due, refused, deferred, or check mode."""
    target = decision.target
    outcome, message, reason = _without_request(decision, check_mode, now)
    return UserResult(
        *target.key,
        target.user_principal_name,
        outcome,
        reason=reason,
        certainty=None if decision.refusal else certainty_of(decision),
        set_at=_set_at(decision.known.applied),
        message=message,
        error=None if decision.left_out else _error(decision.refusal),
        before=decision.before,
        after=_after(decision, outcome, now),
    )


def of_not_attempted(decision: Decision) -> UserResult:
    """The task stopped before this user's turn."""
    target = decision.target
    return UserResult(
        *target.key,
        target.user_principal_name,
        Outcome.DEFERRED,
        reason=decision.plan.reason,
        set_at=_set_at(decision.known.applied),
        message=_NOT_ATTEMPTED,
        before=decision.before,
        after=decision.known.applied,
    )


def of_sent(decision: Decision, sent: Sent, found: Sighting | None) -> UserResult:
    """A request was sent. ``found`` is what the witness says of it where its answer was lost."""
    target, attempt = decision.target, sent.attempt
    if sent.fate is Fate.ACCEPTED:
        outcome, certainty, at = Outcome.APPLIED, Certainty.EXACT, sent.at
    elif sent.fate is Fate.REFUSED and decision.known.unfinished is None:
        outcome, certainty, at = Outcome.REJECTED, Certainty.EXACT, None
    elif found is not None:
        outcome, certainty, at = Outcome.APPLIED, found.certainty, found.at
    else:
        outcome, certainty, at = Outcome.UNKNOWN, None, None
    failed = outcome.failed
    after = Applied(at, attempt.rotation_id, attempt.force_change_password) if at else decision.known.applied
    return UserResult(
        *target.key,
        target.user_principal_name,
        outcome,
        reason=decision.plan.reason,
        certainty=certainty,
        attempts=sent.delivery.attempts,
        trace=sent.delivery.trace,
        set_at=_set_at(None if outcome is Outcome.UNKNOWN else after),
        message=_failure(outcome, sent) if failed else None,
        error=_error(sent.delivery.error) if failed else None,
        before=decision.before,
        after=after,
    )


def _without_request(decision: Decision, check_mode: bool, now: datetime) -> tuple[Outcome, str | None, Reason | None]:
    if decision.left_out:
        return Outcome.EXCLUDED, f"left out by policy: {decision.refusal}", decision.plan.reason
    if decision.refusal is not None:
        return (Outcome.UNKNOWN if decision.unclear else Outcome.REJECTED), str(decision.refusal), decision.plan.reason
    if check_mode and decision.plan.step is Step.RESET:
        return Outcome.WOULD_RESET, "would reset", decision.plan.reason
    if check_mode and decision.plan.step is Step.RESUME:
        return Outcome.WOULD_RESUME, "would resume: the attempt of an earlier run is unfinished", Reason.RESUMED
    if check_mode and decision.settled:
        return Outcome.WOULD_RESUME, "would resume: the attempt of an earlier run took effect", Reason.RESUMED
    if decision.settled:
        return Outcome.RESUMED, "the attempt of an earlier run took effect", Reason.RESUMED
    if decision.plan.step is Step.DEFER:
        return Outcome.DEFERRED, deferred("reset", decision.target.intent.trigger.window, now), decision.plan.reason
    return Outcome.UNCHANGED, None, None


def _after(decision: Decision, outcome: Outcome, now: datetime) -> Applied | None:
    intent, unfinished = decision.target.intent, decision.known.unfinished
    if outcome is Outcome.WOULD_RESET:
        return Applied(now, intent.trigger.rotation_id, intent.force_change_password)
    if outcome is Outcome.WOULD_RESUME and unfinished is not None:
        return Applied(now, unfinished.rotation_id, unfinished.force_change_password)
    return decision.known.applied


def _set_at(applied: Applied | None) -> datetime | None:
    return applied.set_at if applied else None


def _failure(outcome: Outcome, sent: Sent) -> str:
    reason = str(sent.delivery.error) if sent.delivery.error else "no answer"
    if outcome is Outcome.UNKNOWN and sent.fate is Fate.REFUSED:
        return f"{reason}{_MAY_BE_LIVE}"
    if outcome is Outcome.UNKNOWN:
        return (
            f"it is not known whether the reset took effect: {reason}. "
            "Keep the password that was sent and run again: it is settled first"
        )
    return reason


def _error(error: PartnerCenterError | str | None) -> dict[str, str | int] | None:
    if error is None:
        return None
    return error.details() if isinstance(error, PartnerCenterError) else {"message": error}
