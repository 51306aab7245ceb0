# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One call to Partner Center: headers, ids, tokens, retries and errors (contract sections 3, 5, 6 and 7)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from .._base.errors import (
    TOKEN_REFUSED,
    CallError,
    CredentialError,
    PartnerCenterError,
    RefusedError,
    SignInLostError,
    Trace,
    UnavailableError,
)
from .._base.identifiers import random_id
from .._entra.access_token import AccessToken, TokenSource
from .._http import json_content, retry
from .._http.gate import Exhausted
from .._http.gates import Gates
from .._http.json_content import JsonObject
from .._http.transport import Failure, Request, Response, Transport, TransportFailure
from . import answers, sentences

APPLICATION_NAME = "csp.partnercenter"
_HEADERS = {
    "Accept": "application/json",
    "MS-Contract-Version": "v1",
    "MS-PartnerCenter-Application": APPLICATION_NAME,
    "User-Agent": APPLICATION_NAME,
}
_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True)
class Call:
    """What to ask. ``path`` begins behind the host. ``wants_content`` is false where the answer repeats a secret."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: JsonObject | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    trace: Trace = field(default_factory=lambda: Trace(random_id(), random_id()))
    wants_content: bool = True


@dataclass(frozen=True)
class Answer:
    """``content`` is empty where the call did not want it. ``attempts`` counts the requests made."""

    content: JsonObject = field(repr=False)
    attempts: int
    trace: Trace


@dataclass(frozen=True)
class _Outcome:
    """How one request ended: a response, or the reason why there is none."""

    response: Response | None
    failure: TransportFailure | None = None

    @property
    def status(self) -> int | None:
        return self.response.status if self.response else None

    @property
    def signed(self) -> bool:
        return self.response is not None and answers.is_signed(self.response)

    @property
    def sent(self) -> bool:
        return self.failure.sent if self.failure else True

    @property
    def repeatable(self) -> bool:
        return self.failure.repeatable if self.failure else True


@dataclass
class _Progress:
    """What one call has been through. ``throttled`` counts the requests that were answered 429.

    ``ambiguous``: one of them may have taken effect; ``doubted``: one before the last.
    """

    writes: bool
    attempts: int = 0
    throttled: int = 0
    ambiguous: bool = False
    doubted: bool = False
    renewed: bool = False
    status: int | None = None

    def note(self, outcome: _Outcome) -> None:
        self.attempts += 1
        self.status = outcome.status
        self.throttled += outcome.status == retry.THROTTLED
        self.doubted = self.ambiguous
        if self.writes and not self.ambiguous:
            self.ambiguous = retry.may_have_taken_effect(outcome.status, sent=outcome.sent, signed=outcome.signed)


class Client:
    """The client of Partner Center. Safe under threads. All calls of a task share its tokens and gates."""

    def __init__(self, *, api_url: str, transport: Transport, tokens: TokenSource, gates: Gates) -> None:
        self._api_url = api_url
        self._transport = transport
        self._tokens = tokens
        self._gates = gates
        self._told: tuple[datetime, float] | None = None

    def service_now(self) -> datetime | None:
        """The time by the service's clock, as its last answer that was dated tells."""
        return self._told[0] + timedelta(seconds=time.monotonic() - self._told[1]) if self._told else None

    def call(self, call: Call) -> Answer:
        """Raises :class:`CallError`, or :class:`CredentialError` where no request of a write was made."""
        progress = _Progress(writes=call.method != "GET")
        body = None if call.body is None else _encode(call.body).encode()
        try:
            return self._converse(call, body, progress)
        except CallError:
            raise
        except Exhausted:
            raise _unavailable(sentences.of_fault(429, None), call, progress) from None
        except PartnerCenterError as error:
            if not (progress.writes and progress.attempts):
                raise
            raise _sign_in_lost(error, call, progress) from None

    def _converse(self, call: Call, body: bytes | None, progress: _Progress) -> Answer:
        while True:
            token = self._tokens.token()
            with self._gates.admitted(_customer_of(call)) as turn:
                outcome = self._send(call, body, token)
                progress.note(outcome)
                verdict = retry.judge(self._attempt(outcome, progress))
                if outcome.status == retry.THROTTLED:
                    self._gates.throttle(turn, verdict.delay)
                elif verdict.action in (retry.Action.RETRY, retry.Action.GIVE_UP):
                    self._gates.failed(turn)
                else:
                    self._gates.passed(turn)
            if verdict.action is retry.Action.ACCEPT and outcome.response:
                return self._accept(call, outcome.response, progress)
            if verdict.action is retry.Action.RENEW_TOKEN:
                self._tokens.renew(token)
                progress.renewed = True
            elif verdict.action is retry.Action.RETRY:
                self._gates.sleep(verdict.delay)
            elif verdict.action is not retry.Action.THROTTLE:
                raise _error(call, outcome, progress)

    def _send(self, call: Call, body: bytes | None, token: AccessToken) -> _Outcome:
        url = self._api_url + call.path + ("?" + urlencode(call.query, quote_via=quote) if call.query else "")
        headers = {
            **call.headers,
            **_HEADERS,
            "Authorization": f"Bearer {token.value.reveal()}",
            "MS-RequestId": call.trace.request_id or "",
            "MS-CorrelationId": call.trace.correlation_id or "",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            return _Outcome(self._transport.send(Request(call.method, url, headers, body)))
        except TransportFailure as failure:
            return _Outcome(None, failure)

    def _attempt(self, outcome: _Outcome, progress: _Progress) -> retry.Try:
        response = outcome.response
        return retry.Try(
            number=progress.attempts,
            status=outcome.status,
            throttled=progress.throttled,
            repeatable=outcome.repeatable,
            retry_after=retry.retry_after(response.headers.get("retry-after")) if response else None,
            renewable=self._tokens.renewable and not progress.renewed and not answers.lacks_mfa(response),
            budget=self._gates.budget(),
        )

    def _accept(self, call: Call, response: Response, progress: _Progress) -> Answer:
        """Other bodies than pages are read where they are wanted."""
        trace = answers.trace(response, call.trace)
        content = json_content.content(response) if call.wants_content else {}
        if content is None or answers.is_page(response):
            raise UnavailableError(
                "the service answered with something that is not JSON, as a gateway or a proxy does",
                status=response.status,
                trace=trace,
                attempts=progress.attempts,
                ambiguous=progress.writes,
            )
        if date := retry.http_date(response.headers.get("date")):
            self._told = date, time.monotonic()
        return Answer(content, progress.attempts, trace)


def _customer_of(call: Call) -> str | None:
    """Return the customer of the call, since the service may throttle each customer separately."""
    return call.path.partition("/customers/")[2].partition("/")[0] or None


def _unavailable(message: str, call: Call, progress: _Progress) -> UnavailableError:
    return UnavailableError(message, trace=call.trace, attempts=progress.attempts, ambiguous=progress.ambiguous)


def _sign_in_lost(error: PartnerCenterError, call: Call, progress: _Progress) -> CallError:
    """The token could not be renewed after requests of a write. A 401 of the service's own is a definitive answer."""
    refused = progress.status == TOKEN_REFUSED and not progress.ambiguous
    kind: type[CallError] = RefusedError if refused else SignInLostError
    return kind(
        str(error),
        status=progress.status,
        code=next(iter(error.codes), None) if isinstance(error, CredentialError) else None,
        trace=call.trace,
        attempts=progress.attempts,
        ambiguous=progress.ambiguous,
        concerns_all=True,
    )


def _error(call: Call, outcome: _Outcome, progress: _Progress) -> CallError:
    if outcome.response is not None:
        error = answers.error(
            outcome.response,
            call.trace,
            attempts=progress.attempts,
            ambiguous=progress.ambiguous,
            fresh=progress.renewed,
        )
        if isinstance(error, answers.RouteMissingError):
            error.doubted = progress.doubted
        return error
    failure = outcome.failure or TransportFailure(Failure.LOST)
    tries = "1 try" if progress.attempts == 1 else f"{progress.attempts} tries"
    return _unavailable(f"{failure.what} ({tries}): {failure.advice('api_url')}", call, progress)
