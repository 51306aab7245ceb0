# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The common part of all services: count a request, record it, spoil it where that was ordered, and answer."""

from __future__ import annotations

import asyncio
import time
import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from starlette.types import Receive, Scope, Send

from .answers import Answer, Header
from .channel import Channel
from .journal import Entry
from .service import Service, is_guid
from .spoil import Voice, spoil

WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})


@dataclass(slots=True)
class Arrival:
    """One request, as it came in. ``base_url``: how the client addressed the service."""

    entry: Entry
    headers: dict[bytes, bytes]
    body: bytes
    base_url: str
    request_id: str
    correlation_id: str


class Front(ABC):
    """An ASGI application in front of one service; one instance serves https and http alike."""

    #: The service in the journal and in orders of faults.
    name: ClassVar[str]

    def __init__(self, service: Service, voice: Voice) -> None:
        self.service = service
        self.voice = voice
        self.background: set[asyncio.Task[Any]] = set()

    @abstractmethod
    def sent_ids(self, headers: dict[bytes, bytes]) -> tuple[str, str]:
        """Request id and correlation id as the client sent them; empty where it sent none."""

    def tenant(self, headers: dict[bytes, bytes]) -> str:
        """The tenant that the token of a request is for, where a path does not name the customer."""
        return ""

    @abstractmethod
    def common_headers(self, arrival: Arrival) -> list[Header]:
        """Headers of every answer, spoilt ones included."""

    @abstractmethod
    def apply(self, arrival: Arrival) -> Answer:
        """Let the request take effect; ``arrival.entry.applied`` says whether it did."""

    def forget(self) -> None:
        """Begin anew: what was to be applied late is not applied any more."""
        for task in self.background:
            task.cancel()

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
        counters.graph_requests += self.name == "graph"
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
        sent_request, sent_correlation = self.sent_ids(headers)
        path: str = scope["path"]
        entry = Entry(
            sequence=service.journal.next_sequence(),
            time=time.time(),
            service=self.name,
            method=method,
            path=path,
            query=scope["query_string"].decode("latin-1"),
            status=None,
            request_id=sent_request or None,
            correlation_id=sent_correlation or None,
        )
        service.journal.append(entry)
        fault = None
        if service.faults.orders:
            fault = service.faults.next(self.name, method, path, entry.query, self.tenant(headers))
        arrival = Arrival(
            entry,
            headers,
            body,
            f"{scope['scheme']}://{headers.get(b'host', b'').decode('latin-1')}",
            sent_request if is_guid(sent_request) else str(uuid.uuid4()),
            sent_correlation if is_guid(sent_correlation) else str(uuid.uuid4()),
        )
        common = self.common_headers(arrival)
        if fault is not None:
            entry.fault = fault.name

            async def produce() -> Answer:
                return await self._produce(arrival)

            entry.status = await spoil(fault.quoting(body), channel, produce, common, self.voice, self.background)
            return
        answer = await self._produce(arrival)
        entry.status = answer.status
        await channel.answer(answer, common)

    async def _produce(self, arrival: Arrival) -> Answer:
        """Apply the request; latency lies before and after the effect, so that a client can die on either side."""
        service = self.service
        if service.knobs.latency_ms:
            await service.clock.sleep(service.knobs.latency_ms / 1000)
        answer = self.apply(arrival)
        if service.knobs.answer_latency_ms:
            await service.clock.sleep(service.knobs.answer_latency_ms / 1000)
        return answer
