# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP requests: connections, TLS, proxies and time-outs.

The only file that imports requests. No exception of requests leaves it, because their texts quote URLs and bodies.
"""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from .._base.errors import InputError, MissingLibraryError
from .bounded_answer import BoundedAnswer, Unreadable, unpacked
from .settings import Settings

try:
    from requests.adapters import HTTPAdapter
    from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy, should_bypass_proxies
    from urllib3 import Timeout
    from urllib3 import exceptions as failures
    from urllib3.util import parse_url

    HAS_REQUESTS = True
except ImportError:
    HAS_REQUESTS = False
    HTTPAdapter = object  # type: ignore[misc, assignment]

#: A page of users has some hundred kilobytes. A larger answer is not one of Partner Center.
MAXIMUM_BODY = 16 * 1024 * 1024
_CHUNK = 64 * 1024
_CONNECT_SECONDS = 10.0
_PROXY_PORT = 80
_PROXY_WANTS_SIGN_IN = 407


@dataclass(frozen=True)
class Request:
    """A request. Its body and header values are not part of ``repr``: they carry passwords and tokens."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Response:
    """A response. Only its status is part of ``repr``: the service echoes passwords. Header names are lower case."""

    status: int
    reason: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Failure(Enum):
    """The reasons why there is no response."""

    UNREACHABLE = "no connection could be made"
    NAME = "its name cannot be resolved"
    PROXY = "does not answer"
    PROXY_UNUSABLE = "cannot be used: it must be a URL such as http://proxy.example.com:8080"
    PROXY_REFUSES = "refuses the connection"
    PROXY_SIGN_IN = "asks for a name and a password, or does not accept them"
    CERTIFICATE = "the server's certificate is not trusted"
    TIMEOUT = "no answer came within the time-out"
    LOST = "the connection was lost before the answer came"
    TOO_LARGE = "the answer is larger than any answer of Partner Center"


_OF_PROXIES = (Failure.PROXY, Failure.PROXY_UNUSABLE, Failure.PROXY_REFUSES, Failure.PROXY_SIGN_IN)
_NEVER_SENT = (Failure.UNREACHABLE, Failure.NAME, Failure.CERTIFICATE, *_OF_PROXIES)
_HOPELESS = (Failure.CERTIFICATE, Failure.TOO_LARGE, Failure.PROXY_SIGN_IN, Failure.PROXY_UNUSABLE)
_ADVICE = {
    Failure.NAME: "look at the network and its DNS, the proxy (HTTPS_PROXY) where one is needed, and {option}",
    Failure.CERTIFICATE: "set ca_path to the CA bundle that signs it; a proxy that looks into TLS has a CA of its own",
    **dict.fromkeys(_OF_PROXIES, "look at that variable, or name the host in NO_PROXY where no proxy is needed"),
}
_USUAL_ADVICE = "look at the network, the proxy (HTTPS_PROXY) and {option}, then run again"


class TransportFailure(Exception):
    """There is no response.

    ``sent``: the request may have reached the service. ``repeatable``: another try may succeed. ``proxy``: host and
    port of the proxy in between, if there is one, and the variable that names it.
    """

    def __init__(self, failure: Failure, proxy: str | None = None) -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.proxy = proxy
        self.sent = failure not in _NEVER_SENT
        self.repeatable = failure not in _HOPELESS

    @property
    def what(self) -> str:
        """Return what happened."""
        of_proxy = self.failure in _OF_PROXIES
        return f"the proxy {self.proxy or ''} {self.failure.value}" if of_proxy else self.failure.value

    def advice(self, option: str) -> str:
        """Return what to do about it; ``option`` names the option that holds the URL."""
        return _ADVICE.get(self.failure, _USUAL_ADVICE).format(option=option)

    def sentence(self, service: str, option: str) -> str:
        """Return both as one sentence about ``service``, or about the proxy in front of it."""
        if self.failure in _OF_PROXIES:
            return f"{self.what}, so that {service} cannot be reached: {self.advice(option)}"
        return f"{service} cannot be reached: {self.what}; {self.advice(option)}"


class Transport(Protocol):
    """The sender of requests. Tests use their own."""

    def send(self, request: Request) -> Response:
        """Return the response; raises :class:`TransportFailure`. Safe to call from many threads."""


