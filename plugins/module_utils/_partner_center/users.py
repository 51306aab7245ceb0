# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users of a customer: read them, and set a password (contract sections 1 to 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import Enum

from .._base.errors import CallError, PartnerCenterError, SignInLostError, Trace
from .._base.identifiers import derived_id, random_id
from .._directory.records import Delivery, Fate, PasswordChange, User, plain_name
from .._http.conversation import Call
from .._http.json_content import JsonObject, record_id, text
from . import answers, paging
from .answers import RouteMissingError
from .client import Client

_PAGE = "500"
_NO_PROOF = (
    "the update call answered that it took the password, which a service may do and leave the password as it was; only "
    "the audit log can tell"
)


class Endpoint(Enum):
    """The call that sets a password (contract 1.4). ``AUTO``: the reset call, else the update call."""

    RESET = "resetpassword"
    UPDATE = "update"
    AUTO = "auto"


class Users:
    """The users. Every method raises :class:`CallError`. The service documents no look-up of a user by name."""

    gets_by_name = False

    def __init__(self, client: Client, *, endpoint: Endpoint = Endpoint.AUTO) -> None:
        self._client = client
        self._endpoint = endpoint

    def get(self, customer_id: str, user_id: str) -> User:
        content = self._client.call(Call("GET", f"/v1/customers/{customer_id}/users/{user_id}")).content
        answers.check_is(user_id, content)
        return _user(content)

    def pages(self, customer_id: str, *, deleted: bool = False) -> Iterator[list[User]]:
        """Give the users, one request for each page; with ``deleted``, users soft-deleted in the last 30 days."""
        query = {"size": _PAGE}
        if deleted:
            query["filter"] = paging.filter_by("UserState", "Inactive", "equals")
        pages = paging.pages(self._client, f"/v1/customers/{customer_id}/users", query)
        return ([_user(item) for item in page] for page in pages)

    def set_password(self, change: PasswordChange) -> Delivery:
        """Send one PATCH, repeated with the same id and body where it is not known whether it took effect.

        The answer repeats the password in clear text, so its body is not read. If the reset call seems not to exist, it
        is tried once more, because one page of a gateway is no proof. Then ``Endpoint.AUTO`` uses the update call. It
        keeps to the reset call once that has set a password, and to the update call once the service itself has said
        twice that it has no reset call.
        """
        path = f"/v1/customers/{change.customer_id}/users/{change.user_id}"
        if self._endpoint is Endpoint.UPDATE:
            return self._update(path, change, change.trace)
        try:
            return self._reset(path, change, change.trace)
        except RouteMissingError as missing:
            if missing.doubted:
                raise
            first = missing
        # A request that the service itself has answered is over: the next one needs another id.
        trace = _another(change.trace, "again") if first.signed else change.trace
        try:
            return _after(first, lambda: self._reset(path, change, trace))
        except RouteMissingError as missing:
            # Another worker may have set a password by the reset call meanwhile.
            if missing.doubted or self._endpoint is Endpoint.RESET:
                raise
            second = missing
        delivery = _after(second, lambda: self._update(path, change, _another(change.trace, Endpoint.UPDATE.value)))
        if first.signed and second.signed:
            self._endpoint = Endpoint.UPDATE
        return delivery

    def _reset(self, path: str, change: PasswordChange, trace: Trace) -> Delivery:
        answer = self._client.call(_patch(f"{path}/resetpassword", change, trace))
        if self._endpoint is Endpoint.AUTO:
            self._endpoint = Endpoint.RESET
        return Delivery(Fate.ACCEPTED, answer.trace, answer.attempts)

    def _update(self, path: str, change: PasswordChange, trace: Trace) -> Delivery:
        answer = self._client.call(_patch(path, change, trace))
        doubt = CallError(_NO_PROOF, trace=answer.trace, attempts=answer.attempts, ambiguous=True)
        return Delivery(Fate.AMBIGUOUS, answer.trace, answer.attempts, doubt, taken=True)


def _another(trace: Trace, suffix: str) -> Trace:
    """Return the ids of another request for the same change: the same ids each time."""
    return Trace(derived_id(trace.request_id or random_id(), suffix), trace.correlation_id)


def _after(missing: RouteMissingError, send: Callable[[], Delivery]) -> Delivery:
    """Send the next request for a change. Its end counts the attempts and doubts of the earlier ones as well."""
    try:
        delivery = send()
    except CallError as error:
        error.attempts += missing.attempts
        error.ambiguous = error.ambiguous or missing.ambiguous
        raise
    except PartnerCenterError as error:
        raise SignInLostError(
            str(error), trace=missing.trace, attempts=missing.attempts, ambiguous=missing.ambiguous
        ) from None
    return replace(delivery, attempts=delivery.attempts + missing.attempts)


def _patch(path: str, change: PasswordChange, trace: Trace) -> Call:
    profile = {"password": change.password.reveal(), "forceChangePassword": change.force_change_password}
    body = {"passwordProfile": profile, "attributes": {"objectType": "CustomerUser"}}
    return Call("PATCH", path, body=body, trace=trace, wants_content=False)


def _user(content: JsonObject) -> User:
    user_id, name = record_id(content), text(content, "userPrincipalName")
    deleted = text(content, "state").lower() == "inactive" or bool(content.get("softDeletionTime"))
    return User(
        id=user_id,
        user_principal_name=plain_name(name, user_id) if deleted else name,
        display_name=text(content, "displayName"),
        first_name=text(content, "firstName"),
        last_name=text(content, "lastName"),
        usage_location=text(content, "usageLocation"),
        phone_number=text(content, "phoneNumber"),
        federated=text(content, "userDomainType").lower() == "federated",
        synced=bool(content.get("lastDirectorySyncTime")),
        deleted=deleted,
    )
