# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Partner Center API as an ASGI application: ids, journal, faults, authentication, throttling, dispatch."""

from __future__ import annotations

import asyncio
import time
import uuid
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from .answers import Answer, BareAnswer, PartnerFault, fault_answer
from .authentication import authenticate
from .channel import Channel
from .journal import Entry
from .routes import handler_for, split
from .service import Call, Service, is_guid
from .spoil import spoil

WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})


class PartnerCenterApi:
    """One instance serves https and http alike."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.server_id = str(uuid.uuid4()).encode()
        self.sequence = 0
        self.answered: dict[str, Answer] = {}
        self.background: set[asyncio.Task[Answer]] = set()

    def forget(self) -> None:
        """Begin anew: what was to be applied late is not applied any more."""
        for task in self.background:
            task.cancel()
        self.answered.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, and count it."""
        channel = Channel(scope, receive, send)
        method: str = scope["method"]
        try:
            body = await channel.body() if method in WRITES else b""
        except ConnectionResetError:
            return
        counters = self.service.journal.counters
        counters.requests += 1
        counters.in_flight += 1
        counters.max_in_flight = max(counters.max_in_flight, counters.in_flight)
        if method == "PATCH":
            counters.patches += 1
        self.service.journal.changed()
        try:
            await self._serve(channel, method, body)
        finally:
            present = self.service.journal.counters
            present.in_flight = max(0, present.in_flight - 1)
            if method == "PATCH" and present is counters:  # else it arrived before a reset
                present.patches_completed += 1
            self.service.journal.changed()

    async def _serve(self, channel: Channel, method: str, body: bytes) -> None:
        service, scope = self.service, channel.scope
        headers: dict[bytes, bytes] = dict(scope["headers"])
        sent_request = headers.get(b"ms-requestid", b"").decode("latin-1")
        sent_correlation = headers.get(b"ms-correlationid", b"").decode("latin-1")
        self.sequence += 1
        path: str = scope["path"]
        entry = Entry(
            sequence=self.sequence,
            time=time.time(),
            method=method,
            path=path,
            query=scope["query_string"].decode("latin-1"),
            status=None,
            request_id=sent_request or None,
            correlation_id=sent_correlation or None,
        )
        service.journal.append(entry)
        fault = service.faults.next("api", method, path, entry.query) if service.faults.orders else None
        request_id = sent_request if is_guid(sent_request) else str(uuid.uuid4())
        correlation_id = sent_correlation if is_guid(sent_correlation) else str(uuid.uuid4())

        async def produce() -> Answer:
            return await self._produce(entry, headers, body, request_id, correlation_id)

        shown = correlation_id if service.knobs.echo_correlation_id else str(uuid.uuid4())
        common = [
            (b"ms-requestid", request_id.encode()),
            (b"ms-correlationid", shown.encode()),
            (b"ms-cv", correlation_id.replace("-", "")[:22].encode() + b".0"),
            (b"ms-serverid", self.server_id),
        ]
        if headers.get(b"validatemfa", b"").lower() == b"true":
            caller = service.tokens.verify(headers.get(b"authorization", b"").partition(b" ")[2])
            common.append((b"ismfacompliant", b"true" if caller and caller.mfa else b"false"))
        if fault is not None:
            entry.fault = fault.name
            entry.status = await spoil(fault.quoting(body), channel, produce, common, service, self.background)
            return
        answer = await produce()
        entry.status = answer.status
        await channel.answer(answer, common)

    async def _produce(
        self, entry: Entry, headers: dict[bytes, bytes], body: bytes, request_id: str, correlation_id: str
    ) -> Answer:
        """Apply the request; latency lies before and after the effect, so that a client can die on either side."""
        knobs = self.service.knobs
        if knobs.latency_ms:
            await self.service.clock.sleep(knobs.latency_ms / 1000)
        if knobs.deduplicate_request_id and entry.method in WRITES and request_id in self.answered:
            return self.answered[request_id]
        try:
            answer = self._apply(entry, headers, body, request_id, correlation_id)
        except PartnerFault as fault:
            answer = fault_answer(knobs, fault)
        except BareAnswer as bare:
            answer = bare.answer
        if knobs.deduplicate_request_id and entry.applied:
            self.answered[request_id] = answer
        if knobs.answer_latency_ms:
            await self.service.clock.sleep(knobs.answer_latency_ms / 1000)
        return answer

    def _apply(
        self, entry: Entry, headers: dict[bytes, bytes], body: bytes, request_id: str, correlation_id: str
    ) -> Answer:
        service = self.service
        caller = authenticate(service, headers)
        segments = split(entry.path)
        if service.knobs.throttle_rate:
            customer_id = segments[1] if len(segments) > 1 and segments[0] == "customers" else ""
            seconds = service.throttle.seconds_to_wait(entry.method, customer_id)
            if seconds:
                service.journal.counters.throttled += 1
                return service.throttle.answer(seconds)
        handler = handler_for(entry.method, segments)
        query = {name.lower(): value for name, value in parse_qsl(entry.query)} if entry.query else {}
        call = Call(entry.method, segments, query, headers, body, caller, correlation_id, request_id)
        try:
            return handler(service, call)
        finally:
            entry.applied = call.applied
