# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP request over requests: connections, TLS, proxies and time-outs. Nothing else knows how bytes travel.

The only file that imports requests. No exception of requests leaves it: their texts quote URLs and bodies.
"""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from .errors import InputError, MissingLibraryError
from .settings import Settings

try:
    import requests
    from requests.adapters import HTTPAdapter
    from requests.structures import CaseInsensitiveDict
    from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy, should_bypass_proxies

    HAS_REQUESTS = True
except ImportError:
    HAS_REQUESTS = False
    HTTPAdapter = object  # type: ignore[misc, assignment]

#: A page of users is some hundred kilobytes; an answer above this is not one of Partner Center.
MAXIMUM_BODY = 16 * 1024 * 1024
_CHUNK = 64 * 1024
_CONNECT_SECONDS = 10.0


@dataclass(frozen=True)
class Request:
    """``body`` and the header values are not part of ``repr``: they carry passwords and tokens."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Response:
    """``headers`` has lower-case names. ``body`` is not part of ``repr``: the service echoes passwords in it."""

    status: int
    reason: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Failure(Enum):
    """Why there is no response."""

    UNREACHABLE = "no connection could be made"
    CERTIFICATE = "the server's certificate is not trusted"
    TIMEOUT = "no answer came within the time-out"
    LOST = "the connection was lost before the answer came"
    TOO_LARGE = "the answer is larger than any answer of Partner Center"


class TransportFailure(Exception):
    """``sent`` says whether the request may have reached the service."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.sent = failure not in (Failure.UNREACHABLE, Failure.CERTIFICATE)


class Transport(Protocol):
    """What the client and the token sources need of a transport; tests bring their own."""

    def send(self, request: Request) -> Response:
        """Raises :class:`TransportFailure`. Safe to call from many threads."""


class RequestsTransport:
    """Kept-alive connections, one for each request in flight, all with the same TLS settings.

    Neither cookies nor netrc nor redirects: a token must not travel to a place that was not asked for. The adapter of
    requests is used without a session, whose merging of settings costs more CPU than the rest of a call.
    """

    def __init__(self, settings: Settings) -> None:
        if not HAS_REQUESTS:
            raise MissingLibraryError("requests", "to talk to Partner Center")
        self._timeout = settings.timeout
        self._adapter = _Adapter(_tls_context(settings.ca_path), connections=settings.concurrency + 1)
        self._proxies = dict(settings.proxies)
        self._proxies_by_origin: dict[str, dict[str, str]] = {}

    def send(self, request: Request) -> Response:
        prepared = requests.PreparedRequest()
        prepared.method, prepared.url, prepared.body = request.method, request.url, request.body
        prepared.headers = CaseInsensitiveDict(request.headers)
        prepared.headers["Accept-Encoding"] = "identity"
        if request.body is not None:
            prepared.headers["Content-Length"] = str(len(request.body))
        try:
            response = self._adapter.send(
                prepared,
                stream=True,
                timeout=(min(_CONNECT_SECONDS, self._timeout), self._timeout),
                proxies=self._proxies_for(request.url),
            )
        except requests.exceptions.RequestException as error:
            raise TransportFailure(_failure(error)) from None
        body = _read(response.raw, time.monotonic() + self._timeout)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Response(response.status_code, response.reason or "", headers, body)

    def _proxies_for(self, url: str) -> dict[str, str]:
        if not self._proxies:
            return {}
        origin = "/".join(url.split("/", 3)[:3])
        if origin not in self._proxies_by_origin:
            bypass = should_bypass_proxies(origin, no_proxy=self._proxies.get("no_proxy", ""))
            by_scheme = {name.removesuffix("_proxy"): proxy for name, proxy in self._proxies.items()}
            proxy = None if bypass else select_proxy(origin, by_scheme)
            self._proxies_by_origin[origin] = {origin.partition(":")[0]: proxy} if proxy else {}
        return self._proxies_by_origin[origin]


class _Adapter(HTTPAdapter):
    """Gives every connection the one TLS context: reading a CA bundle anew costs 20 ms for each connection."""

    def __init__(self, context: ssl.SSLContext, *, connections: int) -> None:
        self._context = context
        super().__init__(pool_connections=4, pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, _tls = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"cert_reqs": "CERT_REQUIRED"} if host["scheme"] == "https" else {}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """The context verifies; there is nothing to set on the connection."""


def _tls_context(ca_path: str | None) -> ssl.SSLContext:
    path = ca_path or DEFAULT_CA_BUNDLE_PATH
    try:
        if os.path.isdir(path):
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError):
        raise InputError("ca_path", "does not hold certificates in PEM form") from None


def _read(raw: Any, deadline: float) -> bytes:
    """The body, bounded in size and in time; the connection goes back to the pool when it was read to its end."""
    chunks: list[bytes] = []
    size = 0
    try:
        while chunk := raw.read1(_CHUNK, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAXIMUM_BODY:
                raise TransportFailure(Failure.TOO_LARGE)
            if time.monotonic() > deadline:
                raise TransportFailure(Failure.TIMEOUT)
    except TransportFailure:
        raw.close()
        raise
    except Exception as error:
        raw.close()
        timed_out = isinstance(error, TimeoutError) or type(error).__name__ == "ReadTimeoutError"
        raise TransportFailure(Failure.TIMEOUT if timed_out else Failure.LOST) from None
    raw.release_conn()
    return b"".join(chunks)


def _failure(error: BaseException) -> Failure:
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Failure.CERTIFICATE
    if isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)):
        return Failure.UNREACHABLE
    if any(type(cause).__name__ in ("NewConnectionError", "NameResolutionError") for cause in causes):
        return Failure.UNREACHABLE
    if isinstance(error, requests.exceptions.Timeout):
        return Failure.TIMEOUT
    return Failure.LOST


def _causes(error: BaseException | None) -> list[BaseException]:
    """The error and everything it wraps: requests keeps urllib3's in ``args``, urllib3 keeps its own in ``reason``."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        candidate = waiting.pop()
        if isinstance(candidate, BaseException) and candidate not in found:
            found.append(candidate)
            waiting += [*candidate.args, getattr(candidate, "reason", None), candidate.__cause__, candidate.__context__]
    return found
