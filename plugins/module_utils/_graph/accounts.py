# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users themselves: create, change, delete and restore them (Graph contract)."""

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
    "first_name": "givenName",
    "last_name": "surname",
    "usage_location": "usageLocation",
    "phone_number": "mobilePhone",
}


class Accounts:
    """The users of customers. Every method raises :class:`CallError`."""

    needed = ("display_name",)

    def __init__(self, client: Client) -> None:
        self._client = client

    def create(self, new: NewUser) -> tuple[str, Delivery]:
        """Send one POST. The mail nickname, which the service demands, is the part of the name before the ``@``."""
        profile = {"password": new.password.reveal(), "forceChangePasswordNextSignIn": new.force_change_password}
        name = new.user_principal_name
        needed = {"accountEnabled": True, "userPrincipalName": name, "mailNickname": name.partition("@")[0]}
        body = _body(new.details) | needed | {"passwordProfile": profile}
        answer = self._client.call(new.customer_id, Call("POST", "/v1.0/users", body=body, trace=new.trace))
        try:
            return record_id(answer.content), _accepted(answer)
        except UnavailableError as error:
            raise UnavailableError(str(error), trace=answer.trace, attempts=answer.attempts, ambiguous=True) from None

    def update(self, customer_id: str, user_id: str, details: Mapping[str, str]) -> Delivery:
        return self._send(customer_id, Call("PATCH", _path(user_id), body=_body(details), wants_content=False))

    def delete(self, customer_id: str, user_id: str) -> Delivery:
        return self._send(customer_id, Call("DELETE", _path(user_id), wants_content=False))

    def restore(self, customer_id: str, user_id: str) -> Delivery:
        return self._send(customer_id, Call("POST", f"/v1.0/directory/deletedItems/{user_id}/restore"))

    def _send(self, customer_id: str, call: Call) -> Delivery:
        return _accepted(self._client.call(customer_id, call))


def _path(user_id: str) -> str:
    return f"/v1.0/users/{user_id}"


def _body(details: Mapping[str, str]) -> JsonObject:
    return {_MEMBERS[name]: value for name, value in details.items()}


def _accepted(answer: Answer) -> Delivery:
    return Delivery(Fate.ACCEPTED, answer.trace, answer.attempts)