class RequestsTransport:
    """Connections that are kept open, one for each request in flight, with the same TLS settings.

    Cookies, netrc and redirects are not used, so that a token reaches no other place. The connection pools of requests
    are used without its sessions, which merge settings and need more CPU than the rest of a call.
    """

    def __init__(self, settings: Settings) -> None:
        if not HAS_REQUESTS:
            raise MissingLibraryError("requests", "to talk to Partner Center")
        self._timeout = Timeout(connect=min(_CONNECT_SECONDS, settings.timeout), read=settings.timeout)
        self._adapter = _Adapter(_tls_context(settings.ca_path), connections=settings.concurrency + 1)
        self._proxies = dict(settings.proxies)
        self._pools: dict[str, Any] = {}
        self._behind: dict[str, str] = {}
        self._lock = threading.Lock()

    def send(self, request: Request) -> Response:
        scheme, _empty, host, path = f"{request.url}///".split("/", 3)  # always four parts
        origin = f"{scheme}//{host}"
        pool = self._pools.get(origin) or self._pool(origin)
        try:
            raw = pool.request(
                request.method,
                "/" + path[:-3],
                body=request.body,
                headers={**request.headers, "Accept-Encoding": "identity"},
                timeout=self._timeout,
                retries=False,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
            )
        except Exception as error:
            raise TransportFailure(_failure(error), self._behind.get(origin)) from None
        headers = {name.lower(): value for name, value in raw.headers.items()}
        return Response(raw.status, raw.reason or "", headers, _unpacked(_read(raw), headers))

    def _pool(self, origin: str) -> Any:
        """Return the connections to one origin. The look-up of its proxy is slow, and is made under the lock."""
        with self._lock:
            if origin not in self._pools:
                proxy = None
                try:
                    if proxy := self._proxy(origin):
                        self._behind[origin] = self._described(proxy)
                    manager = self._adapter.proxy_manager_for(proxy) if proxy else self._adapter.poolmanager
                    self._pools[origin] = _bounded(manager.connection_from_url(origin))
                except Exception:
                    failure = Failure.PROXY_UNUSABLE if proxy else Failure.UNREACHABLE
                    raise TransportFailure(failure, self._behind.get(origin)) from None
            return self._pools[origin]

    def _proxy(self, origin: str) -> str | None:
        """Return the URL of the proxy; None without one, and for plain http, which goes to a loopback address only."""
        no_proxy = self._proxies.get("no_proxy", "")
        if not self._proxies or origin.startswith("http:") or should_bypass_proxies(origin, no_proxy=no_proxy):
            return None
        proxy = select_proxy(origin, {name.removesuffix("_proxy"): value for name, value in self._proxies.items()})
        return f"http://{proxy}" if proxy and "://" not in proxy else proxy

    def _described(self, proxy: str) -> str:
        """Return the proxy without the user name and password that may be in it."""
        variable = "HTTPS_PROXY" if "https_proxy" in self._proxies else "ALL_PROXY"
        try:
            place = parse_url(proxy)
        except failures.LocationParseError:
            return f"in {variable}"
        return f"at {place.host}:{place.port or _PROXY_PORT} ({variable})" if place.host else f"in {variable}"


class _Adapter(HTTPAdapter):
    """An adapter with one TLS context for all connections: reading a CA bundle takes 20 ms."""

    def __init__(self, context: ssl.SSLContext, *, connections: int) -> None:
        self._context = context
        super().__init__(pool_connections=4, pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)


def _tls_context(ca_path: str | None) -> ssl.SSLContext:
    path = ca_path or DEFAULT_CA_BUNDLE_PATH
    try:
        if os.path.isdir(path):
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError):
        raise InputError("ca_path", "does not hold certificates in PEM form") from None


def _bounded(pool: Any) -> Any:
    """Return the pool with connections whose answers are bounded in time."""
    kind = pool.ConnectionCls
    pool.ConnectionCls = type(f"Bounded{kind.__name__}", (kind,), {"response_class": BoundedAnswer})
    return pool


def _read(raw: Any) -> bytes:
    """Return the body, bounded in size. The connection goes back to the pool when the body was read completely."""
    chunks: list[bytes] = []
    size = 0
    try:
        while chunk := raw.read(_CHUNK, decode_content=False):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAXIMUM_BODY:
                raise TransportFailure(Failure.TOO_LARGE)
    except Exception as error:
        raw.close()
        raise error if isinstance(error, TransportFailure) else TransportFailure(_failure(error)) from None
    raw.release_conn()
    return b"".join(chunks)


def _unpacked(body: bytes, headers: Mapping[str, str]) -> bytes:
    try:
        content = unpacked(body, headers.get("content-encoding", ""), MAXIMUM_BODY)
    except Unreadable:
        raise TransportFailure(Failure.LOST) from None
    if len(content) > MAXIMUM_BODY:
        raise TransportFailure(Failure.TOO_LARGE) from None
    return content


def _failure(error: BaseException) -> Failure:
    if isinstance(error, (failures.ReadTimeoutError, TimeoutError)):
        return Failure.TIMEOUT
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
        return Failure.CERTIFICATE
    never_sent = (
        failures.ConnectTimeoutError,  # NewConnectionError and NameResolutionError are two of its kinds
        failures.NewConnectionError,
        failures.LocationValueError,
    )
    if isinstance(error, failures.ProxyError):
        # urllib3 raises it for a connection that was lost behind the proxy as well: http.client has closed it by then.
        cause = error.original_error
        if cause.__class__ is OSError:  # "Tunnel connection failed: 407 ...", by the proxy
            return Failure.PROXY_SIGN_IN if f" {_PROXY_WANTS_SIGN_IN} " in f"{cause} " else Failure.PROXY_REFUSES
        return Failure.PROXY if isinstance(cause, never_sent) else Failure.LOST
    if isinstance(error, failures.NameResolutionError):
        return Failure.NAME
    return Failure.UNREACHABLE if isinstance(error, never_sent) else Failure.LOST


def _causes(error: BaseException) -> Iterator[object]:
    """Return the error and the errors in it: in ``original_error`` for a proxy of urllib3, else in ``args``."""
    yield error
    wrapped = getattr(error, "original_error", None)
    yield from (*error.args, *(wrapped.args if isinstance(wrapped, BaseException) else ()), wrapped)
