# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The effects of the faults on a request and its answer."""

from __future__ import annotations

import asyncio
import functools
import zlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

from .answers import BYTE_ORDER_MARK, JSON_TYPE, Answer, Header, html_answer
from .channel import Channel
from .clock import Clock
from .faults import Fault
from .service import Service

SILENCE = 3600.0
MEBIBYTE = 1 << 20
Produce = Callable[[], Coroutine[Any, Any, Answer]]


@dataclass(frozen=True, slots=True)
class Voice:
    """The refusals of one service: ``refused(status, code, description)`` and ``throttled(seconds)``."""

    service: Service
    refused: Callable[[int, int | str | None, str], Answer]
    throttled: Callable[[float], Answer]


async def spoil(
    fault: Fault,
    channel: Channel,
    produce: Produce,
    common: list[Header],
    voice: Voice,
    background: set[asyncio.Task[Any]],
) -> int | None:
    """Carry out one fault; the status that the client got, or nothing."""
    name = fault.name
    if name == "late":
        task = asyncio.create_task(
            _later(voice.service.clock, fault.seconds if fault.seconds is not None else 1.0, produce)
        )
        background.add(task)
        task.add_done_callback(background.discard)
        await channel.reset()
        return None
    answer = await produce() if fault.takes_effect else None
    if name in ("timeout_before", "timeout_after"):
        await channel.gone(SILENCE if fault.seconds is None else fault.seconds)
        await channel.reset()
        return None
    if name in ("reset_connection_before", "reset_connection_after"):
        await channel.reset()
        return None
    if answer is not None and answer.status >= 400 and (fault.status or 200) < 400:
        await channel.answer(answer, common)  # refused, by the throttle for one: no service says 200 then
        return answer.status
    body = answer.body if answer is not None and answer.body else b'{"id":"00000000-0000-0000-0000-000000000000"}'
    simple = _simple(fault, body, voice)
    if simple is not None:
        await channel.answer(simple, common)
        return simple.status
    status = fault.status or (answer.status if answer and answer.status != 204 else 200)
    await SENDERS[name](fault, channel, body, common, status)
    return status


async def _later(clock: Clock, seconds: float, produce: Produce) -> Answer:
    await clock.sleep(seconds)
    return await produce()


def _simple(fault: Fault, body: bytes, voice: Voice) -> Answer | None:
    """The faults whose whole answer is known at once."""
    if fault.name == "status":
        status = fault.status or 500
        if fault.body is not None:
            return Answer(status, fault.body.encode())
        return voice.refused(status, fault.code, fault.description or "A fault was ordered.")
    if fault.name == "html":
        return html_answer(fault.status or 502, fault.description or "502 - Web server received an invalid response.")
    if fault.name == "empty":
        return Answer(fault.status or 200, content_type=None)
    if fault.name == "malformed":
        return Answer(fault.status or 200, body[: len(body) * 2 // 3])
    if fault.name == "throttle":
        voice.service.journal.counters.throttled += 1
        return voice.throttled(1.0 if fault.seconds is None else fault.seconds)
    if fault.name == "redirect":
        location = ((b"location", fault.location.encode()),)
        return Answer(fault.status or 307, content_type=None, headers=location)
    if fault.name == "deep_json":
        depth = fault.size or 100_000
        return Answer(fault.status or 200, b'{"items":' + b"[" * depth + b"]" * depth + b"}")
    return None


async def _begin(channel: Channel, status: int, headers: list[Header]) -> None:
    headers = [*headers, (b"content-type", JSON_TYPE)]
    await channel.send({"type": "http.response.start", "status": status, "headers": headers})


async def _slow(fault: Fault, channel: Channel, body: bytes, common: list[Header], status: int) -> None:
    seconds = 5.0 if fault.seconds is None else fault.seconds
    pieces = min(20, len(body))
    await _begin(channel, status, [*common, (b"content-length", str(len(body)).encode())])
    for index in range(pieces):
        piece = body[len(body) * index // pieces : len(body) * (index + 1) // pieces]
        await channel.send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(seconds / pieces)
    await channel.send({"type": "http.response.body", "body": b""})


async def _truncated(fault: Fault, channel: Channel, body: bytes, common: list[Header], status: int) -> None:
    await _begin(channel, status, [*common, (b"content-length", str(len(body) + 512).encode())])
    await channel.send({"type": "http.response.body", "body": body, "more_body": True})
    await asyncio.sleep(0.05)
    await channel.reset()


def _json_text(size: int) -> Iterator[bytes]:
    """A valid document of about the given size."""
    yield BYTE_ORDER_MARK + b'{"items":["'
    for _number in range(max(1, size // MEBIBYTE)):
        yield b"a" * MEBIBYTE
    yield b'"]}'


async def _huge(fault: Fault, channel: Channel, body: bytes, common: list[Header], status: int) -> None:
    await _begin(channel, status, common)
    for piece in _json_text(fault.size or 256 * MEBIBYTE):
        await channel.send({"type": "http.response.body", "body": piece, "more_body": True})
    await channel.send({"type": "http.response.body", "body": b""})


async def _bomb(fault: Fault, channel: Channel, body: bytes, common: list[Header], status: int) -> None:
    await _begin(channel, status, [*common, (b"content-encoding", b"gzip")])
    await channel.send({"type": "http.response.body", "body": _packed(fault.size or 256 * MEBIBYTE)})


@functools.cache
def _packed(size: int) -> bytes:
    """Made once: a client with a short time-out would else give up before it has seen the bomb."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(piece) for piece in _json_text(size)), packer.flush()])


Sender = Callable[[Fault, Channel, bytes, list[Header], int], Awaitable[None]]
SENDERS: dict[str, Sender] = {"slow_body": _slow, "truncated": _truncated, "huge_body": _huge, "gzip_bomb": _bomb}
