# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Directory roles of a customer's users, those that a group carries as well (Graph contract, registration)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .._base.errors import CallError, RefusedError
from .._base.workers import for_each
from .._directory.directory import Held
from .._directory.records import Role
from .._http.json_content import JsonObject, record_id, text
from . import paging
from .client import Client
from .users import Users

_OF_USER = "/v1.0/users/{}/transitiveMemberOf/microsoft.graph.directoryRole"
_ASSIGNMENTS = "/v1.0/roleManagement/directory/roleAssignments"
_NAMED = {"$select": "id,displayName"}


class Roles:
    """``concurrency``: how many calls may be under way at once."""

    def __init__(self, client: Client, users: Users, *, concurrency: int) -> None:
        self._client = client
        self._users = users
        self._concurrency = concurrency

    def list(self, customer_id: str) -> Iterator[Role]:
        """Return the directory roles that are in use at this customer."""
        return self._roles(customer_id, "/v1.0/directoryRoles")

    def held(self, customer_id: str, user_ids: Sequence[str], *, workers: int | None = None) -> Mapping[str, Held]:
        """Return the names of each user's roles, or why they cannot be read; raises :class:`CredentialError`.

        One request for each user, which tells roles by groups as well. For more than two users the list of all
        assignments is read first: it is enough where no group can be among the holders.
        """
        if len(user_ids) > 2:
            try:
                found = self._by_assignments(customer_id, user_ids)
            except RefusedError:
                found = None  # reading the list takes a permission more than reading the roles of a user
            except CallError as error:
                return dict.fromkeys(user_ids, error)
            if found is not None:
                return found

        def of_user(user_id: str) -> Held:
            try:
                return [role.name for role in self._roles(customer_id, _OF_USER.format(user_id))]
            except CallError as error:
                return error

        return dict(zip(user_ids, for_each(of_user, user_ids, workers=workers or self._concurrency), strict=True))

    def _by_assignments(self, customer_id: str, user_ids: Sequence[str]) -> Mapping[str, Held] | None:
        """Return None where a holder may be a group, whose members the list does not tell."""
        held: dict[str, list[str]] = {}
        for item in paging.items(self._client, customer_id, _ASSIGNMENTS, {"$expand": "roleDefinition"}):
            held.setdefault(text(item, "principalId").lower(), []).append(_name(item))
        others = sorted(held.keys() - set(user_ids))
        if others and len(self._users.changes(customer_id, others)) < len(others):
            return None
        return {user_id: held.get(user_id, []) for user_id in user_ids}

    def _roles(self, customer_id: str, path: str) -> Iterator[Role]:
        found = paging.items(self._client, customer_id, path, _NAMED)
        return (Role(record_id(item), text(item, "displayName")) for item in found)


def _name(assignment: JsonObject) -> str:
    definition = assignment.get("roleDefinition")
    return text(definition, "displayName") if isinstance(definition, dict) else ""
