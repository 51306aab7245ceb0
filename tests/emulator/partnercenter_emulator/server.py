# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listening: certificate, sockets, uvicorn."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import trustme
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LOOPBACK = "127.0.0.1"


CERTIFICATES = ("good", "wrong_host", "expired", "untrusted")


class Certificates:
    """A certificate authority of its own, in a temporary folder that goes away with the process."""

    def __init__(self, kind: str = "good") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="partnercenter-emulator-"))
        self.authority = trustme.CA(organization_name="Partner Center emulator")
        self.ca_path = self.folder / "ca.pem"
        self.authority.cert_pem.write_to_path(self.ca_path)
        self.server_path = self._issue("server.pem", "localhost", LOOPBACK)
        # What the API shows; the authority's certificate is always good.
        self.api_path = self.server_path
        if kind == "wrong_host":
            self.api_path = self._issue("api.pem", "elsewhere.example.net")
        elif kind == "expired":
            yesterday = datetime.now(UTC) - timedelta(days=1)
            self.api_path = self._issue("api.pem", "localhost", LOOPBACK, not_after=yesterday)
        elif kind == "untrusted":
            self.authority = trustme.CA(organization_name="Somebody else")
            self.api_path = self._issue("api.pem", "localhost", LOOPBACK)

    def _issue(self, name: str, *hosts: str, not_after: datetime | None = None) -> Path:
        not_before = not_after - timedelta(days=30) if not_after else None
        issued = self.authority.issue_cert(*hosts, not_before=not_before, not_after=not_after)
        path = self.folder / name
        issued.private_key_and_cert_chain_pem.write_to_path(path)
        return path

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def listen(port: int = 0) -> socket.socket:
    """A socket on the loopback address only."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((LOOPBACK, port))
    opened.listen(2048)
    opened.setblocking(False)
    return opened


def protocol_counting(connected: Callable[[], None]) -> type[HttpToolsProtocol]:
    """A protocol that counts connections, and lets faults reach the transport."""

    class CountingProtocol(HttpToolsProtocol):
        def connection_made(self, transport: Any) -> None:
            connected()
            super().connection_made(transport)

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self.scope["emulator.transport"] = self.transport  # type: ignore[typeddict-unknown-key]

    return CountingProtocol


class Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: several servers share one process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are handled once, in ``__main__``."""
        yield


def server(application: Any, connected: Callable[[], None], certificate: Path | None) -> Server:
    """Make a server for an application; silent, since stdout carries one line only."""
    config = uvicorn.Config(
        application,
        http=protocol_counting(connected),
        loop="none",
        ws="none",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_level="error",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=120,
        ssl_certfile=str(certificate) if certificate else None,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
    )
    return Server(config)
