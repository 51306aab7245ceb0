# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking up customers and users: what is asked, what is shown, and when nothing found is an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import customer_info, user_info
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, user_id, user_name
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import FakeService
from ansible_collections.csp.partnercenter.tests.unit.support.partner import Partner, customer, guid, user
from ansible_collections.csp.partnercenter.tests.unit.support.transport import collection, fault

Read = Callable[..., dict[str, Any]]
ROLE = guid(91)


@pytest.fixture
def partner(monkeypatch: pytest.MonkeyPatch) -> Partner:
    users = [user(12, "bob@a.example"), user(11, "Ada@a.example", displayName="Ada", userDomainType="federated")]
    users.append(user(13, "gone@a.example", state="inactive"))
    found = Partner([customer(2, "b.example", "Fabrikam"), customer(1, "a.example", "Contoso")], {guid(1): users})
    for module in (customer_info, user_info):
        monkeypatch.setattr(module, "open_connection", lambda *_arguments: found.connection())
    return found


@pytest.fixture
def read_customers(partner: Partner) -> Read:
    empty = dict.fromkeys(customer_info.specification())
    return lambda **given: customer_info.read_customers(empty | given, TaskContext({}))


@pytest.fixture
def read_users(partner: Partner) -> Read:
    empty = {name: rules.get("default") for name, rules in user_info.specification().items()}
    return lambda **given: user_info.read_users(empty | given, TaskContext({}))


@pytest.mark.parametrize(
    ("given", "found", "requests"),
    [
        ({}, [1, 2], ["customers"]),
        ({"customer_id": guid(1).upper()}, [1], [f"customers/{guid(1)}"]),
        ({"customer_domain": "B.example"}, [2], ["customers"]),
        ({"name_prefix": "cont"}, [1], ["customers"]),
        ({"customer_id": guid(9)}, [], [f"customers/{guid(9)}"]),
        ({"name_prefix": "nobody"}, [], ["customers"]),
    ],
)
def test_customers(
    partner: Partner, read_customers: Read, given: dict[str, Any], found: list[int], requests: list[str]
) -> None:
    result = read_customers(**given)
    assert [row["customer_id"] for row in result["customers"]] == [guid(number) for number in found]
    assert partner.lines == [f"GET /v1/{path}" for path in requests]
    assert (result["changed"], result["failed"]) == (False, False)


def test_a_domain_that_nobody_has(partner: Partner, read_customers: Read) -> None:
    """Each customer is looked into for its other domains; nobody is no error."""
    result = read_customers(customer_domain="nobody.example")
    assert result["customers"] == [] and not result["failed"]
    assert len(partner.lines) == 2 + 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"customer_id": "x"}, "customer_id: is not a GUID"),
        ({"customer_id": guid(1), "customer_domain": "a.example"}, "customer_domain: cannot be given together with"),
        ({"customer_domain": "a.example", "name_prefix": "x"}, "name_prefix: cannot be given together with"),
    ],
)
def test_customers_that_make_no_sense(
    partner: Partner, read_customers: Read, given: dict[str, Any], sentence: str
) -> None:
    result = read_customers(**given)
    assert result["failed"] and result["msg"].startswith(sentence)
    assert partner.lines == []


def test_what_is_refused_is_an_error(partner: Partner, read_customers: Read) -> None:
    partner.refused[f"customers/{guid(1)}"] = fault(403, 20002)
    result = read_customers(customer_id=guid(1))
    assert result["failed"] and result["error"]["code"] == 20002


PATH = f"customers/{guid(1)}/users"


