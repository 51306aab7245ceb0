# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways behind the port, each with a service in memory. A new way is a class here and a line in ``WAYS``."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum, auto
from types import SimpleNamespace
from typing import Any, Protocol

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CredentialError, RefusedError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.directory import Directory
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty, User
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.access_token import AccessToken
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.accounts import Accounts as GraphAccounts
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.client import Client as GraphClient
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.connection import Connection as GraphConnection
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.roles import Roles as GraphRoles
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.users import Users as GraphUsers
from ansible_collections.csp.partnercenter.plugins.module_utils._http.pace import Limits, Pace
from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import Settings
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Failure, Request, Response
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.accounts import Accounts
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.audit import Audit
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.client import Client
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.connection import Connection
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.customers import Customers
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.roles import Roles
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.users import Users
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, user_id, user_name
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.engine import API, make_gate, make_gates
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import OPERATOR, Answer, FakeService
from ansible_collections.csp.partnercenter.tests.unit.support.graph_service import GraphService
from ansible_collections.csp.partnercenter.tests.unit.support.partner import Partner
from ansible_collections.csp.partnercenter.tests.unit.support.transport import (
    FakeTransport,
    answer,
    collection,
    failure,
    fault,
)

DOMAIN = "contoso.example"
#: What every service holds: users 1 to 3, and user 4, who was soft-deleted; user 2 holds this role.
ROLE = "Global Reader"
PRESENT, DELETED, HOLDER = (1, 2, 3), 4, 2


class Treatment(Enum):
    """The service's treatment of requests that set a password."""

    ACCEPT = auto()
    REFUSE = auto()  # for what is asked
    SILENT = auto()  # sets it, and no answer arrives
    LOST = auto()  # neither
    BAR = auto()  # accepts no token any more


class Way(Protocol):
    """``certainty`` is what its witness proves by the ids of a request, or by its time."""

    certainty: Certainty
    directory: Directory

    def will(self, treatment: Treatment) -> None:
        """Treat the next request for a password like this."""

    def password(self, number: int) -> str | None:
        """Return the user's password at the service; None for the old one."""

    def hide(self) -> None:
        """Make all records of the witness unreadable from now on."""


class InMemory:
    """The fake that the tests of the engines use: it has to keep the contract as well."""

    certainty = Certainty.AUDIT

    def __init__(self, *, gets_by_name: bool = False) -> None:
        self._service = FakeService(
            domains={DOMAIN: CUSTOMER}, roles={ROLE: [user_id(HOLDER)]}, gets_by_name=gets_by_name
        )
        self._service.with_users(len(PRESENT))
        self._service.people[CUSTOMER].append(User(user_id(DELETED), user_name(DELETED), deleted=True))
        self.directory: Directory = self._service.connection()

    def will(self, treatment: Treatment) -> None:
        name = "NOT_ACCEPTED" if treatment is Treatment.BAR else treatment.name
        self._service.will(1, Answer[name])

    def password(self, number: int) -> str | None:
        return self._service.live.get((CUSTOMER, user_id(number)))

    def hide(self) -> None:
        self._service.errors["GET auditrecords"] = RefusedError("no", status=403)


