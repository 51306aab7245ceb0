# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a list page by page (Graph contract, read)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from .._base import hosts
from .._base.errors import UnavailableError
from .._http.conversation import Call
from .._http.json_content import JsonObject
from .client import Client

MOST_ON_A_PAGE = "999"
_MOST_PAGES = 10_000


def items(client: Client, customer_id: str, path: str, query: Mapping[str, str]) -> Iterator[JsonObject]:
    """Return the items of all pages; raises :class:`CallError`."""
    return (item for page in pages(client, customer_id, path, query) for item in page)


def pages(client: Client, customer_id: str, path: str, query: Mapping[str, str]) -> Iterator[list[JsonObject]]:
    """Read the pages one by one as they are asked for. A circle, or a link to another host, is an error."""
    call = Call("GET", path, query)
    seen: set[str] = set()
    for _page in range(_MOST_PAGES):
        answer = client.call(customer_id, call)
        found = answer.content.get("value")
        if not isinstance(found, list):
            raise UnavailableError(
                "the service answered with something that is not a list of records", trace=answer.trace
            )
        yield [item for item in found if isinstance(item, dict)]
        link = answer.content.get("@odata.nextLink")
        if link is None:
            return
        following = path_of(link, client.graph_url)
        if following in seen:
            raise UnavailableError("the service's pages lead round in a circle", trace=answer.trace)
        seen.add(following)
        call = Call("GET", following)
    raise UnavailableError("the service's list has no end")


def path_of(link: object, graph_url: str) -> str:
    """Return path and query of a link, as they are: it must lead to where it came from. Raises :class:`CallError`."""
    origin = hosts.origin_of(link) if isinstance(link, str) else None
    if not isinstance(link, str) or origin is None or origin != hosts.origin_of(graph_url):
        raise UnavailableError("the service's link leads to another host; the token is not sent there")
    parts, base = urlsplit(link), urlsplit(graph_url).path
    if parts.fragment or not parts.path.startswith(f"{base}/"):
        raise UnavailableError("the service's link leads to another place; the token is not sent there")
    return parts.path.removeprefix(base) + (f"?{parts.query}" if parts.query else "")
