# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collections, their continuation and their filters (contract, section 3)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

from .answers import Answer, PartnerFault, json_answer
from .service import Call, Service

CONTINUATION = b"ms-continuationtoken"


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter with field and operator folded: clients differ in case and underscores."""

    field: str
    value: str
    operator: str


def folded(text: object) -> str:
    """Lower case without underscores."""
    return str(text).lower().replace("_", "")


def read_filter(text: str) -> Filter | None:
    """Read the JSON of the query parameter ``filter``."""
    if not text:
        return None
    try:
        document = json.loads(text)
    except ValueError as error:
        raise PartnerFault(400, 2000, "The filter is not valid JSON.") from error
    if not isinstance(document, dict):
        raise PartnerFault(400, 2000, "The filter is not an object.")
    members = {folded(name): value for name, value in document.items()}
    if "field" not in members or "value" not in members:
        raise PartnerFault(400, 2000, "The filter needs Field and Value.")
    return Filter(folded(members["field"]), str(members["value"]), folded(members.get("operator", "equals")))


def starts_with(wanted: Filter, *values: str) -> bool:
    """Apply ``starts_with`` (also spelled StartsWith), ``equals`` or ``substring``, without regard to case."""
    value = wanted.value.lower()
    if wanted.operator in ("startswith", "like"):
        return any(candidate.lower().startswith(value) for candidate in values)
    if wanted.operator in ("equals", "eq"):
        return any(candidate.lower() == value for candidate in values)
    if wanted.operator == "substring":
        return any(value in candidate.lower() for candidate in values)
    raise PartnerFault(400, 2000, f"The operator {wanted.operator} is not supported.")


def link(service: Service, path: str, page: int = 0) -> str:
    """A uri for ``links``: with or without /v1, as the knob says; clients must cope with both."""
    form = service.knobs.link_prefix
    return f"/v1{path}" if form == "with" or (form == "alternate" and page % 2) else path


def collection(
    service: Service,
    call: Call,
    path: str,
    select: Callable[[Filter | None], Sequence[Any]],
    render: Callable[[Any], dict[str, Any]],
    sortable: Mapping[str, str] = MappingProxyType({}),
) -> Answer:
    """One page. The continuation token holds the query and the place, since a seek request may carry nothing else.

    ``select`` runs after the query was restored from the token. ``sortable``: names of fields, in lower case, to the
    attributes of items.
    """
    offset, page = 0, 0
    token, seek = call.headers.get(CONTINUATION), call.query.get("seekoperation", "next").lower()
    if token:
        call.query, offset, page = _read_token(token, path)
    items = _sorted(select(read_filter(call.query.get("filter", ""))), call.query, sortable)
    size = _page_size(service, call.query.get("size", ""))
    if token:
        offset = _sought(seek, offset, size, len(items))
    end = offset + size
    shown = items[offset:end]
    kept = {name: value for name, value in call.query.items() if name != "seekoperation"}
    query = f"?{urlencode(kept, quote_via=quote)}" if kept else ""
    links: dict[str, Any] = {"self": {"uri": link(service, path + query, page), "method": "GET", "headers": []}}
    if end < len(items) or service.knobs.endless_paging:
        value = _write_token(path, kept, 0 if end >= len(items) else end, page + 1)
        links["next"] = {
            "uri": link(service, f"{path}{query}{'&' if query else '?'}seekOperation=Next", page),
            "method": "GET",
            "headers": [{"key": "MS-ContinuationToken", "value": value}],
        }
    document = {
        "totalCount": len(shown),
        "items": [render(item) for item in shown],
        "links": links,
        "attributes": {"objectType": "Collection"},
    }
    return json_answer(service.knobs, document)


def _sorted(items: Sequence[Any], query: Mapping[str, str], sortable: Mapping[str, str]) -> Sequence[Any]:
    """Sort by ``sortField`` and ``sortDirection``; without them, in the order of creation."""
    name = query.get("sortfield", "").lower()
    if not name:
        return items
    direction = query.get("sortdirection", "ascending").lower()
    if name not in sortable or direction not in ("ascending", "descending"):
        raise PartnerFault(400, 2000, "The list cannot be sorted like that.")

    def key(item: Any) -> str:
        return str(getattr(item, sortable[name]) or "").lower()

    return sorted(items, key=key, reverse=direction == "descending")


def _sought(seek: str, following: int, size: int, count: int) -> int:
    """The place where a page begins, counted from the page that gave the token; ``following``: the next page."""
    if seek not in ("next", "previous", "first", "last"):
        raise PartnerFault(400, 2000, "seekOperation is Next, Previous, First or Last.")
    last = max(0, count - 1) // size * size
    return {"next": following, "previous": max(0, following - 2 * size), "first": 0, "last": last}[seek]


def _page_size(service: Service, text: str) -> int:
    """No size, or 0, is the server's choice."""
    try:
        size = int(text or "0")
    except ValueError as error:
        raise PartnerFault(400, 2000, "size is not a number.") from error
    if size < 0:
        raise PartnerFault(400, 2000, "size is negative.")
    return max(1, min(size or service.knobs.page_size, service.knobs.max_page_size))


def _write_token(path: str, query: dict[str, str], offset: int, page: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([path, query, offset, page]).encode()).decode()


def _read_token(token: bytes, path: str) -> tuple[dict[str, str], int, int]:
    try:
        owner, query, offset, page = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError) as error:
        raise PartnerFault(400, 2000, "The continuation token is invalid.") from error
    if owner != path:
        raise PartnerFault(400, 2000, "The continuation token belongs to another collection.")
    return query, offset, page
