# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directory roles and their members (contract, section 3)."""

from __future__ import annotations

from typing import Any

from .answers import Answer, PartnerFault, json_answer
from .collection import collection, link
from .service import Call, Service, is_guid, permitted_customer, user_of
from .state import DIRECTORY_ROLES, Customer, User
from .users import record


def _role_document(service: Service, customer: Customer, role: str) -> dict[str, Any]:
    uri = link(service, f"/customers/{customer.id}/directoryroles/{role}")
    return {
        "name": DIRECTORY_ROLES[role],
        "id": role,
        "links": {"self": {"uri": uri, "method": "GET", "headers": []}},
        "attributes": {"objectType": "DirectoryRole"},
    }


def _member_document(role: str, user: User) -> dict[str, Any]:
    return {
        "displayName": user.display_name,
        "userPrincipalName": user.user_principal_name,
        "roleId": role,
        "id": user.id,
        "attributes": {"objectType": "UserMember"},
    }


def _members(customer: Customer, role: str) -> dict[str, User]:
    if not is_guid(role):
        raise PartnerFault(400, 2000, "The role id is not a GUID.")
    members = customer.roles.get(role)
    if members is None:
        raise PartnerFault(404, 1000, "The directory role was not found.", source="PartnerFD")
    return members


def list_roles(service: Service, call: Call) -> Answer:
    """``GET /customers/{cid}/directoryroles``."""
    customer = permitted_customer(service, call, call.segments[1])
    return collection(
        service,
        call,
        f"/customers/{customer.id}/directoryroles",
        lambda wanted: list(customer.roles),
        lambda role: _role_document(service, customer, role),
    )


def list_user_roles(service: Service, call: Call) -> Answer:
    """``GET …/users/{uid}/directoryroles``."""
    customer = permitted_customer(service, call, call.segments[1])
    user = user_of(customer, call.segments[3])
    return collection(
        service,
        call,
        f"/customers/{customer.id}/users/{user.id}/directoryroles",
        lambda wanted: customer.roles_of(user),
        lambda role: _role_document(service, customer, role),
    )


def list_members(service: Service, call: Call) -> Answer:
    """``GET …/directoryroles/{rid}/usermembers``."""
    customer = permitted_customer(service, call, call.segments[1])
    role = call.segments[3]
    members = _members(customer, role)
    return collection(
        service,
        call,
        f"/customers/{customer.id}/directoryroles/{role}/usermembers",
        lambda wanted: [user for user in members.values() if user.soft_deletion_time is None],
        lambda user: _member_document(role, user),
    )


def add_member(service: Service, call: Call) -> Answer:
    """``POST …/directoryroles/{rid}/usermembers``."""
    customer = permitted_customer(service, call, call.segments[1])
    role = call.segments[3]
    members = _members(customer, role)
    user = user_of(customer, str(call.document().get("id", "")).lower())
    members[user.id] = user
    call.applied = True
    record(service, call, customer, user.id, "add_user_member")
    return json_answer(service.knobs, _member_document(role, user), 201)


def remove_member(service: Service, call: Call) -> Answer:
    """``DELETE …/directoryroles/{rid}/usermembers/{uid}``."""
    customer = permitted_customer(service, call, call.segments[1])
    members = _members(customer, call.segments[3])
    user = user_of(customer, call.segments[5])
    if members.pop(user.id, None) is None:
        raise PartnerFault(404, 60002, "The user does not hold this role.", source="PartnerFD")
    call.applied = True
    record(service, call, customer, user.id, "remove_user_member")
    return Answer(204, content_type=None)
