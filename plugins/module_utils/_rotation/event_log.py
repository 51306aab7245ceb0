# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event log of rotations: a file of JSON lines, with each event id once.

A document keeps an event in its outbox until it is on disk here. If a run is killed in between, the next run delivers
the event again, and searches the file for its id first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from .._base import safe_folders
from .._base.durable import GroupAppender
from .._base.errors import StoreError
from .._stores.records import Event, Subject

#: The longest line that is read; ours are shorter.
_LONGEST_LINE = 64 * 1024
_NO_MORE: Mapping[str, str] = MappingProxyType({})


class EventLog:
    """The event log, made at the first event. Safe under threads and processes; raises :class:`StoreError`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = GroupAppender(path)

    def deliver(
        self, subject: Subject, events: Sequence[Event], *, again: bool, more: Mapping[str, str] = _NO_MORE
    ) -> None:
        """Write the events to disk. ``again``: an earlier run may have delivered them. ``more``: further members."""
        try:
            lines = [_line(subject, event, more) for event in events if not (again and self._has(event.id))]
            if lines:
                self._append("".join(lines))
        except safe_folders.Unsafe as problem:
            raise self._kept(str(problem)) from None
        except TimeoutError:
            raise self._kept("another run has held it for too long") from None
        except OSError as error:
            raise self._kept(os.strerror(error.errno or 0)) from None

    def close(self) -> None:
        self._file.close()

    def _append(self, text: str) -> None:
        safe_folders.check(os.path.dirname(self._path) or ".", create=True)
        self._file.flush(self._file.queue(text))

    def _has(self, event_id: str) -> bool:
        """Return whether a complete line has this id. A line that a power cut has torn does not count."""
        wanted = f'"id":"{event_id}"'.encode()
        try:
            with open(self._path, "rb") as file:
                lines = iter(lambda: file.readline(_LONGEST_LINE), b"")
                return any(wanted in line and _id_in(line) == event_id for line in lines)
        except FileNotFoundError:
            return False

    def _kept(self, reason: str) -> StoreError:
        return StoreError(f"the event log {self._path} cannot be written ({reason}); the events are kept")


def _id_in(line: bytes) -> object:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return content.get("id") if isinstance(content, dict) and line.endswith(b"\n") else None


def _line(subject: Subject, event: Event, more: Mapping[str, str]) -> str:
    content = {
        "id": event.id,
        "at": event.at.isoformat(),
        "operation": event.operation.value,
        "customer_id": subject.customer_id,
        "user_id": subject.user_id,
        "user_principal_name": subject.user_principal_name,
        "rotation_id": event.rotation_id,
        "correlation_id": event.correlation_id,
        "evidence": event.evidence,
    }
    return json.dumps({**content, **more}, separators=(",", ":")) + "\n"
