# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On PYTHONPATH, lets every Python process of a run reach the hosts that are listed, and nothing else.

``NETWORK_ALLOWED`` lists ``host:port`` with commas between them. What was asked for, allowed or not, is a line of
``NETWORK_RECORD``. An audit hook sees the calls below all libraries, and cannot be taken away again.
"""

from __future__ import annotations

import os
import sys

_ALLOWED = set(os.environ.get("NETWORK_ALLOWED", "").split(","))
_RECORD = os.environ.get("NETWORK_RECORD")


def _place(event, arguments):
    """Where a call leads to, or None where it does not leave this process or machine."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        return f"{address[0]}:{address[1]}" if isinstance(address, tuple) else None
    if event == "socket.getaddrinfo" and not _is_number(arguments[0]):
        return f"{arguments[0]}:{arguments[1]}"
    if event in ("socket.gethostbyname", "socket.gethostbyaddr"):
        return f"{arguments[0]}:"
    return None


def _is_number(host):
    """Of an address that is written in numbers nobody is asked."""
    return host is None or str(host).replace(".", "").isdigit() or ":" in str(host)


def _guard(event, arguments):
    if not event.startswith("socket."):
        return
    place = _place(event, arguments)
    if place is None:
        return
    allowed = place in _ALLOWED
    descriptor = os.open(_RECORD, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, f"{'allowed' if allowed else 'refused'} {event} {place}\n".encode())
    os.close(descriptor)
    if not allowed:
        raise ConnectionRefusedError(f"the guard of the tests: {place}")


if _RECORD:
    sys.addaudithook(_guard)
