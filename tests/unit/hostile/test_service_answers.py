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

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.results import (
    audit_row,
    customer_row,
    user_row,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CallError, Trace, UnavailableError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import PasswordChange
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.audit import Audit
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.client import Client
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.customers import Customers
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.roles import Roles
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.users import Users
from ansible_collections.csp.partnercenter.tests.unit.hostile.answers import responses
from ansible_collections.csp.partnercenter.tests.unit.hostile.conftest import Hammer
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.engine import (
    CORRELATION_ID,
    CUSTOMER,
    REQUEST_ID,
    USER,
    make_client,
    raised,
)
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, answer, collection

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


@pytest.mark.parametrize("call", READERS)
def test_any_answer(call: str, hammer: Hammer) -> None:
    read, good = READERS[call]
    hammer(
        f"answers to {call}",
        responses(*good, FAULT),
        lambda response: read(make_client(FakeTransport(lambda _request: response), budget=1.0)),
    )


def test_good_answers_are_read() -> None:
    """This shows that nearly good answers are tested beyond the first check."""
    for read, good in READERS.values():
        assert read(make_client(FakeTransport(lambda _request, record=good[0]: answer(record))))


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
    figure(f"pages without end: refused after {len(transport.requests)} pages, {time.monotonic() - started:.1f} s")
