# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directory roles of users: by membership, by assignment, and through groups that carry a role."""

from __future__ import annotations

import uuid
from typing import Any

from ..answers import Answer
from ..state import DIRECTORY_ROLES, Customer, Group, User
from .answers import bad_request, missing
from .call import GraphCall
from .query import collection
from .sign_in import ROLE_IDS
from .users import KIND, NAMES, USUAL, user_document

#: The names that Graph has for the roles of the population; Partner Center has older ones for some.
ROLE_NAMES = {identifier: name for name, identifier in ROLE_IDS.items() if identifier in DIRECTORY_ROLES}
ROLE_TYPE, GROUP_TYPE = "#microsoft.graph.directoryRole", "#microsoft.graph.group"
OBJECT_MEMBERS = ("id", "displayName", "description", "roleTemplateId", "isAssignableToRole", "deletedDateTime")
OBJECT_NAMES = {name.lower(): name for name in OBJECT_MEMBERS}
ASSIGNMENT_MEMBERS = ("id", "principalId", "roleDefinitionId", "directoryScopeId")
ASSIGNMENT_NAMES = {name.lower(): name for name in ASSIGNMENT_MEMBERS}
DEFINITION_MEMBERS = ("id", "displayName", "templateId", "isBuiltIn", "isEnabled", "description")
DEFINITION_NAMES = {name.lower(): name for name in DEFINITION_MEMBERS}


def object_id(customer: Customer, role: str) -> str:
    """The id of a role in one tenant; its template has the same id in all of them."""
    return str(uuid.uuid5(uuid.UUID(customer.id), role))


def _role_document(call: GraphCall, customer: Customer, role: str) -> dict[str, Any]:
    """A role, with nothing but its id where the token may not read roles."""
    readable = call.may("RoleManagement.Read.Directory")
    return {
        "@odata.type": ROLE_TYPE,
        "id": object_id(customer, role),
        "displayName": ROLE_NAMES[role] if readable else None,
        "description": None,
        "roleTemplateId": role if readable else None,
        "isAssignableToRole": None,
        "deletedDateTime": None,
    }


def _group_document(call: GraphCall, group: Group) -> dict[str, Any]:
    """A group that carries a role, with nothing but its id where the token may not read groups."""
    readable = call.may("GroupMember.Read.All")
    return {
        "@odata.type": GROUP_TYPE,
        "id": group.id,
        "displayName": group.display_name if readable else None,
        "description": None,
        "roleTemplateId": None,
        "isAssignableToRole": True if readable else None,
        "deletedDateTime": None,
    }


def _memberships(call: GraphCall, transitive: bool) -> Answer:
    call.need("User.Read.All")
    customer, user = call.customer(), call.user(call.segments[1])
    groups = customer.groups_of(user)
    roles = customer.roles_of(user)
    if transitive:
        roles += [group.role for group in groups if group.role not in roles]
    documents = [_role_document(call, customer, role) for role in roles]
    documents += [_group_document(call, group) for group in groups]
    if len(call.segments) > 3:
        wanted = f"#{call.segments[3]}".lower()
        if wanted not in (ROLE_TYPE.lower(), GROUP_TYPE.lower()):
            raise bad_request(f"The type '{call.segments[3]}' is not a member type.", "BadRequest")
        documents = [document for document in documents if document["@odata.type"].lower() == wanted]
    return collection(call, "directoryObjects", documents, lambda item: item, OBJECT_NAMES, OBJECT_MEMBERS)


def list_transitive_memberships(call: GraphCall) -> Answer:
    """``GET /users/{id}/transitiveMemberOf``, of one type where the path names it."""
    return _memberships(call, transitive=True)


def list_memberships(call: GraphCall) -> Answer:
    """``GET /users/{id}/memberOf``: without the roles that a group gives."""
    return _memberships(call, transitive=False)


def list_roles(call: GraphCall) -> Answer:
    """``GET /directoryRoles``: those that are in use in the tenant."""
    call.need("RoleManagement.Read.Directory")
    customer = call.customer()
    used = [role for role in DIRECTORY_ROLES if _assigned(customer, role)]
    return collection(
        call,
        "directoryRoles",
        used,
        lambda role: _role_document(call, customer, role),
        OBJECT_NAMES,
        OBJECT_MEMBERS[:4],
    )


def _assigned(customer: Customer, role: str) -> bool:
    return bool(customer.roles[role]) or any(group.role == role for group in customer.groups.values())


