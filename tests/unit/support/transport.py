# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A transport that answers from a script and remembers, in order, what it was asked.

The support modules are imported as part of the collection, `ansible_collections.csp.partnercenter.tests.unit.support`:
the tree that the tests run in is on the path in any case, and no conftest needs to change the path.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import (
    Failure,
    Request,
    Response,
    TransportFailure,
)

Scripted = Response | TransportFailure | Callable[[Request], Response]


class FakeTransport:
    """Gives the scripted answers one after the other; a function answers by itself, the last one for ever."""

    def __init__(self, *script: Scripted) -> None:
        self._script = list(script)
        self._lock = threading.Lock()
        self.requests: list[Request] = []

    def send(self, request: Request) -> Response:
        with self._lock:
            self.requests.append(request)
            assert self._script, f"unexpected request: {request.method} {request.url}"
            last_function = len(self._script) == 1 and callable(self._script[0])
            step = self._script[0] if last_function else self._script.pop(0)
        if isinstance(step, TransportFailure):
            raise step
        return step if isinstance(step, Response) else step(request)

    @property
    def lines(self) -> list[str]:
        """Return the requests in order: method, and URL after the host."""
        return [f"{request.method} /{request.url.split('/', 3)[3]}" for request in self.requests]

    def header(self, name: str) -> list[str | None]:
        """One header of all requests, in order."""
        return [request.headers.get(name) for request in self.requests]

    def assert_done(self, *lines: str) -> None:
        assert self.lines == list(lines)
        assert not [step for step in self._script if not callable(step)], "answers are left over"


def answer(content: Any = None, *, status: int = 200, reason: str = "OK", **headers: str) -> Response:
    """JSON as the service sends it: compact, with a BOM. Header names with underscores."""
    body = b"\xef\xbb\xbf" + json.dumps(content or {}, separators=(",", ":")).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, reason, {"content-type": "application/json; charset=utf-8", **names}, body)


def fault(status: int, code: int | str | None = 2000, **more: Any) -> Response:
    """An error of Partner Center: contract section 6, shape 1."""
    return answer({"code": code, "description": "…", "data": [], "source": "PartnerFD", **more}, status=status)


def throttled(seconds: object = 1) -> Response:
    message = {"statusCode": 429, "message": "Rate limit is exceeded."}
    return answer(message, status=429, **({} if seconds is None else {"retry_after": str(seconds)}))


def raw(status: int, body: bytes = b"", *, reason: str = "", **headers: str) -> Response:
    return Response(status, reason, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def html(status: int, text: str = "gateway") -> Response:
    return raw(status, f"<html><body>{text}</body></html>".encode(), content_type="text/html")


def collection(*items: Any, uri: str | None = None, token: str | None = None, **more: Any) -> Response:
    """A page of a list; ``uri`` and ``token`` make the link to the next one."""
    links: dict[str, Any] = {"self": {"uri": "/customers", "method": "GET", "headers": []}}
    if uri is not None:
        headers = [] if token is None else [{"key": "MS-ContinuationToken", "value": token}]
        links["next"] = {"uri": uri, "method": "GET", "headers": headers}
    attributes = {"objectType": "Collection"}
    return answer({"totalCount": len(items), "items": list(items), "links": links, "attributes": attributes, **more})


def failure(kind: Failure) -> TransportFailure:
    return TransportFailure(kind)
