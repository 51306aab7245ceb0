# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network stores that refuse to write, and repeat in their refusal everything that they were sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

App = Callable[[Any, Any, Any], Awaitable[None]]
_WRITING = ("POST", "PUT", "PATCH")
_READING_OF_AWS = (b"DescribeSecret", b"GetSecretValue", b"ListSecrets")


class Quoting:
    """The ``app`` itself until ``on`` is set; then its writes are answered with 400 and what was sent.

    Without an ``app`` it is an AWS where there is no secret yet.
    """

    def __init__(self, app: App | None = None) -> None:
        self.app = app
        self.on = app is None
        self.quoted = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        headers = dict(scope.get("headers", ()))
        operation = headers.get(b"x-amz-target", b"").rpartition(b".")[2]
        reads = operation in _READING_OF_AWS or scope.get("method") not in _WRITING
        asks = scope.get("path", "").endswith(("/login", "/token", "/capabilities-self"))
        if self.app and (not self.on or reads or asks):
            await self.app(scope, receive, send)
            return
        body = await _whole(receive)
        if self.app and b"authorization" not in headers and b"x-vault-token" not in headers:
            await self.app(scope, _once(body), send)  # a client of Key Vault waits for the challenge first
            return
        self.quoted += not reads
        text = f"{headers} {body.decode()}"
        kind = "ResourceNotFoundException" if reads else "InvalidRequestException"
        shapes = {"errors": [text], "error": {"code": text, "message": text}, "__type": kind, "message": text}
        answer = [(b"content-type", b"application/json"), (b"x-ms-error", b"quoted")]
        await send({"type": "http.response.start", "status": 400, "headers": answer})
        await send({"type": "http.response.body", "body": json.dumps(shapes).encode()})


class Forwarding:
    """Passes every request on to a server at that URL."""

    def __init__(self, url: str) -> None:
        self._place = urlsplit(url).netloc

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        path = scope["raw_path"].decode() + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        status, shown, body = await asyncio.to_thread(
            self._asked, scope["method"], path, await _whole(receive), headers
        )
        await send({"type": "http.response.start", "status": status, "headers": shown})
        await send({"type": "http.response.body", "body": body})

    def _asked(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        connection = HTTPConnection(self._place, timeout=30)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, [(b"content-type", b"application/json")], answer.read()
        finally:
            connection.close()


async def _whole(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


def _once(body: bytes) -> Callable[[], Awaitable[dict[str, Any]]]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