class PartnerCenter:
    """The client of Partner Center, and the service at the other end of its transport."""

    certainty = Certainty.AUDIT

    def __init__(self) -> None:
        profile = {"domain": DOMAIN, "companyName": "Contoso"}
        users: list[dict[str, Any]] = [
            {"id": user_id(number), "userPrincipalName": user_name(number)} for number in (*PRESENT, DELETED)
        ]
        users[-1]["state"] = "inactive"
        holders = {CUSTOMER: {user_id(HOLDER): [ROLE]}}
        self._partner = Partner([{"id": CUSTOMER, "companyProfile": profile}], {CUSTOMER: users}, {}, holders)
        self._live: dict[str, str] = {}
        self._records: list[dict[str, Any]] = []
        self._treatment = Treatment.ACCEPT
        self._hidden = False
        self.directory: Directory = self._connection()

    def _connection(self) -> Connection:
        token = AccessToken(Secret("token"), float("inf"), object_id=user_id(99), user_principal_name=OPERATOR)
        tokens: Any = SimpleNamespace(token=lambda: token, renewable=False)
        gates = make_gates(make_gate(FakeClock()))
        client = Client(api_url=API, transport=FakeTransport(self._answer), tokens=tokens, gates=gates)
        gateways = Customers(client), Users(client), Roles(client, concurrency=1), Audit(client), Accounts(client)
        return Connection(Settings(), gates, tokens, *gateways)

    def will(self, treatment: Treatment) -> None:
        self._treatment = treatment

    def password(self, number: int) -> str | None:
        return self._live.get(user_id(number))

    def hide(self) -> None:
        self._hidden = True

    def _answer(self, request: Request) -> Response:
        if "/auditrecords" in request.url:
            return fault(403, 900150) if self._hidden else collection(*self._records)
        return self._patch(request) if request.method == "PATCH" else self._partner.answer(request)

    def _patch(self, request: Request) -> Response:
        if self._treatment is Treatment.REFUSE:
            return fault(400, 3000)
        if self._treatment is Treatment.BAR:
            return fault(401, 800001)
        if self._treatment is not Treatment.LOST:
            changed = request.url.split("/users/")[1].split("/")[0]
            self._live[changed] = json.loads(request.body or b"")["passwordProfile"]["password"]
            self._records.append(_record(changed, request.headers["MS-CorrelationId"]))
        if self._treatment is not Treatment.ACCEPT:
            raise failure(Failure.TIMEOUT)
        return answer(json.loads(request.body or b""))


def _record(changed: str, correlation_id: str) -> dict[str, Any]:
    return {
        "id": "1",
        "customerId": CUSTOMER,
        "userPrincipalName": OPERATOR,
        "operationType": "reset_customer_user_password",
        "operationStatus": "succeeded",
        "operationDate": datetime.now(UTC).isoformat(),
        "originalCorrelationId": correlation_id,
        "customizedData": [{"key": "CustomerUserId", "value": changed}],
    }


class Graph:
    """The client of Microsoft Graph, and the service at the other end; customers are Partner Center's."""

    certainty = Certainty.DIRECTORY

    def __init__(self) -> None:
        self._service = GraphService(
            {user_id(number): user_name(number) for number in PRESENT},
            deleted={user_id(DELETED): user_name(DELETED)},
            roles={user_id(HOLDER): [ROLE]},
        )
        self._tokens = TenantSource()
        transport, settings = FakeTransport(self._answer), Settings(graph_url=API, concurrency=1)
        pace = Pace(Limits(1000, 1000, 1000, 1000))
        gates = make_gates(make_gate(FakeClock()))
        client = GraphClient(
            graph_url=API, transport=transport, tokens=lambda _customer: self._tokens, gates=gates, pace=pace
        )
        users = GraphUsers(client)
        roles = GraphRoles(client, users, concurrency=1)
        tokens: Any = SimpleNamespace(account=self._tokens.token)
        customers = PartnerCenter().directory.customers
        self.directory: Directory = GraphConnection(
            settings, gates, tokens, pace, client, customers, users, roles, GraphAccounts(client)
        )

    def will(self, treatment: Treatment) -> None:
        self._service.treatment = treatment.name
        self._tokens.dead = treatment is Treatment.BAR

    def password(self, number: int) -> str | None:
        return self._service.live.get(user_id(number))

    def hide(self) -> None:
        self._service.hidden = True

    def _answer(self, request: Request) -> Response:
        return self._service.answer(request)


class TenantSource:
    """A token for every tenant; once ``dead``, the refresh token behind it is revoked."""

    renewable = True
    dead = False

    def token(self) -> AccessToken:
        return AccessToken(Secret("token"), float("inf"), object_id=user_id(99), user_principal_name=OPERATOR)

    def renew(self, stale: AccessToken) -> AccessToken:
        if self.dead:
            raise CredentialError("Entra ID refused the sign-in", codes=(50173,))
        return self.token()


WAYS: dict[str, Callable[[], Way]] = {
    "partner_center": PartnerCenter,
    "graph": Graph,
    "in_memory": InMemory,
    "in_memory_by_name": lambda: InMemory(gets_by_name=True),
}
