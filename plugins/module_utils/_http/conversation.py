# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One call to a service: tokens, turns at the gate, retries, and how it ended (contract section 7)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
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
from .._base.secret import Secret
from . import retry
from .gate import Exhausted
from .gates import Gates
from .json_content import JsonObject
from .transport import Failure, Request, Response, Transport, TransportFailure

_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True)
class Call:
    """A question. ``path`` begins behind the host. ``wants_content`` is false where the answer repeats a secret."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: JsonObject | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    trace: Trace = field(default_factory=lambda: Trace(random_id(), random_id()))
    wants_content: bool = True

    @property
    def writes(self) -> bool:
        return self.method != "GET"


@dataclass(frozen=True)
class Answer:
    """``content`` is empty where the call did not want it. ``location`` is where to ask how it goes on."""

    content: JsonObject = field(repr=False)
    attempts: int
    trace: Trace
    location: str | None = field(default=None, repr=False)


class Bearer(Protocol):
    """An access token, as it is shown to the service."""

    @property
    def value(self) -> Secret:
        """The token itself."""


Token = TypeVar("Token", bound=Bearer)


class Tokens(Protocol[Token]):
    """The source of the tokens of a call. Each method raises :class:`CredentialError`."""

    @property
    def renewable(self) -> bool:
        """Return whether :meth:`renew` can give another token."""

    def token(self) -> Token:
        """The token for the next request."""

    def renew(self, stale: Token) -> Token:
        """Return another token than the stale one, which the service has refused."""


@dataclass(frozen=True)
class Tries:
    """The course of a call that failed. ``doubted``: a request before the last may have taken effect."""

    attempts: int
    ambiguous: bool
    doubted: bool
    fresh: bool


class Dialect(Protocol):
    """The ways of one service. ``option`` names the option for its URL; ``throttled`` is its sentence for a 429."""

    option: str
    throttled: str

    def headers(self, call: Call) -> Mapping[str, str]:
        """The headers of a call, besides those of every call."""

    def is_signed(self, response: Response) -> bool:
        """Return whether an error is the service's own, and not that of something on the way."""

    def lacks_mfa(self, response: Response) -> bool:
        """Return whether a 401 would stay one with a new token."""

    def trace(self, response: Response, sent: Trace) -> Trace:
        """The ids that the service gave a request."""

    def content(self, call: Call, response: Response) -> JsonObject | None:
        """The content of a success; None where it is not one of this service."""

    def error(self, response: Response, sent: Trace, tries: Tries) -> CallError:
        """The error of a response that is no success, in the sentences of this service."""


@dataclass(frozen=True)
class _Outcome:
    """The end of one request: a response, or the reason why there is none."""

    response: Response | None
    failure: TransportFailure | None = None

    @property
    def status(self) -> int | None:
        return self.response.status if self.response else None

    @property
    def sent(self) -> bool:
        return self.failure.sent if self.failure else True

    @property
    def repeatable(self) -> bool:
        return self.failure.repeatable if self.failure else True


@dataclass
class _Progress:
    """The course of one call so far. ``throttled`` counts the requests that were answered 429.

    ``ambiguous``: one of them may have taken effect; ``doubted``: one before the last.
    """

    writes: bool
    attempts: int = 0
    throttled: int = 0
    ambiguous: bool = False
    doubted: bool = False
    renewed: bool = False
    status: int | None = None

    def note(self, outcome: _Outcome, *, signed: bool) -> None:
        self.attempts += 1
        self.status = outcome.status
        self.throttled += outcome.status == retry.THROTTLED
        self.doubted = self.ambiguous
        if self.writes and not self.ambiguous:
            self.ambiguous = retry.may_have_taken_effect(outcome.status, sent=outcome.sent, signed=signed)


