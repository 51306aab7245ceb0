# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that sends a password: one attempt, classified."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from .._base.errors import (
    TOKEN_REFUSED,
    CallError,
    CredentialError,
    EvidenceError,
    PartnerCenterError,
    RefusedError,
    SignInLostError,
    Trace,
)
from .._directory.directory import Users
from .._directory.records import PasswordChange
from .evidence import Attempt, Evidence
from .lookup import Target
from .outcome import Certainty
from .trail import Found

_NO_PROOF = (
    "the update call answered that it took the password, which a service may do and leave the password as it was; only "
    "the audit log can tell"
)


class Fate(Enum):
    """How a request ended: accepted, certainly without effect, or nobody knows."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True)
class Delivery:
    """What became of a request. ``attempts`` counts tries; ``taken``: by the update call, which proves nothing."""

    fate: Fate
    trace: Trace
    attempts: int = 0
    error: PartnerCenterError | None = None
    taken: bool = False

    @property
    def answered(self) -> bool:
        """The service itself refused it, so that its request id is used up."""
        return isinstance(self.error, RefusedError) and self.error.signed

    @property
    def concerns_all(self) -> bool:
        """Without a token, or without a ledger that can be written, nobody's reset can succeed."""
        refused_token = isinstance(self.error, CallError) and self.error.status == TOKEN_REFUSED
        return refused_token or isinstance(self.error, (CredentialError, EvidenceError, SignInLostError))


@dataclass(frozen=True)
class Sent:
    """An attempt and what became of it; ``at`` is when that was known. ``settled``: the trace of a lost answer."""

    attempt: Attempt
    delivery: Delivery
    at: datetime
    settled: Found | None = None

    @property
    def target(self) -> Target:
        return self.attempt.target

    @property
    def failed(self) -> bool:
        return self.fate is not Fate.ACCEPTED

    @property
    def concerns_all(self) -> bool:
        return self.delivery.concerns_all

    @property
    def fate(self) -> Fate:
        return self.delivery.fate


def deliver(users: Users, change: PasswordChange, *, resumed: bool) -> Delivery:
    """Makes the request and says how it ended. Never raises.

    After an ambiguous try, in this run or in the one that this run resumes, a refusal proves nothing: the earlier
    request may have taken effect, and may still.
    """
    try:
        accepted = users.set_password(change)
    except Exception as raised:
        failure = _foreseen(raised, change.trace)
        call = failure if isinstance(failure, CallError) else CallError("", trace=change.trace, attempts=0)
        fate = Fate.AMBIGUOUS if call.ambiguous or resumed else Fate.REFUSED
        return Delivery(fate, call.trace, call.attempts, failure)
    if not accepted.proven:
        error = CallError(_NO_PROOF, trace=accepted.trace, attempts=accepted.attempts, ambiguous=True)
        return Delivery(Fate.AMBIGUOUS, accepted.trace, accepted.attempts, error, taken=True)
    return Delivery(Fate.ACCEPTED, accepted.trace, accepted.attempts)


def send(users: Users, evidence: Evidence, attempt: Attempt, *, now: Callable[[], datetime]) -> Sent:
    """Records the attempt durably, makes the request, and records its end where that is certain. Never raises."""
    target = attempt.target
    try:
        if not attempt.resumed:
            evidence.sending(attempt)
    except Exception as raised:
        return Sent(attempt, Delivery(Fate.REFUSED, attempt.trace, 0, _foreseen(raised, attempt.trace)), now())
    change = PasswordChange(*target.key, attempt.password, attempt.force_change_password, attempt.trace)
    delivery = deliver(users, change, resumed=attempt.resumed)
    # Where this fails, the attempt stays recorded as sent, and the next run settles it.
    with contextlib.suppress(Exception):
        if delivery.fate is Fate.ACCEPTED:
            evidence.applied(target, now(), Certainty.EXACT)
        elif delivery.fate is Fate.REFUSED:
            evidence.refused(target, answered=delivery.answered)
        elif delivery.answered:
            evidence.answered(target)
    return Sent(attempt, delivery, now())


def _foreseen(raised: Exception, trace: Trace) -> PartnerCenterError:
    """Where nobody foresaw it, the request may have left, so nothing is known; its text is not shown."""
    if isinstance(raised, PartnerCenterError):
        return raised
    kind = type(raised).__name__
    return CallError(f"an internal error of the collection ({kind})", trace=trace, ambiguous=True)
