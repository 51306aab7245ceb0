# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GDAP relationships, their assignments, and the account's groups: asked with a token of the partner's own tenant."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from ..answers import Answer
from ..service import Service
from ..state import Customer
from .answers import denied, json_answer, missing
from .call import GraphCall
from .query import collection, context
from .roles import GROUP_TYPE
from .sign_in import ROLE_IDS, roles_at, words

DURATION = timedelta(days=730)
MEMBERS = (
    "id",
    "displayName",
    "duration",
    "status",
    "customer",
    "accessDetails",
    "createdDateTime",
    "activatedDateTime",
    "endDateTime",
    "autoExtendDuration",
)
NAMES = {name.lower(): name for name in MEMBERS}
FILTERABLE = {**NAMES, "customer/tenantid": "customer/tenantId", "customer/displayname": "customer/displayName"}
ASSIGNMENT_MEMBERS = ("id", "status", "createdDateTime", "accessContainer", "accessDetails")
ASSIGNMENT_NAMES = {name.lower(): name for name in ASSIGNMENT_MEMBERS}


def relationship_id(service: Service, customer: Customer) -> str:
    """Two GUIDs, as real ones have."""
    return f"{customer.id}-{uuid.uuid5(uuid.UUID(customer.id), service.state.partner_id)}"


def security_group_id(service: Service) -> str:
    """The group of the partner's tenant that carries the GDAP roles."""
    return str(uuid.uuid5(uuid.UUID(service.state.partner_id), "security group"))


def _roles(names: frozenset[str]) -> dict[str, Any]:
    return {"unifiedRoles": [{"roleDefinitionId": ROLE_IDS[name]} for name in sorted(names) if name in ROLE_IDS]}


def _document(service: Service, customer: Customer) -> dict[str, Any]:
    ended = customer.relationship_ended(service.clock.now())
    end = customer.relationship_end or service.state.founded + DURATION
    names = words(service.knobs.gdap_roles) if customer.gdap_roles is None else customer.gdap_roles
    form = "%Y-%m-%dT%H:%M:%SZ"
    status = "expired" if ended else "active" if customer.relationship else "terminated"
    return {
        "id": relationship_id(service, customer),
        "displayName": f"GDAP {customer.company_name}",
        "duration": "P730D",
        "status": customer.relationship_status or status,
        "customer": {"tenantId": customer.id, "displayName": customer.company_name},
        "accessDetails": _roles(frozenset(names)),
        "createdDateTime": (end - DURATION).strftime(form),
        "activatedDateTime": (end - DURATION).strftime(form),
        "endDateTime": end.strftime(form),
        "autoExtendDuration": "P180D" if customer.relationship_extends else "PT0S",
    }


def _need_partner(call: GraphCall) -> None:
    call.need("DelegatedAdminRelationship.Read.All")
    if call.caller.tenant_id != call.service.state.partner_id:
        raise denied()


def list_relationships(call: GraphCall) -> Answer:
    """``GET /tenantRelationships/delegatedAdminRelationships``."""
    _need_partner(call)
    service = call.service
    return collection(
        call,
        "tenantRelationships/delegatedAdminRelationships",
        list(service.state.customers.values()),
        lambda customer: _document(service, customer),
        NAMES,
        MEMBERS,
        kind="microsoft.graph.delegatedAdminRelationship",
        filterable=FILTERABLE,
    )


def _customer(call: GraphCall) -> Customer:
    _need_partner(call)
    wanted = call.segments[2].lower()
    for customer in call.service.state.customers.values():
        if relationship_id(call.service, customer) == wanted:
            return customer
    raise missing(call.segments[2])


def get_relationship(call: GraphCall) -> Answer:
    """``GET /tenantRelationships/delegatedAdminRelationships/{id}``."""
    document = _document(call.service, _customer(call))
    what = context(call, "tenantRelationships/delegatedAdminRelationships/$entity")
    return json_answer(call.service.knobs, {"@odata.context": what, **document})


def list_assignments(call: GraphCall) -> Answer:
    """``GET …/delegatedAdminRelationships/{id}/accessAssignments``: the roles of the account's security group."""
    customer, service = _customer(call), call.service
    document = {
        "id": str(uuid.uuid5(uuid.UUID(customer.id), "access assignment")),
        "status": "active",
        "createdDateTime": service.state.founded.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "accessContainer": {"accessContainerId": security_group_id(service), "accessContainerType": "securityGroup"},
        "accessDetails": _roles(roles_at(service, customer)),
    }
    what = "tenantRelationships/delegatedAdminRelationships/accessAssignments"
    return collection(call, what, [document], lambda item: item, ASSIGNMENT_NAMES, ASSIGNMENT_MEMBERS)


def list_own_memberships(call: GraphCall) -> Answer:
    """``GET /me/transitiveMemberOf``: the groups of the account in the partner's tenant, by their ids."""
    call.need("User.Read")
    service = call.service
    if call.caller.tenant_id != service.state.partner_id:
        raise denied()
    member = service.knobs.security_group == "member"
    documents = [{"@odata.type": GROUP_TYPE, "id": security_group_id(service)}] if member else []
    return collection(call, "directoryObjects", documents, lambda item: item, {"id": "id"}, ("id",))