class Conversation:
    """Safe under threads; shares the gates between all calls of a task. ``pace`` waits before a request is made."""

    def __init__(
        self,
        url: str,
        transport: Transport,
        gates: Gates,
        dialect: Dialect,
        *,
        pace: Callable[[Call, str | None], None] = lambda _call, _customer: None,
    ) -> None:
        self._url = url
        self._transport = transport
        self._gates = gates
        self._dialect = dialect
        self._pace = pace
        self._told: tuple[datetime, float] | None = None

    def service_now(self) -> datetime | None:
        """Return the time by the service's clock, as its last answer that was dated tells."""
        return self._told[0] + timedelta(seconds=time.monotonic() - self._told[1]) if self._told else None

    def call(self, call: Call, tokens: Tokens[Token], customer_id: str | None) -> Answer:
        """Return the answer to a call about a customer, or about none.

        Raises :class:`CallError`, or :class:`CredentialError` where no request of a write was made.
        """
        progress = _Progress(call.writes)
        body = None if call.body is None else _encode(call.body).encode()
        try:
            return self._converse(call, body, tokens, customer_id, progress)
        except CallError:
            raise
        except Exhausted:
            raise _unavailable(self._dialect.throttled, call, progress) from None
        except PartnerCenterError as error:
            if not (progress.writes and progress.attempts):
                raise
            raise _sign_in_lost(error, call, progress) from None

    def _converse(
        self, call: Call, body: bytes | None, tokens: Tokens[Token], customer_id: str | None, progress: _Progress
    ) -> Answer:
        while True:
            token = tokens.token()
            self._pace(call, customer_id)
            with self._gates.admitted(customer_id) as turn:
                outcome = self._send(call, body, token)
                progress.note(outcome, signed=bool(outcome.response and self._dialect.is_signed(outcome.response)))
                verdict = retry.judge(self._attempt(outcome, progress, renewable=tokens.renewable))
                if outcome.status == retry.THROTTLED:
                    self._gates.throttle(turn, verdict.delay)
                elif verdict.action in (retry.Action.RETRY, retry.Action.GIVE_UP):
                    self._gates.failed(turn)
                else:
                    self._gates.passed(turn)
            if verdict.action is retry.Action.ACCEPT and outcome.response:
                return self._accept(call, outcome.response, progress)
            if verdict.action is retry.Action.RENEW_TOKEN:
                tokens.renew(token)
                progress.renewed = True
            elif verdict.action is retry.Action.RETRY:
                self._gates.sleep(verdict.delay)
            elif verdict.action is not retry.Action.THROTTLE:
                raise self._error(call, outcome, progress)

    def _send(self, call: Call, body: bytes | None, token: Bearer) -> _Outcome:
        url = self._url + call.path + ("?" + urlencode(call.query, quote_via=quote) if call.query else "")
        headers = {**call.headers, **self._dialect.headers(call), "Authorization": f"Bearer {token.value.reveal()}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            return _Outcome(self._transport.send(Request(call.method, url, headers, body)))
        except TransportFailure as failure:
            return _Outcome(None, failure)

    def _attempt(self, outcome: _Outcome, progress: _Progress, *, renewable: bool) -> retry.Try:
        response = outcome.response
        hopeless = progress.renewed or (response is not None and self._dialect.lacks_mfa(response))
        return retry.Try(
            number=progress.attempts,
            status=outcome.status,
            throttled=progress.throttled,
            repeatable=outcome.repeatable,
            retry_after=retry.retry_after(response.headers.get("retry-after")) if response else None,
            renewable=renewable and not hopeless,
            budget=self._gates.budget(),
        )

    def _accept(self, call: Call, response: Response, progress: _Progress) -> Answer:
        trace = self._dialect.trace(response, call.trace)
        content = self._dialect.content(call, response)
        if content is None:
            raise UnavailableError(
                "the service answered with something that is not JSON, as a gateway or a proxy does",
                status=response.status,
                trace=trace,
                attempts=progress.attempts,
                ambiguous=progress.writes,
            )
        if date := retry.http_date(response.headers.get("date")):
            self._told = date, time.monotonic()
        return Answer(content, progress.attempts, trace, response.headers.get("location"))

    def _error(self, call: Call, outcome: _Outcome, progress: _Progress) -> CallError:
        if outcome.response is not None:
            made = Tries(progress.attempts, progress.ambiguous, progress.doubted, progress.renewed)
            return self._dialect.error(outcome.response, call.trace, made)
        failure = outcome.failure or TransportFailure(Failure.LOST)
        tries = "1 try" if progress.attempts == 1 else f"{progress.attempts} tries"
        return _unavailable(f"{failure.what} ({tries}): {failure.advice(self._dialect.option)}", call, progress)


def _unavailable(message: str, call: Call, progress: _Progress) -> UnavailableError:
    return UnavailableError(message, trace=call.trace, attempts=progress.attempts, ambiguous=progress.ambiguous)


def _sign_in_lost(error: PartnerCenterError, call: Call, progress: _Progress) -> CallError:
    """The token could not be renewed after requests of a write. A 401 of the service's own is a definitive answer."""
    refused = progress.status == TOKEN_REFUSED and not progress.ambiguous
    concerns_all = error.concerns_all or not isinstance(error, CredentialError)
    kind: type[CallError] = RefusedError if refused else SignInLostError if concerns_all else UnavailableError
    return kind(
        str(error),
        status=progress.status,
        code=next(iter(error.codes), None) if isinstance(error, CredentialError) else None,
        trace=call.trace,
        attempts=progress.attempts,
        ambiguous=progress.ambiguous,
        concerns_all=concerns_all,
    )
