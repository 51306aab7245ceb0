# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request that may be repeated safely, until there is an answer that is worth looking at."""

from __future__ import annotations

import time
from collections.abc import Callable

from .._base.errors import CredentialError
from .._http import retry
from .._http.transport import Failure, Request, Response, Transport, TransportFailure

_BUDGET_SECONDS = 60.0


def persist(
    transport: Transport,
    request: Request,
    who: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Response:
    """The answer of ``who``; raises :class:`TransportFailure`, or :class:`CredentialError` where it only fails."""
    started_at = clock()
    number = throttled = 0
    while True:
        number += 1
        response, failure = None, TransportFailure(Failure.LOST)
        try:
            response = transport.send(request)
            throttled += response.status == retry.THROTTLED
        except TransportFailure as caught:
            failure = caught
        verdict = retry.judge(
            retry.Try(
                number=number,
                status=response.status if response else None,
                throttled=throttled,
                repeatable=response is not None or failure.repeatable,
                retry_after=retry.retry_after(response.headers.get("retry-after")) if response else None,
                budget=_BUDGET_SECONDS - (clock() - started_at),
            )
        )
        if verdict.action in (retry.Action.RETRY, retry.Action.THROTTLE):
            sleep(verdict.delay)
        elif response is None:
            raise failure
        elif response.status >= 500 or retry.is_unavailable(response.status):
            raise CredentialError(f"{who} is not available (HTTP status {response.status}): run again later")
        else:
            return response
