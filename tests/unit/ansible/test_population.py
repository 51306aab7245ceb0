# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content of an inventory: its users, the number of requests, and its words about users it cannot read."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.population import (
    Population,
    Selection,
    make_selection,
    read_population,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, PartnerCenterError
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Request, Response
from ansible_collections.csp.partnercenter.tests.unit.support.engine import raised
from ansible_collections.csp.partnercenter.tests.unit.support.partner import Partner, customer, guid, user
from ansible_collections.csp.partnercenter.tests.unit.support.transport import fault

OPTIONS: dict[str, Any] = {
    "customer_ids": None,
    "customer_domains": None,
    "name_prefix": None,
    "users": "accounts",
    "user_names": None,
    "user_types": None,
    "privileged": None,
}


def read(partner: Partner, *, tolerant: bool = False, **selected: Any) -> Population:
    return read_population(partner.connection(), Selection(**selected), tolerant=tolerant)


def names(population: Population) -> list[list[str]]:
    return [[one["user_principal_name"] for one in row["users"]] for row in population.customers]


def test_all_customers_by_domain_without_users() -> None:
    partner = Partner([customer(2, "b.example"), customer(1, "a.example"), customer(1, "a.example")])
    population = read(partner)
    assert [row["customer_domain"] for row in population.customers] == ["a.example", "b.example"]
    assert "users" not in population.customers[0]
    assert partner.lines == ["GET /v1/customers"]


def test_named_customers_are_read_one_by_one_and_once() -> None:
    partner = Partner([customer(1), customer(2), customer(3)])
    population = read(partner, customer_ids=(guid(1),), customer_domains=("customer-1.example", "customer-3.example"))
    assert [row["customer_id"] for row in population.customers] == [guid(1), guid(3)]
    assert partner.lines == [f"GET /v1/customers/{guid(1)}", "GET /v1/customers", "GET /v1/customers"]


def test_customers_by_name() -> None:
    partner = Partner([customer(1, name="Contoso"), customer(2, name="Fabrikam")])
    assert [row["company_name"] for row in read(partner, name_prefix="cont").customers] == ["Contoso"]


def test_users_who_fit() -> None:
    users = [
        user(11, "svc-b@x.example"),
        user(12, "SVC-A@x.example"),
        user(13, "ada@x.example"),
        user(14, "svc-f@x.example", userDomainType="Federated"),
        user(15, "svc-s@x.example", lastDirectorySyncTime="2026-01-01T00:00:00Z"),
        user(16, "svc-d@x.example", softDeletionTime="2026-01-01T00:00:00Z"),
        user(11, "svc-b@x.example"),
    ]
    partner = Partner([customer(1)], {guid(1): users})
    everybody = [["ada@x.example", "SVC-A@x.example", "svc-b@x.example", "svc-f@x.example", "svc-s@x.example"]]
    assert names(read(partner, users=True)) == everybody
    assert names(read(partner, users=True, user_names=("svc-*",), user_types=("cloud",))) == [everybody[0][1:3]]
    assert names(read(partner, users=True, user_types=("federated", "synced"))) == [everybody[0][3:]]


def test_who_can_never_be_reset_is_left_out_unless_that_is_said() -> None:
    """The night's job would fail for each of them, and each tenant has a Global Administrator."""
    chosen = make_selection(OPTIONS, users=True)
    assert (chosen.user_types, chosen.privileged) == (("cloud",), False)
    everybody = make_selection(OPTIONS | {"users": "details"}, users=True)
    assert (everybody.user_types, everybody.privileged) == ((), True)
    said = make_selection(OPTIONS | {"user_types": ["synced"], "privileged": "include"}, users=True)
    assert (said.user_types, said.privileged) == (("synced",), True)


@pytest.mark.parametrize("number", [2, 5])
def test_holders_of_a_directory_role_are_left_out(number: int) -> None:
    """A few users need a request each; many users need one for each role in use."""
    users = [user(10 + one) for one in range(number)]
    partner = Partner([customer(1)], {guid(1): users}, holders={guid(1): {guid(10): ["Helpdesk Administrator"]}})
    assert names(read(partner, users=True, privileged=False)) == [[one["userPrincipalName"] for one in users[1:]]]
    assert len(names(read(partner, users=True))[0]) == number


