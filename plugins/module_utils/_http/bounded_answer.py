# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that are bounded in time and in size, whatever the server does.

The time-out of a socket only bounds the wait for the next byte: an answer that drips would hold a task for hours.
"""

from __future__ import annotations

import http.client
import io
import time
import zlib
from typing import Any

_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


class BoundedAnswer(http.client.HTTPResponse):
    """An answer whose waits together take no longer than the time-out of its socket."""

    def __init__(self, sock: Any, *arguments: Any, **named: Any) -> None:
        super().__init__(_Bounded(sock), *arguments, **named)  # type: ignore[arg-type]

    def begin(self) -> None:
        """Read the head, and drop its lines that are no headers: urllib3 would quote them in the log."""
        super().begin()
        self.msg.defects.clear()
        self.msg.set_payload("")


class _Bounded:
    """The part of a socket that an answer needs."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock

    def makefile(self, *_arguments: Any) -> io.BufferedReader:
        return io.BufferedReader(_Stream(self._sock))


class _Stream(io.RawIOBase):
    """The bytes of a socket until its time is over."""

    def __init__(self, sock: Any) -> None:
        super().__init__()
        self._sock = sock
        self._bytes = sock.makefile("rb", buffering=0)
        seconds = sock.gettimeout()
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._sock.settimeout(left)
        count: int | None = self._bytes.readinto(buffer)
        return count

    def close(self) -> None:
        super().close()
        self._bytes.close()


class Unreadable(Exception):
    """The body is damaged, or compressed in a way that is not supported."""


def unpacked(body: bytes, coding: str, largest: int) -> bytes:
    """Return the body without its compression, at most one byte longer than ``largest``; raises :class:`Unreadable`.

    No request asks for compression. urllib3 is not used for it: it would undo as many layers as a server names.
    """
    if coding.strip().lower() in ("", "identity") or not body:
        return body
    if coding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        raise Unreadable
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        content = unpacker.decompress(body, largest + 1)
    except zlib.error:
        raise Unreadable from None
    if len(content) <= largest and not unpacker.eof:
        raise Unreadable
    return content
