# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of a link to a password: the link, and who asked for it and why. Never the password.

A store keeps it where it keeps the password of a rotation, encrypted, because who has the link can read the password.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from .._base.secret import Secret
from .._links.link import Link

#: The operations: a password that is set, and the first one of a new user.
HANDOVER, CREATION = "handover", "create"
_TEXTS = ("text", "handle", "service", "requested_by", "reason", "operation")


@dataclass(frozen=True)
class HandoverRecord:
    """One link. ``service``: the name of the link service, which alone can end the link."""

    one_time_link: Link
    service: str
    requested_by: str
    reason: str
    operation: str = HANDOVER

    def is_over(self, now: datetime) -> bool:
        """Return whether the life time of the link has ended."""
        return self.one_time_link.expires_at <= now

    def for_log(self) -> Mapping[str, str]:
        """Return what the event log says besides user, ticket and time."""
        return {"operation": self.operation, "requested_by": self.requested_by, "reason": self.reason}

    def to_secret(self) -> Secret:
        """Return the text for the store."""
        link = self.one_time_link
        content = {
            "text": link.text,
            "page": link.page,
            "handle": link.handle,
            "expires_at": link.expires_at.astimezone(UTC).isoformat(timespec="seconds"),
            "views": link.views,
            "service": self.service,
            "requested_by": self.requested_by,
            "reason": self.reason,
            "operation": self.operation,
        }
        return Secret(json.dumps(content, separators=(",", ":")))


def record_from(secret: Secret) -> HandoverRecord | None:
    """Return the record from the store's text; None where it is not one."""
    try:
        content = {"operation": HANDOVER, **json.loads(secret.reveal())}
        texts = {name: content[name] for name in _TEXTS}
        expires_at, page, views = datetime.fromisoformat(content["expires_at"]), content["page"], content["views"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not all(isinstance(text, str) for text in texts.values()) or not isinstance(page, str | None):
        return None
    if not isinstance(views, int) or expires_at.tzinfo is None:
        return None
    link = Link(texts["text"], page, texts["handle"], expires_at, views)
    return HandoverRecord(link, *(texts[name] for name in _TEXTS[2:]))
