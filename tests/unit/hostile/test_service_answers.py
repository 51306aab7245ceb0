# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any answer of Partner Center, or of a server in its place, to each call."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.rows import (
    audit_row,
    customer_row,
    user_row,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CallError, Trace, UnavailableError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import NewUser, PasswordChange
from ansible_collections.csp.partnercenter.plugins.module_utils._graph import client as graph_client
from ansible_collections.csp.partnercenter.plugins.module_utils._graph import roles as graph_roles
from ansible_collections.csp.partnercenter.plugins.module_utils._graph import users as graph_users
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.accounts import Accounts as GraphAccounts
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.writeback import Writeback
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Request, Response
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.accounts import Accounts
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.audit import Audit
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.client import Client
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.customers import Customers
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.roles import Roles
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.users import Users
from ansible_collections.csp.partnercenter.tests.unit.hostile.answers import CANARY, responses
from ansible_collections.csp.partnercenter.tests.unit.hostile.conftest import Hammer
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.engine import (
    API,
    CORRELATION_ID,
    CUSTOMER,
    REQUEST_ID,
    USER,
    make_client,
    raised,
)
from ansible_collections.csp.partnercenter.tests.unit.support.graph_service import make_client as make_graph_client
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, answer, collection, raw

NAME = "ada@contoso.example"
DAY = datetime(2026, 11, 1, tzinfo=UTC)
USER_RECORD = {
    "id": USER,
    "userPrincipalName": NAME,
    "displayName": "Ada",
    "userDomainType": "managed",
    "state": "active",
    "lastDirectorySyncTime": None,
    "softDeletionTime": None,
}
CUSTOMER_RECORD = {
    "id": CUSTOMER,
    "companyProfile": {"domain": "contoso.example", "companyName": "Contoso"},
    "customDomains": ["fabrikam.example"],
}
ROLE_RECORD = {"id": USER, "name": "Helpdesk Administrator"}
AUDIT_RECORD = {
    "id": "1",
    "customerId": CUSTOMER,
    "userPrincipalName": NAME,
    "operationType": "reset_customer_user_password",
    "operationStatus": "succeeded",
    "operationDate": "2026-11-01T00:00:00.1234567Z",
    "originalCorrelationId": CORRELATION_ID,
    "customizedData": [{"key": "CustomerUserId", "value": USER}],
}
FAULT = {"code": 2000, "description": "", "data": [], "source": "PartnerFD", "statusCode": 429, "message": ""}
NEW = NewUser(CUSTOMER, NAME, {"display_name": "Ada"}, Secret(CANARY), True, Trace(REQUEST_ID, CORRELATION_ID))
CHANGE = PasswordChange(CUSTOMER, USER, Secret("Wort-und-1-Zahl"), True, Trace(REQUEST_ID, CORRELATION_ID))


