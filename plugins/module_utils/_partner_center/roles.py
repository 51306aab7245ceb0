# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Directory roles of a customer's users: who must not be reset by a help desk (contract section 3)."""

from __future__ import annotations

from collections.abc import Iterator

from .._directory.records import Role
from .._http.json_content import text
from . import paging
from .answers import record_id
from .client import Client


class Roles:
    """Every method raises :class:`CallError`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(self, customer_id: str) -> Iterator[Role]:
        """The directory roles that are in use at this customer."""
        return self._roles(f"/v1/customers/{customer_id}/directoryroles")

    def of_user(self, customer_id: str, user_id: str) -> Iterator[Role]:
        return self._roles(f"/v1/customers/{customer_id}/users/{user_id}/directoryroles")

    def members(self, customer_id: str, role_id: str) -> Iterator[str]:
        """The ids of the users who hold the role."""
        path = f"/v1/customers/{customer_id}/directoryroles/{role_id}/usermembers"
        return (record_id(item) for item in paging.items(self._client, path))

    def _roles(self, path: str) -> Iterator[Role]:
        return (Role(record_id(item), text(item, "name")) for item in paging.items(self._client, path))
