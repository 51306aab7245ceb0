# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: ``python -m partnercenter_emulator --help``."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from typing import Any

from .app import Emulator, Order, serve
from .faults import NAMES
from .knob_kinds import KnobError
from .knobs import listing
from .server import CERTIFICATES, Certificates


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="partnercenter_emulator",
        description="Emulates Microsoft Partner Center, Microsoft Graph and their Entra ID token endpoints on the "
        "loopback address: the same customers and users behind both. "
        "Prints one JSON line when ready; ends on SIGTERM or SIGINT.",
    )
    parser.add_argument("--port", type=int, default=0, help="port of the API (default: any free one)")
    parser.add_argument("--graph-port", type=int, default=0, help="port of Microsoft Graph")
    parser.add_argument("--authority-port", type=int, default=0, help="port of the token endpoints")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control endpoint")
    parser.add_argument("--http", action="store_true", help="serve the API on plain http as well")
    parser.add_argument("--http-port", type=int, default=0, help="port of the API on plain http")
    parser.add_argument("--customers", type=int, default=2, help="number of customers (default: 2)")
    parser.add_argument("--users", type=int, default=10, help="users of each customer (default: 10)")
    parser.add_argument(
        "--special-users", action="store_true", help="add a federated, synced, deleted and privileged user to each"
    )
    parser.add_argument(
        "--knob", action="extend", nargs="+", default=[], metavar="NAME=VALUE", help="set knobs; may be repeated"
    )
    parser.add_argument("--latency", type=float, metavar="MS", help="short for --knob latency_ms=MS")
    parser.add_argument("--seed", type=int, help="makes ids and initial passwords repeatable")
    parser.add_argument("--parent-pid", type=int, help="end when this process is gone")
    parser.add_argument(
        "--certificate", choices=CERTIFICATES, default="good", help="what the API shows, for tests of TLS checks"
    )
    parser.add_argument("--list-knobs", action="store_true", help="print every knob and exit")
    parser.add_argument("--list-faults", action="store_true", help="print every fault and exit")
    return parser.parse_args(words)


def order(options: argparse.Namespace) -> Order:
    """Turn options into an order; raises KnobError for what cannot be a knob."""
    knobs: dict[str, object] = {}
    for text in options.knob:
        name, equals, value = text.partition("=")
        if not equals:
            raise KnobError(f"--knob {text!r} is not of the form NAME=VALUE")
        knobs[name.strip()] = value
    if options.latency is not None:
        knobs["latency_ms"] = options.latency
    return Order(
        seed=secrets.randbits(63) if options.seed is None else options.seed,
        customers=max(0, options.customers),
        users=max(0, options.users),
        special_users=options.special_users,
        http=options.http,
        port=options.port,
        graph_port=options.graph_port,
        authority_port=options.authority_port,
        control_port=options.control_port,
        http_port=options.http_port,
        knobs=knobs,
    )


def announce(description: dict[str, Any]) -> None:
    """The one line on stdout."""
    sys.stdout.write(json.dumps(description, separators=(",", ":")) + "\n")
    sys.stdout.flush()


async def watch(parent: int, stop: asyncio.Event) -> None:
    """End when the process that started us is gone, even if it was killed."""
    direct = os.getppid() == parent
    while not stop.is_set():
        try:
            os.kill(parent, 0)
        except OSError:
            stop.set()
        if direct and os.getppid() != parent:
            stop.set()  # gone, though its id may still be in use
        await asyncio.sleep(0.5)


async def run(emulator: Emulator, certificates: Certificates, parent: int | None) -> None:
    """Serve until a signal comes or the parent goes."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    watcher = asyncio.create_task(watch(parent, stop)) if parent else None
    await serve(emulator, certificates, stop, announce)
    if watcher:
        watcher.cancel()


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; 2 for a mistake on the command line."""
    options = arguments(words)
    if options.list_knobs:
        print(listing())
        return 0
    if options.list_faults:
        print("\n".join(f"{name:24} {text}" for name, text in NAMES.items()))
        return 0
    try:
        emulator = Emulator(order(options))
    except KnobError as error:
        print(f"partnercenter_emulator: {error}", file=sys.stderr)
        return 2
    # The population lives as long as the process: do not let the garbage collector walk it again and again.
    gc.collect()
    gc.freeze()
    factory = None
    with contextlib.suppress(ImportError):
        import uvloop

        factory = uvloop.new_event_loop
    certificates = Certificates(options.certificate)
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(run(emulator, certificates, options.parent_pid))
    except OSError as error:
        print(f"partnercenter_emulator: {error}", file=sys.stderr)
        return 1
    finally:
        certificates.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
