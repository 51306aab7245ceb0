# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Intents from validated parameters: the single form, and the list with the task's values as defaults."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.intents import generated_password, make_intents
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Policy
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    OTHER_CUSTOMER,
    OTHER_PASSWORD,
    PASSWORD,
    raised,
    user_id,
)
from ansible_collections.csp.partnercenter.tests.unit.support.parameters import listed, parameters


def test_the_single_form() -> None:
    (intent,) = make_intents(parameters())
    assert (intent.account.place, intent.account.customer_id, intent.account.user_id) == ("", CUSTOMER, user_id())
    assert intent.password is not None and intent.password.reveal() == PASSWORD
    assert intent.force_change_password is True
    assert intent.trigger.policy is Policy.WHEN_CHANGED and intent.trigger.window is None


def test_false_is_a_value() -> None:
    assert make_intents(parameters(force_change_password=False))[0].force_change_password is False
    (intent,) = make_intents(listed({"user_id": user_id(), "force_change_password": False}, force_change_password=True))
    assert intent.force_change_password is False


def test_the_tasks_values_are_the_defaults_of_the_list() -> None:
    one, two = make_intents(
        listed(
            {"user_id": user_id(1)},
            {
                "user_id": user_id(2),
                "customer_id": OTHER_CUSTOMER,
                "password": OTHER_PASSWORD,
                "rotation_id": "2026-12",
                "force_change_password": True,
                "window": {"from": "22:00"},
            },
            rotation_id="2026-11",
            force_change_password=False,
            max_age="30d",
        )
    )
    assert (one.account.place, one.account.customer_id) == ("users[0]", CUSTOMER)
    assert one.password is not None and one.password.reveal() == PASSWORD
    assert (one.trigger.rotation_id, one.force_change_password) == ("2026-11", False)
    assert (two.account.place, two.account.customer_id) == ("users[1]", OTHER_CUSTOMER)
    assert two.password is not None and two.password.reveal() == OTHER_PASSWORD
    assert (two.trigger.rotation_id, two.force_change_password) == ("2026-12", True)
    assert one.trigger.max_age == two.trigger.max_age == timedelta(days=30)
    assert one.trigger.window is None and two.trigger.window is not None


def test_an_elements_customer_takes_the_place_of_the_tasks() -> None:
    (intent,) = make_intents(listed({"user_id": user_id(), "customer_domain": "contoso.example"}))
    assert (intent.account.customer_id, intent.account.customer_domain) == (None, "contoso.example")


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        (parameters(password=None), f"password: is needed for {user_id()}, and is missing or empty"),
        (parameters(password=""), "password: is needed for"),
        (parameters(user_id=None), "user_id: exactly one of user_id and user_principal_name is needed; none was given"),
        (parameters(users=[]), "user_id: cannot be given together with users"),
        (listed(), "users: is empty: give at least one user"),
        (listed({"user_id": user_id(), "password": "short"}), "users[0].password: must have 8 to 256 characters"),
        (listed({"user_id": user_id()}, {"user_id": user_id()}), "users[1]: is the same user as users[0]"),
        (listed({"user_id": user_id(), "window": {"from": "x"}}), "users[0].window.from: is not a time of day"),
        (parameters(window={"days": ["never"]}), "window.days: must be a list"),
        (listed({"user_id": user_id()}, update_password="when_rotated"), "users[0].rotation_id: is needed, because"),
    ],
)
def test_what_cannot_be_meant_is_named_by_its_place(params: Any, complaint: str) -> None:
    assert str(raised(lambda: make_intents(params))).startswith(complaint)


def generated(operation: str = "rotate", **given: Any) -> Any:
    params = parameters(**given) | {"operation": operation}
    return make_intents(params, generated_password)[0]


def test_a_generated_password_is_not_there_yet_and_need_not_be_changed_by_the_user() -> None:
    intent = generated(rotation_id="2026-11")
    assert intent.password is None and intent.force_change_password is False
    assert intent.trigger.policy is Policy.WHEN_ROTATED
    assert generated("verify").trigger.policy is Policy.WHEN_OLDER


@pytest.mark.parametrize(("operation", "given"), [("rotate", {}), ("rollback", {"max_age": "30d"})])
def test_a_rotation_needs_to_know_when(operation: str, given: dict[str, str]) -> None:
    assert str(raised(lambda: generated(operation, **given))).startswith("rotation_id: ")
