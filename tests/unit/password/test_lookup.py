# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding the accounts, with as few requests as possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, RefusedError
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Intent
from ansible_collections.csp.partnercenter.plugins.module_utils._password.lookup import Lookup, Missing, Target
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    OTHER_CUSTOMER,
    intent,
    raised,
    user_id,
    user_name,
)
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import FakeService


def find(service: FakeService, intents: Sequence[Intent], *, check: bool = True) -> list[Target | Missing]:
    return Lookup(service.connection(), check=check).find(intents)


def names(rows: Sequence[Target | Missing]) -> list[str]:
    return [row.name if isinstance(row, Target) else f"missing: {row.error}" for row in rows]


def test_an_id_alone_needs_no_request_where_nobody_is_to_be_looked_at() -> None:
    service = FakeService()
    rows = find(service, [intent(number) for number in range(1, 101)], check=False)
    assert service.requests == []
    assert [row.user.id for row in rows if isinstance(row, Target)] == [user_id(number) for number in range(1, 101)]


def test_one_user_is_one_request() -> None:
    service = FakeService(page=10).with_users(100)
    assert names(find(service, [intent(37)])) == [user_name(37)]
    assert service.requests == [f"GET {user_id(37)}"]


def test_many_users_are_read_by_pages() -> None:
    service = FakeService(page=50).with_users(200)
    rows = find(service, [intent(number) for number in range(200, 0, -1)])
    assert names(rows) == [user_name(number) for number in range(200, 0, -1)]
    assert service.requests == [f"GET page {page}" for page in (1, 2, 3, 4)]


def test_pages_are_given_up_where_single_requests_are_fewer() -> None:
    """Three users at the end of a long list: never more than twice the fewest requests that are possible."""
    service = FakeService(page=10).with_users(1000)
    find(service, [intent(number) for number in (998, 999, 1000)])
    assert service.requests == [f"GET page {page}" for page in (1, 2, 3)] + [
        f"GET {user_id(n)}" for n in (998, 999, 1000)
    ]


def test_pages_end_when_everybody_is_found() -> None:
    service = FakeService(page=10).with_users(1000)
    find(service, [intent(number) for number in (1, 5, 12, 13)])
    assert service.requests == ["GET page 1", "GET page 2"]


@pytest.mark.parametrize("check", [True, False])
def test_a_name_is_looked_up_in_the_list_without_regard_to_case(check: bool) -> None:
    service = FakeService(page=10).with_users(100)
    service.people[CUSTOMER][14] = type(service.people[CUSTOMER][14])(user_id(15), user_name(15).upper())
    rows = find(service, [intent(15, by_name=True)], check=check)
    assert [row.user.id for row in rows if isinstance(row, Target)] == [user_id(15)]
    assert service.requests == ["GET page 1", "GET page 2"]


def test_a_name_that_two_users_have_is_missing_with_their_ids() -> None:
    service = FakeService().with_users(3)
    user = type(service.people[CUSTOMER][0])
    service.people[CUSTOMER][2] = user(user_id(3), user_name(1).upper())
    rows = find(service, [intent(1, by_name=True), intent(2, by_name=True)])
    twins, alone = rows
    assert isinstance(twins, Missing) and isinstance(alone, Target)
    assert user_id(1) in str(twins.error) and user_id(3) in str(twins.error)


def test_a_look_alike_in_another_script_is_another_user() -> None:
    service = FakeService().with_users(2)
    user, name = type(service.people[CUSTOMER][0]), "kim@contoso.example"
    service.people[CUSTOMER][:] = [user(user_id(1), name), user(user_id(2), name.replace("k", "\u212a"))]
    one = intent(1, by_name=True)
    wanted = replace(one, account=replace(one.account, user_principal_name="KIM@contoso.example"))
    found = find(service, [wanted])
    assert [row.user.id for row in found if isinstance(row, Target)] == [user_id(1)]


def test_names_and_ids_share_the_pages() -> None:
    service = FakeService(page=10).with_users(30)
    rows = find(service, [intent(25, by_name=True), intent(3), intent(28)])
    assert names(rows) == [user_name(25), user_name(3), user_name(28)]
    assert service.requests == ["GET page 1", "GET page 2", "GET page 3"]


