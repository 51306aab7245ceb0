# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Partner Center API as an ASGI application: ids, authentication, throttling, dispatch."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qsl

from .answers import Answer, BareAnswer, Header, PartnerFault, fault_answer
from .authentication import authenticate
from .front import WRITES, Arrival, Front
from .routes import handler_for, split
from .service import Call, Service
from .spoil import Voice

#: What a fault by status says where the order names no code.
CODES = {400: 3000, 401: 800001, 403: 900308, 404: 60002, 408: 900192, 500: 900192, 503: 800003}


def voice(service: Service) -> Voice:
    """Refusals in shape (1), throttling in shape (2)."""

    def refused(status: int, code: int | str | None, description: str) -> Answer:
        number = code if isinstance(code, int) else CODES.get(status, 2000)
        return fault_answer(service.knobs, PartnerFault(status, number, description))

    return Voice(service, refused, service.throttle.answer)


class PartnerCenterApi(Front):
    """Partner Center."""

    name = "partner_center"

    def __init__(self, service: Service) -> None:
        super().__init__(service, voice(service))
        self.server_id = str(uuid.uuid4()).encode()
        self.answered: dict[str, Answer] = {}

    def forget(self) -> None:
        """Begin anew, without the answers to earlier request ids."""
        super().forget()
        self.answered.clear()

    def sent_ids(self, headers: dict[bytes, bytes]) -> tuple[str, str]:
        """``MS-RequestId`` and ``MS-CorrelationId``."""
        return headers.get(b"ms-requestid", b"").decode("latin-1"), headers.get(b"ms-correlationid", b"").decode(
            "latin-1"
        )

    def common_headers(self, arrival: Arrival) -> list[Header]:
        """The ids, and what ``ValidateMfa`` asks for."""
        service = self.service
        shown = arrival.correlation_id if service.knobs.echo_correlation_id else str(uuid.uuid4())
        common = [
            (b"ms-requestid", arrival.request_id.encode()),
            (b"ms-correlationid", shown.encode()),
            (b"ms-cv", arrival.correlation_id.replace("-", "")[:22].encode() + b".0"),
            (b"ms-serverid", self.server_id),
        ]
        if arrival.headers.get(b"validatemfa", b"").lower() == b"true":
            caller = service.tokens.verify(arrival.headers.get(b"authorization", b"").partition(b" ")[2])
            common.append((b"ismfacompliant", b"true" if caller and caller.mfa else b"false"))
        return common

    def apply(self, arrival: Arrival) -> Answer:
        """Apply a request, or repeat the answer to its id where the knob asks for that."""
        knobs, entry = self.service.knobs, arrival.entry
        if knobs.deduplicate_request_id and entry.method in WRITES and arrival.request_id in self.answered:
            return self.answered[arrival.request_id]
        try:
            answer = self._apply(arrival)
        except PartnerFault as fault:
            answer = fault_answer(knobs, fault)
        except BareAnswer as bare:
            answer = bare.answer
        if knobs.deduplicate_request_id and entry.applied:
            self.answered[arrival.request_id] = answer
        return answer

    def _apply(self, arrival: Arrival) -> Answer:
        service, entry = self.service, arrival.entry
        caller = authenticate(service, arrival.headers)
        segments = split(entry.path)
        if service.knobs.throttle_rate:
            customer_id = segments[1] if len(segments) > 1 and segments[0] == "customers" else ""
            seconds = service.throttle.seconds_to_wait(entry.method, customer_id)
            if seconds:
                service.journal.counters.throttled += 1
                return service.throttle.answer(seconds)
        handler = handler_for(entry.method, segments)
        query = {name.lower(): value for name, value in parse_qsl(entry.query)} if entry.query else {}
        call = Call(
            entry.method,
            segments,
            query,
            arrival.headers,
            arrival.body,
            caller,
            arrival.correlation_id,
            arrival.request_id,
        )
        try:
            return handler(service, call)
        finally:
            entry.applied = call.applied
