# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back to one client: ordinary answers through uvicorn, spoilt ones through the bare transport."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from .answers import Answer

LINGER_ZERO = struct.pack("ii", 1, 0)  # makes close() send a reset


class Channel:
    """Sends one answer, or cuts the connection."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send

    async def body(self) -> bytes:
        """The whole request body. A client that goes away earlier has sent no request."""
        message: Message = await self.receive()
        content: bytes = message.get("body", b"")
        while message.get("more_body"):
            message = await self.receive()
            content += message.get("body", b"")
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        return content

    async def answer(self, answer: Answer, headers: list[tuple[bytes, bytes]]) -> None:
        """Send an answer with the headers common to all."""
        if answer.reason is not None:
            await self._answer_with_reason(answer, headers)
            return
        headers.append((b"content-length", str(len(answer.body)).encode()))
        if answer.content_type is not None:
            headers.append((b"content-type", answer.content_type))
        headers.extend(answer.headers)
        await self.send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": answer.body})

    async def _answer_with_reason(self, answer: Answer, headers: list[tuple[bytes, bytes]]) -> None:
        """ASGI has no reason phrases, so write to the transport, and close."""
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}".encode()]
        everything = [*headers, *answer.headers, (b"content-length", str(len(answer.body)).encode())]
        lines += [name + b": " + value for name, value in [*everything, (b"connection", b"close")]]
        await self.write(b"\r\n".join(lines) + b"\r\n\r\n" + answer.body)
        await self.close()

    @property
    def transport(self) -> Any:
        """The transport of the connection, which the protocol puts into the scope."""
        return self.scope["emulator.transport"]

    async def write(self, content: bytes) -> None:
        """Bytes as they are."""
        self.transport.write(content)

    async def close(self) -> None:
        """Close in order, and wait until it is closed, so that uvicorn does not answer as well."""
        self.transport.close()
        await self.gone()

    async def reset(self) -> None:
        """Cut the connection: the client sees a reset, not an end."""
        if self.transport.is_closing():
            return
        raw: socket.socket | None = self.transport.get_extra_info("socket")
        if raw is not None:
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        self.transport.abort()
        await self.gone()

    async def gone(self, timeout: float | None = 5.0) -> bool:
        """Wait until the client has gone."""
        try:
            async with asyncio.timeout(timeout):
                while (await self.receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return False
        return True
