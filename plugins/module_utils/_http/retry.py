# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of retries: which answers are tried again, and after how many seconds. Pure (contract section 7)."""

from __future__ import annotations

import email.utils
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from .._base.errors import TOKEN_REFUSED

MAXIMUM_ATTEMPTS = 5
LONGEST_DELAY = 60.0
_FIRST_DELAY = 0.5

#: The statuses that may pass by themselves, apart from throttling.
PASSING = frozenset({408, 500, 502, 503, 504})
THROTTLED = 429
#: The service has no such call. A 404 that is not a fault of the service means the same (contract 1.4).
NO_SUCH_CALL = frozenset({405, 501})


class Action(Enum):
    """The next step after one request."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    RENEW_TOKEN = "renew_token"
    RETRY = "retry"
    THROTTLE = "throttle"
    GIVE_UP = "give_up"


@dataclass(frozen=True)
class Try:
    """One request and how it ended.

    * ``number``: the number of this request within its call, from 1.
    * ``status``: the HTTP status; None where no answer came.
    * ``throttled``: how many requests of the call were answered 429. Only the budget bounds their number.
    * ``repeatable``: false where the next try must end like this one.
    * ``retry_after`` and ``budget``: seconds that the service asks for, and seconds that are left.
    * ``renewable``: a 401 may mean that the token has expired.
    """

    number: int
    status: int | None
    throttled: int = 0
    repeatable: bool = True
    retry_after: float | None = None
    renewable: bool = False
    budget: float = 300.0


@dataclass(frozen=True)
class Verdict:
    """The next step, and the seconds before it. With ``GIVE_UP``, the delay is the pause that the service demands."""

    action: Action
    delay: float = 0.0


def judge(attempt: Try, *, jitter: Callable[[], float] = random.random) -> Verdict:
    """Return the next step."""
    status = attempt.status
    if status is None:
        return _again(attempt, Action.RETRY, jitter) if attempt.repeatable else Verdict(Action.GIVE_UP)
    if 200 <= status < 300:
        return Verdict(Action.ACCEPT)
    if status == TOKEN_REFUSED and attempt.renewable:
        return Verdict(Action.RENEW_TOKEN)
    if status == THROTTLED:
        return _again(attempt, Action.THROTTLE, jitter)
    if status in PASSING:
        return _again(attempt, Action.RETRY, jitter)
    return Verdict(Action.REFUSE)


def is_unavailable(status: int) -> bool:
    """Return whether the service could not answer now: neither a success nor a refusal."""
    return status in PASSING or status == THROTTLED or (status >= 500 and status not in NO_SUCH_CALL)


def may_have_taken_effect(status: int | None, *, sent: bool, signed: bool) -> bool:
    """Return whether a write may have taken effect although no answer says so.

    ``sent``: the request may have reached the service. ``signed``: the answer is the service's own. Any other answer,
    such as a page of a gateway, may hide a request that took effect, whatever its status.
    """
    if status is None:
        return sent
    if 200 <= status < 300:
        return False
    return not signed or status < 400 or (is_unavailable(status) and status != THROTTLED)


def retry_after(value: str | None, *, now: datetime | None = None) -> float | None:
    """Return the seconds of a ``Retry-After`` header, which holds seconds or a date; None for anything else."""
    if not value:
        return None
    if value.isascii() and value.strip().isdigit():
        return float(value.strip()[:9])
    moment = http_date(value)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds()) if moment else None


def http_date(value: str | None) -> datetime | None:
    """Return the time of a header that holds a date; None for anything else."""
    try:
        moment = email.utils.parsedate_to_datetime(value or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _again(attempt: Try, action: Action, jitter: Callable[[], float]) -> Verdict:
    if action is Action.RETRY and attempt.number - attempt.throttled >= MAXIMUM_ATTEMPTS:
        return Verdict(Action.GIVE_UP)
    backoff = min(LONGEST_DELAY, _FIRST_DELAY * 2.0 ** min(attempt.number - 1, 10)) * (0.5 + jitter() / 2)
    delay = attempt.retry_after or backoff  # an answer that says 0 must not make a tight loop
    return Verdict(action if delay <= attempt.budget else Action.GIVE_UP, delay)
