# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Directory roles of a customer's users (contract section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .._base.errors import CallError
from .._base.workers import for_each
from .._directory.directory import Held
from .._directory.records import Role
from .._http.json_content import record_id, text
from . import paging
from .client import Client

#: For so few users the list of roles hardly saves a request: most tenants have a few roles in use. Often it costs one.
_FEW_USERS = 4


class Roles:
    """The directory roles. ``concurrency``: the number of calls at the same time."""

    def __init__(self, client: Client, *, concurrency: int) -> None:
        self._client = client
        self._concurrency = concurrency

    def list(self, customer_id: str) -> Iterator[Role]:
        """Give the directory roles that are in use at this customer."""
        return self._roles(f"/v1/customers/{customer_id}/directoryroles")

    def held(self, customer_id: str, user_ids: Sequence[str], *, workers: int | None = None) -> Mapping[str, Held]:
        """Return the names of each user's roles, or the error of reading them, by user id.

        Makes one GET for each user, or one for each role in use and one for their list, whichever is fewer. For few
        users the list is not read. Raises :class:`CredentialError`.
        """
        workers, customer = workers or self._concurrency, f"/v1/customers/{customer_id}"
        if len(user_ids) > _FEW_USERS:
            try:
                used = list(self.list(customer_id))
                if len(used) < len(user_ids):
                    return self._by_members(customer, user_ids, used, workers)
            except CallError as error:
                return dict.fromkeys(user_ids, error)

        def of_user(user_id: str) -> Held:
            try:
                return [role.name for role in self._roles(f"{customer}/users/{user_id}/directoryroles")]
            except CallError as error:
                return error

        return dict(zip(user_ids, for_each(of_user, user_ids, workers=workers), strict=True))

    def _by_members(
        self, customer: str, user_ids: Sequence[str], used: Sequence[Role], workers: int
    ) -> Mapping[str, Held]:
        def members(role: Role) -> set[str]:
            path = f"{customer}/directoryroles/{role.id}/usermembers"
            return {record_id(item) for item in paging.items(self._client, path)}

        holders = for_each(members, used, workers=workers)
        roles = list(zip(used, holders, strict=True))
        return {user_id: [role.name for role, holding in roles if user_id in holding] for user_id in user_ids}

    def _roles(self, path: str) -> Iterator[Role]:
        return (Role(record_id(item), text(item, "name")) for item in paging.items(self._client, path))