@pytest.mark.parametrize(
    ("given", "found", "requests"),
    [
        ({"customer_id": guid(1)}, [11, 12], [PATH]),
        ({"customer_domain": "a.example"}, [11, 12], ["customers", PATH]),
        ({"customer_id": guid(1), "user_id": guid(12)}, [12], [f"{PATH}/{guid(12)}"]),
        ({"customer_id": guid(1), "user_id": guid(13)}, [13], [f"{PATH}/{guid(13)}"]),
        ({"customer_id": guid(1), "user_principal_name": "ADA@a.example"}, [11], [PATH]),
        ({"customer_id": guid(1), "deleted": True}, [13], [PATH]),
        ({"customer_id": guid(1), "deleted": True, "user_principal_name": "gone@a.example"}, [13], [PATH]),
        ({"customer_id": guid(1), "user_id": guid(99)}, [], [f"{PATH}/{guid(99)}"]),
        ({"customer_id": guid(1), "user_principal_name": "eve@a.example"}, [], [PATH]),
    ],
)
def test_users(
    partner: Partner, read_users: Read, given: dict[str, Any], found: list[int], requests: list[str]
) -> None:
    result = read_users(**given)
    assert [row["user_id"] for row in result["users"]] == [guid(number) for number in found]
    assert partner.lines == [f"GET /v1/{path}" for path in requests]
    assert (result["changed"], result["failed"]) == (False, False)


def test_a_row(partner: Partner, read_users: Read) -> None:
    """An allow-list: what else the service says of a user stays behind."""
    partner.users[guid(1)][1]["passwordProfile"] = {"password": "Kanarie"}
    assert read_users(customer_id=guid(1), user_id=guid(11))["users"] == [
        {
            "customer_id": guid(1),
            "user_id": guid(11),
            "user_principal_name": "Ada@a.example",
            "display_name": "Ada",
            "federated": True,
            "synced": False,
            "deleted": False,
        }
    ]


def test_a_name_is_read_up_to_its_page(partner: Partner, read_users: Read) -> None:
    """Further pages are not asked for; of deleted users several may have had the name."""
    partner.refused[PATH] = collection(*partner.users[guid(1)], uri="/more", token="next")
    assert len(read_users(customer_id=guid(1), user_principal_name="bob@a.example")["users"]) == 1
    assert partner.lines == [f"GET /v1/{PATH}"]


def test_a_user_by_name_is_one_request_where_the_service_gets_users_by_name(
    read_users: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = FakeService(gets_by_name=True).with_users(30)
    monkeypatch.setattr(user_info, "open_connection", lambda *_arguments: service.connection())
    (row,) = read_users(customer_id=CUSTOMER, user_principal_name=user_name(7).upper())["users"]
    assert row["user_id"] == user_id(7) and len(service.requests) == 1
    assert read_users(customer_id=CUSTOMER, user_principal_name=user_name(31))["users"] == []
    assert read_users(customer_id=CUSTOMER, user_principal_name=user_name(7), deleted=True)["users"] == []


def test_a_customer_that_is_not_there_is_an_error(partner: Partner, read_users: Read) -> None:
    for given in ({"user_id": guid(11)}, {}):
        for path in (f"customers/{guid(9)}/users", f"customers/{guid(9)}/users/{guid(11)}"):
            partner.refused[path] = fault(404, 60003)
        result = read_users(customer_id=guid(9), **given)
        assert result["failed"] and result["error"]["code"] == 60003
    assert read_users(customer_domain="nobody.example")["failed"]


def test_roles(partner: Partner, read_users: Read) -> None:
    for number in (11, 12):
        partner.refused[f"{PATH}/{guid(number)}/directoryroles"] = collection(
            *({"id": ROLE, "name": name} for name in ("Two", "One") if number == 11)
        )
    rows = read_users(customer_id=guid(1), roles=True)["users"]
    assert [row["roles"] for row in rows] == [["One", "Two"], []]
    partner.refused[f"{PATH}/{guid(12)}/directoryroles"] = fault(403, 900308)
    result = read_users(customer_id=guid(1), roles=True)
    assert result["failed"] and result["error"]["code"] == 900308


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "customer_id: exactly one of customer_id and customer_domain is needed; none was given"),
        ({"customer_id": guid(1), "customer_domain": "a.example"}, "customer_domain: cannot be given together with"),
        (
            {"customer_id": guid(1), "user_id": guid(1), "user_principal_name": "a@a.example"},
            "user_principal_name: cannot be given together with",
        ),
        ({"customer_id": guid(1), "user_principal_name": "a"}, "user_principal_name: is not a user principal name"),
    ],
)
def test_users_that_make_no_sense(partner: Partner, read_users: Read, given: dict[str, Any], sentence: str) -> None:
    result = read_users(**given)
    assert result["failed"] and result["msg"].startswith(sentence)
    assert partner.lines == []
