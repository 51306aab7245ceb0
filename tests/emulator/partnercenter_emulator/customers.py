# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Customers: list and get; both accept app-only tokens (contract, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .answers import Answer, PartnerFault, json_answer
from .collection import Filter, collection, link, starts_with
from .service import Call, Service, customer_of
from .state import Customer


def list_customers(service: Service, call: Call) -> Answer:
    """``GET /customers``, by CompanyName or Domain where a filter is given."""

    def select(wanted: Filter | None) -> Sequence[Customer]:
        customers = [customer for customer in service.state.customers.values() if customer.relationship]
        if wanted is None:
            return customers
        if wanted.field == "companyname":
            return [customer for customer in customers if starts_with(wanted, customer.company_name)]
        if wanted.field == "domain":
            # Only the initial domain is searched; customDomains must be looked into by the client.
            return [customer for customer in customers if starts_with(wanted, customer.domain)]
        raise PartnerFault(400, 2000, "Customers can be filtered by CompanyName or Domain.")

    sortable = {"companyname": "company_name", "domain": "domain", "id": "id"}
    return collection(service, call, "/customers", select, lambda customer: _short(service, customer), sortable)


def get_customer(service: Service, call: Call) -> Answer:
    """``GET /customers/{id}``."""
    customer = customer_of(service, call.segments[1])
    document = _short(service, customer)
    document["commerceId"] = customer.commerce_id
    document["companyProfile"]["address"] = {"country": "US"}
    document["companyProfile"]["email"] = f"admin@{customer.domain}"
    document["billingProfile"] = {
        "companyName": customer.company_name,
        "culture": "en-US",
        "language": "en",
        "email": f"billing@{customer.domain}",
        "defaultAddress": {"country": "US", "city": "Redmond", "addressLine1": "1 Example Way", "postalCode": "98052"},
        "attributes": {"etag": "0", "objectType": "CustomerBillingProfile"},
    }
    document["allowDelegatedAccess"] = True
    document["customDomains"] = list(customer.custom_domains)
    return json_answer(service.knobs, document)


def _short(service: Service, customer: Customer) -> dict[str, Any]:
    """The form of list items."""
    path = f"/customers/{customer.id}"
    return {
        "id": customer.id,
        "companyProfile": {
            "tenantId": customer.id,
            "domain": customer.domain,
            "companyName": customer.company_name,
            "links": {"self": {"uri": link(service, path + "/profiles/company"), "method": "GET", "headers": []}},
            "attributes": {"objectType": "CustomerCompanyProfile"},
        },
        "relationshipToPartner": "reseller",
        "links": {"self": {"uri": link(service, path), "method": "GET", "headers": []}},
        "attributes": {"objectType": "Customer"},
    }