def test_roles_that_cannot_be_read_are_told_with_the_way_out() -> None:
    refused = {f"customers/{guid(1)}/directoryroles": fault(403, 900308)}
    partner = Partner([customer(1)], {guid(1): [user(number) for number in range(11, 16)]}, refused)
    error = str(raised(lambda: read(partner, users=True, privileged=False)))
    assert error.startswith("customer customer-1.example: its directory roles cannot be read (")
    assert error.endswith("without them, set privileged: include")
    noted = read(partner, users=True, privileged=False, tolerant=True)
    assert "users" not in noted.customers[0] and len(noted.unreadable) == 1


def test_what_cannot_be_read_stops_with_the_customers_name() -> None:
    partner = Partner([customer(1), customer(2)], refused={f"customers/{guid(2)}/users": fault(403, 900308)})
    error = raised(lambda: read(partner, users=True))
    assert str(error).startswith("customer customer-2.example: ")
    assert "GDAP" in str(error)
    error = raised(lambda: read(partner, customer_ids=(guid(9),)))
    assert str(error).startswith(f"customer {guid(9)}: ")


def test_what_cannot_be_read_is_noted() -> None:
    """No list of users rather than an empty one."""
    partner = Partner([customer(1), customer(2)], {guid(1): [user(11)]})
    partner.refused[f"customers/{guid(2)}/users"] = fault(403, 900308)
    population = read(partner, tolerant=True, users=True)
    assert [sorted(set(row) & {"users", "error"}) for row in population.customers] == [["users"], ["error"]]
    assert len(population.unreadable) == 1
    assert population.unreadable[0].startswith("customer customer-2.example: ")
    population = read(partner, tolerant=True, customer_ids=(guid(1), guid(9)))
    assert [row["customer_id"] for row in population.customers] == [guid(1)]
    assert population.unreadable[0].startswith(f"customer {guid(9)}: ")


def test_a_name_with_control_characters_does_not_reach_the_screen() -> None:
    partner = Partner([customer(1, "\x1b[2J\nx.example")], refused={f"customers/{guid(1)}/users": fault(403, 900308)})
    assert str(raised(lambda: read(partner, users=True))).startswith("customer \ufffd[2J\ufffdx.example: ")


def test_a_list_that_cannot_be_read_is_never_tolerated() -> None:
    partner = Partner([], refused={"customers": fault(403, 900150)})
    assert isinstance(raised(lambda: read(partner, tolerant=True)), PartnerCenterError)


def test_users_of_many_customers_at_once() -> None:
    """Never more than `concurrency` of them."""
    partner = Partner([customer(number) for number in range(1, 13)])
    under_way, most, lock = [0], [0], threading.Lock()
    plain = partner.answer

    def slowly(request: Request) -> Response:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.01)
        with lock:
            under_way[0] -= 1
        return plain(request)

    partner.transport._script = [slowly]
    population = read_population(partner.connection(concurrency=4), Selection(users=True), tolerant=False)
    assert len(population.customers) == 12
    assert most[0] == 4


def test_selections() -> None:
    given = OPTIONS | {"customer_ids": [guid(1).upper()], "customer_domains": ["A.Example"], "user_names": ["SVC-*"]}
    assert make_selection(given, users=True) == Selection(
        (guid(1),), ("a.example",), None, True, ("svc-*",), ("cloud",), privileged=False
    )
    # Without users, what is said of them makes no difference: the cache is the same.
    assert make_selection(given, users=False) == Selection((guid(1),), ("a.example",))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"customer_ids": [guid(1), "x"]}, r"customer_ids[1]: is not a GUID"),
        ({"customer_domains": ["x y"]}, r"customer_domains[0]: is not a domain name"),
        ({"name_prefix": "x", "customer_ids": [guid(1)]}, "name_prefix: cannot be given together with"),
    ],
)
def test_selections_that_make_no_sense(given: dict[str, Any], sentence: str) -> None:
    error = raised(lambda: make_selection(OPTIONS | given, users=True))
    assert isinstance(error, InputError)
    assert str(error).startswith(sentence)
