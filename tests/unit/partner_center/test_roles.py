# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directory roles of a customer's users, and the number of requests for them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CallError, UnavailableError
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.directory import Held
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Role
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.roles import Roles
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CUSTOMER, USER, make_client, raised
from ansible_collections.csp.partnercenter.tests.unit.support.partner import Partner, guid
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, collection, fault

ROLE = "62e90394-69f5-4237-9190-012177145e10"
HERE = f"GET /v1/customers/{CUSTOMER}"
ROLES = f"{HERE}/directoryroles"


def partner(**holders: Sequence[int]) -> Partner:
    """A customer whose roles are held by users of these numbers."""
    made = Partner([])
    held = made.holders.setdefault(CUSTOMER, {})
    for name, numbers in holders.items():
        for number in numbers:
            held.setdefault(guid(number), []).append(name)
    return made


def held(partner: Partner, *numbers: int) -> dict[int, Held]:
    roles = Roles(make_client(partner.transport), concurrency=1)
    found = roles.held(CUSTOMER, [guid(number) for number in numbers])
    return {number: found[guid(number)] for number in numbers}


def test_roles_of_a_customer() -> None:
    transport = FakeTransport(
        collection({"id": ROLE.upper(), "name": "Company Administrator"}, {"id": ROLE, "name": 7})
    )
    roles = Roles(make_client(transport), concurrency=1)
    assert list(roles.list(CUSTOMER)) == [Role(ROLE, "Company Administrator"), Role(ROLE, "")]
    transport.assert_done(ROLES)


@pytest.mark.parametrize("numbers", [(1,), (1, 2, 3, 4)])
def test_few_users_are_asked_for_one_by_one(numbers: Sequence[int]) -> None:
    asked = partner(Reader=[1], Writer=[1])
    assert held(asked, *numbers)[1] == ["Reader", "Writer"]
    assert asked.lines == [f"{HERE}/users/{guid(number)}/directoryroles" for number in numbers]


def test_many_users_are_asked_for_by_role_where_that_is_fewer() -> None:
    asked = partner(Reader=[2, 90], Writer=[2])
    found = held(asked, *range(1, 51))
    assert {number: roles for number, roles in found.items() if roles} == {2: ["Reader", "Writer"]}
    assert [line.rpartition("/")[2] for line in asked.lines] == ["directoryroles", "usermembers", "usermembers"]


def test_and_one_by_one_where_there_are_more_roles_than_users() -> None:
    asked = partner(**{f"Role {number}": [number] for number in range(9)})
    numbers = range(1, 6)
    assert held(asked, *numbers) == {number: [f"Role {number}"] for number in numbers}
    assert asked.lines == [ROLES, *(f"{HERE}/users/{guid(number)}/directoryroles" for number in numbers)]


@pytest.mark.parametrize("failing", ["directoryroles", "usermembers"])
def test_roles_that_cannot_be_read_are_an_error_for_everybody(failing: str) -> None:
    asked = partner(Reader=[1])
    asked.transport = FakeTransport(
        lambda request: fault(403, 900150) if request.url.endswith(failing) else asked.answer(request)
    )
    assert all(isinstance(roles, CallError) for roles in held(asked, *range(1, 6)).values())


def test_roles_of_one_user_that_cannot_be_read_concern_this_user() -> None:
    asked = partner(Reader=[1])
    asked.refused[f"customers/{CUSTOMER}/users/{guid(2)}/directoryroles"] = fault(404, 60002)
    found = held(asked, 1, 2)
    assert found[1] == ["Reader"] and isinstance(found[2], CallError)


@pytest.mark.parametrize("identity", [None, "x", f"{ROLE}/../x"])
def test_an_id_that_does_not_fit_into_a_path_is_refused(identity: object) -> None:
    """A guard that cannot read who is privileged must not let anybody pass."""
    page = collection({"id": identity})
    assert isinstance(
        raised(lambda: list(Roles(make_client(FakeTransport(page)), concurrency=1).list(CUSTOMER))), UnavailableError
    )
    for script in ([page], [collection({"id": ROLE, "name": "Reader"}), page]):
        roles = Roles(make_client(FakeTransport(*script)), concurrency=1)
        users = [USER] if len(script) == 1 else [USER, ROLE, CUSTOMER, guid(1), guid(2)]
        assert all(isinstance(found, UnavailableError) for found in roles.held(CUSTOMER, users).values())
