# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collections of Graph: ``$select``, ``$filter``, ``$top``, ``$count`` and ``@odata.nextLink``."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from ..answers import Answer
from .answers import bad_request, json_answer
from .call import GraphCall
from .filters import ADVANCED, compiled

Item = TypeVar("Item")
OTHER_HOST = "https://elsewhere.example.net"
UNDERSTOOD = frozenset({"$select", "$filter", "$top", "$count", "$expand", "$orderby", "$skiptoken"})


def selection(call: GraphCall, names: dict[str, str], usual: Sequence[str], kind: str) -> list[str]:
    """The members that ``$select`` names, or the usual ones."""
    asked = [name.strip() for name in call.query.get("$select", "").split(",") if name.strip()]
    for name in asked:
        if name.lower() not in names:
            message = (
                f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type '{kind}'."
            )
            raise bad_request(message, "BadRequest")
    return [names[name.lower()] for name in asked] or list(usual)


def shown(document: dict[str, Any], members: Iterable[str]) -> dict[str, Any]:
    """A document with its annotations and the chosen members."""
    return {name: document[name] for name in (*(name for name in document if name.startswith("@")), *members)}


def context(call: GraphCall, what: str, members: Sequence[str] = ()) -> str:
    """``@odata.context``."""
    chosen = f"({','.join(members)})" if members and "$select" in call.query else ""
    return f"{call.base_url}/{call.version}/$metadata#{what}{chosen}"


def collection(
    call: GraphCall,
    what: str,
    items: Sequence[Item],
    render: Callable[[Item], dict[str, Any]],
    names: dict[str, str],
    usual: Sequence[str],
    *,
    kind: str = "microsoft.graph.directoryObject",
    filterable: dict[str, str] | None = None,
    newest_first: str = "",
) -> Answer:
    """One page. The next link holds a token with the place; everything else of the query is repeated in it.

    ``names``: lower-case names to members; ``usual``: members without ``$select``; ``filterable``: where it differs.
    """
    for name in call.query:
        if name.startswith("$") and name not in UNDERSTOOD:
            raise bad_request(f"The query option '{name}' is not supported here.", "Request_UnsupportedQuery")
    members = selection(call, names, usual, kind)
    chosen: list[Any] = list(items)
    text = call.query.get("$filter", "")
    rendered = bool(text or newest_first)
    if rendered:
        chosen = [render(item) for item in chosen]
    if text:
        advanced = any(word in f"{text.lower()} " for word in ADVANCED)
        if kind == "microsoft.graph.user" and advanced and not (call.eventual and call.query.get("$count") == "true"):
            raise bad_request("Unsupported Query.", "Request_UnsupportedQuery")
        test = compiled(text, names if filterable is None else filterable)
        chosen = [document for document in chosen if test(document)]
    if newest_first:
        ascending = call.query.get("$orderby", "").lower().strip() in (
            newest_first.lower(),
            f"{newest_first} asc".lower(),
        )
        chosen.sort(key=lambda document: str(document[newest_first]), reverse=not ascending)
    size, offset = _page_size(call), _offset(call)
    page = chosen[offset : offset + size]
    documents = page if rendered else [render(item) for item in page]
    answer: dict[str, Any] = {"@odata.context": context(call, what, members)}
    if call.query.get("$count") == "true":
        answer["@odata.count"] = len(chosen)
    following = offset + size
    if following < len(chosen) or call.service.knobs.endless_paging:
        answer["@odata.nextLink"] = _next_link(call, following if following < len(chosen) else 0)
    answer["value"] = [shown(document, members) for document in documents]
    return json_answer(call.service.knobs, answer)


def _page_size(call: GraphCall) -> int:
    knobs = call.service.knobs
    text = call.query.get("$top", "")
    if not text:
        return max(1, knobs.graph_page_size)
    if not text.isdigit() or not 1 <= int(text) <= knobs.graph_max_page_size:
        raise bad_request(f"Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive.")
    return int(text)


def _offset(call: GraphCall) -> int:
    token = call.query.get("$skiptoken", "")
    if not token:
        return 0
    try:
        path, offset = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError):
        raise bad_request("The skip token is malformed.", "Directory_ExpiredPageToken") from None
    if path != "/".join(call.segments).lower() or not isinstance(offset, int):
        raise bad_request("The skip token belongs to another request.", "Directory_ExpiredPageToken")
    return offset


def _next_link(call: GraphCall, offset: int) -> str:
    path = "/".join(call.segments)
    token = base64.urlsafe_b64encode(json.dumps([path.lower(), offset]).encode()).decode()
    query = urlencode({**call.query, "$skiptoken": token}, safe="$,", quote_via=quote)
    host = OTHER_HOST if call.service.knobs.graph_next_link == "other_host" else call.base_url
    return f"{host}/{call.version}/{quote(path)}?{query}"
