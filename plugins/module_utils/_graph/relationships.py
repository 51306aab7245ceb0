# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The partner's GDAP relationships, and what the account has by them (Graph contract, relationships).

Asked in the partner's own tenant. A relationship can give roles to security groups; an account has those of its groups.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from .._base.errors import CallError, RefusedError
from .._base.identifiers import known_guid
from .._directory.standing import Relationship, RelationshipState
from .._http.json_content import JsonObject, moment, text
from . import paging
from .client import Client

_PATH = "/v1.0/tenantRelationships/delegatedAdminRelationships"
_OWN_GROUPS = "/v1.0/me/transitiveMemberOf"
_STATES = {
    **dict.fromkeys(("active", "expiring"), RelationshipState.ACTIVE),
    **dict.fromkeys(("created", "approvalpending", "approved", "activating"), RelationshipState.WAITING),
    **dict.fromkeys(("terminationrequested", "terminating", "terminated", "expired"), RelationshipState.ENDED),
}
#: The length of an extension that says that there is none.
_NO_EXTENSION = ("", "p0d", "pt0s")
#: The ids of roles that matter here, which are the same in every tenant. Others are shown by their ids.
_NAMES = {
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
    "966707d0-3269-4727-9be2-8c3a10f19b9d": "Password Administrator",
    "c4e39bd9-1100-46d3-8c65-fb160da0071f": "Authentication Administrator",
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "Privileged Authentication Administrator",
    "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
    "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
    "88d8e3e3-8f55-4a1e-953a-9b9898b8876b": "Directory Readers",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451": "Global Reader",
    "4a5d8f65-41da-4de4-8968-e035b65339cf": "Reports Reader",
    "5d6b6bb7-de71-4623-b4af-96380a352509": "Security Reader",
    "f023fd81-a637-4b56-95fd-791ac0226033": "Service Support Administrator",
}
_WHERE = (
    "In the Entra admin center of your own tenant, App registrations, your application, API permissions: add the "
    "delegated permission {} of Microsoft Graph, and grant admin consent"
)


class Relationships:
    """The relationships of the partner whose tenant this is. Safe under threads."""

    def __init__(self, client: Client, tenant_id: str) -> None:
        self._client = client
        self._tenant_id = tenant_id
        self._groups: frozenset[str] | None = None
        self._lock = threading.Lock()

    def by_customer(self) -> Mapping[str, list[Relationship]]:
        found: dict[str, list[Relationship]] = {}
        for item in self._items(_PATH, "DelegatedAdminRelationship.Read.All"):
            relationship = _relationship(item)
            found.setdefault(relationship.customer_id, []).append(relationship)
        return found

    def held(self, relationship: Relationship) -> frozenset[str]:
        groups = self._own_groups()
        path = f"{_PATH}/{quote(relationship.id, safe='')}/accessAssignments"
        roles: set[str] = set()
        for item in self._items(path, "DelegatedAdminRelationship.Read.All"):
            container = item.get("accessContainer")
            group = text(container, "accessContainerId") if isinstance(container, dict) else ""
            if text(item, "status").lower() == "active" and group.lower() in groups:
                roles |= _roles(item)
        return frozenset(roles)

    def _own_groups(self) -> frozenset[str]:
        """Read the groups of the account once, those within other groups as well."""
        with self._lock:
            if self._groups is None:
                found = self._items(_OWN_GROUPS, "User.Read", {"$select": "id", "$top": paging.MOST_ON_A_PAGE})
                self._groups = frozenset(text(item, "id").lower() for item in found)
            return self._groups

    def _items(self, path: str, permission: str, query: Mapping[str, str] | None = None) -> Iterator[JsonObject]:
        """Give the items of a list. A refusal names what the partner's own tenant lacks."""
        try:
            yield from paging.items(self._client, self._tenant_id, path, query or {})
        except RefusedError as error:
            said = (
                f"HTTP status {error.status}" if error.status else f"AADSTS{error.code}" if error.code else "no token"
            )
            where = _WHERE.format(permission)
            message = f"Microsoft Graph refuses this in the partner's own tenant ({said}). {where}"
            raise _same_call(error, message) from None


def _same_call(error: CallError, message: str) -> RefusedError:
    return RefusedError(message, status=error.status, code=error.code, trace=error.trace, attempts=error.attempts)


def _relationship(item: JsonObject) -> Relationship:
    customer = item.get("customer")
    customer = customer if isinstance(customer, dict) else {}
    return Relationship(
        id=text(item, "id"),
        customer_id=known_guid(text(customer, "tenantId")) or "",
        customer_name=text(customer, "displayName"),
        state=_STATES.get(text(item, "status").lower(), RelationshipState.UNKNOWN),
        ends_at=moment(item.get("endDateTime")),
        extends=text(item, "autoExtendDuration").lower() not in _NO_EXTENSION,
        roles=_roles(item),
    )


def _roles(item: JsonObject) -> frozenset[str]:
    """Return the names of the roles of a relationship or an assignment."""
    details = item.get("accessDetails")
    roles = details.get("unifiedRoles") if isinstance(details, dict) else None
    listed = roles if isinstance(roles, list) else []
    ids = [text(role, "roleDefinitionId").lower() for role in listed if isinstance(role, dict)]
    return frozenset(_NAMES.get(role, role) for role in ids if role)
