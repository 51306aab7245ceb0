# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users of a customer: read them, and set a password (contract sections 1 to 3).

:meth:`Users.set_password` is the one call that changes anything; another service could stand behind the same method.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from . import paging
from .answers import JsonObject
from .client import Answer, Call, Client
from .errors import NotFoundError, RouteMissingError, Trace
from .secret import Secret

_PAGE = "500"


@dataclass(frozen=True)
class User:
    """What this collection needs of a user, and shows."""

    id: str
    user_principal_name: str
    display_name: str = ""
    federated: bool = False
    synced: bool = False
    deleted: bool = False


class Endpoint(Enum):
    """Which call sets a password (contract 1.4)."""

    RESET = "resetpassword"
    UPDATE = "update"
    AUTO = "auto"


@dataclass(frozen=True)
class PasswordChange:
    """One password to set. The same trace and password again make the same request again."""

    customer_id: str
    user_id: str
    password: Secret = field(repr=False)
    force_change_password: bool
    trace: Trace


@dataclass(frozen=True)
class Accepted:
    """The service took the password. ``trace`` is what it calls the request."""

    attempts: int
    trace: Trace


class Users:
    """Every method raises :class:`CallError`."""

    def __init__(self, client: Client, *, endpoint: Endpoint = Endpoint.AUTO) -> None:
        self._client = client
        self._endpoint = endpoint

    def get(self, customer_id: str, user_id: str) -> User:
        return _user(self._client.call(Call("GET", f"/v1/customers/{customer_id}/users/{user_id}")).content)

    def list(self, customer_id: str, *, deleted: bool = False) -> Iterator[User]:
        """The customer's users; with ``deleted`` only those that were soft-deleted in the last 30 days."""
        query = {"size": _PAGE}
        if deleted:
            query["filter"] = json.dumps({"Field": "UserState", "Value": "Inactive", "Operator": "equals"})
        return (_user(item) for item in paging.items(self._client, f"/v1/customers/{customer_id}/users", query))

    def find(self, customer_id: str, user_principal_name: str) -> User:
        """The user with this name: the service documents no look-up by name, so the list is read."""
        wanted = user_principal_name.lower()
        for user in self.list(customer_id):
            if user.user_principal_name.lower() == wanted:
                return user
        raise NotFoundError("the customer has no user of this principal name: look at user_principal_name")

    def set_password(self, change: PasswordChange) -> Accepted:
        """One PATCH, repeated with the same id and body where its fate is not known.

        The answer echoes the password in clear text, so its body is thrown away unread.
        """
        path = f"/v1/customers/{change.customer_id}/users/{change.user_id}"
        if self._endpoint is not Endpoint.UPDATE:
            try:
                return _accepted(self._client.call(_patch(f"{path}/resetpassword", change)))
            except RouteMissingError:
                if self._endpoint is Endpoint.RESET:
                    raise
                self._endpoint = Endpoint.UPDATE
        return _accepted(self._client.call(_patch(path, change)))


def _patch(path: str, change: PasswordChange) -> Call:
    profile = {"password": change.password.reveal(), "forceChangePassword": change.force_change_password}
    body = {"passwordProfile": profile, "attributes": {"objectType": "CustomerUser"}}
    return Call("PATCH", path, body=body, trace=change.trace, wants_content=False)


def _accepted(answer: Answer) -> Accepted:
    return Accepted(answer.attempts, answer.trace)


def _user(content: JsonObject) -> User:
    return User(
        id=str(content.get("id") or "").lower(),
        user_principal_name=str(content.get("userPrincipalName") or ""),
        display_name=str(content.get("displayName") or ""),
        federated=str(content.get("userDomainType") or "").lower() == "federated",
        synced=content.get("lastDirectorySyncTime") is not None,
        deleted=str(content.get("state") or "").lower() == "inactive" or content.get("softDeletionTime") is not None,
    )
