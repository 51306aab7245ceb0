# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tiny server on the loopback that speaks just enough HTTP, with or without TLS, and counts its connections."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import trustme

#: Gets the connection and the request (head and body); sends what it likes. False ends the connection.
Handler = Callable[[socket.socket, bytes], bool | None]


def free_port() -> int:
    """A port of the loopback on which nobody listens now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def http_answer(body: bytes = b"{}", *, status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    if "Transfer_Encoding" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answering(body: bytes = b"{}", *, status: str = "200 OK", **headers: str) -> Handler:
    return lambda connection, _request: connection.sendall(http_answer(body, status=status, **headers))


@dataclass
class Server:
    """``requests`` are heads with bodies, in order; ``connections`` and ``ended`` count those accepted and closed."""

    url: str
    port: int
    requests: list[bytes]
    connections: int = 0
    handler: Handler = field(default_factory=answering)
    ended: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


class Authority:
    """A CA of the test's own, with its certificate in a file."""

    def __init__(self, folder: str) -> None:
        self._ca = trustme.CA()
        self.path = f"{folder}/ca.pem"
        self._ca.cert_pem.write_to_path(self.path)

    def server_context(self, *names: str, expired: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        end = datetime.now(UTC) - timedelta(days=1) if expired else None
        self._ca.issue_cert(*names, not_after=end).configure_cert(context)
        return context

    def self_signed_context(self) -> ssl.SSLContext:
        """The authority's own certificate in the place of a server's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with self._ca.private_key_pem.tempfile() as key:
            context.load_cert_chain(self.path, key)
        return context


@contextlib.contextmanager
def running(handler: Handler, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    port = listener.getsockname()[1]
    server = Server(f"{'https' if context else 'http'}://127.0.0.1:{port}", port, [], 0, handler)
    open_connections: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            if context:
                connection = context.wrap_socket(connection, server_side=True)
                open_connections.append(connection)
            with connection:
                _serve(server, connection)
        server.ended.release()

    def accept() -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            server.connections += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            open_connections.append(connection)
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # else its thread would wait for ever
        listener.close()
        for connection in open_connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


def _serve(server: Server, connection: socket.socket) -> None:
    with connection.makefile("rb") as stream:
        while True:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = stream.readline()
                if not line:
                    return
                head += line
            length = next(
                (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
            )
            server.requests.append(head + stream.read(length))
            if server.handler(connection, server.requests[-1]) is False:
                return
