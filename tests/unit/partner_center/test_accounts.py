# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users themselves at Partner Center: what is sent, and that no answer's password goes any further."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CallError,
    NoSuchUserError,
    RefusedError,
    Trace,
    UnavailableError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Delivery, Fate, NewUser
from ansible_collections.csp.partnercenter.plugins.module_utils._http.conversation import Call
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Failure
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.accounts import Accounts
from ansible_collections.csp.partnercenter.tests.unit.support.engine import (
    CANARY,
    CORRELATION_ID,
    CUSTOMER,
    REQUEST_ID,
    USER,
    everything_shown,
    make_client,
    raised,
)
from ansible_collections.csp.partnercenter.tests.unit.support.transport import (
    FakeTransport,
    answer,
    failure,
    fault,
    html,
    raw,
)

NAME = "ada@contoso.example"
USERS = f"/v1/customers/{CUSTOMER}/users"
DETAILS = {"display_name": "Ada", "first_name": "A", "last_name": "L", "usage_location": "GB", "phone_number": "1"}
NEW = NewUser(CUSTOMER, NAME, DETAILS, Secret(CANARY), True, Trace(REQUEST_ID, CORRELATION_ID))
ECHO = {"id": USER, "userPrincipalName": NAME, "PasswordProfile": {"password": CANARY, "forceChangePassword": True}}
KIND = {"attributes": {"objectType": "CustomerUser"}}


def at(*script: Any) -> tuple[Accounts, FakeTransport]:
    transport = FakeTransport(*script)
    return Accounts(make_client(transport)), transport


def sent(transport: FakeTransport) -> Any:
    return json.loads(transport.requests[-1].body or b"null")


@pytest.mark.parametrize("status", [200, 201])
def test_a_creation_has_all_members_of_the_contract(status: int) -> None:
    accounts, transport = at(answer(ECHO, status=status))
    user_id, delivery = accounts.create(NEW)
    assert (user_id, delivery.fate, delivery.attempts) == (USER, Fate.ACCEPTED, 1)
    assert transport.lines == [f"POST {USERS}"] and transport.header("MS-RequestId") == [REQUEST_ID]
    members = {"userPrincipalName": NAME, "displayName": "Ada", "firstName": "A", "lastName": "L"}
    profile = {"passwordProfile": {"password": CANARY, "forceChangePassword": True}}
    assert sent(transport) == members | {"usageLocation": "GB", "phoneNumber": "1"} | profile | KIND


def test_the_password_in_an_answer_goes_no_further() -> None:
    client = make_client(FakeTransport(answer(ECHO)))
    assert client.call(Call("POST", USERS, body={})).content == {"id": USER, "userPrincipalName": NAME}


@pytest.mark.parametrize(
    ("script", "kind", "ambiguous"),
    [
        ([fault(409, 3000)], RefusedError, False),
        ([failure(Failure.TIMEOUT)] * 5, UnavailableError, True),
        ([failure(Failure.TIMEOUT), fault(409, 3000)], RefusedError, True),
        ([html(200)], UnavailableError, True),
        ([answer({"id": "none"})], UnavailableError, True),
        ([answer(ECHO | {"id": None})], UnavailableError, True),
    ],
)
def test_a_creation_that_is_not_certain_is_ambiguous(script: list[Any], kind: type, ambiguous: bool) -> None:
    accounts, _transport = at(*script)
    error = raised(lambda: accounts.create(NEW))
    assert isinstance(error, CallError) and isinstance(error, kind) and error.ambiguous is ambiguous
    assert "ry-7" not in everything_shown(error)


def test_an_update_names_what_changes_and_nothing_else() -> None:
    accounts, transport = at(answer(ECHO))
    delivery = accounts.update(CUSTOMER, USER, {"user_principal_name": NAME, "phone_number": "2"})
    assert isinstance(delivery, Delivery) and transport.lines == [f"PATCH {USERS}/{USER}"]
    assert sent(transport) == {"userPrincipalName": NAME, "phoneNumber": "2"} | KIND


def test_delete_and_restore() -> None:
    accounts, transport = at(raw(204), answer(ECHO))
    assert accounts.delete(CUSTOMER, USER).fate is Fate.ACCEPTED
    assert accounts.restore(CUSTOMER, USER).fate is Fate.ACCEPTED
    transport.assert_done(f"DELETE {USERS}/{USER}", f"PATCH {USERS}/{USER}")
    assert sent(transport) == {"state": "active"} | KIND


def test_who_is_gone_already_has_an_error_of_its_own() -> None:
    accounts, _transport = at(fault(404, 60002))
    assert isinstance(raised(lambda: accounts.delete(CUSTOMER, USER)), NoSuchUserError)
