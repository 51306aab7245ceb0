# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sending of a password: one attempt, and how it ended. Nothing else sends passwords."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from .._base.errors import CallError, PartnerCenterError, Trace
from .._directory.directory import Users
from .._directory.records import Certainty, Delivery, Fate, PasswordChange, Sighting, Sought
from .evidence import Attempt, Evidence
from .lookup import Target


@dataclass(frozen=True)
class Sent:
    """An attempt and its end. ``at``: when the end was known. ``settled``: what the witness says of a lost answer."""

    attempt: Attempt
    delivery: Delivery
    at: datetime
    settled: Sighting | None = None

    @property
    def target(self) -> Target:
        return self.attempt.target

    @property
    def failed(self) -> bool:
        return self.fate is not Fate.ACCEPTED

    @property
    def sought(self) -> Sought | None:
        return self.attempt.sought if self.fate is Fate.AMBIGUOUS else None

    @property
    def concerns_all(self) -> bool:
        return self.delivery.concerns_all

    @property
    def fate(self) -> Fate:
        return self.delivery.fate


def deliver(users: Users, change: PasswordChange, *, resumed: bool) -> Delivery:
    """Send the request for a password and return how it ended. Never raises."""
    return ended(lambda: users.set_password(change), change.trace, resumed=resumed)


def ended(send: Callable[[], Delivery], trace: Trace, *, resumed: bool = False) -> Delivery:
    """Make a request and return how it ended. Never raises.

    After an ambiguous try, in this run or in an earlier one (``resumed``), a refusal proves nothing: the earlier
    request may have taken effect, or may take effect later.
    """
    try:
        return send()
    except Exception as raised:
        failure = _foreseen(raised, trace)
        call = failure if isinstance(failure, CallError) else CallError("", trace=trace, attempts=0)
        fate = Fate.AMBIGUOUS if call.ambiguous or resumed else Fate.REFUSED
        return Delivery(fate, call.trace, call.attempts, failure)


def send(users: Users, evidence: Evidence, attempt: Attempt, *, now: Callable[[], datetime]) -> Sent:
    """Record the attempt durably, send it, and record its end where that is certain. Never raises."""
    target = attempt.target
    try:
        if not attempt.resumed:
            evidence.sending(attempt)
    except Exception as raised:
        return Sent(attempt, Delivery(Fate.REFUSED, attempt.trace, 0, _foreseen(raised, attempt.trace)), now())
    change = PasswordChange(*target.key, attempt.password, attempt.force_change_password, attempt.trace)
    delivery = deliver(users, change, resumed=attempt.resumed)
    # If this fails, the attempt stays recorded as sent, and the next run settles it.
    with contextlib.suppress(Exception):
        if delivery.fate is Fate.ACCEPTED:
            evidence.applied(target, now(), Certainty.EXACT)
        elif delivery.fate is Fate.REFUSED:
            evidence.refused(target, answered=delivery.answered)
        elif delivery.answered:
            evidence.answered(target)
    return Sent(attempt, delivery, now())


def _foreseen(raised: Exception, trace: Trace) -> PartnerCenterError:
    """Return the error to show. After an unexpected one, the request may have been sent; its text is not shown."""
    if isinstance(raised, PartnerCenterError):
        return raised
    kind = type(raised).__name__
    return CallError(f"an internal error of the collection ({kind})", trace=trace, ambiguous=True)