def list_role_members(call: GraphCall) -> Answer:
    """``GET /directoryRoles/{id}/members``: users and groups."""
    call.need("RoleManagement.Read.Directory")
    customer, wanted = call.customer(), call.segments[1].lower()
    role = next((role for role in DIRECTORY_ROLES if wanted in (role, object_id(customer, role))), None)
    if role is None:
        raise missing(call.segments[1])
    members: list[User | Group] = [user for user in customer.roles[role].values() if user.soft_deletion_time is None]
    members += [group for group in customer.groups.values() if group.role == role]

    def render(member: User | Group) -> dict[str, Any]:
        if isinstance(member, User):
            return {"@odata.type": f"#{KIND}", **user_document(call.service, member)}
        return {**dict.fromkeys(NAMES.values()), **_group_document(call, member)}

    return collection(call, "directoryObjects", members, render, NAMES, USUAL)


def list_group_members(call: GraphCall) -> Answer:
    """``GET /groups/{id}/members`` and ``/transitiveMembers``: groups with a role hold no other groups."""
    call.need("GroupMember.Read.All")
    group = call.customer().groups.get(call.segments[1].lower())
    if group is None:
        raise missing(call.segments[1])
    users = [user for user in group.members.values() if user.soft_deletion_time is None]

    def render(user: User) -> dict[str, Any]:
        return {"@odata.type": f"#{KIND}", **user_document(call.service, user)}

    return collection(call, "directoryObjects", users, render, NAMES, USUAL)


def _assignments(customer: Customer, principals: set[str] | None = None) -> list[dict[str, Any]]:
    pairs = [(user, role) for role, members in customer.roles.items() for user in members]
    pairs += [(group.id, group.role) for group in customer.groups.values()]
    return [
        {
            "id": str(uuid.uuid5(uuid.UUID(principal), role)),
            "principalId": principal,
            "roleDefinitionId": role,
            "directoryScopeId": "/",
        }
        for principal, role in pairs
        if principals is None or principal in principals
    ]


def list_assignments(call: GraphCall) -> Answer:
    """``GET /roleManagement/directory/roleAssignments``: direct ones, with ``$expand=roleDefinition``."""
    call.need("RoleManagement.Read.Directory")
    return _assignment_page(call, "roleAssignments", _assignments(call.customer()))


def list_transitive_assignments(call: GraphCall) -> Answer:
    """``GET /beta/…/transitiveRoleAssignments?$filter=principalId eq '…'``: through groups as well."""
    call.need("RoleManagement.Read.Directory")
    customer = call.customer()
    field, _operator, value = [*call.query.get("$filter", "").split(), "", "", ""][:3]
    user = customer.users.get(value.strip("'").lower())
    if not call.eventual or field.lower() != "principalid":
        raise bad_request(
            "ConsistencyLevel: eventual and a filter by principalId are required.", "Request_UnsupportedQuery"
        )
    principals = {user.id, *(group.id for group in customer.groups_of(user))} if user else set()
    del call.query["$filter"]
    return _assignment_page(call, "transitiveRoleAssignments", _assignments(customer, principals))


def _assignment_page(call: GraphCall, what: str, documents: list[dict[str, Any]]) -> Answer:
    usual: tuple[str, ...] = ASSIGNMENT_MEMBERS
    if call.query.get("$expand", "").lower().startswith("roledefinition"):
        usual = (*ASSIGNMENT_MEMBERS, "roleDefinition")
        for document in documents:
            document["roleDefinition"] = _definition(document["roleDefinitionId"])
    names = ASSIGNMENT_NAMES | ({"roledefinition": "roleDefinition"} if len(usual) > len(ASSIGNMENT_MEMBERS) else {})
    return collection(call, f"roleManagement/directory/{what}", documents, lambda item: item, names, usual)


def list_definitions(call: GraphCall) -> Answer:
    """``GET /roleManagement/directory/roleDefinitions``."""
    call.need("RoleManagement.Read.Directory")
    call.customer()
    what = "roleManagement/directory/roleDefinitions"
    return collection(call, what, list(ROLE_NAMES), _definition, DEFINITION_NAMES, DEFINITION_MEMBERS)


def _definition(role: str) -> dict[str, Any]:
    return {
        "id": role,
        "displayName": ROLE_NAMES[role],
        "templateId": role,
        "isBuiltIn": True,
        "isEnabled": True,
        "description": None,
    }
