# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One call to Microsoft Graph about one customer: headers, ids and errors (Graph contract)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from .._base.errors import CredentialError, RefusedError, Trace
from .._entra.access_token import TokenSource
from .._http.conversation import Answer, Call, Conversation
from .._http.gates import Gates
from .._http.json_content import JsonObject
from .._http.pace import Pace
from .._http.transport import Response, Transport
from . import answers, sentences

_HEADERS = {"Accept": "application/json", "User-Agent": "csp.partnercenter", "return-client-request-id": "true"}
#: The status with which a write that wants no content succeeds: it is done, or it has begun.
_TAKEN = {"PATCH": 204, "POST": 202, "DELETE": 204}
_NO_CONTENT = 204


class _Graph:
    """The ways of Microsoft Graph: its errors and its headers."""

    option = "graph_url"
    throttled = sentences.of_fault(429, None)
    is_signed = staticmethod(answers.is_signed)
    lacks_mfa = staticmethod(answers.lacks_mfa)
    trace = staticmethod(answers.trace)
    error = staticmethod(answers.error)

    def headers(self, call: Call) -> Mapping[str, str]:
        return _HEADERS | {"client-request-id": call.trace.correlation_id or ""}

    def content(self, call: Call, response: Response) -> JsonObject | None:
        """A write that wants no content succeeds with the one status for it: any other may come from a gateway."""
        if not call.wants_content:
            return {} if response.status == _TAKEN[call.method] else None
        return {} if response.status == _NO_CONTENT else answers.content(response)


class Client:
    """Safe under threads. ``tokens`` gives the source of tokens for a customer's tenant."""

    def __init__(
        self,
        *,
        graph_url: str,
        transport: Transport,
        tokens: Callable[[str], TokenSource],
        gates: Gates,
        pace: Pace,
    ) -> None:
        def wait(call: Call, customer_id: str | None) -> None:
            pace.wait(customer_id or "", writes=call.writes, units=_units(call))

        self._conversation = Conversation(graph_url, transport, gates, _Graph(), pace=wait)
        self._graph_url = graph_url
        self._tokens = tokens

    @property
    def graph_url(self) -> str:
        """The address where pages must continue."""
        return self._graph_url

    def service_now(self) -> datetime | None:
        """Return the time by the service's clock, as its last answer that was dated tells."""
        return self._conversation.service_now()

    def call(self, customer_id: str, call: Call) -> Answer:
        """Return the answer. Raises :class:`CallError`; :class:`CredentialError` where that concerns all customers."""
        try:
            return self._conversation.call(call, self._tokens(customer_id), customer_id)
        except CredentialError as refusal:
            if refusal.concerns_all:
                raise
            raise _not_let_in(refusal, call.trace) from None


def _units(call: Call) -> int:
    """Return the resource units that the service counts for a call; those of lists that this collection asks for."""
    selects = "$select" in call.query or "$select" in call.path
    return 1 if call.writes or selects else 2


def _not_let_in(refusal: CredentialError, sent: Trace) -> RefusedError:
    """The customer's tenant gave no token, so that no request was made."""
    trace = Trace(None, refusal.trace.correlation_id or sent.correlation_id)
    return RefusedError(str(refusal), code=next(iter(refusal.codes), None), trace=trace, attempts=0)
