# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger's entry of one user: as a value, and as JSON under a keyed check. Metadata only.

The check covers the whole entry and its owner, so that nobody can make evidence without the key. Entries of release
0.1.0 have a checksum without a key; they are believed only in a file of that release.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..._base.identifiers import known_guid
from .fingerprint import Fingerprint, LedgerKey

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


_KEY_ID = re.compile(r"[0-9a-f]{8}")
_CHECK = re.compile(_KEY_ID.pattern + r"-[0-9a-f]{32}")


class Malformed(ValueError):
    """The text is not an entry. The error says in a few words why."""


@dataclass(frozen=True)
class Record:
    """An attempt that was sent, applied or refused. ``at``: ISO 8601 in UTC. ``attempt``: from 1 in a rotation id."""

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
    """The entry of one user.

    * ``applied``: the attempt that took effect last.
    * ``sent``: attempts without a definitive end, the youngest last; several where a run overrode an earlier one.
    * ``refused``: the last attempt without effect; its ``attempt`` is the number of refusals.
    """

    user_principal_name: str | None = None
    applied: Record | None = None
    sent: tuple[Record, ...] = ()
    refused: Record | None = None

    def records(self) -> Iterator[Record]:
        yield from (record for record in (self.applied, *self.sent, self.refused) if record is not None)


def dump(entry: Entry, owner: str, key: LedgerKey) -> str:
    """Return the entry in one line, keys sorted. ``owner`` names its user, for whom alone it is valid."""
    content: dict[str, Any] = {}
    if entry.user_principal_name is not None:
        content["user_principal_name"] = entry.user_principal_name
    if entry.applied is not None:
        content["applied"] = _plain(entry.applied)
    if entry.sent:
        content["sent"] = [_plain(record) for record in entry.sent]
    if entry.refused is not None:
        content["refused"] = _plain(entry.refused)
    content["check"] = key.seal(f"{owner} {compact(content)}")
    return compact(content)


def is_checked(content: Any) -> bool:
    """Return whether the entry of parsed JSON carries a keyed check, right or wrong."""
    return isinstance(content, dict) and "check" in content


def parse(content: Any, owner: str, key: LedgerKey, *, may_lack_check: bool = False) -> Entry:
    """Return the entry of parsed JSON; raises :class:`Malformed`, and :class:`EvidenceError` where another key made it.

    ``may_lack_check``: the file is one of release 0.1.0.
    """
    if not isinstance(content, dict):
        raise Malformed("is not an object")
    content = dict(content)
    user_id = owner.rpartition("/")[2]
    if is_checked(content):
        check = content.pop("check")
        if not isinstance(check, str) or not _CHECK.fullmatch(check):
            raise Malformed("has something else in the place of its check")
        key.check(check.partition("-")[0], user_id)
        if not hmac.compare_digest(check.encode(), key.seal(f"{owner} {compact(content)}").encode()):
            raise Malformed("was edited or damaged, or is another user's: its check does not fit")
        return _entry(content)
    if content.pop("checksum", None) != _checksum(content, owner):
        raise Malformed("was edited or damaged, or is another user's: it has no check, and no checksum that fits")
    entry = _entry(content)
    for record in entry.records():
        key.check(record.fingerprint.key_id, user_id)
    if not may_lack_check or any(record.fingerprint.key_id == key.id for record in entry.records()):
        raise Malformed("has no check, which this release gives to every entry: it was taken away, or was never there")
    return entry


def _entry(content: dict[str, Any]) -> Entry:
    name, sent = content.pop("user_principal_name", None), content.pop("sent", [])
    records = {key: _record(content.pop(key)) for key in ("applied", "refused") if key in content}
    if content or not isinstance(name, (str, type(None))) or not isinstance(sent, list):
        raise Malformed("has members that this version does not know")
    return Entry(name, sent=tuple(_record(record) for record in sent), **records)


def compact(content: Any) -> str:
    """Return JSON in one line, the same for the same content."""
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
    if not _KEY_ID.fullmatch(made["key_id"]):
        raise Malformed("has a fingerprint that names no key")
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
    """Return the checksum of release 0.1.0."""
    return hashlib.sha256(f"{owner} {compact(content)}".encode()).hexdigest()[:16]
