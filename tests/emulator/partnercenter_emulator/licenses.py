# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Licences, as far as clients need them to manage users (contract, section 3)."""

from __future__ import annotations

from typing import Any

from .answers import Answer, PartnerFault, json_answer
from .collection import collection
from .service import Call, Service, permitted_customer, user_of

PRODUCTS = {
    "f8a1db68-be16-40ed-86d5-cb42ce701560": "POWER_BI_PRO",
    "c7df2760-2c81-4ef7-b578-5b5392b571df": "ENTERPRISEPREMIUM",
}
SEATS = 25


def _product(sku: str) -> dict[str, Any]:
    name = PRODUCTS[sku]
    return {"id": sku, "name": name, "skuPartNumber": name, "targetType": "User", "licenseGroupId": "group1"}


def list_subscribed(service: Service, call: Call) -> Answer:
    """``GET /customers/{cid}/subscribedskus``."""
    customer = permitted_customer(service, call, call.segments[1])

    def render(sku: str) -> dict[str, Any]:
        used = sum(1 for user in customer.users.values() if sku in user.licenses)
        return {
            "availableUnits": SEATS - used,
            "activeUnits": SEATS,
            "consumedUnits": used,
            "suspendedUnits": 0,
            "totalUnits": SEATS,
            "warningUnits": 0,
            "productSku": _product(sku),
            "servicePlans": [],
            "capabilityStatus": "Enabled",
            "attributes": {"objectType": "SubscribedSku"},
        }

    return collection(service, call, f"/customers/{customer.id}/subscribedskus", lambda wanted: list(PRODUCTS), render)


def list_user_licenses(service: Service, call: Call) -> Answer:
    """``GET …/users/{uid}/licenses``."""
    customer = permitted_customer(service, call, call.segments[1])
    user = user_of(customer, call.segments[3])
    return collection(
        service,
        call,
        f"/customers/{customer.id}/users/{user.id}/licenses",
        lambda wanted: sorted(user.licenses),
        lambda sku: {"productSku": _product(sku), "servicePlans": [], "attributes": {"objectType": "License"}},
    )


def update_user_licenses(service: Service, call: Call) -> Answer:
    """``POST …/users/{uid}/licenseupdates``."""
    customer = permitted_customer(service, call, call.segments[1])
    user = user_of(customer, call.segments[3])
    document = call.document()
    added = {
        str({name.lower(): value for name, value in item.items()}.get("skuid", "")).lower()
        for item in document.get("licensestoassign") or []
        if isinstance(item, dict)
    }
    removed = {str(sku).lower() for sku in document.get("licensestoremove") or []}
    if (added | removed) - set(PRODUCTS):
        raise PartnerFault(400, 3000, "A licence names an unknown product.", source="PartnerFD")
    user.licenses = (user.licenses | added) - removed
    call.applied = True
    shown = {
        "licensesToAssign": [{"skuId": sku, "excludedPlans": []} for sku in sorted(added)],
        "licensesToRemove": sorted(removed),
        "licenseWarnings": [],
        "attributes": {"objectType": "LicenseUpdate"},
    }
    return json_answer(service.knobs, shown, 201)
