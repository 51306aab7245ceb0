# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves a small emulator on 127.0.0.1: in a thread for a test, or as a command that prints one JSON line."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import trustme
import uvicorn

_SECONDS_TO_START = 10.0

App = Callable[[Any, Any, Any], Awaitable[None]]
AnyApp = TypeVar("AnyApp", bound=App)


@dataclass(frozen=True)
class Address:
    """The address of an emulator. ``ca_path`` is the CA bundle for it; None with plain http."""

    url: str
    ca_path: str | None


@contextmanager
def served(make: Callable[[str], AnyApp], *, tls: bool, port: int = 0) -> Iterator[tuple[Address, AnyApp]]:
    """Runs ``make(url)`` until the block ends."""
    folder = tempfile.mkdtemp(prefix="emulator-")
    # Only with the protocol named does asyncio switch off Nagle's algorithm, which costs 40 ms a request.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    url = f"http{'s' if tls else ''}://127.0.0.1:{listener.getsockname()[1]}"
    app = make(url)
    # httptools, where it is installed, does not know the method LIST of Vault.
    config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", http="h11")
    ca_path = None
    if tls:
        ca_path = os.path.join(folder, "ca.pem")
        config.load()
        config.ssl = _context(ca_path)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + _SECONDS_TO_START
        while not server.started:
            if time.monotonic() > deadline or not thread.is_alive():
                raise RuntimeError("the emulator did not start")
            time.sleep(0.01)
        yield Address(url, ca_path), app
    finally:
        server.should_exit = server.force_exit = True
        thread.join(5)
        listener.close()
        shutil.rmtree(folder, ignore_errors=True)


def command(name: str, make: Callable[[str], App], *, tls: bool, more: dict[str, str]) -> None:
    """Serves until standard input closes or a signal comes; the first line on standard output says where."""
    parser = argparse.ArgumentParser(prog=name, description=f"{make.__doc__} Ends when its standard input is closed.")
    parser.add_argument("--port", type=int, default=0, help="port (default: any free one)")
    options = parser.parse_args()
    with served(make, tls=tls, port=options.port) as (address, _app):
        sys.stdout.write(json.dumps({"url": address.url, "ca_path": address.ca_path, **more}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def _context(ca_path: str) -> ssl.SSLContext:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context
