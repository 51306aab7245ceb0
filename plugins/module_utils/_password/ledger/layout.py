# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of a ledger: the snapshot, with one line for each user, and the journal. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..._base.identifiers import known_guid

#: From format 2 on, every entry has a keyed check.
SCHEMA = 2
_FIRST_SCHEMA = 1


class Damaged(ValueError):
    """The ledger cannot be trusted. The error says why, and in which line."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what)
        self.line = line


def snapshot(customer_id: str, entries: Mapping[str, str]) -> str:
    """Return the text of a snapshot, from entries in JSON by user id."""
    head = f'{{\n  "schema": {SCHEMA},\n  "customer_id": "{customer_id}",\n  "users": {{\n'
    lines = (f'    "{user_id}": {entry}' for user_id, entry in sorted(entries.items()))
    return head + ",\n".join(lines) + "\n  }\n}\n"


def read_snapshot(text: str, customer_id: str) -> tuple[dict[str, Any], bool]:
    """Return parsed entries by user id, and whether each has a check; raises :class:`Damaged`."""
    try:
        content = json.loads(text, object_pairs_hook=_unique)
    except _Twice as twice:
        line = line_of(text, str(twice)) if known_guid(str(twice)) else None
        raise Damaged("something is in it twice, as after a merge; remove one of them", line) from None
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise Damaged("it is truncated or damaged: not valid JSON", line) from None
    if not isinstance(content, dict) or not isinstance(content.get("users"), dict):
        raise Damaged("it is not a ledger")
    schema = content.get("schema")
    if schema not in (_FIRST_SCHEMA, SCHEMA) or isinstance(schema, bool):
        found = f"schema {schema}" if isinstance(schema, int) else "no schema"
        raise Damaged(f"it has {found}, and this version reads up to {SCHEMA}: update the collection")
    if content.get("customer_id") != customer_id:
        raise Damaged("it belongs to another customer; were two customers' ledgers mixed up?")
    for user_id in content["users"]:
        if known_guid(user_id) != user_id:
            raise Damaged("it names a user by something that is not an id", line_of(text, user_id))
    return dict(content["users"]), schema >= SCHEMA


def journal_line(user_id: str, entry: str) -> str:
    """Return a line of the journal: the new entry of a user, or ``null`` where it was removed."""
    return f'{{"user_id":"{user_id}","entry":{entry}}}\n'


def read_journal(text: str) -> dict[str, Any]:
    """Return parsed entries by user id; raises :class:`Damaged`. A torn last line is ignored: nothing followed it."""
    users: dict[str, Any] = {}
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        try:
            record = json.loads(line)
            user_id, entry = record["user_id"], record["entry"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Damaged("the journal is damaged", number) from None
        if not isinstance(user_id, str) or known_guid(user_id) != user_id:
            raise Damaged("the journal is damaged", number)
        users[user_id] = entry
    return users


def line_of(text: str, user_id: str) -> int | None:
    """Return the number of the last line that names the user."""
    name = json.dumps(user_id)
    return max((number for number, line in enumerate(text.split("\n"), start=1) if name in line), default=None)


class _Twice(ValueError):
    """An object has a key twice; the parser of JSON would take the last one."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        names = [name for name, _value in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return content
