# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users of a customer: read them, and set a password (contract sections 1 to 3).

:meth:`Users.set_password` is the one call that changes anything; another service could stand behind the same method.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from . import answers, paging
from .answers import JsonObject
from .client import Call, Client
from .errors import CallError, NotFoundError, RefusedError, RouteMissingError, Trace
from .identifiers import derived_id, folded, random_id
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
        content = self._client.call(Call("GET", f"/v1/customers/{customer_id}/users/{user_id}")).content
        answers.check_is(user_id, content)
        return _user(content)

    def list(self, customer_id: str, *, deleted: bool = False) -> Iterator[User]:
        """The customer's users; with ``deleted`` only those that were soft-deleted in the last 30 days."""
        return (user for page in self.pages(customer_id, deleted=deleted) for user in page)

    def pages(self, customer_id: str, *, deleted: bool = False) -> Iterator[builtins.list[User]]:
        """The same, page by page: one request each."""
        query = {"size": _PAGE}
        if deleted:
            query["filter"] = paging.filter_by("UserState", "Inactive", "equals")
        found = paging.pages(self._client, f"/v1/customers/{customer_id}/users", query)
        return ([_user(item) for item in page] for page in found)

    def find(self, customer_id: str, user_principal_name: str) -> User:
        """The user with this name: the service documents no look-up by name, so the list is read."""
        wanted = folded(user_principal_name)
        for page in self.pages(customer_id):
            fitting = {user.id: user for user in page if folded(user.user_principal_name) == wanted}
            if len(fitting) > 1:
                raise two_users(*fitting)
            if fitting:
                return fitting.popitem()[1]
        raise NotFoundError("the customer has no user of this principal name: look at user_principal_name")

    def set_password(self, change: PasswordChange) -> Accepted:
        """One PATCH, repeated with the same id and body where its fate is not known.

        The answer echoes the password in clear text, so its body is thrown away unread. ``Endpoint.AUTO`` ends with
        the first password that the service takes: the call that took it is the one that exists.
        """
        path = f"/v1/customers/{change.customer_id}/users/{change.user_id}"
        endpoint = self._endpoint
        line = path if endpoint is Endpoint.UPDATE else f"{path}/resetpassword"
        try:
            answer = self._client.call(_patch(line, change, change.trace))
            if endpoint is Endpoint.AUTO:
                self._endpoint = Endpoint.RESET
            return Accepted(answer.attempts, answer.trace)
        except RouteMissingError as missing:
            # No proof: an earlier try may have taken effect, or another worker has just reset a password this way.
            if missing.ambiguous or endpoint is not Endpoint.AUTO or self._endpoint is Endpoint.RESET:
                raise
            return self._fall_back(path, change, missing.attempts)

    def _fall_back(self, path: str, change: PasswordChange, attempts: int) -> Accepted:
        """Another request, so another id: the same one each time."""
        trace = Trace(
            derived_id(change.trace.request_id or random_id(), Endpoint.UPDATE.value), change.trace.correlation_id
        )
        try:
            answer = self._client.call(_patch(path, change, trace))
        except CallError as error:
            error.attempts += attempts
            raise
        self._endpoint = Endpoint.UPDATE
        return Accepted(attempts + answer.attempts, answer.trace)


def two_users(*ids: str) -> RefusedError:
    """The error for a name that several users have."""
    return RefusedError(
        f"several users of the customer have this principal name: give one as user_id ({', '.join(ids)})"
    )


def _patch(path: str, change: PasswordChange, trace: Trace) -> Call:
    profile = {"password": change.password.reveal(), "forceChangePassword": change.force_change_password}
    body = {"passwordProfile": profile, "attributes": {"objectType": "CustomerUser"}}
    return Call("PATCH", path, body=body, trace=trace, wants_content=False)


def _user(content: JsonObject) -> User:
    return User(
        id=answers.record_id(content),
        user_principal_name=answers.text(content, "userPrincipalName"),
        display_name=answers.text(content, "displayName"),
        federated=answers.text(content, "userDomainType").lower() == "federated",
        synced=bool(content.get("lastDirectorySyncTime")),
        deleted=answers.text(content, "state").lower() == "inactive" or bool(content.get("softDeletionTime")),
    )
