# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft Graph of one customer behind a fake transport: users, their roles, and passwords that are set."""

from __future__ import annotations

import email.utils
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import Trace
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import known_guid
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import PasswordChange
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.client import Client
from ansible_collections.csp.partnercenter.plugins.module_utils._http.conversation import Tokens
from ansible_collections.csp.partnercenter.plugins.module_utils._http.pace import Limits, Pace
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Failure, Request, Response
from ansible_collections.csp.partnercenter.tests.unit.password.builders import user_id, user_name

from .clock import FakeClock
from .engine import (
    API,
    CANARY,
    CORRELATION_ID,
    CUSTOMER,
    REQUEST_ID,
    FakeTokens,
    make_gate,
    make_gates,
)
from .transport import FakeTransport, answer, failure, raw

USERS = "/v1.0/users"
TRACE = Trace(REQUEST_ID, CORRELATION_ID)


def make_client(transport: FakeTransport, tokens: Any = None) -> Client:
    """A client that waits for nothing, and has a token for each customer who is named."""
    gates, source = make_gates(make_gate(FakeClock())), tokens or FakeTokens()
    pace = Pace(Limits(1000, 1000, 1000, 1000))

    def of_customer(customer_id: str) -> Tokens:
        assert customer_id and known_guid(customer_id) == customer_id
        return source

    return Client(graph_url=API, transport=transport, tokens=of_customer, gates=gates, pace=pace)


def service(count: int = 3, **more: Any) -> GraphService:
    """A service with so many users."""
    return GraphService({user_id(number): user_name(number) for number in range(1, count + 1)}, **more)


def change(force: bool = False) -> PasswordChange:
    """The reset of the first user, to a password that no error may show."""
    return PasswordChange(CUSTOMER, user_id(1), Secret(CANARY), force, TRACE)


def refusal(status: int, code: str, **headers: str) -> Response:
    """An error of Graph (Graph contract, errors)."""
    return answer({"error": {"code": code, "message": "…", "innerError": {}}}, status=status, **headers)


@dataclass
class GraphService:
    """``users`` and ``deleted`` are names by id; ``roles`` are names of roles by user, ``groups`` those of groups.

    ``treatment`` says what becomes of a PATCH, in the words of ``Treatment``. ``page`` bounds a page. ``now`` gives the
    time of the service.
    """

    users: dict[str, str]
    deleted: dict[str, str] = field(default_factory=dict)
    roles: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    treatment: str = "ACCEPT"
    hidden: bool = False
    page: int = 999
    offset: float = 0.0
    live: dict[str, str] = field(default_factory=dict)
    changed: dict[str, str | None] = field(default_factory=dict)
    forced: dict[str, bool] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)
    more: dict[str, dict[str, Any]] = field(default_factory=dict)

    def now(self) -> datetime:
        return datetime.fromtimestamp(datetime.now(UTC).timestamp() + self.offset, UTC)

    def answer(self, request: Request) -> Response:
        """Answer with the service's date, as it always does."""
        found = self.answer_without_date(request)
        date = {"date": email.utils.format_datetime(self.now(), usegmt=True)}
        return Response(found.status, found.reason, {**date, **found.headers}, found.body)

    def answer_without_date(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        path, query = unquote(parts.path), parse_qs(parts.query)
        if request.method == "PATCH":
            return self._patch(request, path.rpartition("/")[2])
        if request.method == "POST":
            return self._post(path.split("/")[3])
        if self.hidden:
            return refusal(403, "Authorization_RequestDenied")
        if path == USERS:
            return self._list(parts.path, query, self.users)
        if path.startswith("/v1.0/directory/deletedItems/"):
            return self._list(parts.path, query, self.deleted)
        if path.endswith("/transitiveMemberOf/microsoft.graph.directoryRole"):
            return _page(*(_role(name) for name in self._roles_of(path.split("/")[3])))
        if path == "/v1.0/directoryRoles":
            names = {name for names in self.roles.values() for name in names}
            return _page(*(_role(name) for name in sorted(names | {name for name, _members in self.groups.values()})))
        if path == "/v1.0/roleManagement/directory/roleAssignments":
            return _page(*self._assignments())
        return self._one(path.removeprefix(f"{USERS}/"))

    def _one(self, wanted: str) -> Response:
        for identity, name in self.users.items():
            if wanted.lower() in (identity, name.lower()):
                return answer(self._record(identity, name))
        return refusal(404, "Request_ResourceNotFound")

    def _list(self, path: str, query: Mapping[str, list[str]], users: Mapping[str, str]) -> Response:
        ids = re.findall("'([^']+)'", query.get("$filter", [""])[0])
        records = [self._record(*user) for user in users.items() if not ids or user[0] in ids]
        start = int(query.get("$skiptoken", ["0"])[0])
        more = {} if start + self.page >= len(records) else {"@odata.nextLink": self._link(path, start + self.page)}
        return answer({"value": records[start : start + self.page], **more})

    def _link(self, path: str, start: int) -> str:
        return f"https://api.example{path}?$skiptoken={start}"

    def _record(self, user_id: str, name: str) -> dict[str, Any]:
        record = {"id": user_id, "userPrincipalName": name, "lastPasswordChangeDateTime": self.changed.get(user_id)}
        return record | self.more.get(user_id, {})

    def _roles_of(self, user_id: str) -> list[str]:
        return self.roles.get(user_id, []) + [name for name, members in self.groups.values() if user_id in members]

    def _assignments(self) -> list[dict[str, Any]]:
        pairs = [(user, name) for user, names in self.roles.items() for name in names]
        pairs += [(group, name) for group, (name, _members) in self.groups.items()]
        return [{"principalId": who, "roleDefinition": {"displayName": name}} for who, name in pairs]

    def _patch(self, request: Request, user_id: str) -> Response:
        if self.treatment == "REFUSE":
            return refusal(400, "Request_BadRequest")
        if self.treatment == "BAR":
            return refusal(401, "InvalidAuthenticationToken")
        if self.treatment != "LOST":
            profile = json.loads(request.body or b"")["passwordProfile"]
            self.live[user_id] = profile["password"]
            self.forced[user_id] = profile["forceChangePasswordNextSignIn"]
            self.changed[user_id] = self.now().isoformat()
        if self.treatment != "ACCEPT":
            raise failure(Failure.TIMEOUT)
        return raw(204)

    def _post(self, user_id: str) -> Response:
        self.revoked.append(user_id)
        return answer({"value": True})


def _page(*items: Mapping[str, Any]) -> Response:
    return answer({"value": list(items)})


def _role(name: str) -> dict[str, str]:
    return {"id": f"00000000-0000-4000-8000-{sum(name.encode()):012d}", "displayName": name}
