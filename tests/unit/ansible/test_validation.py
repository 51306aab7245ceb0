# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validation names the option that does not fit, and never what was written into it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import user_password
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import validated
from ansible_collections.csp.partnercenter.tests.unit.ansible.parameters import CANARY, arguments, leaks
from ansible_collections.csp.partnercenter.tests.unit.password.builders import raised, user_id

SPEC = user_password()
CONVERTED = sorted(name for name, rules in SPEC.items() if rules["type"] not in ("str", "path") or "choices" in rules)


def complaint(given: dict[str, Any]) -> str:
    error = raised(lambda: validated(given, SPEC))
    assert not leaks(error.args, error.details(), error.__cause__)
    assert error.__suppress_context__ or error.__context__ is None
    return str(error)


def test_good_arguments_are_converted_and_get_their_defaults() -> None:
    params = validated(arguments(concurrency="16", check_user="no", force_change_password="yes"), SPEC)
    assert (params["concurrency"], params["check_user"], params["force_change_password"]) == (16, False, True)
    assert (params["evidence"], params["audit_timeout"], params["users"]) == ("ledger", 120.0, None)
    assert (params["on_error"], params["max_resets"], params["endpoint"]) == ("continue", 0, "auto")


@pytest.mark.parametrize(
    ("name", "value"), [("concurrency", float("inf")), ("concurrency", "inf"), ("audit_timeout", 10**400)]
)
def test_a_number_without_end_is_none(name: str, value: Any) -> None:
    assert complaint(arguments(**{name: value})).startswith(f"{name}: must be of the type ")


@pytest.mark.parametrize("name", CONVERTED)
@pytest.mark.parametrize("value", [CANARY, [CANARY], {CANARY: CANARY}, {"nested": [CANARY]}])
def test_a_secret_in_the_wrong_option_is_not_shown(name: str, value: Any) -> None:
    assert complaint(arguments(**{name: value})).startswith(name)


@pytest.mark.parametrize("name", ["password", "rotation_id", "ledger_key"])
@pytest.mark.parametrize("value", [[CANARY], {"a": CANARY}])
def test_nor_is_a_text_of_the_wrong_shape(name: str, value: Any) -> None:
    """Ansible turns these into text; whatever comes of that, the message must not quote it."""
    try:
        validated(arguments(**{name: value}), SPEC)
    except Exception as error:
        assert not leaks(error, error.args)


@pytest.mark.parametrize(
    ("users", "place"),
    [
        ([{"user_id": user_id()}, {"force_change_password": CANARY}], "users[1].force_change_password: must be of the"),
        ([{"user_id": user_id(), "window": CANARY}], "users[0].window: must be a dictionary"),
        ([{"user_id": user_id(), "window": {"days": {"a": CANARY}}}], "users[0].window.days: must be of the type list"),
        ([CANARY], "users[0]: must be a dictionary"),
        ([f"{CANARY}=secret"], "users[0]: must be a dictionary"),
        ([[CANARY]], "users[0]: must be a dictionary"),
        (f"{CANARY}=secret", "users: must be a list of dictionaries"),
        ({"user_id": CANARY}, "users: must be a list of dictionaries"),
    ],
)
def test_the_place_is_named_down_to_the_element(users: Any, place: str) -> None:
    assert complaint(arguments(user_id=None, users=users)).startswith(place)


def test_options_that_are_none_are_named() -> None:
    assert complaint(arguments(passwrd=CANARY)) == "passwrd: no such option; ansible-doc lists those there are"
    nested = complaint(arguments(user_id=None, users=[{"passwrd": CANARY}]))
    assert nested == "users.passwrd: no such option; ansible-doc lists those there are"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("evidence", "database", "evidence: must be one of ledger, audit_log"),
        ("concurrency", "many", "concurrency: must be of the type int"),
        ("audit_timeout", "soon", "audit_timeout: must be of the type float"),
        ("window", "night", "window: must be a dictionary"),
    ],
)
def test_what_was_expected_is_said(name: str, value: str, expected: str) -> None:
    assert complaint(arguments(**{name: value})) == expected


def test_an_error_that_cannot_be_located_is_an_error_all_the_same() -> None:
    spec = {"a": {"type": "str", "required": True}}
    assert str(raised(lambda: validated({}, spec))) == "options: cannot be understood; ansible-doc describes them"
