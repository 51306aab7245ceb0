# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where audit events of rotations go: a file of JSON lines, each event id once.

A document keeps an event in its outbox until it is on disk here, so a kill in between delivers it a second time; then
the file is searched for its id first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from .._password.ledger.files import GroupAppender
from .._service.errors import StoreError
from .records import Event, Subject


class EventLog:
    """``path`` is made at the first event. Safe under threads; a failure is a :class:`StoreError`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = GroupAppender(path)

    def deliver(self, subject: Subject, events: Sequence[Event], *, again: bool) -> None:
        """Returns when the events are on disk. ``again``: an earlier run may have delivered them."""
        try:
            lines = [_line(subject, event) for event in events if not (again and self._has(event.id))]
            if lines:
                self._append("".join(lines))
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise StoreError(f"the event log {self._path} cannot be written ({reason}); the events are kept") from None

    def close(self) -> None:
        self._file.close()

    def _append(self, text: str) -> None:
        os.makedirs(os.path.dirname(self._path) or ".", mode=0o700, exist_ok=True)
        self._file.flush(self._file.queue(text))

    def _has(self, event_id: str) -> bool:
        try:
            with open(self._path, encoding="utf-8") as file:
                return any(f'"id":"{event_id}"' in line for line in file)
        except FileNotFoundError:
            return False


def _line(subject: Subject, event: Event) -> str:
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
    return json.dumps(content, separators=(",", ":")) + "\n"
