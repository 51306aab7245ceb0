# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that sends a password: one attempt, classified."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from .._service.errors import CallError, PartnerCenterError, RefusedError, Trace
from .._service.users import PasswordChange, Users
from .evidence import Attempt, Evidence
from .outcome import Certainty


class Fate(Enum):
    """How a request ended: accepted, certainly without effect, or nobody knows."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True)
class Sent:
    """What became of an attempt. ``attempts`` counts requests; ``at`` is when the answer came."""

    attempt: Attempt
    fate: Fate
    at: datetime
    trace: Trace
    attempts: int = 0
    error: PartnerCenterError | None = None


def send(users: Users, evidence: Evidence, attempt: Attempt, *, now: Callable[[], datetime]) -> Sent:
    """Records the attempt durably, makes the request, and records its end where that is certain.

    After an ambiguous try, in this run or in the one that this run resumes, a refusal proves nothing: the earlier
    request may have taken effect, and may still.
    """
    target = attempt.target
    if not attempt.resumed:
        try:
            evidence.sending(attempt)
        except PartnerCenterError as error:
            return Sent(attempt, Fate.REFUSED, now(), attempt.trace, 0, error)
    change = PasswordChange(*target.key, attempt.password, attempt.force_change_password, attempt.trace)
    try:
        accepted = users.set_password(change)
    except Exception as raised:
        # Whatever it is, the request may have left: the ledger keeps it as sent.
        error = raised if isinstance(raised, PartnerCenterError) else _internal(raised, attempt)
        call = error if isinstance(error, CallError) else CallError("", trace=attempt.trace, attempts=0)
        ambiguous = call.ambiguous or attempt.resumed
        if not ambiguous:
            evidence.refused(target, answered=isinstance(error, RefusedError))
        return Sent(attempt, Fate.AMBIGUOUS if ambiguous else Fate.REFUSED, now(), call.trace, call.attempts, error)
    evidence.applied(target, now(), Certainty.EXACT)
    return Sent(attempt, Fate.ACCEPTED, now(), accepted.trace, accepted.attempts)


def _internal(raised: Exception, attempt: Attempt) -> CallError:
    kind = type(raised).__name__
    return CallError(f"an internal error of the collection ({kind})", trace=attempt.trace, ambiguous=True)
