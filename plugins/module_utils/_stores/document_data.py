# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The document as plain data, and back. Data with any member that is not understood is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from .._base.errors import StoreError
from .._base.identifiers import known_guid
from .document import Document
from .records import Subject

#: The newest format. A document that release 0.1.0 can read is written as format 1.
SCHEMA = 2
_SINCE_2 = frozenset({"last_error", "failing_since", "rolled_back"})

_LONGEST_TEXT = 256
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MEMBER = re.compile(r"[a-z][a-z_]{0,39}")
_AS_THEY_ARE = frozenset({str, int, bool})
_GUIDS = frozenset({"customer_id", "user_id", "version", "request_id", "correlation_id", "id"})

T = TypeVar("T")


class _Malformed(ValueError):
    """The data is not a document. The text names the member, never its content."""


def to_data(document: Document) -> dict[str, Any]:
    """Return nested dicts and lists of texts, numbers and booleans, without members that have no value."""
    members = _plain(document)
    return {"schema": 1 if _SINCE_2.isdisjoint(members) else SCHEMA, **members}


def from_data(data: object, subject: Subject, store: str) -> Document:
    """Return the document of ``subject``; raises a :class:`StoreError` that names user and ``store``."""
    where = f"{store}, user {subject.name}"
    if not isinstance(data, Mapping) or "schema" not in data:
        raise StoreError(f"{where}: what is stored there is not of this collection; it is left alone")
    schema = data["schema"]
    if not isinstance(schema, int) or isinstance(schema, bool) or not 1 <= schema < 10**9:
        raise StoreError(f"{where}: the stored document has no valid schema number")
    if schema > SCHEMA:
        raise StoreError(
            f"{where}: the stored document was written by a newer release of csp.partnercenter (schema {schema}, "
            f"this one reads up to {SCHEMA}): update the collection"
        )
    try:
        document = _object(Document, {key: value for key, value in data.items() if key != "schema"}, "")
    except _Malformed as problem:
        raise StoreError(f"{where}: the stored document is damaged: {problem}") from None
    if document.subject != subject:
        raise StoreError(
            f"{where}: the document stored there belongs to another user, {document.subject.user_id} of customer "
            f"{document.subject.customer_id}; were files or secrets mixed up?"
        )
    return document


def _plain(value: Any) -> Any:
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    kind: Any = type(value)
    members = ((name, getattr(value, name)) for name in _names(kind))
    return {name: _plain(member) for name, member in members if member is not None and member != ()}


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind))


def _object(kind: type[T], data: object, place: str) -> T:
    hashable: Any = kind
    readers, required = _readers(hashable)
    if not isinstance(data, Mapping):
        raise _Malformed(f"{place or 'it'} is not a mapping")
    prefix = f"{place}." if place else ""
    if unknown := sorted(str(name) for name in set(data) - set(readers)):
        named = next((name for name in unknown if _MEMBER.fullmatch(name)), "a member")
        raise _Malformed(f"{prefix}{named} is not a known member")
    if missing := sorted(required - set(data)):
        raise _Malformed(f"{prefix}{missing[0]} is missing")
    return kind(**{name: readers[name](value, prefix + name) for name, value in data.items()})


@cache
def _readers(kind: type[Any]) -> tuple[dict[str, Callable[[Any, str], Any]], frozenset[str]]:
    hints = get_type_hints(kind)
    readers = {name: _guid if name in _GUIDS else _reader(hint) for name, hint in hints.items()}
    return readers, frozenset(item.name for item in fields(kind) if item.default is MISSING)


def _reader(hint: Any) -> Callable[[Any, str], Any]:
    if get_origin(hint) is UnionType:
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) is tuple:
        item = _reader(get_args(hint)[0])
        return lambda value, place: tuple(item(part, place) for part in _checked(list, value, place))
    if isinstance(hint, type) and is_dataclass(hint):
        return lambda value, place: _object(hint, value, place)
    if issubclass(hint, Enum):
        return lambda value, place: _member(hint, value, place)
    if hint is datetime:
        return _moment
    if hint is str:
        return _text
    return lambda value, place: _checked(hint, value, place)


def _checked(kind: type[T], value: object, place: str) -> T:
    is_flag = isinstance(value, bool) and kind is not bool
    if not isinstance(value, kind) or is_flag or (isinstance(value, int) and value < 0):
        raise _Malformed(f"{place} is not of the right kind")
    return value


def _text(value: object, place: str) -> str:
    text = _checked(str, value, place)
    if not text or len(text) > _LONGEST_TEXT or not text.isprintable():
        raise _Malformed(f"{place} is empty, too long, or has control characters")
    return text


def _guid(value: object, place: str) -> str:
    guid = known_guid(value if isinstance(value, str) else None)
    if guid is None:
        raise _Malformed(f"{place} is not a GUID")
    return guid


def _member(kind: type[Enum], value: object, place: str) -> Enum:
    try:
        return kind(value)
    except ValueError:
        raise _Malformed(f"{place} has a value that this version does not know") from None


def _moment(value: object, place: str) -> datetime:
    if isinstance(value, datetime) and value.tzinfo:  # from a YAML file without quotes
        return value
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise _Malformed(f"{place} is not a time in UTC")
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise _Malformed(f"{place} is not a time in UTC") from None
