# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the ledger holds of one user: as a value, and as JSON with a checksum. Metadata only."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from ..._service.identifiers import known_guid
from .fingerprint import Fingerprint


class Malformed(ValueError):
    """The text is not an entry; says what is wrong in a few words."""


@dataclass(frozen=True)
class Record:
    """One attempt: sent, or applied. ``at`` is ISO 8601 in UTC. ``attempt`` counts from 1 within a rotation id."""

    at: str
    rotation_id: str | None
    force_change_password: bool
    attempt: int
    request_id: str
    correlation_id: str
    certainty: str | None
    fingerprint: Fingerprint

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True)
class Entry:
    """``sent`` is there while an attempt has no definitive end. ``refused`` is the last attempt that was refused."""

    user_principal_name: str | None = None
    applied: Record | None = None
    sent: Record | None = None
    refused: Record | None = None


def dump(entry: Entry) -> str:
    """The entry in one line, keys sorted."""
    content = {key: value for key, value in asdict(entry).items() if value is not None}
    content["checksum"] = _checksum(content)
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def parse(content: Any) -> Entry:
    """The entry of parsed JSON; raises :class:`Malformed`."""
    if not isinstance(content, dict):
        raise Malformed("is not an object")
    content = dict(content)
    if content.pop("checksum", None) != _checksum(content):
        raise Malformed("was edited or damaged: its checksum does not fit")
    name = content.pop("user_principal_name", None)
    records = {key: _record(content.pop(key)) for key in ("applied", "sent", "refused") if key in content}
    if content or not (name is None or isinstance(name, str)):
        raise Malformed("has members that this version does not know")
    return Entry(name, **records)


def _record(content: Any) -> Record:
    if not isinstance(content, dict) or set(content) != _MEMBERS:
        raise Malformed("has a record with missing or unknown members")
    made = content["fingerprint"]
    if not isinstance(made, dict) or set(made) != {"key_id", "salt", "digest"}:
        raise Malformed("has a record without a fingerprint")
    record = Record(**{**content, "fingerprint": Fingerprint(**made)})
    try:
        zoned = record.moment.tzinfo is not None
    except (TypeError, ValueError):
        zoned = False
    if not zoned or not known_guid(record.request_id) or not known_guid(record.correlation_id):
        raise Malformed("has a record without time or ids")
    return record


def _checksum(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


_MEMBERS = frozenset(field.name for field in fields(Record))
