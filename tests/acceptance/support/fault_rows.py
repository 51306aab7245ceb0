# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of ``fault_matrix.yml``: what is spoilt, and how that ends in each form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from driver import GATEWAYS

FILE = Path(__file__).with_name("fault_matrix.yml")
FORMS = ("single", "list", "rotation")
#: The forms of the creation of a user: where the first password is generated into.
CREATION, CREATION_FORMS = "creation", ("store", "link")
#: Where a request goes, by gateway. ``contains`` is what tells requests with the same path apart.
_OF_GRAPH = {"target": "graph", "tenant": "{customer_id}", "method": "GET"}
_OF_EITHER = {
    "customer": {"method": "GET", "path": "*/v1/customers", "contains": '"{domain}"'},
    "token": {"method": "POST", "target": "token", "contains": "{refresh_token}"},
}
REQUESTS: dict[str, dict[str, dict[str, str]]] = {
    "partner_center": {
        "reset": {"method": "PATCH", "path": "/v1/customers/{customer_id}/users/{user_id}"},
        "user": {"method": "GET", "path": "/v1/customers/{customer_id}/users"},
        "roles": {"method": "GET", "path": "/v1/customers/{customer_id}/users/{user_id}/directoryroles"},
        "customer": _OF_EITHER["customer"],
        "witness": {"method": "GET", "path": "/v1/auditrecords", "contains": '"{customer_id}"'},
        "token": _OF_EITHER["token"],
        CREATION: {"method": "POST", "path": "/v1/customers/{customer_id}/users"},
    },
    "graph": {
        "reset": {"target": "graph", "method": "PATCH", "path": "/v1.0/users/{user_id}"},
        "user": {**_OF_GRAPH, "path": "/v1.0/users", "contains": "userPrincipalName"},
        "roles": {**_OF_GRAPH, "path": "/v1.0/*role*"},
        "customer": _OF_EITHER["customer"],
        "witness": {**_OF_GRAPH, "path": "/v1.0/users", "contains": "$select=id,lastPasswordChangeDateTime"},
        "token": _OF_EITHER["token"],
        CREATION: {**_OF_GRAPH, "method": "POST", "path": "/v1.0/users"},
    },
}
#: What the witness of a gateway makes certain. The matrix calls it ``witness`` with either.
WITNESSES = {"partner_center": "audit", "graph": "directory"}
#: Just above what a client reads; silence outlasts every time-out.
ALWAYS_WITH = {"huge_body": {"size": 17 << 20}, "gzip_bomb": {"size": 17 << 20}}
ALWAYS_WITH |= {name: {"seconds": 60} for name in ("timeout_before", "timeout_after", "slow_body")}
#: What follows from an outcome (the table of outcomes in the guide to idempotency).
CHANGED = {"applied", "resumed", "unknown"}
FAILED = {"rejected", "unknown", "fails"}
AFTER = {"applied": "unchanged", "rejected": "applied", "fails": "applied"}
ALWAYS = 99


@dataclass(frozen=True)
class Order:
    """One fault of one request, once or ``always``."""

    request: str
    fault: str
    members: Mapping[str, Any]
    always: bool

    def placed(self, gateway: str, **names: str) -> dict[str, Any]:
        """As the emulator takes it. Codes are Partner Center's; Graph gives the one that it has for the status."""
        where = {key: value.format(**names) for key, value in REQUESTS[gateway][self.request].items()}
        count = {"count": ALWAYS} if self.always else {}
        of_graph = where.get("target") == "graph"
        members = {name: value for name, value in self.members.items() if not (of_graph and name == "code")}
        return {"name": self.fault, **where, **count, **ALWAYS_WITH.get(self.fault, {}), **members}


@dataclass(frozen=True)
class Ending:
    """Outcomes of three runs in one form. ``first`` is outcome, certainty and attempts in one text."""

    first: str
    second: str
    third: str = "unchanged"

    @property
    def outcome(self) -> str:
        return self.first.partition(" ")[0]


@dataclass(frozen=True, eq=False)
class Row:
    """What is spoilt for one user, and how that ends by gateway and form.

    ``alone``: it must not share a task. ``absent`` says of a gateway why it has no such row. Every row is its own.
    """

    request: str
    orders: tuple[Order, ...]
    endings: Mapping[str, Mapping[str, Ending]]
    alone: bool
    absent: Mapping[str, str]

    @property
    def forms(self) -> tuple[str, ...]:
        return CREATION_FORMS if self.request == CREATION else FORMS

    @property
    def fault(self) -> str:
        """The fault that the row is about."""
        return next(order.fault for order in self.orders if order.request == self.request)


def rows() -> list[Row]:
    """In the order of the file."""
    return list(_rows(yaml.safe_load(FILE.read_text())))


def _rows(content: Mapping[str, Any]) -> Iterator[Row]:
    for request, faults in content.items():
        lost = [Order("reset", "html", {"status": 200, "applied": True}, False)] if request == "witness" else []
        for fault, given in faults.items():
            for row in given:
                orders = [*lost, _order({"fault": fault, **row}, request)]
                orders += [_order(other, request) for other in row.get("then", [])]
                absent = {name: row[name]["absent"] for name in GATEWAYS if "absent" in row.get(name, {})}
                there = [gateway for gateway in GATEWAYS if gateway not in absent]
                forms = CREATION_FORMS if request == CREATION else FORMS
                endings = {gateway: {form: _ending(row, gateway, form) for form in forms} for gateway in there}
                yield Row(request, tuple(orders), endings, request == "token" or row.get("alone", False), absent)


def _order(given: Mapping[str, Any], request: str) -> Order:
    return Order(given.get("request", request), given["fault"], given.get("with", {}), given.get("always", False))


def _ending(row: Mapping[str, Any], gateway: str, form: str) -> Ending:
    of_gateway = row.get(gateway, {})
    given = {**row, **row.get(form, {}), **of_gateway, **of_gateway.get(form, {})}
    if given.get("held"):
        return Ending(given["first"], "unknown", "unknown")
    return Ending(given["first"], given.get("second") or AFTER[given["first"].partition(" ")[0]])
