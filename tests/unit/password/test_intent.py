# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declarations, checked offline: accounts, triggers, passwords, lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import (
    Account,
    Policy,
    check_list,
    make_account,
    make_intent,
    make_trigger,
)
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, PASSWORD, raised, user_id

NOTHING = {"customer_id": None, "customer_domain": None, "user_id": None, "user_principal_name": None}


def account(place: str = "", **given: str) -> Account:
    return make_account(place, **{**NOTHING, **given})


def test_accounts_are_compared_without_regard_to_case() -> None:
    by_id = account(customer_id=CUSTOMER.upper(), user_id=f" {user_id().upper()} ")
    assert (by_id.customer, by_id.name) == (CUSTOMER, user_id())
    by_name = account(customer_domain="Contoso.Example", user_principal_name="Alice@Contoso.Example")
    assert (by_name.customer, by_name.name) == ("contoso.example", "Alice@Contoso.Example")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"user_id": user_id()}, "customer_id: exactly one of customer_id and customer_domain is needed; none"),
        (
            {"customer_id": CUSTOMER, "customer_domain": "contoso.example", "user_id": user_id()},
            "customer_id: exactly one of customer_id and customer_domain is needed; both",
        ),
        ({"customer_id": CUSTOMER}, "user_id: exactly one of user_id and user_principal_name is needed; none"),
        (
            {"customer_id": CUSTOMER, "user_id": user_id(), "user_principal_name": "a@contoso.example"},
            "user_id: exactly one of user_id and user_principal_name is needed; both",
        ),
        ({"customer_id": "contoso", "user_id": user_id()}, "customer_id: is not a GUID"),
        ({"customer_domain": "contoso", "user_id": user_id()}, "customer_domain: is not a domain"),
        ({"customer_id": CUSTOMER, "user_id": "alice"}, "user_id: is not a GUID"),
        ({"customer_id": CUSTOMER, "user_principal_name": "alice"}, "user_principal_name: is not a user principal"),
    ],
)
def test_an_account_needs_one_key_for_the_customer_and_one_for_the_user(given: dict[str, str], complaint: str) -> None:
    assert str(raised(lambda: account(**given))).startswith(complaint)
    assert str(raised(lambda: account("users[7]", **given))).startswith("users[7]." + complaint)


@pytest.mark.parametrize(
    ("declared", "policy"),
    [
        ({}, Policy.WHEN_CHANGED),
        ({"rotation_id": "2026-11"}, Policy.WHEN_ROTATED),
        ({"rotation_id": "2026-11", "max_age": "30d"}, Policy.WHEN_ROTATED),
        ({"max_age": "30d"}, Policy.WHEN_OLDER),
        ({"not_before": "2026-11-01T00:00:00Z"}, Policy.WHEN_OLDER),
        ({"update_password": "when_changed", "rotation_id": "2026-11"}, Policy.WHEN_CHANGED),
        ({"update_password": "when_older", "rotation_id": "2026-11", "max_age": "30d"}, Policy.WHEN_OLDER),
        ({"update_password": "always", "rotation_id": "2026-11"}, Policy.ALWAYS),
    ],
)
def test_the_policy_follows_from_what_is_declared_unless_it_is_named(declared: dict[str, str], policy: Policy) -> None:
    assert make_trigger("", **declared).policy is policy


def test_a_trigger_keeps_what_it_compares() -> None:
    trigger = make_trigger("", rotation_id="2026-11", not_before="2026-11-01T00:00:00Z", max_age="30d")
    assert trigger.rotation_id == "2026-11"
    assert trigger.not_before == datetime(2026, 11, 1, tzinfo=UTC)
    assert trigger.max_age == timedelta(days=30)


@pytest.mark.parametrize(
    ("declared", "complaint"),
    [
        ({"update_password": "when_rotated"}, "rotation_id: is needed, because update_password is when_rotated"),
        ({"update_password": "when_older"}, "max_age: or not_before is needed, because update_password is when_older"),
        ({"update_password": "when_older", "rotation_id": "1"}, "max_age: or not_before is needed"),
        ({"rotation_id": ""}, "rotation_id: is empty"),
        ({"rotation_id": "  "}, "rotation_id: is empty"),
        ({"rotation_id": "2026\n11"}, "rotation_id: holds characters that cannot be shown"),
        ({"rotation_id": "\ud800"}, "rotation_id: holds characters that cannot be shown"),
        ({"max_age": "soon"}, "max_age: is not an age"),
        ({"not_before": "2026-11-01T00:00:00"}, "not_before: has no time zone"),
    ],
)
def test_a_trigger_needs_what_its_policy_compares(declared: dict[str, str], complaint: str) -> None:
    assert str(raised(lambda: make_trigger("", **declared))).startswith(complaint)
    assert str(raised(lambda: make_trigger("users[1]", **declared))).startswith("users[1]." + complaint)


def test_a_password_is_checked_with_the_name_of_its_user() -> None:
    alice = account("users[4]", customer_id=CUSTOMER, user_principal_name="alice@contoso.example")
    error = raised(lambda: make_intent(alice, password="Alice-123", force_change_password=True, trigger=trigger()))
    assert str(error) == (
        "users[4].password: must not be or contain the name before the @ of the user principal name; "
        "choose another password for alice@contoso.example"
    )


def trigger() -> Any:
    return make_trigger("")


def test_an_intent_does_not_show_its_password() -> None:
    made = make_intent(
        account(customer_id=CUSTOMER, user_id=user_id()),
        password=PASSWORD,
        force_change_password=False,
        trigger=trigger(),
    )
    assert made.password is not None and made.password.reveal() == PASSWORD
    assert PASSWORD not in repr(made) + str(made)


def test_a_list_names_somebody_and_nobody_twice() -> None:
    assert str(raised(lambda: check_list([]))) == "users: is empty: give at least one user"
    first = account("users[0]", customer_id=CUSTOMER, user_principal_name="alice@contoso.example")
    again = account("users[1]", customer_id=CUSTOMER, user_principal_name="ALICE@contoso.example")
    elsewhere = account("users[2]", customer_domain="fabrikam.example", user_principal_name="alice@contoso.example")
    check_list([first, elsewhere])
    assert str(raised(lambda: check_list([first, elsewhere, again]))) == (
        "users[1]: is the same user as users[0] (ALICE@contoso.example); name each user once"
    )
