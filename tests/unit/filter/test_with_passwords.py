# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared users with passwords from elsewhere: by name as the service compares names, and no value is ever told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.csp.partnercenter.plugins.filter.with_passwords import with_passwords
from ansible_collections.csp.partnercenter.tests.unit.support.parameters import CANARY, leaks
from ansible_collections.csp.partnercenter.tests.unit.support.partner import guid

ADA = {"user_principal_name": "Ada@contoso.example", "rotation_id": "1"}


def complaint(users: Any, passwords: Any) -> str:
    with pytest.raises(AnsibleFilterError) as raised:
        with_passwords(users, passwords)
    assert not leaks(raised.value, raised.value.args) and raised.value.__cause__ is None
    return str(raised.value)


def test_names_are_compared_as_the_service_does() -> None:
    assert with_passwords([ADA], {"ADA@CONTOSO.example": CANARY}) == [{**ADA, "password": CANARY}]
    kelvin = {"user_principal_name": "kim@contoso.example"}
    assert "no password for kim@" in complaint([kelvin], {"\u212aim@contoso.example": CANARY})


def test_an_id_serves_as_well_as_a_name() -> None:
    by_id = {"user_id": guid(1).upper()}
    assert with_passwords([by_id], {guid(1): CANARY})[0]["password"] == CANARY
    assert with_passwords([ADA | by_id], {guid(1): CANARY})[0]["password"] == CANARY


@pytest.mark.parametrize(
    ("users", "passwords", "sentence"),
    [
        ([ADA], {}, "users[0]: there is no password for Ada@contoso.example"),
        ([{"user_principal_name": CANARY}], {}, "users[0]: there is no password for this user"),
        ([{}], {}, "users[0]: has neither user_principal_name nor user_id"),
        ([CANARY], {}, "users[0]: must be a dictionary"),
        (CANARY, {}, "users: must be a list of dictionaries"),
        ({"a": CANARY}, {}, "users: must be a list of dictionaries"),
        ([ADA], [CANARY], "passwords: must be a dictionary with a password for each principal name or id"),
        ([ADA], CANARY, "passwords: must be a dictionary with a password for each principal name or id"),
        (
            [ADA],
            {"ada@contoso.example": CANARY, "ADA@contoso.example": CANARY},
            "passwords: has two entries for ADA@contoso.example, in upper and lower case",
        ),
        ([], {CANARY: 1, CANARY.upper(): 2}, "passwords: has two entries for one user, in upper and lower case"),
    ],
)
def test_what_is_wrong_is_told_by_place_and_name(users: Any, passwords: Any, sentence: str) -> None:
    assert complaint(users, passwords) == sentence


@pytest.mark.parametrize("value", [[CANARY], {"a": CANARY}, True, 12345678, 1.5, None])
def test_a_password_that_is_no_text_is_refused(value: Any) -> None:
    told = complaint([ADA], {"ada@contoso.example": value})
    assert told.startswith("users[0]: the password of Ada@contoso.example must be a text, and is ")
    assert with_passwords([ADA], {"ada@contoso.example": value}, problem=True) == told


def test_nothing_wrong_is_empty_text() -> None:
    assert with_passwords([ADA], {"ada@contoso.example": CANARY}, problem=True) == ""


def test_a_template_that_fails_is_not_quoted() -> None:
    """ansible-core 2.19 renders a value when it is read, and the error of Jinja quotes the template."""

    class Failing(dict[str, Any]):
        def items(self) -> Any:
            raise ValueError(f"expected token, got {CANARY}")

    assert "not marked with !unsafe" in complaint([ADA], Failing())
    assert "not marked with !unsafe" in with_passwords([ADA], Failing(), problem=True)
