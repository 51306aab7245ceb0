# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON object in an answer, and the texts, times and ids in it. Pure."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, NoReturn

from .._base.errors import UnavailableError
from .._base.identifiers import known_guid
from .transport import Response

JsonObject = dict[str, Any]

#: Control characters, surrogates, line separators, and marks of the writing direction. A name with one of them could
#: rewrite a line on a screen or in a report, or could not be written at all.
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def content(response: Response) -> JsonObject | None:
    """Return the JSON object of an answer; None where it holds none."""
    try:
        parsed = json.loads(response.body.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def text(record: JsonObject, key: str) -> str:
    """Return a text of a record, fit to be shown; empty where it has none."""
    value = record.get(key)
    return _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", value) if isinstance(value, str) else ""


def moment(value: object) -> datetime | None:
    """Return a time of the service in UTC, also where it has no zone; None for no time. It has up to seven decimals."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def record_id(record: JsonObject) -> str:
    """Return the id of a record, fit for the path of the next call; raises :class:`UnavailableError`."""
    guid = known_guid(text(record, "id"))
    if guid is None:
        raise UnavailableError("the service answered with a record that has no GUID as its id")
    return guid


def is_page(response: Response) -> bool:
    """Return whether the answer is HTML, which no service itself ever sends, whatever its status."""
    return "html" in response.headers.get("content-type", "").lower()


def _refuse(constant: str) -> NoReturn:
    """Refuse ``NaN`` and ``Infinity``, which are no JSON."""
    raise ValueError(constant)
