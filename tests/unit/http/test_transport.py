# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The transport against a real server on the loopback, mostly over TLS."""

from __future__ import annotations

import contextlib
import gzip
import os
import socket
import ssl
import struct
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, MissingLibraryError
from ansible_collections.csp.partnercenter.plugins.module_utils._http import transport as module
from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import Settings, make_settings
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import (
    Failure,
    Request,
    RequestsTransport,
    Response,
    TransportFailure,
)
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CANARY, raised, run_in_threads
from ansible_collections.csp.partnercenter.tests.unit.support.server import (
    Authority,
    Handler,
    Server,
    answering,
    http_answer,
    running,
)

Start = Callable[..., Server]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(str(tmp_path_factory.mktemp("ca")))


@pytest.fixture
def start(authority: Authority) -> Iterator[Start]:
    """Starts a TLS server with this handler, valid for 127.0.0.1."""
    started = []

    def run(handler: Handler | None = None, *, names: tuple[str, ...] = ("127.0.0.1",)) -> Server:
        started.append(running(handler or answering(), authority.server_context(*names)))
        return started[-1].__enter__()

    yield run
    for server in started:
        server.__exit__(None, None, None)


@pytest.fixture
def make(authority: Authority) -> Callable[..., RequestsTransport]:
    def build(*, timeout: float = 5.0, **more: Any) -> RequestsTransport:
        return RequestsTransport(Settings(ca_path=authority.path, timeout=timeout, **more))

    return build


Make = Callable[..., RequestsTransport]


def get(transport: RequestsTransport, url: str) -> Response:
    return transport.send(Request("GET", url, {"Authorization": "Bearer t"}))


def failed(transport: RequestsTransport, url: str, *, body: bytes | None = None) -> TransportFailure:
    with pytest.raises(TransportFailure) as caught:
        transport.send(Request("PATCH", url, {"Authorization": f"Bearer {CANARY}"}, body))
    assert caught.value.__suppress_context__
    assert CANARY not in str(caught.value)
    return caught.value


# A request


def test_a_request_arrives_as_it_was_made(start: Start, make: Make) -> None:
    server = start()
    headers = {"Authorization": "Bearer t", "Content-Type": "application/json", "User-Agent": "test"}
    make().send(Request("PATCH", f"{server.url}/v1/x?a=%20b", headers, b'{"a":1}'))
    head, _unused, body = server.requests[0].partition(b"\r\n\r\n")
    line, *rest = head.decode().split("\r\n")
    assert line == "PATCH /v1/x?a=%20b HTTP/1.1"
    assert body == b'{"a":1}'
    found = {name.lower(): value for name, _unused, value in (row.partition(": ") for row in rest)}
    assert found == {
        "host": f"127.0.0.1:{server.port}",
        "authorization": "Bearer t",
        "content-type": "application/json",
        "user-agent": "test",
        "accept-encoding": "identity",
        "content-length": "7",
    }


def test_an_answer_comes_back_as_it_was_sent(start: Start, make: Make) -> None:
    server = start(answering(b"\xef\xbb\xbf{}", status="418 Short and stout", MS_RequestId="x"))
    found = get(make(), f"{server.url}/v1/x")
    assert (found.status, found.reason, found.body) == (418, "Short and stout", b"\xef\xbb\xbf{}")
    assert found.headers == {"ms-requestid": "x", "content-length": "5"}


def test_plain_http_on_the_loopback(make: Make) -> None:
    with running(answering(b"{}")) as server:
        assert get(make(), f"{server.url}/v1/x").body == b"{}"


def test_a_place_without_a_path_is_asked_for_its_root(start: Start, make: Make) -> None:
    server = start()
    get(make(), server.url)
    assert server.requests[0].startswith(b"GET / HTTP/1.1")


