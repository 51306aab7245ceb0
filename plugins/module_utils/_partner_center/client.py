# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One call to Partner Center: headers, ids and errors (contract sections 3, 5 and 6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from .._base.errors import CallError, Trace
from .._entra.access_token import TokenSource
from .._http import json_content
from .._http.conversation import Answer, Call, Conversation, Tries
from .._http.gates import Gates
from .._http.json_content import JsonObject, is_page
from .._http.transport import Response, Transport
from . import answers, sentences

_SECRET = "passwordprofile"
APPLICATION_NAME = "csp.partnercenter"
_HEADERS = {
    "Accept": "application/json",
    "MS-Contract-Version": "v1",
    "MS-PartnerCenter-Application": APPLICATION_NAME,
    "User-Agent": APPLICATION_NAME,
}


class _PartnerCenter:
    """The ways of Partner Center: its errors and its headers."""

    option = "api_url"
    throttled = sentences.of_fault(429, None)
    is_signed = staticmethod(answers.is_signed)
    lacks_mfa = staticmethod(answers.lacks_mfa)
    trace = staticmethod(answers.trace)

    def headers(self, call: Call) -> Mapping[str, str]:
        ids = {"MS-RequestId": call.trace.request_id or "", "MS-CorrelationId": call.trace.correlation_id or ""}
        return _HEADERS | ids

    def content(self, call: Call, response: Response) -> JsonObject | None:
        """Other bodies than pages are read where they are wanted, without a password that the service repeats."""
        if is_page(response):
            return None
        content = json_content.content(response) if call.wants_content else {}
        return content and {name: value for name, value in content.items() if name.lower() != _SECRET}

    def error(self, response: Response, sent: Trace, tries: Tries) -> CallError:
        error = answers.error(response, sent, attempts=tries.attempts, ambiguous=tries.ambiguous, fresh=tries.fresh)
        if isinstance(error, answers.RouteMissingError):
            error.doubted = tries.doubted
        return error


class Client:
    """The client of Partner Center. Safe under threads. All calls of a task share its tokens and gates."""

    def __init__(self, *, api_url: str, transport: Transport, tokens: TokenSource, gates: Gates) -> None:
        self._conversation = Conversation(api_url, transport, gates, _PartnerCenter())
        self._tokens = tokens

    def service_now(self) -> datetime | None:
        """The time by the service's clock, as its last answer that was dated tells."""
        return self._conversation.service_now()

    def call(self, call: Call) -> Answer:
        """Raises :class:`CallError`, or :class:`CredentialError` where no request of a write was made."""
        return self._conversation.call(call, self._tokens, _customer_of(call))


def _customer_of(call: Call) -> str | None:
    """Return the customer of the call, since the service may throttle each customer separately."""
    return call.path.partition("/customers/")[2].partition("/")[0] or None
