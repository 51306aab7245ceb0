# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of Partner Center, read page by page (contract section 3).

The continuation token is in the headers of ``links.next``, not in its URI. ``totalCount`` counts the items of the page,
so it does not tell the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from .._base.errors import UnavailableError
from .._http.json_content import JsonObject
from .client import Call, Client

_PREFIX = "/v1"
_MOST_PAGES = 10_000
_HEADER = re.compile(r"ms-[a-z0-9-]+", re.IGNORECASE)
_SAFE = "!$%&'()*+,-./:;=?@_~"
_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")


def filter_by(field: str, value: str, operator: str) -> str:
    """Return the query parameter ``filter`` for one field."""
    return json.dumps({"Field": field, "Value": value, "Operator": operator}, separators=(",", ":"))


def items(client: Client, path: str, query: Mapping[str, str] | None = None) -> Iterator[JsonObject]:
    """Give the items of all pages; raises :class:`CallError`."""
    return (item for page in pages(client, path, query) for item in page)


def pages(client: Client, path: str, query: Mapping[str, str] | None = None) -> Iterator[list[JsonObject]]:
    """Give the pages, each requested when it is needed. Raises :class:`CallError`, also for a circle of pages."""
    call = Call("GET", path, query or {})
    seen: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    for _page in range(_MOST_PAGES):
        answer = client.call(call)
        content = {str(key).lower(): value for key, value in answer.content.items()}
        records = content.get("items")
        if not isinstance(records, list):
            raise UnavailableError(
                "the service answered with something that is not a list of records", trace=answer.trace
            )
        yield [item for item in records if isinstance(item, dict)]
        following = _next(content.get("links"))
        if following is None:
            return
        if following in seen:
            raise UnavailableError("the service's pages lead round in a circle", trace=answer.trace)
        seen.add(following)
        call = Call("GET", following[0], headers=dict(following[1]))
    raise UnavailableError("the service's list has no end")


def _next(links: Any) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    following = (links.get("next") if isinstance(links, dict) else None) or {}
    uri = following.get("uri") if isinstance(following, dict) else following
    if uri is None:
        return None
    if not isinstance(following, dict) or not isinstance(uri, str) or _names_a_host(uri):
        raise UnavailableError("the service's next page is at another host; the token is not sent there")
    path = "/" + quote(uri.lstrip("/"), safe=_SAFE, errors="replace")
    if not path.lower().startswith((f"{_PREFIX}/", f"{_PREFIX}.0/")):
        path = _PREFIX + path
    return path, tuple(_headers(following.get("headers")))


def _names_a_host(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return True
    return bool(parts.scheme or parts.netloc)


def _headers(listed: Any) -> Iterator[tuple[str, str]]:
    for header in listed if isinstance(listed, list) else []:
        name, value = (str(header.get(key)) for key in ("key", "value")) if isinstance(header, dict) else ("", "")
        if _HEADER.fullmatch(name):
            if not _VALUE.fullmatch(value):
                raise UnavailableError("the service's next page asks for a header that cannot be sent")
            yield name, value
