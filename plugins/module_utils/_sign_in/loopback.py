# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of the authorization code flow: the browser brings the code to a small server on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .._base.errors import InputError

_LARGEST = 64 * 1024
_POLL_SECONDS = 0.25
_DONE = b"<p>You have signed in. You may close this window and go back to Ansible.</p>"
_FAILED = b"<p>The sign-in was refused; Ansible says why. You may close this window.</p>"


class Loopback:
    """A server on 127.0.0.1 that listens from the start, so that its port is known; ``port`` 0 takes any."""

    def __init__(self, port: int) -> None:
        try:
            self._server = _Server(("127.0.0.1", port), _Handler)
        except OSError:
            raise InputError("redirect_port", f"{port} cannot be listened on: something else may use it") from None
        self._server.timeout = _POLL_SECONDS

    @property
    def redirect_uri(self) -> str:
        """The address for the browser. Entra ID does not compare the port of localhost with the registered one."""
        return f"http://localhost:{self._server.server_address[1]}"

    def wait_for(
        self, state: str, until: float, cancelled: threading.Event, *, clock: Callable[[], float] = time.monotonic
    ) -> Mapping[str, str] | None:
        """Return what the browser brought with that ``state``, or None at ``until``. Send all other callers away."""
        self._server.state = state
        while not self._server.found and clock() < until and not cancelled.is_set():
            self._server.handle_request()
        return self._server.found or None

    def close(self) -> None:
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    """The server, with a thread for each caller: browsers open connections in advance and say nothing on them."""

    def __init__(self, *args: Any) -> None:
        self.state = ""
        self.found: dict[str, str] = {}
        super().__init__(*args)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a caller that went away; the default would print a traceback."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 60.0

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        size = int(length) if length.isascii() and length.isdigit() else 0
        self._take(self.rfile.read(size).decode("utf-8", "replace") if size <= _LARGEST else "")

    def do_GET(self) -> None:
        self._take(urlsplit(self.path).query)

    def _take(self, form: str) -> None:
        answer = {name: values[0] for name, values in parse_qs(form).items()}
        server = self.server
        if not isinstance(server, _Server) or not server.state or answer.get("state") != server.state:
            self.send_error(404)
            return
        body = _FAILED if "error" in answer else _DONE
        try:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        finally:
            server.found = answer  # ends the wait, and perhaps the process

    def log_message(self, *_arguments: Any) -> None:
        """Log nothing: the code is in the line."""
