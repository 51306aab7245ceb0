# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users themselves: create, change, delete and restore them (contract section 3)."""

from __future__ import annotations

from collections.abc import Mapping

from .._base.errors import UnavailableError
from .._directory.records import Delivery, Fate, NewUser
from .._http.conversation import Answer, Call
from .._http.json_content import JsonObject, record_id
from .client import Client

_MEMBERS = {
    "user_principal_name": "userPrincipalName",
    "display_name": "displayName",
    "first_name": "firstName",
    "last_name": "lastName",
    "usage_location": "usageLocation",
    "phone_number": "phoneNumber",
}
_KIND: JsonObject = {"attributes": {"objectType": "CustomerUser"}}


class Accounts:
    """The users of customers. Every method raises :class:`CallError`."""

    needed = ("display_name", "usage_location")

    def __init__(self, client: Client) -> None:
        self._client = client

    def create(self, new: NewUser) -> tuple[str, Delivery]:
        """Send one POST. The answer repeats the password, which is dropped before anything else is read."""
        profile = {"password": new.password.reveal(), "forceChangePassword": new.force_change_password}
        name = {"userPrincipalName": new.user_principal_name}
        body = _body(new.details) | name | {"passwordProfile": profile}
        answer = self._client.call(Call("POST", f"/v1/customers/{new.customer_id}/users", body=body, trace=new.trace))
        try:
            return record_id(answer.content), _accepted(answer)
        except UnavailableError as error:
            raise UnavailableError(str(error), trace=answer.trace, attempts=answer.attempts, ambiguous=True) from None

    def update(self, customer_id: str, user_id: str, details: Mapping[str, str]) -> Delivery:
        return self._send("PATCH", customer_id, user_id, _body(details))

    def delete(self, customer_id: str, user_id: str) -> Delivery:
        return self._send("DELETE", customer_id, user_id)

    def restore(self, customer_id: str, user_id: str) -> Delivery:
        return self._send("PATCH", customer_id, user_id, {"state": "active"} | _KIND)

    def _send(self, method: str, customer_id: str, user_id: str, body: JsonObject | None = None) -> Delivery:
        path = f"/v1/customers/{customer_id}/users/{user_id}"
        return _accepted(self._client.call(Call(method, path, body=body, wants_content=False)))


def _body(details: Mapping[str, str]) -> JsonObject:
    return {_MEMBERS[name]: value for name, value in details.items()} | _KIND


def _accepted(answer: Answer) -> Delivery:
    return Delivery(Fate.ACCEPTED, answer.trace, answer.attempts)
