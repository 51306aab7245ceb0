# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft Graph as an ASGI application: ids, authentication, limits, dispatch."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qsl

from ..answers import Answer, Header
from ..front import Arrival, Front
from ..service import Service
from ..spoil import Voice
from ..throttle import retry_after
from ..tokens import GRAPH_AUDIENCE, Caller
from .answers import GraphFault, configured_refusal, denied, fault_answer, refused
from .call import GraphCall
from .routes import handler_for, split
from .sign_in import roles_at
from .throttle import accounted, charges_of, throttled, units_of

BEARER = (
    (
        b"www-authenticate",
        b'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"',
    ),
)


def voice(service: Service) -> Voice:
    """Refusals and throttling in Graph's form."""

    def slow_down(seconds: float) -> Answer:
        fault = throttled(seconds, retry_after(service.knobs, service.clock, seconds))
        request_id = str(uuid.uuid4())
        return fault_answer(service.knobs, fault, request_id, request_id)

    return Voice(
        service,
        lambda status, code, description: refused(service.knobs, status, code, description),
        slow_down,
    )


class GraphApi(Front):
    """Microsoft Graph."""

    name = "graph"

    def __init__(self, service: Service) -> None:
        super().__init__(service, voice(service))

    def sent_ids(self, headers: dict[bytes, bytes]) -> tuple[str, str]:
        """``client-request-id`` is all that a client may send; the request id is the service's own."""
        return "", headers.get(b"client-request-id", b"").decode("latin-1")

    def tenant(self, headers: dict[bytes, bytes]) -> str:
        """Its path names no customer: the token does."""
        caller = self.service.tokens.verify(headers.get(b"authorization", b"").partition(b" ")[2].strip())
        return caller.tenant_id if caller is not None else ""

    def common_headers(self, arrival: Arrival) -> list[Header]:
        """The id of the request at the service, and the client's own."""
        return [
            (b"request-id", arrival.request_id.encode()),
            (b"client-request-id", arrival.correlation_id.encode()),
            (b"odata-version", b"4.0"),
        ]

    def apply(self, arrival: Arrival) -> Answer:
        """Apply a request, or refuse it."""
        arrival.entry.request_id = arrival.request_id
        try:
            return self._apply(arrival)
        except GraphFault as fault:
            return fault_answer(self.service.knobs, fault, arrival.request_id, arrival.correlation_id)

    def _apply(self, arrival: Arrival) -> Answer:
        service, entry = self.service, arrival.entry
        version, segments = split(entry.path)
        caller = self._authenticate(arrival.headers)
        query = {
            name.lower() if name.startswith("$") else name: value
            for name, value in parse_qsl(entry.query, keep_blank_values=True)
        }
        units = units_of(entry.method, segments, query)
        most = self._charge(entry.method, segments, units, caller) if service.knobs.graph_throttling else 0.0
        call = GraphCall(
            service,
            entry.method,
            version,
            segments,
            query,
            arrival.headers,
            arrival.body,
            caller,
            arrival.base_url,
            arrival.correlation_id,
            self.background,
        )
        handler = handler_for(call)
        self._check_account(caller)
        try:
            return accounted(handler(call), units, most)
        finally:
            entry.applied = call.applied

    def _authenticate(self, headers: dict[bytes, bytes]) -> Caller:
        """Signature, expiry and audience."""
        scheme, _blank, token = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer" or not token.strip():
            raise GraphFault(401, "InvalidAuthenticationToken", "Access token is empty.", BEARER)
        caller = self.service.tokens.verify(token.strip())
        if caller is None:
            message = "Lifetime validation failed, the token is expired, or its signature is wrong."
            raise GraphFault(401, "InvalidAuthenticationToken", message, BEARER)
        if caller.audience.rstrip("/") != GRAPH_AUDIENCE:
            message = "Access token validation failure. Invalid audience."
            raise GraphFault(401, "InvalidAuthenticationToken", message, BEARER)
        return caller

    def _check_account(self, caller: Caller) -> None:
        """Refuse an application without a user, and an account whose relationship with the customer has ended."""
        if caller.app_only:
            message = "The identity of the calling application could not be established."
            refusal = configured_refusal(self.service.knobs.graph_app_only_answer, message)
            if refusal:
                raise refusal
        customer = self.service.state.customers.get(caller.tenant_id)
        if customer is not None and not roles_at(self.service, customer):
            raise denied()

    def _charge(self, method: str, segments: list[str], units: int, caller: Caller) -> float:
        service = self.service
        customer = service.state.customers.get(caller.tenant_id)
        scope = (caller.application_id, caller.tenant_id, len(customer.users) if customer else 0)
        charges = charges_of(service.knobs, method, segments, units, scope)
        seconds, charge, most = service.graph_throttle.take(charges)
        if charge is not None:
            service.journal.counters.throttled += 1
            raise throttled(seconds, retry_after(service.knobs, service.clock, seconds), charge)
        return most
