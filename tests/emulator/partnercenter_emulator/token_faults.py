# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts token requests, and spoils them where a fault with ``target: token`` asks for it."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from .answers import Answer
from .api import voice
from .channel import Channel
from .entra_errors import EntraError
from .faults import Fault
from .journal import TokenEntry
from .service import Service
from .spoil import spoil


class TokenFaults:
    """Stands in front of the authority's application."""

    def __init__(self, application: ASGIApp, service: Service) -> None:
        self.application = application
        self.service = service
        self.background: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of the authority."""
        service, method, path = self.service, scope["method"], scope["path"]
        if path.endswith("/token"):
            service.journal.counters.token_requests += 1
            service.journal.changed()
        if not service.faults.orders:
            await self.application(scope, receive, send)
            return
        channel = Channel(scope, receive, send)
        try:
            body = await channel.body()
        except ConnectionResetError:
            return
        fault = service.faults.next("token", method, path, body.decode("utf-8", "replace"))
        if fault is None:
            await self.application(scope, _replayed(body), send)
            return

        if fault.name == "status" and isinstance(fault.code, int) and fault.body is None:
            await self._refuse(channel, fault, fault.code, body)
            return

        async def produce() -> Answer:
            return await self._collected(scope, body)

        await spoil(fault, channel, produce, [], voice(service), self.background)

    async def _refuse(self, channel: Channel, fault: Fault, number: int, body: bytes) -> None:
        """Answer with the refusal that an AADSTS number stands for."""
        error, path = EntraError(number), channel.scope["path"]
        status = fault.status or error.kind.status
        grant = dict(parse_qsl(body.decode("utf-8", "replace"))).get("grant_type", "")
        self.service.journal.token_entries.append(TokenEntry(time.time(), path, grant, status, number))
        document = error.document(str(uuid.uuid4()), "v2.0" not in path)
        await channel.answer(Answer(status, json.dumps(document).encode()), [])

    async def _collected(self, scope: Scope, body: bytes) -> Answer:
        """Let the application answer into memory."""
        answer = Answer(500, content_type=None)

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = tuple(item for item in message["headers"] if item[0] != b"content-length")
            else:
                answer.body += message.get("body", b"")

        await self.application(scope, _replayed(body), send)
        return answer


def _replayed(body: bytes) -> Receive:
    """The body once more: it was read to choose the fault."""

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body}

    return receive
