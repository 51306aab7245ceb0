# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hostile servers by name, for ``support.server.running``."""

from __future__ import annotations

import functools
import socket
import time
import zlib
from collections.abc import Callable

from ansible_collections.csp.partnercenter.tests.unit.hostile.answers import CANARY
from ansible_collections.csp.partnercenter.tests.unit.support.server import Handler, answering

_OK = b"HTTP/1.1 200 OK\r\n"
_JSON = _OK + b"Content-Type: application/json\r\n"
_SECRET = CANARY.encode()
_GZIP, _ZLIB = 31, 15


def once(data: bytes) -> Handler:
    """Send these bytes, and close the connection."""

    def send(connection: socket.socket, _request: bytes) -> bool:
        connection.sendall(data)
        return False

    return send


def for_ever(head: bytes, again: bytes, *, every: float = 0.0, times: int = 10_000_000) -> Handler:
    """The head, and then the same bytes again and again, until the client goes away."""

    def send(connection: socket.socket, _request: bytes) -> bool:
        connection.sendall(head)
        for _again in range(times):
            connection.sendall(again)
            if every:
                time.sleep(every)
        return False

    return send


@functools.cache
def bomb(megabytes: int, form: int = _GZIP) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, form)
    block = b" " * 1024 * 1024
    return b"".join([*(packer.compress(block) for _block in range(megabytes)), packer.flush()])


@functools.cache
def layers(count: int) -> bytes:
    """Each of which makes a thousand times as much of what is in it: three are more than a machine can hold."""
    packed = bomb(32)
    for _layer in range(count - 1):
        packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
        packed = packer.compress(packed) + packer.flush()
    return packed


_BLOCK = b"x" * 65536
_DRIP = 0.02

#: Each is endless, or larger than it may be.
FLOODS: dict[str, Callable[[], Handler]] = {
    "a body without end": lambda: for_ever(_JSON + b"\r\n", _BLOCK),
    "a body of which 100 GB are announced": lambda: for_ever(_JSON + b"Content-Length: 99999999999\r\n\r\n", _BLOCK),
    "chunks without end": lambda: for_ever(
        _JSON + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + _BLOCK + b"\r\n"
    ),
    "one chunk without end": lambda: for_ever(_JSON + b"Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n", _BLOCK),
    "a bomb of gzip": lambda: answering(bomb(32), Content_Encoding="gzip"),
    "a bomb of deflate": lambda: answering(bomb(32, _ZLIB), Content_Encoding="deflate"),
    "bombs in bombs": lambda: answering(layers(2), Content_Encoding="gzip, gzip"),
    "twenty layers": lambda: answering(layers(2), Content_Encoding=", ".join(["gzip"] * 20)),
    "a header without end": lambda: for_ever(_OK + b"A: ", _BLOCK),
    "headers without end": lambda: for_ever(_OK, b"A: b\r\n" * 1000),
    "a status line without end": lambda: for_ever(b"HTTP/1.1 200 ", _BLOCK),
}
#: Each would go on for days, a few bytes at a time.
DRIPS: dict[str, Callable[[], Handler]] = {
    "a body that drips": lambda: for_ever(_JSON + b"Content-Length: 99999\r\n\r\n", b"x", every=_DRIP),
    "chunks that drip": lambda: for_ever(_JSON + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", every=_DRIP),
    "a chunk's size that drips": lambda: for_ever(_JSON + b"Transfer-Encoding: chunked\r\n\r\n", b"0", every=_DRIP),
    "trailers that drip": lambda: for_ever(
        _JSON + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n", every=_DRIP
    ),
    "a status line that drips": lambda: for_ever(b"HTTP/1.1 200 ", b"x", every=_DRIP),
    "a header that drips": lambda: for_ever(_OK + b"A: ", b"x", every=_DRIP),
    "headers that drip": lambda: for_ever(_OK, b"A: b\r\n", every=_DRIP, times=90),
    "100 Continue again and again": lambda: for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n", every=_DRIP),
    "100 Continue at full speed": lambda: for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "silence": lambda: for_ever(b"", b"", every=_DRIP),
}
#: Each is no answer that can be used.
NONSENSE: dict[str, Callable[[], Handler]] = {
    "nothing": lambda: once(b""),
    "HTTP/0.9": lambda: once(b"<html>" + _SECRET + b"</html>"),
    "HTTP/2": lambda: once(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _SECRET),
    "bytes": lambda: once(bytes(range(256)) * 40),
    "more than was announced": lambda: once(_JSON + b"Content-Length: 2\r\n\r\n{}" + _SECRET),
    "less than was announced": lambda: once(_JSON + b"Content-Length: 99\r\n\r\n{" + _SECRET),
    "a length that is none": lambda: once(_JSON + b"Content-Length: -1\r\n\r\n" + _SECRET),
    "two lengths": lambda: once(_JSON + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}" + _SECRET),
    "lines that are no headers": lambda: once(_JSON + _SECRET + b"\r\nA b\r\n\r\n{}"),
    "a compression that nobody knows": lambda: answering(_SECRET, Content_Encoding="br"),
    "no gzip": lambda: answering(_SECRET, Content_Encoding="gzip"),
    "half a gzip": lambda: answering(bomb(1)[:-9], Content_Encoding="gzip"),
    "deep JSON": lambda: answering(b"[" * 1_000_000),
    "another form": lambda: answering(b'["' + _SECRET + b'"]'),
}
