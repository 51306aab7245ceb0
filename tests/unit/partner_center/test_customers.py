# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Customers of the partner: by id, by domain, all."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    NotFoundError,
    RefusedError,
    UnavailableError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Customer
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.customers import Customers
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CUSTOMER, make_client, raised
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, answer, collection

OTHER = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"


def record(identity: Any = CUSTOMER, domain: str = "contoso.example", **more: Any) -> dict[str, Any]:
    return {
        "id": identity,
        "companyProfile": {"tenantId": identity, "domain": domain, "companyName": "Contoso"},
        **more,
    }


def filters(transport: FakeTransport) -> list[Any]:
    queries = [parse_qs(urlsplit(request.url).query) for request in transport.requests]
    return [json.loads(query["filter"][0]) if "filter" in query else None for query in queries]


def test_get_asks_once() -> None:
    transport = FakeTransport(answer(record(identity=CUSTOMER.upper())))
    assert Customers(make_client(transport)).get(CUSTOMER) == Customer(CUSTOMER, "contoso.example", "Contoso")
    transport.assert_done(f"GET /v1/customers/{CUSTOMER}")


def test_get_refuses_another_customer_than_the_one_asked_for() -> None:
    transport = FakeTransport(answer(record(identity=OTHER)))
    assert isinstance(raised(lambda: Customers(make_client(transport)).get(CUSTOMER)), UnavailableError)


@pytest.mark.parametrize("identity", [None, 7, "", "../../x", f"{CUSTOMER}/users"])
def test_a_customer_without_a_guid_is_no_customer(identity: Any) -> None:
    transport = FakeTransport(collection(record(identity=identity)))
    assert isinstance(raised(lambda: list(Customers(make_client(transport)).list())), UnavailableError)
    assert len(transport.requests) == 1


@pytest.mark.parametrize("profile", [None, "x", [], {"domain": 7, "companyName": None}])
def test_a_profile_that_is_none_gives_empty_names(profile: Any) -> None:
    transport = FakeTransport(collection({"id": CUSTOMER, "companyProfile": profile}))
    assert list(Customers(make_client(transport)).list()) == [Customer(CUSTOMER, "", "")]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, None),
        ({"domain_prefix": "con"}, {"Field": "Domain", "Value": "con", "Operator": "starts_with"}),
        ({"name_prefix": 'A "&" B'}, {"Field": "CompanyName", "Value": 'A "&" B', "Operator": "starts_with"}),
    ],
)
def test_list_filters_by_a_prefix(arguments: dict[str, str], expected: Any) -> None:
    transport = FakeTransport(collection(record()))
    assert [customer.id for customer in Customers(make_client(transport)).list(**arguments)] == [CUSTOMER]
    assert filters(transport) == [expected]


def test_find_takes_the_domain_itself_and_not_one_that_begins_alike() -> None:
    transport = FakeTransport(collection(record(OTHER, "contoso.example.org"), record(CUSTOMER, "Contoso.Example")))
    assert Customers(make_client(transport)).find("contoso.EXAMPLE").id == CUSTOMER
    assert len(transport.requests) == 1


def test_a_domain_of_two_customers_is_refused() -> None:
    transport = FakeTransport(collection(record(OTHER, "contoso.example"), record(CUSTOMER, "Contoso.Example")))
    error = raised(lambda: Customers(make_client(transport)).find("contoso.example"))
    assert isinstance(error, RefusedError) and "customer_id" in str(error)


def test_find_then_looks_into_the_custom_domains_of_all_customers() -> None:
    transport = FakeTransport(
        collection(record(OTHER, "shop.example.org")),
        collection(record(OTHER, "other.example"), record()),
        answer(record(OTHER, "other.example", customDomains="shop.example")),
        answer(record(customDomains=["mail.example", 7, "Shop.Example"])),
    )
    assert Customers(make_client(transport)).find("shop.example").id == CUSTOMER
    transport.assert_done(
        transport.lines[0], "GET /v1/customers", f"GET /v1/customers/{OTHER}", f"GET /v1/customers/{CUSTOMER}"
    )
    assert filters(transport)[0]["Value"] == "shop.example"


def test_find_that_finds_none_is_not_found() -> None:
    transport = FakeTransport(collection(), collection(record()), answer(record(customDomains=None)))
    assert isinstance(raised(lambda: Customers(make_client(transport)).find("nobody.example")), NotFoundError)


def test_a_domain_is_looked_up_once_and_one_that_was_not_found_again() -> None:
    transport = FakeTransport(*[collection()] * 2, collection(record()))
    customers = Customers(make_client(transport))
    assert isinstance(raised(lambda: customers.find("contoso.example")), NotFoundError)
    for name in ("contoso.example", "Contoso.Example", "contoso.example"):
        assert customers.find(name).id == CUSTOMER
    assert len(transport.requests) == 3


def test_consent_names_the_application_and_its_permissions_for_microsoft_graph() -> None:
    transport = FakeTransport(answer({}, status=201))
    Customers(make_client(transport)).grant_consent(CUSTOMER, OTHER, ["User.Read.All", "AuditLog.Read.All"])
    transport.assert_done(f"POST /v1/customers/{CUSTOMER}/applicationconsents")
    grant = {
        "enterpriseApplicationId": "00000003-0000-0000-c000-000000000000",
        "scope": "User.Read.All,AuditLog.Read.All",
    }
    assert json.loads(transport.requests[0].body or b"") == {"applicationId": OTHER, "applicationGrants": [grant]}
