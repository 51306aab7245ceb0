# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A partner with customers and users behind a fake transport."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.credentials import Credentials
from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import Settings
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Request, Response
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.connection import Connection, connect

from .transport import FakeTransport, answer, collection, fault


def guid(number: int) -> str:
    """The same GUID for the same number."""
    return f"00000000-0000-4000-8000-{number:012d}"


def customer(number: int, domain: str = "", name: str = "") -> dict[str, Any]:
    """A customer as lists show it."""
    domain = domain or f"customer-{number}.example"
    return {"id": guid(number), "companyProfile": {"domain": domain, "companyName": name or f"Customer {number}"}}


def user(number: int, name: str = "", **more: Any) -> dict[str, Any]:
    """A user as lists show it."""
    return {"id": guid(number), "userPrincipalName": name or f"user-{number}@customer.example", **more}


@dataclass
class Partner:
    """Answers reads. ``users`` are lists by customer id; ``refused`` are paths that are answered by a fault."""

    customers: list[dict[str, Any]]
    users: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refused: dict[str, Response] = field(default_factory=dict)
    #: By customer and user, the names of the directory roles that a user holds.
    holders: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.transport = FakeTransport(self.answer)

    @property
    def lines(self) -> list[str]:
        """Return the requests without queries."""
        return [line.partition("?")[0] for line in self.transport.lines]

    def connection(self, concurrency: int = 1) -> Connection:
        settings = Settings(concurrency=concurrency)
        return connect(settings, Credentials(access_token=Secret("token")), transport=self.transport)

    def answer(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        query = parse_qs(parts.query)
        path = parts.path.removeprefix("/v1/")
        if path in self.refused:
            return self.refused[path]
        match path.split("/"):
            case ["customers"]:
                return collection(*(one for one in self.customers if _starts(one, query)))
            case ["customers", customer_id]:
                return _one(self.customers, customer_id, 60003)
            case ["customers", customer_id, "users"]:
                deleted = "filter" in query
                users = self.users.get(customer_id, [])
                return collection(*(one for one in users if (one.get("state") == "inactive") == deleted))
            case ["customers", customer_id, "users", user_id]:
                return _one(self.users.get(customer_id, []), user_id, 60002)
            case ["customers", customer_id, "directoryroles"]:
                held = self.holders.get(customer_id, {}).values()
                return collection(*{name: _role(name) for names in held for name in names}.values())
            case ["customers", customer_id, "directoryroles", role_id, "usermembers"]:
                held_by = self.holders.get(customer_id, {}).items()
                fitting = (holder for holder, names in held_by if role_id in [_role(name)["id"] for name in names])
                return collection(*({"id": holder} for holder in fitting))
            case ["customers", customer_id, "users", user_id, "directoryroles"]:
                return collection(*map(_role, self.holders.get(customer_id, {}).get(user_id, [])))
        return fault(404, 1000)


def _role(name: str) -> dict[str, Any]:
    return {"id": guid(sum(name.encode())), "name": name}


def _starts(one: dict[str, Any], query: dict[str, list[str]]) -> bool:
    """Compare as the service's filter does: by the beginning of the text, in any case of letters."""
    text = query.get("filter", [""])[0].lower()
    if not text:
        return True
    wanted = text.partition('"value":"')[2].partition('"')[0]
    profile = one["companyProfile"]
    return bool(profile["domain" if '"domain"' in text else "companyName"].lower().startswith(wanted))


def _one(records: list[dict[str, Any]], record_id: str, code: int) -> Response:
    found = [record for record in records if record["id"] == record_id]
    return answer(found[0]) if found else fault(404, code)
