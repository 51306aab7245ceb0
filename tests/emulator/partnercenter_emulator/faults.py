# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults by name, for the next n requests that match."""

from __future__ import annotations

import fnmatch
import json
import random
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import unquote_plus

NAMES = {
    "status": "an answer with `status` (500), optional `code`, `description`, `body`; `applied`: did it take effect; "
    "with `target: token` a `code` is an AADSTS number",
    "timeout_before": "never applied; silent for `seconds` (3600), then the connection is reset",
    "timeout_after": "applied; silent for `seconds` (3600), then the connection is reset",
    "reset_connection_before": "connection reset, not applied",
    "reset_connection_after": "applied, then the connection is reset",
    "late": "connection reset at once, applied `seconds` (1) later",
    "html": "a gateway's page with `status` (502), optional `description`; `applied` (off)",
    "empty": "an empty body with `status` (200); `applied` (on)",
    "malformed": "JSON cut in the middle with `status` (200); `applied` (on)",
    "truncated": "Content-Length larger than what is sent, then a reset; `applied` (on)",
    "slow_body": "the true answer, its body spread over `seconds` (5)",
    "throttle": "429 in the form of the service with Retry-After `seconds` (1), not applied",
    "redirect": "hostile: 307 to `location`; `applied` (off)",
    "huge_body": "hostile: a JSON body of `size` (256 MiB) bytes; `applied` (on)",
    "gzip_bomb": "hostile: a small gzip body that unpacks to `size` (256 MiB) bytes; `applied` (on)",
    "deep_json": "hostile: JSON nested `size` (100,000) deep; `applied` (on)",
}
APPLIED_UNLESS_TOLD = frozenset({"empty", "malformed", "truncated", "slow_body", "huge_body", "gzip_bomb", "deep_json"})
ALWAYS_APPLIED = frozenset({"timeout_after", "reset_connection_after", "slow_body"})
#: Whose requests an order takes: ``api`` stands for Partner Center and Graph alike.
TARGETS = {
    "api": ("partner_center", "graph"),
    "partner_center": ("partner_center",),
    "graph": ("graph",),
    "token": ("token",),
}


class FaultError(ValueError):
    """An unknown fault or member."""


@dataclass(slots=True)
class Fault:
    """One order of a fault."""

    name: str
    count: int = 1
    method: str | None = None
    path: str | None = None
    contains: str | None = None
    tenant: str | None = None
    target: str = "api"
    status: int | None = None
    seconds: float | None = None
    applied: bool | None = None
    code: int | str | None = None
    description: str | None = None
    body: str | None = None
    location: str = "https://elsewhere.example.net/v1/customers"
    size: int | None = None
    probability: float = 1.0

    @property
    def takes_effect(self) -> bool:
        """Return whether the request is applied although its answer is spoilt."""
        if self.name in ALWAYS_APPLIED:
            return True
        return self.name in APPLIED_UNLESS_TOLD if self.applied is None else self.applied

    def matches(self, target: str, method: str, path: str, details: str, tenant: str = "") -> bool:
        """Compare method, beginning of the path (with a star: a pattern), a text of the details, and the tenant."""
        if target not in TARGETS[self.target] or (self.method and self.method.upper() != method):
            return False
        if self.tenant and self.tenant.lower() != tenant:
            return False
        if self.contains and self.contains.lower() not in unquote_plus(details).lower():
            return False
        if not self.path:
            return True
        wanted = self.path.lower()
        return fnmatch.fnmatchcase(path, wanted) if "*" in wanted else path.startswith(wanted)

    def quoting(self, request: bytes) -> Fault:
        """The same with the password of a request in the place of ``{password}``."""
        texts = {name: getattr(self, name) for name in QUOTING}
        if not any("{password}" in text for text in texts.values() if text):
            return self
        try:
            document = json.loads(request)
            password = str(
                document["newPassword"] if "newPassword" in document else document["passwordProfile"]["password"]
            )
        except (ValueError, TypeError, KeyError):
            password = "(no password)"
        quoted = {name: text.replace("{password}", password) for name, text in texts.items() if text}
        return replace(self, **quoted)


QUOTING = ("body", "description", "location")
FIELDS = frozenset(item.name for item in fields(Fault))


@dataclass(slots=True)
class Faults:
    """The orders that are still open, oldest first."""

    orders: list[Fault] = field(default_factory=list)
    source: random.Random = field(default_factory=lambda: random.Random(0))

    def add(self, document: dict[str, Any]) -> Fault:
        """Take an order; it is checked in full first."""
        given = {name: value for name, value in document.items() if value is not None}
        unknown = sorted(set(given) - FIELDS)
        if unknown:
            raise FaultError(f"unknown member {unknown[0]!r} of a fault; known are {', '.join(sorted(FIELDS))}")
        if given.get("name") not in NAMES:
            raise FaultError(f"unknown fault {given.get('name')!r}; known are {', '.join(NAMES)}")
        target = given.get("target", "api")
        if target not in TARGETS:
            raise FaultError(f"target is one of {', '.join(TARGETS)}")
        if isinstance(given.get("code", 0), bool) or not isinstance(given.get("code", 0), (int, str)):
            raise FaultError("code is a number, or a name for Graph")
        for name in ("count", "status", "seconds", "size", "probability"):
            value = given.get(name, 0)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
                raise FaultError(f"{name} is a number that is not negative")
        order = Fault(**given)
        self.orders.append(order)
        return order

    def next(self, target: str, method: str, path: str, details: str, tenant: str = "") -> Fault | None:
        """The fault for this request, if any; used-up orders are dropped.

        ``details``: the query, or a token's form; ``tenant``: the one that a token of Graph is for.
        """
        for order in self.orders:
            if order.matches(target, method, path.lower(), details, tenant):
                if order.probability < 1.0 and self.source.random() >= order.probability:
                    continue
                order.count -= 1
                if order.count <= 0:
                    self.orders.remove(order)
                return order
        return None
