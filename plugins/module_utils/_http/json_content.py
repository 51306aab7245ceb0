# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON object in an answer, and the texts in it. Pure."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

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


def _refuse(constant: str) -> NoReturn:
    """Refuse ``NaN`` and ``Infinity``, which are no JSON."""
    raise ValueError(constant)
