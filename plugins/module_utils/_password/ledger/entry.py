# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the ledger holds of one user: as a value, and as JSON with a checksum. Metadata only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..._service.identifiers import known_guid
from .fingerprint import Fingerprint

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


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
    """``sent`` holds the attempts without a definitive end, the youngest last; more than one where a run overrode an
    earlier one. ``refused`` is the last attempt that was refused."""

    user_principal_name: str | None = None
    applied: Record | None = None
    sent: tuple[Record, ...] = ()
    refused: Record | None = None

    def records(self) -> Iterator[Record]:
        yield from (record for record in (self.applied, *self.sent, self.refused) if record is not None)


def dump(entry: Entry, owner: str) -> str:
    """The entry in one line, keys sorted. ``owner`` is whose it is: an entry is good for no other user."""
    content: dict[str, Any] = {}
    if entry.user_principal_name is not None:
        content["user_principal_name"] = entry.user_principal_name
    if entry.applied is not None:
        content["applied"] = _plain(entry.applied)
    if entry.sent:
        content["sent"] = [_plain(record) for record in entry.sent]
    if entry.refused is not None:
        content["refused"] = _plain(entry.refused)
    content["checksum"] = _checksum(content, owner)
    return compact(content)


def parse(content: Any, owner: str) -> Entry:
    """The entry of parsed JSON; raises :class:`Malformed`."""
    if not isinstance(content, dict):
        raise Malformed("is not an object")
    content = dict(content)
    if content.pop("checksum", None) != _checksum(content, owner):
        raise Malformed("was edited or damaged, or is another user's: its checksum does not fit")
    name, sent = content.pop("user_principal_name", None), content.pop("sent", [])
    records = {key: _record(content.pop(key)) for key in ("applied", "refused") if key in content}
    if content or not isinstance(name, (str, type(None))) or not isinstance(sent, list):
        raise Malformed("has members that this version does not know")
    return Entry(name, sent=tuple(_record(record) for record in sent), **records)


def compact(content: Any) -> str:
    """JSON in one line, the same for the same content."""
    return _encode(content)


_TYPES: dict[str, tuple[type, ...]] = {
    "at": (str,),
    "rotation_id": (str, type(None)),
    "force_change_password": (bool,),
    "attempt": (int,),
    "request_id": (str,),
    "correlation_id": (str,),
    "certainty": (str, type(None)),
    "fingerprint": (dict,),
}


def _record(content: Any) -> Record:
    if not isinstance(content, dict) or set(content) != set(_TYPES):
        raise Malformed("has a record with missing or unknown members")
    if not all(isinstance(content[name], types) for name, types in _TYPES.items()):
        raise Malformed("has a record with members of the wrong type")
    made = content["fingerprint"]
    if set(made) != {"key_id", "salt", "digest"} or not all(isinstance(part, str) for part in made.values()):
        raise Malformed("has a record without a fingerprint")
    record = Record(**{**content, "fingerprint": Fingerprint(**made)})
    if not _has_zone(record) or not known_guid(record.request_id) or not known_guid(record.correlation_id):
        raise Malformed("has a record without time or ids")
    return record


def _has_zone(record: Record) -> bool:
    try:
        return record.moment.tzinfo is not None
    except ValueError:
        return False


def _plain(record: Record) -> dict[str, Any]:
    return {**vars(record), "fingerprint": vars(record.fingerprint)}


def _checksum(content: dict[str, Any], owner: str) -> str:
    return hashlib.sha256(f"{owner} {compact(content)}".encode()).hexdigest()[:16]
