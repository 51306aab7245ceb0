# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers as a hostile server gives them: any bytes, any JSON, and good records of which parts were replaced."""

from __future__ import annotations

import copy
import functools
import json
import operator
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Response

#: What must not come back in an error, a log, or a result of another kind.
CANARY = "cAnAry-Of-Hostile-Answers"
#: Escapes to the terminal, the direction of writing, line ends, NUL, half a character, markup, a formula, a template.
NASTY = [
    "\x1b[2J\x1b]0;x\x07", "\u202egnp.exe", "a\r\nb", "\0", "\ud800", "\u2028", "\x85", "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0", "{{ 7 * 7 }}", "\x7f", "../../etc/passwd", "ada@contoso.example\n", "\u0430@contoso.example",
]  # fmt: skip
_TEXTS = st.text(max_size=20) | st.sampled_from([*NASTY, CANARY, "", "9" * 400, "x" * 5000])
_NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -(10**30), 2**63, 1e308, -1])
_LEAVES = st.none() | st.booleans() | _NUMBERS | _TEXTS
JUNK = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3))

_RAW = st.binary(max_size=60) | st.sampled_from(
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"[" * 900 + b"]" * 900,
        b"\xff\xfe{\0}\0",
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        b'{"id": NaN}',
        b'{"code": ' + b"9" * 5000 + b"}",
        b'{"expires_in": 1e999}',
        b'{"a": 1, "a": 2}',
        b"<html>" + CANARY.encode() + b"</html>",
        CANARY.encode(),
    ]
)
#: The line and the headers of an answer come as Latin-1.
_LATIN = st.text(st.characters(max_codepoint=255), max_size=20) | st.sampled_from([CANARY, "9" * 400, "x" * 5000])
_HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.sampled_from(["application/json", "text/html", CANARY]) | _LATIN,
        "retry-after": st.sampled_from(["0", "-1", "9" * 30, "nan", "Wed, 21 Oct 2015 07:28:00 GMT", " ", CANARY])
        | _LATIN,
        "ms-requestid": _LATIN,
        "ms-correlationid": _LATIN,
        "location": st.just("https://elsewhere.example/"),
    },
)
_STATUSES = st.sampled_from([200] * 30 + [201, 204, 302, 307, 400, 401, 403, 404, 405, 429, 500, 503, 100, 999])


@st.composite
def near(draw: st.DrawFn, good: Any) -> Any:
    """The record, of which up to three parts are missing or something else."""
    record = copy.deepcopy(good)
    for _change in range(draw(st.integers(0, 3))):
        place = draw(st.sampled_from(list(_places(record)) or [()]))
        if not place:
            return draw(JUNK)
        holder = functools.reduce(operator.getitem, place[:-1], record)
        if draw(st.integers(0, 3)):
            holder[place[-1]] = draw(JUNK)
        else:
            del holder[place[-1]]
    return record


def _places(record: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    for key, value in members:
        yield (*above, key)
        yield from _places(value, (*above, key))


def bodies(*records: Any) -> st.SearchStrategy[bytes]:
    """Anything, and JSON that is almost one of these records."""
    parsed = st.one_of([JUNK, *(near(record) for record in records for _more_often in range(6))])
    return _RAW | parsed.map(lambda content: json.dumps(content).encode()) | parsed.map(_as_the_service_writes)


def _as_the_service_writes(content: Any) -> bytes:
    return b"\xef\xbb\xbf" + json.dumps(content, separators=(",", ":")).encode()


def responses(*records: Any, statuses: st.SearchStrategy[int] = _STATUSES) -> st.SearchStrategy[Response]:
    """A body of these kinds with any status and headers."""
    return st.builds(Response, statuses, st.just("") | _LATIN, st.just({}) | _HEADERS, bodies(*records))