def test_a_name_is_one_request_where_the_service_gets_users_by_name() -> None:
    service = FakeService(page=10, gets_by_name=True).with_users(100)
    assert names(find(service, [intent(37, by_name=True)])) == [user_name(37)]
    assert names(find(service, [intent(101, by_name=True)])) == [
        "missing: no such user at this customer: look at the user id"
    ]
    assert service.requests == [f"GET {user_name(37)}", f"GET {user_name(101)}"]


def test_names_and_ids_are_read_by_pages_only_while_that_may_be_fewer_requests() -> None:
    service = FakeService(page=10, gets_by_name=True).with_users(1000)
    rows = find(service, [intent(5), intent(998, by_name=True), intent(999), intent(1000, by_name=True)])
    assert names(rows) == [user_name(number) for number in (5, 998, 999, 1000)]
    assert service.requests == [
        *(f"GET page {page}" for page in (1, 2, 3)),
        *(f"GET {user}" for user in (user_id(999), user_name(1000), user_name(998))),
    ]


def test_a_user_who_is_not_there_is_a_row_of_its_own() -> None:
    service = FakeService().with_users(2)
    rows = find(service, [intent(1), intent(9), intent(8, by_name=True), intent(2)])
    assert names(rows) == [
        user_name(1),
        "missing: no such user at this customer: look at the user id",
        "missing: the customer has no user of this principal name: look at user_principal_name",
        user_name(2),
    ]
    missing = rows[1]
    assert isinstance(missing, Missing) and missing.customer_id == CUSTOMER and missing.error.code == 60002


def test_a_list_that_cannot_be_read_concerns_this_customer_alone() -> None:
    service = FakeService().with_users(2).with_users(1, customer_id=OTHER_CUSTOMER, first=7)
    service.errors["GET page 1"] = RefusedError("the partner has no relationship with this customer", status=403)
    rows = find(service, [intent(1), intent(2), intent(7, customer_id=OTHER_CUSTOMER), intent(3, by_name=True)])
    refused = "missing: the partner has no relationship with this customer"
    assert names(rows) == [refused, refused, user_name(7), refused]


def test_what_was_found_before_a_page_failed_is_kept() -> None:
    service = FakeService(page=10).with_users(30)
    service.errors["GET page 2"] = RefusedError("failed", status=400)
    assert names(find(service, [intent(1), intent(25), intent(26)])) == [user_name(1), *["missing: failed"] * 2]


def test_a_domain_is_looked_up_once() -> None:
    service = FakeService(domains={"contoso.example": CUSTOMER}).with_users(2)
    rows = find(service, [intent(number, customer_domain="contoso.example") for number in (1, 2)])
    assert [row.customer_id for row in rows] == [CUSTOMER, CUSTOMER]
    assert service.requests == ["GET customers contoso.example", "GET page 1"]


def test_a_domain_of_nobody() -> None:
    service = FakeService().with_users(1)
    rows = find(service, [intent(1), intent(2, customer_domain="nobody.example")])
    assert names(rows) == [
        user_name(1),
        "missing: no customer of this partner has this domain: look at customer_domain",
    ]
    assert isinstance(rows[1], Missing) and rows[1].customer_id is None


@pytest.mark.parametrize(
    "again",
    [
        {"by_name": True},
        {"customer_domain": "contoso.example"},
        {"by_name": True, "customer_domain": "contoso.example"},
    ],
)
def test_one_user_named_in_two_ways_is_an_error(again: dict[str, Any]) -> None:
    service = FakeService(domains={"contoso.example": CUSTOMER}).with_users(3)
    second = intent(2, **again)
    error = raised(lambda: find(service, [intent(1), intent(2), second]))
    assert isinstance(error, InputError) and "is the same user as users[1]" in str(error)


def test_customers_are_looked_at_side_by_side() -> None:
    customers = [f"{number:08d}-1111-4111-8111-111111111111" for number in range(20)]
    service = FakeService(concurrency=8)
    for number, customer_id in enumerate(customers, start=1):
        service.with_users(1, customer_id=customer_id, first=number)
    rows = find(service, [intent(number, customer_id=one) for number, one in enumerate(customers, start=1)])
    assert names(rows) == [user_name(number) for number in range(1, 21)]