def test_an_answer_in_chunks_or_without_a_body(start: Start, make: Make) -> None:
    server = start(answering(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", Transfer_Encoding="chunked"))
    transport = make()
    assert get(transport, server.url).body == b"abcde"
    server.handler = lambda connection, _request: connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert get(transport, server.url).body == b""
    assert server.connections == 1


# Connections


def test_connections_are_kept(start: Start, make: Make) -> None:
    server = start()
    transport = make()
    for _unused in range(20):
        get(transport, f"{server.url}/v1/x")
    assert server.connections == 1


def test_there_are_no_more_connections_than_threads(start: Start, make: Make) -> None:
    server = start()
    transport = make(concurrency=8)
    run_in_threads(8, lambda: [get(transport, f"{server.url}/v1/x") for _unused in range(25)])
    assert len(server.requests) == 200
    assert server.connections <= 8


def test_threads_that_come_first_together_share_what_is_known_of_a_place(start: Start, make: Make) -> None:
    server = start()
    transport = make(concurrency=8)
    run_in_threads(8, lambda: transport._pool(server.url))
    assert len(transport._pools) == 1


def test_a_connection_that_the_server_closed_meanwhile_is_replaced(start: Start, make: Make) -> None:
    server = start(lambda connection, _request: connection.sendall(http_answer()) or False)
    transport = make()
    for _unused in range(3):
        get(transport, server.url)
        assert server.ended.acquire(timeout=10)
    assert server.connections == 3


# No answer


def test_a_refused_connection_sent_nothing(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    failure = failed(make(), f"https://127.0.0.1:{port}/")
    assert (failure.failure, failure.sent, failure.repeatable) == (Failure.UNREACHABLE, False, True)


def test_an_unknown_host_sent_nothing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_arguments: Any, **_more: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, CANARY)

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    failure = failed(make(), "https://nowhere.example/")
    assert (failure.failure, failure.sent, failure.repeatable) == (Failure.NAME, False, True)
    shown = failure.sentence("Entra ID", "authority_url")
    assert "DNS" in shown and "HTTPS_PROXY" in shown and CANARY not in shown


@pytest.mark.parametrize("url", ["https://a..b/", f"https://{'a' * 64}.example/", "https:///x", "ftp://x/", "x"])
def test_a_url_that_leads_nowhere_sent_nothing(make: Make, url: str) -> None:
    failure = failed(make(timeout=1.0), url)
    assert failure.failure in (Failure.UNREACHABLE, Failure.NAME, Failure.LOST)


def test_a_certificate_of_another_host_sent_nothing(start: Start, make: Make) -> None:
    server = start(names=("elsewhere.example",))
    failure = failed(make(), server.url)
    assert (failure.failure, failure.sent, failure.repeatable) == (Failure.CERTIFICATE, False, False)
    assert server.requests == []


def test_a_certificate_of_another_authority_sent_nothing(start: Start, tmp_path: Path) -> None:
    server = start()
    transport = RequestsTransport(Settings(ca_path=Authority(str(tmp_path)).path))
    assert failed(transport, server.url).failure is Failure.CERTIFICATE
    assert failed(RequestsTransport(Settings()), server.url).failure is Failure.CERTIFICATE
    assert server.requests == []


def test_plain_http_behind_https_is_a_failure(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            connection, _address = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(http_answer(status="400 Bad Request"))

        threading.Thread(target=refuse, daemon=True).start()
        assert failed(make(), f"https://127.0.0.1:{listener.getsockname()[1]}/").failure is Failure.LOST


def test_no_answer_in_time_may_have_been_sent(start: Start, make: Make) -> None:
    release = threading.Event()
    server = start(lambda _connection, _request: release.wait(5) and None)
    failure = failed(make(timeout=0.5), server.url, body=b"x")
    release.set()
    assert (failure.failure, failure.sent) == (Failure.TIMEOUT, True)


def test_a_lost_connection_may_have_been_sent(start: Start, make: Make) -> None:
    server = start(lambda _connection, _request: False)
    failure = failed(make(), server.url, body=b"x")
    assert (failure.failure, failure.sent) == (Failure.LOST, True)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answered",
    [
        b"no http\r\n\r\n",
        b"HTTP/1.1 999999999 x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3, 4\r\n\r\nabc",
        b"",
    ],
)
def test_an_answer_that_is_none_is_a_lost_one(start: Start, make: Make, answered: bytes) -> None:
    def send(connection: socket.socket, _request: bytes) -> bool:
        connection.sendall(answered)
        return b"gzip" in answered  # the only one that was complete: the connection may be used again

    transport = make()
    server = start(send)
    assert failed(transport, server.url).failure is Failure.LOST
    server.handler = answering(b"{}")
    assert get(transport, server.url).body == b"{}"


@pytest.mark.parametrize("value", [f"{CANARY}\r\nx", f"{CANARY}\u20ac"])
def test_a_header_that_cannot_be_sent_is_not_quoted(start: Start, make: Make, value: str) -> None:
    with pytest.raises(TransportFailure) as caught:
        make().send(Request("GET", start().url, {"Authorization": value}))
    assert "ry-7" not in f"{caught.value}{caught.value.__cause__}"


# Bounds


def test_a_body_that_drips_is_bounded_by_the_time_out(start: Start, make: Make) -> None:
    def drip(connection: socket.socket, _request: bytes) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _unused in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)
        return False

    started = time.monotonic()
    failure = failed(make(timeout=0.5), start(drip).url)
    assert (failure.failure, failure.sent) == (Failure.TIMEOUT, True)
    assert time.monotonic() - started < 4.0


def test_a_body_that_stops_is_bounded_by_the_time_out(start: Start, make: Make) -> None:
    release = threading.Event()

    def stop(connection: socket.socket, _request: bytes) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")
        release.wait(5)
        return False

    assert failed(make(timeout=0.5), start(stop).url).failure is Failure.TIMEOUT
    release.set()


def flood(head: bytes, chunk: bytes) -> Handler:
    def send(connection: socket.socket, _request: bytes) -> bool:
        connection.sendall(head)
        while True:
            connection.sendall(chunk)

    return send


def bomb() -> bytes:
    """A gigabyte in a megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1024 * 1024)
    return b"".join([*(packer.compress(zeros) for _unused in range(256)), packer.flush()])


@pytest.mark.parametrize("kind", ["endless", "announced", "chunked", "bomb"])
def test_memory_is_bounded_whatever_the_size_of_the_body(
    start: Start, make: Make, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAXIMUM_BODY", 1024 * 1024)
    block = b"x" * 65536
    handlers = {
        "endless": flood(b"HTTP/1.1 200 OK\r\n\r\n", block),
        "announced": flood(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", block),
        "chunked": flood(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + block + b"\r\n"),
        "bomb": answering(bomb(), Content_Encoding="gzip"),
    }
    server = start(handlers[kind])
    transport = make()
    tracemalloc.start()
    failure = failed(transport, server.url)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (failure.failure, failure.sent, failure.repeatable) == (Failure.TOO_LARGE, True, False)
    assert peak < 8 * 1024 * 1024


def test_a_large_body_that_is_within_the_bound_is_read(start: Start, make: Make) -> None:
    body = os.urandom(1024 * 1024)
    assert get(make(), start(answering(body)).url).body == body


def test_an_answer_that_is_compressed_unasked_is_read(start: Start, make: Make) -> None:
    server = start(answering(gzip.compress(b'{"a":1}'), Content_Encoding="gzip"))
    assert get(make(), server.url).body == b'{"a":1}'


# What must not happen


def test_a_redirect_is_an_answer(start: Start, make: Make) -> None:
    elsewhere = start()
    server = start(answering(b"", status="302 Found", Location=f"{elsewhere.url}/stolen"))
    assert get(make(), server.url).status == 302
    assert elsewhere.connections == 0


def test_cookies_are_not_kept(start: Start, make: Make) -> None:
    server = start(answering(Set_Cookie="session=1; Path=/"))
    transport = make()
    for _unused in range(2):
        get(transport, server.url)
    assert b"cookie" not in server.requests[1].lower()


def test_netrc_is_ignored(start: Start, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = start()
    make().send(Request("GET", server.url, {}))
    assert b"authorization" not in server.requests[0].lower()


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_the_environment_does_not_override_ca_path(
    start: Start, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    server = start()
    other = Authority(str(tmp_path)).path
    monkeypatch.setenv(name, other)
    settings = make_settings(api_url=server.url, ca_path=authority.path, environment=os.environ)
    assert get(RequestsTransport(settings), server.url).status == 200
    monkeypatch.setenv(name, authority.path)
    settings = make_settings(api_url=server.url, ca_path=other, environment=os.environ)
    assert failed(RequestsTransport(settings), server.url).failure is Failure.CERTIFICATE


def test_the_environment_names_the_bundle_where_ca_path_does_not(start: Start, authority: Authority) -> None:
    server = start()
    settings = make_settings(api_url=server.url, environment={"REQUESTS_CA_BUNDLE": authority.path})
    assert get(RequestsTransport(settings), server.url).status == 200


def test_a_folder_of_certificates(start: Start, authority: Authority, tmp_path: Path) -> None:
    context = ssl.create_default_context(cafile=authority.path)
    assert context.cert_store_stats()["x509_ca"] == 1
    server = start()
    failure = failed(RequestsTransport(Settings(ca_path=str(tmp_path))), server.url)
    assert failure.failure is Failure.CERTIFICATE


@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nxx\n"])
def test_a_bundle_without_certificates_is_bad_input(tmp_path: Path, content: bytes) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(content)
    error = raised(lambda: RequestsTransport(Settings(ca_path=str(bundle))))
    assert isinstance(error, InputError)
    assert error.place == "ca_path"


def test_without_requests_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HAS_REQUESTS", False)
    error = raised(lambda: RequestsTransport(Settings()))
    assert isinstance(error, MissingLibraryError)
    assert "pip install requests" in str(error)


# Proxies


def proxy_for(target: Server, *, refuse: str | None = None) -> Handler:
    """Tunnels to the target, or asks for a password."""

    def tunnel(connection: socket.socket, request: bytes) -> bool:
        if refuse or not request.startswith(b"CONNECT "):
            connection.sendall(http_answer(status=refuse or "400 Bad Request"))
            return False
        with socket.create_connection(("127.0.0.1", target.port)) as onward:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(onward, connection), daemon=True)
            back.start()
            _pump(connection, onward)
        return False

    return tunnel


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def test_https_goes_through_the_proxy_with_the_target_s_certificate_checked(start: Start, make: Make) -> None:
    server = start()
    with running(proxy_for(server)) as proxy:
        transport = make(proxies=(("https_proxy", proxy.url.replace("http://", "http://user:word@")),))
        for _unused in range(3):
            assert get(transport, f"{server.url}/v1/x").status == 200
        assert len(proxy.requests) == 1
        assert proxy.requests[0].startswith(f"CONNECT 127.0.0.1:{server.port} ".encode())
        assert b"Proxy-Authorization: Basic dXNlcjp3b3Jk" in proxy.requests[0]
        assert b"Bearer" not in proxy.requests[0]
    assert b"Proxy-Authorization" not in server.requests[0]


@pytest.mark.parametrize("no_proxy", ["127.0.0.1", "*", "127.0.0.0/8", "x.example, 127.0.0.1"])
def test_no_proxy_is_heeded(start: Start, make: Make, no_proxy: str) -> None:
    server = start()
    transport = make(proxies=(("https_proxy", "http://127.0.0.1:9"), ("no_proxy", no_proxy)))
    before = dict(os.environ)
    assert get(transport, server.url).status == 200
    assert dict(os.environ) == before


def test_the_process_environment_names_no_proxy_of_its_own(
    start: Start, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start()
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert get(make(), server.url).status == 200
    monkeypatch.setenv("no_proxy", "*")
    transport = make(proxies=(("all_proxy", "http://127.0.0.1:9"),))
    assert failed(transport, server.url).failure is Failure.PROXY


def test_plain_http_on_the_loopback_needs_no_proxy(make: Make) -> None:
    with running(answering()) as server:
        transport = make(proxies=(("https_proxy", "http://127.0.0.1:9"), ("all_proxy", "http://127.0.0.1:9")))
        assert get(transport, server.url).status == 200


@pytest.mark.parametrize("proxy", ["127.0.0.1:9", "http://127.0.0.1:9", "http://user:kanarie@127.0.0.1:9"])
@pytest.mark.parametrize("variable", ["https_proxy", "all_proxy"])
def test_a_proxy_that_does_not_answer_is_named_without_its_password(make: Make, proxy: str, variable: str) -> None:
    failure = failed(make(proxies=((variable, proxy),)), "https://127.0.0.1:8/")
    assert (failure.failure, failure.sent) == (Failure.PROXY, False)
    shown = failure.sentence("Entra ID", "authority_url")
    start = f"the proxy at 127.0.0.1:9 ({variable.upper()}) does not answer, so that Entra ID cannot be reached"
    assert shown.startswith(start) and "authority_url" not in shown and "kanarie" not in shown


@pytest.mark.parametrize("proxy", ["nonsense://x", "http://[bad", "http://user:kanarie@[bad"])
def test_a_proxy_that_is_none_is_named(make: Make, proxy: str) -> None:
    failure = failed(make(proxies=(("https_proxy", proxy),)), "https://127.0.0.1:9/")
    assert (failure.failure, failure.sent, failure.repeatable) == (Failure.PROXY_UNUSABLE, False, False)
    assert "HTTPS_PROXY" in failure.what and "kanarie" not in failure.what


@pytest.mark.parametrize(
    ("status", "kind", "repeatable"),
    [
        ("407 Proxy Authentication Required", Failure.PROXY_SIGN_IN, False),
        ("403 Forbidden", Failure.PROXY_REFUSES, True),
        ("502 Bad Gateway", Failure.PROXY_REFUSES, True),
    ],
)
def test_a_proxy_that_refuses_sent_nothing(
    start: Start, make: Make, status: str, kind: Failure, repeatable: bool
) -> None:
    server = start()
    with running(proxy_for(server, refuse=status)) as proxy:
        failure = failed(make(proxies=(("https_proxy", proxy.url),)), server.url)
    assert (failure.failure, failure.sent, failure.repeatable) == (kind, False, repeatable)
    assert f"(HTTPS_PROXY) {kind.value}" in failure.what


@pytest.mark.parametrize("ending", ["closed", "reset"])
def test_an_answer_that_is_lost_behind_a_proxy_may_have_been_to_a_request_that_took_effect(
    start: Start, make: Make, ending: str
) -> None:
    """urllib3 takes it for an error of the proxy, since http.client has closed the connection meanwhile."""

    def lose(connection: socket.socket, _request: bytes) -> bool:
        if ending == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    server = start(lose)
    with running(proxy_for(server)) as proxy:
        failure = failed(make(proxies=(("https_proxy", proxy.url),)), server.url, body=b"x")
    assert server.requests
    assert (failure.failure, failure.sent) == (Failure.LOST, True)


def test_a_wrong_certificate_behind_a_proxy_is_told_as_such(start: Start, make: Make) -> None:
    server = start(names=("elsewhere.example",))
    with running(proxy_for(server)) as proxy:
        failure = failed(make(proxies=(("https_proxy", proxy.url),)), server.url)
    assert (failure.failure, failure.sent) == (Failure.CERTIFICATE, False)
