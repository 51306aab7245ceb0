# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests for tokens on our own transport, repeated until there is a usable answer.

:class:`MsalHttp` is the HTTP client for MSAL, so that TLS, proxies and time-outs are in one place.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from .._base import hosts
from .._base.errors import CredentialError
from .._http import json_content, retry
from .._http.transport import Failure, Request, Response, Transport, TransportFailure

_BUDGET_SECONDS = 60.0

#: MSAL logs an id token that it does not accept. No id token is needed here.
_UNWANTED = frozenset({"id_token", "client_info"})


def persist(
    transport: Transport,
    request: Request,
    service: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Response:
    """Return the answer to a request that may be repeated safely. ``service``: its name for messages.

    Raises :class:`TransportFailure`, or :class:`CredentialError` where the service only fails.
    """
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
            raise CredentialError(f"{service} is not available (HTTP status {response.status}): run again later")
        else:
            return response


@dataclass(frozen=True)
class _MsalAnswer:
    status_code: int
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise ValueError("Entra ID answered with an error status")


class MsalHttp:
    """The HTTP client for MSAL. MSAL's own would let REQUESTS_CA_BUNDLE override ``ca_path``, and does not retry.

    Secrets go to ``authority_url`` only, whatever endpoints its discovery document names. MSAL sees JSON objects only:
    anything else it would write into the log.
    """

    def __init__(
        self,
        transport: Transport,
        authority_url: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._origin = hosts.origin_of(authority_url)
        self._sleep = sleep
        self._clock = clock

    def post(self, url: str, params: Any = None, data: Any = None, headers: Any = None, **_ignored: Any) -> _MsalAnswer:
        body = data if isinstance(data, str) else urlencode(data or {})
        headers = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self._send("POST", url, params, headers, body)

    def get(self, url: str, params: Any = None, headers: Any = None, **_ignored: Any) -> _MsalAnswer:
        return self._send("GET", url, params, headers or {}, None)

    def close(self) -> None:
        """Do nothing: MSAL calls this at its end, but the transport is not MSAL's."""

    def check_place(self, url: str) -> None:
        """Raise :class:`CredentialError` where the discovery document leads to another host than the authority's."""
        if self._origin is None or hosts.origin_of(url) != self._origin:
            raise CredentialError("the authority names an endpoint at another host: look at authority_url")

    def _send(self, method: str, url: str, params: Any, headers: Mapping[str, str], body: str | None) -> _MsalAnswer:
        self.check_place(url)
        target = url + ("?" + urlencode(params) if params else "")
        request = Request(method, target, headers, body.encode() if body is not None else None)
        response = persist(self._transport, request, "Entra ID", sleep=self._sleep, clock=self._clock)
        content = json_content.content(response)
        if content is None:
            raise CredentialError(
                f"the authority answered with something that is not JSON (HTTP status {response.status}): "
                "look at authority_url and tenant_id"
            )
        return _MsalAnswer(
            response.status, json.dumps({k: content[k] for k in content.keys() - _UNWANTED}), response.headers
        )