def pages_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The last page of a list, and one with a link that leads to itself."""
    headers = [{"key": "MS-ContinuationToken", "value": "AbC="}]
    link = {"uri": "/customers?size=500&seekOperation=Next", "method": "GET", "headers": headers}
    return [{"totalCount": 1, "items": [record], "links": {"self": link, **more}} for more in ({}, {"next": link})]


def held(client: Client, *user_ids: str) -> Any:
    found = Roles(client, concurrency=1).held(CUSTOMER, user_ids)
    for error in found.values():
        if isinstance(error, CallError):
            raise error
    return found


#: For each call: what reads it, and good answers of its kind.
READERS: dict[str, tuple[Callable[[Client], Any], list[dict[str, Any]]]] = {
    "user": (lambda client: user_row(CUSTOMER, Users(client).get(CUSTOMER, USER)), [USER_RECORD]),
    "users": (lambda client: list(Users(client).pages(CUSTOMER, deleted=True)), pages_of(USER_RECORD)),
    "PATCH": (lambda client: Users(client).set_password(CHANGE), [USER_RECORD]),
    "create": (lambda client: Accounts(client).create(NEW), [USER_RECORD]),
    "update": (lambda client: Accounts(client).update(CUSTOMER, USER, {"display_name": "Ada"}), [USER_RECORD]),
    "customer": (lambda client: customer_row(Customers(client).get(CUSTOMER)), [CUSTOMER_RECORD]),
    "customers": (lambda client: list(Customers(client).list(name_prefix="C")), pages_of(CUSTOMER_RECORD)),
    "customer by domain": (lambda client: Customers(client).find("contoso.example"), pages_of(CUSTOMER_RECORD)),
    # The same answer serves for the list and for the customer in it.
    "customer by another domain": (
        lambda client: Customers(client).find("fabrikam.example"),
        [CUSTOMER_RECORD | page for page in pages_of(CUSTOMER_RECORD)],
    ),
    "roles": (lambda client: list(Roles(client, concurrency=1).list(CUSTOMER)), pages_of(ROLE_RECORD)),
    "roles of a user": (lambda client: held(client, USER), pages_of(ROLE_RECORD)),
    "members of a role": (lambda client: held(client, USER, CUSTOMER, CORRELATION_ID), pages_of(ROLE_RECORD)),
    "audit log": (
        lambda client: [
            audit_row(record) for record in Audit(client).records(start=DAY, end=DAY, customer_id=CUSTOMER)
        ],
        pages_of(AUDIT_RECORD),
    ),
}


GRAPH_USER = {
    "id": USER,
    "userPrincipalName": NAME,
    "displayName": "Ada",
    "onPremisesSyncEnabled": None,
    "lastPasswordChangeDateTime": "2026-11-01T00:00:00Z",
}
ASSIGNMENT = {"principalId": USER, "roleDefinition": {"displayName": "Helpdesk Administrator"}}
GRAPH_FAULT = {"error": {"code": "Request_BadRequest", "message": "", "innerError": {"request-id": REQUEST_ID}}}
OPERATION = {"id": "7", "status": "succeeded", "statusDetail": None, "newPassword": CANARY}


def graph_pages_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"value": [record], **more} for more in ({}, {"@odata.nextLink": f"{API}/v1.0/users?$skiptoken=1"})]


def graph_held(client: graph_client.Client, *user_ids: str) -> Any:
    found = graph_roles.Roles(client, graph_users.Users(client), concurrency=1).held(CUSTOMER, user_ids)
    for error in found.values():
        if isinstance(error, CallError):
            raise error
    return found


#: The same of Microsoft Graph.
GRAPH_READERS: dict[str, tuple[Callable[[graph_client.Client], Any], list[dict[str, Any]]]] = {
    "user": (lambda client: user_row(CUSTOMER, graph_users.Users(client).get(CUSTOMER, USER)), [GRAPH_USER]),
    "users": (lambda client: list(graph_users.Users(client).pages(CUSTOMER)), graph_pages_of(GRAPH_USER)),
    "times": (lambda client: graph_users.Users(client).changes(CUSTOMER, [USER, CUSTOMER]), graph_pages_of(GRAPH_USER)),
    "PATCH": (lambda client: graph_users.Users(client).set_password(CHANGE), [GRAPH_USER]),
    "create": (lambda client: GraphAccounts(client).create(NEW), [GRAPH_USER]),
    "restore": (lambda client: GraphAccounts(client).restore(CUSTOMER, USER), [GRAPH_USER]),
    "writeback": (lambda client: Writeback(client, sleep=lambda _seconds: None).set_password(CHANGE), [OPERATION]),
    "sessions": (lambda client: graph_users.Users(client).end_sessions(CUSTOMER, USER), [{"value": True}]),
    "roles": (lambda client: graph_held(client, USER), graph_pages_of(ROLE_RECORD | {"displayName": "Reader"})),
    "assignments": (lambda client: graph_held(client, USER, CUSTOMER, CORRELATION_ID), graph_pages_of(ASSIGNMENT)),
}
#: What is read of each service, and with which client.
SERVICES: dict[str, tuple[dict[str, Any], Callable[..., Any], dict[str, Any]]] = {
    "Partner Center": (READERS, lambda transport: make_client(transport, budget=1.0), FAULT),
    "Microsoft Graph": (GRAPH_READERS, make_graph_client, GRAPH_FAULT),
}
CALLS = [(service, call) for service, (readers, _client, _fault) in SERVICES.items() for call in readers]


@pytest.mark.parametrize(("service", "call"), CALLS)
def test_any_answer(service: str, call: str, hammer: Hammer) -> None:
    readers, client, refusal = SERVICES[service]
    read, good = readers[call]
    hammer(
        f"answers of {service} to {call}",
        responses(*good, refusal),
        lambda response: read(client(FakeTransport(lambda _request: response))),
    )


@pytest.mark.parametrize(("service", "call"), CALLS)
def test_good_answers_are_read(service: str, call: str) -> None:
    """This shows that nearly good answers are tested beyond the first check."""
    readers, client, _refusal = SERVICES[service]
    read, good = readers[call]
    writes = service == "Microsoft Graph" and call in ("PATCH", "writeback", "sessions")

    def told(request: Request) -> Response:
        taken = {"PATCH": raw(204), "POST": raw(202, location=f"{API}/v1.0/operations/7")}
        return taken[request.method] if writes and call != "sessions" and request.method in taken else answer(good[0])

    result = read(client(FakeTransport(told)))
    assert result is None if call == "sessions" else result


@pytest.mark.parametrize("zone", ["+14:00", "-23:59"])
@pytest.mark.parametrize("year", ["0001-01-01T00:00:00", "9999-12-31T23:59:59"])
def test_a_time_that_no_other_zone_can_tell(year: str, zone: str) -> None:
    page = pages_of(AUDIT_RECORD | {"operationDate": year + zone})[0]
    READERS["audit log"][0](make_client(FakeTransport(answer(page))))


def test_pages_without_end(figure: Callable[[str], None]) -> None:
    """Each page leads to one that was not there yet."""
    count = itertools.count()
    transport = FakeTransport(lambda _request: collection(uri="/customers?seek", token=f"token-{next(count)}"))
    started = time.monotonic()
    error = raised(lambda: list(Customers(make_client(transport, clock=FakeClock())).list()))
    assert isinstance(error, UnavailableError) and "has no end" in str(error)
    assert len(transport.requests) == 10_000
    figure(f"pages without end: refused after {len(transport.requests)} pages, {time.monotonic() - started:.1f} s")
