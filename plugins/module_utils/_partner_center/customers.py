# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Customers of the partner: by id, by domain, all (contract section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._base.errors import NotFoundError, RefusedError
from .._base.identifiers import folded
from .._directory.records import Customer
from .._http.conversation import Call
from .._http.json_content import JsonObject, record_id, text
from . import answers, paging
from .client import Client

#: The application "Microsoft Graph" has this id in every tenant.
_MICROSOFT_GRAPH = "00000003-0000-0000-c000-000000000000"


class Customers:
    """The customers of the partner. Every method raises :class:`CallError`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._by_domain: dict[str, Customer] = {}

    def get(self, customer_id: str) -> Customer:
        content = self._client.call(Call("GET", f"/v1/customers/{customer_id}")).content
        answers.check_is(customer_id, content)
        return _customer(content)

    def list(self, *, domain_prefix: str | None = None, name_prefix: str | None = None) -> Iterator[Customer]:
        """Give all customers, or those whose default domain or company name begins with the text."""
        query: dict[str, str] = {}
        for field, prefix in (("Domain", domain_prefix), ("CompanyName", name_prefix)):
            if prefix:
                query["filter"] = paging.filter_by(field, prefix, "starts_with")
        return (_customer(item) for item in paging.items(self._client, "/v1/customers", query))

    def find(self, domain: str) -> Customer:
        """Return the customer with this domain: first by default domain, then by any custom domain.

        A customer that was found is not asked for again, because each item of a loop names its customer.
        """
        wanted = folded(domain)
        if wanted not in self._by_domain:
            self._by_domain[wanted] = self._search(wanted)
        return self._by_domain[wanted]

    def grant_consent(self, customer_id: str, application_id: str, permissions: Sequence[str]) -> None:
        """Consent on behalf of the customer to these permissions of Microsoft Graph (Graph contract, consent)."""
        grant = {"enterpriseApplicationId": _MICROSOFT_GRAPH, "scope": ",".join(permissions)}
        body = {"applicationId": application_id, "applicationGrants": [grant]}
        path = f"/v1/customers/{customer_id}/applicationconsents"
        self._client.call(Call("POST", path, body=body, wants_content=False))

    def _search(self, domain: str) -> Customer:
        fitting = [customer for customer in self.list(domain_prefix=domain) if folded(customer.domain) == domain]
        if len({customer.id for customer in fitting}) > 1:
            raise RefusedError("several customers have this domain: give the customer_id instead")
        if fitting:
            return fitting[0]
        for customer in self.list():
            content = self._client.call(Call("GET", f"/v1/customers/{customer.id}")).content
            custom = content.get("customDomains")
            if isinstance(custom, list) and domain in (folded(str(name)) for name in custom):
                return customer
        raise NotFoundError("no customer of this partner has this domain: look at customer_domain")


def _customer(content: JsonObject) -> Customer:
    profile = content.get("companyProfile")
    profile = profile if isinstance(profile, dict) else {}
    return Customer(
        id=record_id(content),
        domain=text(profile, "domain"),
        company_name=text(profile, "companyName"),
    )
