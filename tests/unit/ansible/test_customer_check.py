# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check of customers as a task: which customers are meant, and what is told of many of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import customer_check
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.customer_check import result_of, specification
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import validated
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.standing import Standing
from ansible_collections.csp.partnercenter.tests.unit.support.partner import Partner, customer, guid, user
from ansible_collections.csp.partnercenter.tests.unit.support.transport import collection, fault

Check = Callable[..., dict[str, Any]]


@pytest.fixture
def partner(monkeypatch: pytest.MonkeyPatch) -> Partner:
    """Two customers; nobody can tell their relationships."""
    customers = [customer(2, "b.example", "Fabrikam"), customer(1, "a.example", "Contoso")]
    found = Partner(customers, {guid(1): [user(11)], guid(2): []})
    found.refused["auditrecords"] = collection()
    monkeypatch.setattr(customer_check, "open_standing", lambda *_arguments: Standing(found.connection()))
    monkeypatch.setattr(customer_check, "open_relationships", lambda *_arguments: None)
    return found


@pytest.fixture
def check(partner: Partner) -> Check:
    def run(**given: Any) -> dict[str, Any]:
        params = validated({"access_token": "token", **given}, specification())
        return customer_check.check_customers(params, TaskContext({}))

    return run


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, [2, 1]),
        ({"customer_id": guid(1).upper()}, [1]),
        ({"customer_domain": "B.example"}, [2]),
        ({"customers": [{"customer_id": guid(1)}, {"customer_domain": "b.example"}]}, [1, 2]),
    ],
)
def test_which_customers_are_looked_at(check: Check, given: dict[str, Any], found: list[int]) -> None:
    result = check(**given)
    assert [row["customer_id"] for row in result["customers"]] == [guid(number) for number in found]
    assert (result["changed"], result["failed"]) == (False, False)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"customer_id": guid(1), "customer_domain": "a.example"}, "customer_id: exactly one of"),
        ({"customer_id": guid(1), "customers": []}, "customer_id: cannot be given together with customers"),
        ({"customers": []}, "customers: is empty"),
        ({"customers": [{"customer_id": guid(1)}, {"name": "x"}]}, "customers[1].customer_id: exactly one of"),
        ({"customers": [{"customer_id": "contoso.com"}]}, "customers[0].customer_id: is a domain name"),
        ({"customers": [{"customer_domain": guid(1)}]}, "customers[0].customer_domain: is a GUID"),
        ({"days_left": -1}, "days_left: is -1"),
        ({"days_left": 731}, "days_left: is 731"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(
    partner: Partner, check: Check, given: dict[str, Any], sentence: str
) -> None:
    result = check(**given)
    assert result["failed"] and result["msg"].startswith(sentence)
    assert partner.lines == []


def test_a_customer_that_is_not_ready_fails_the_task_after_all_were_looked_at(partner: Partner, check: Check) -> None:
    partner.refused[f"customers/{guid(2)}/users"] = fault(403, 900308)
    result = check()
    assert result["failed"] and [row["ready"] for row in result["customers"]] == [False, True]
    assert result["summary"] == {"total": 2, "ready": 1, "not_ready": 1, "throttled": 0}
    assert result["msg"].startswith(
        "1 of 2 customers are ready: Fabrikam: the account needs an active GDAP relationship"
    )


def test_of_one_customer_the_message_says_all(partner: Partner, check: Check) -> None:
    assert check(customer_id=guid(1))["msg"].startswith("Contoso: ready; not known: relationship_end, roles")
    partner.refused[f"customers/{guid(1)}"] = fault(404, 60003)
    gone = check(customers=[{"customer_id": guid(1), "name": "c"}])
    assert gone["msg"].startswith("c: not ready: no such customer tenant") and "Admin relationships" in gone["msg"]
    (row,) = gone["customers"]
    assert (row["relationship"], row["reads_users"]) == ("none", None)


def finding(check: str, message: str = "why", to_do: str = "do this", **more: Any) -> dict[str, Any]:
    return {"check": check, "message": message, "to_do": to_do, **more}


def row(name: str, *problems: dict[str, Any], not_known: Any = (), **more: Any) -> dict[str, Any]:
    ready = not problems and not any(item["needed"] for item in not_known)
    ends = {"relationship_ends": None, "relationship_extends": None}
    return {"name": name, "ready": ready, "problems": list(problems), "not_known": list(not_known), **ends, **more}


def test_equal_causes_are_told_once_and_the_most_frequent_first() -> None:
    rows = [
        row("a", finding("users", "other")),
        *(row(f"b{number}", finding("roles")) for number in range(12)),
        row("c"),
        row("d", not_known=[finding("roles", needed=False)]),
        row("e", not_known=[finding("users", "no answer", needed=True), finding("roles", needed=False)]),
    ]
    assert result_of(rows, throttled=0, others={"f": "no customer"})["lines"] == [
        "2 of 17 customers are ready",
        "12 customers: why. do this: b0, b1, b2, b3, b4, b5, b6, b7, b8, b9 and 2 more",
        "a: other. do this",
        "e: users is not known: no answer",
        "f: no customer",
        "d: not known: roles",
    ]


def test_many_causes_are_bounded() -> None:
    rows = [row(f"c{number}", finding("users", f"why {number}")) for number in range(12)]
    lines = result_of(rows, throttled=0)["lines"]
    assert len(lines) == 1 + 10 + 1 and lines[-1] == "and 2 customers more, for other causes"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"relationship_ends": "2027-02-01T00:00:00+00:00"}, "ready, by a relationship until 2027-02-01"),
        ({"relationship_ends": "2027-02-01T00:00:00+00:00", "relationship_extends": True}, "ready"),
        ({"not_known": [finding("roles", needed=False)]}, "ready; not known: roles"),
        ({"not_known": [finding("users", needed=True)]}, "not ready: users is not known: why"),
    ],
)
def test_the_sentence_of_one_customer(more: dict[str, Any], said: str) -> None:
    assert customer_check.sentence(row("a", **more)) == said


def test_a_name_that_a_pipeline_would_take_for_a_command_stays_text() -> None:
    lines = result_of([row("##vso[task]\nx", finding("users")), row("b")], throttled=0)["lines"]
    assert "##vso" not in lines[1] and "\n" not in lines[1]
