# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a collection page by page (contract section 3).

The continuation token is in the headers of ``links.next``, not in its URI. ``totalCount`` counts the page: it is never
a reason to stop.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from .answers import JsonObject
from .client import Call, Client
from .errors import UnavailableError

_PREFIX = "/v1"
_MOST_PAGES = 100_000


def items(client: Client, path: str, query: Mapping[str, str] | None = None) -> Iterator[JsonObject]:
    """The items of all pages; raises :class:`CallError`. A loop of pages, or a link to another place, is an error."""
    call = Call("GET", path, query or {})
    seen: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    for _page in range(_MOST_PAGES):
        answer = client.call(call)
        content = {str(key).lower(): value for key, value in answer.content.items()}
        found = content.get("items")
        if not isinstance(found, list):
            raise UnavailableError(
                "the service answered with something that is not a list of records", trace=answer.trace
            )
        yield from (item for item in found if isinstance(item, dict))
        following = _next(content.get("links"))
        if following is None:
            return
        if following in seen:
            raise UnavailableError("the service's pages lead round in a circle", trace=answer.trace)
        seen.add(following)
        call = Call("GET", following[0], headers=dict(following[1]))
    raise UnavailableError("the service's list has no end")


def _next(links: Any) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    following = links.get("next") if isinstance(links, dict) else None
    if not isinstance(following, dict) or not isinstance(following.get("uri"), str):
        return None
    parts = urlsplit(following["uri"])
    if parts.scheme or parts.netloc:
        raise UnavailableError("the service's next page is at another host; the token is not sent there")
    uri = "/" + following["uri"].lstrip("/")
    if not uri.lower().startswith((f"{_PREFIX}/", f"{_PREFIX}.0/")):
        uri = _PREFIX + uri
    headers = following.get("headers")
    pairs = (
        [(h.get("key"), h.get("value")) for h in headers if isinstance(h, dict)] if isinstance(headers, list) else []
    )
    return uri, tuple((str(key), str(value)) for key, value in pairs if _may_be_sent(str(key)))


def _may_be_sent(header: str) -> bool:
    return header.lower().startswith("ms-")
