# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users themselves at Microsoft Graph: what is sent, and which answers count."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CallError,
    NoSuchUserError,
    RefusedError,
    UnavailableError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Fate, NewUser
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.accounts import Accounts
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.users import Users
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Failure
from ansible_collections.csp.partnercenter.tests.unit.support.engine import (
    CANARY,
    CUSTOMER,
    USER,
    everything_shown,
    raised,
)
from ansible_collections.csp.partnercenter.tests.unit.support.graph_service import TRACE, make_client, refusal
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, answer, failure, html, raw

NAME = "ada@contoso.example"
DETAILS = {"display_name": "Ada", "first_name": "A", "last_name": "L", "usage_location": "GB", "phone_number": "1"}
NEW = NewUser(CUSTOMER, NAME, DETAILS, Secret(CANARY), False, TRACE)
MADE = {"id": USER, "userPrincipalName": NAME}


def at(*script: Any) -> tuple[Accounts, FakeTransport]:
    transport = FakeTransport(*script)
    return Accounts(make_client(transport)), transport


def sent(transport: FakeTransport) -> Any:
    return json.loads(transport.requests[-1].body or b"null")


def test_a_creation_has_what_the_service_needs() -> None:
    accounts, transport = at(answer(MADE, status=201))
    user_id, delivery = accounts.create(NEW)
    assert (user_id, delivery.fate) == (USER, Fate.ACCEPTED) and transport.lines == ["POST /v1.0/users"]
    assert sent(transport) == {
        "accountEnabled": True,
        "userPrincipalName": NAME,
        "mailNickname": "ada",
        "displayName": "Ada",
        "givenName": "A",
        "surname": "L",
        "usageLocation": "GB",
        "mobilePhone": "1",
        "passwordProfile": {"password": CANARY, "forceChangePasswordNextSignIn": False},
    }


@pytest.mark.parametrize(
    ("script", "kind", "ambiguous"),
    [
        ([refusal(400, "Request_BadRequest")], RefusedError, False),
        ([failure(Failure.TIMEOUT)] * 5, UnavailableError, True),
        ([failure(Failure.TIMEOUT), refusal(400, "Request_BadRequest")], RefusedError, True),
        ([html(201)], UnavailableError, True),
        ([answer({})], UnavailableError, True),
    ],
)
def test_a_creation_that_is_not_certain_is_ambiguous(script: list[Any], kind: type, ambiguous: bool) -> None:
    accounts, _transport = at(*script)
    error = raised(lambda: accounts.create(NEW))
    assert isinstance(error, CallError) and isinstance(error, kind) and error.ambiguous is ambiguous
    assert "ry-7" not in everything_shown(error)


def test_update_delete_and_restore() -> None:
    accounts, transport = at(raw(204), raw(204), answer(MADE))
    for delivery in (
        accounts.update(CUSTOMER, USER, {"user_principal_name": NAME, "phone_number": "2"}),
        accounts.delete(CUSTOMER, USER),
        accounts.restore(CUSTOMER, USER),
    ):
        assert delivery.fate is Fate.ACCEPTED
    path = f"/v1.0/users/{USER}"
    transport.assert_done(f"PATCH {path}", f"DELETE {path}", f"POST /v1.0/directory/deletedItems/{USER}/restore")
    assert json.loads(transport.requests[0].body or b"") == {"userPrincipalName": NAME, "mobilePhone": "2"}


def test_another_success_than_that_of_the_service_proves_nothing() -> None:
    accounts, _transport = at(answer(MADE))
    error = raised(lambda: accounts.delete(CUSTOMER, USER))
    assert isinstance(error, UnavailableError) and error.ambiguous


def test_who_is_gone_already_has_an_error_of_its_own() -> None:
    accounts, _transport = at(refusal(404, "Request_ResourceNotFound"))
    assert isinstance(raised(lambda: accounts.delete(CUSTOMER, USER)), NoSuchUserError)


def test_details_are_read_and_a_deleted_user_has_the_plain_name() -> None:
    record = MADE | {"givenName": "A", "surname": "L", "usageLocation": "GB", "mobilePhone": "1"}
    prefixed = record | {"userPrincipalName": USER.replace("-", "") + NAME}
    transport = FakeTransport(answer(record), answer({"value": [prefixed]}))
    users = Users(make_client(transport))
    read = users.get(CUSTOMER, USER)
    assert (read.first_name, read.last_name, read.usage_location, read.phone_number) == ("A", "L", "GB", "1")
    ((deleted,),) = users.pages(CUSTOMER, deleted=True)
    assert deleted.user_principal_name == NAME
