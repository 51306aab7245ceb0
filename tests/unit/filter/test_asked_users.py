# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The users who are asked for by name: by a survey, an event, a command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.csp.partnercenter.plugins.filter.asked_in_vain import asked_in_vain
from ansible_collections.csp.partnercenter.plugins.filter.asked_users import asked_users
from ansible_collections.csp.partnercenter.plugins.filter.only_users import only_users

ADA = {"user_principal_name": "ada@contoso.com", "password": "canary"}
BOB = {"user_principal_name": "Bob@contoso.com"}
CY = {"user_id": "0000000a-0000-0000-0000-000000000000"}


@pytest.mark.parametrize(
    "wanted",
    [
        "ada@contoso.com bob@contoso.com",
        "ada@contoso.com,bob@contoso.com",
        "ADA@contoso.com; BOB@CONTOSO.COM",
        "ada@contoso.com\r\nbob@contoso.com\n",
        " ,ada@contoso.com,,bob@contoso.com, ",
        ["ada@contoso.com", "bob@contoso.com"],
        ["ada@contoso.com, bob@contoso.com"],
        ("ada@contoso.com", "bob@contoso.com"),
    ],
)
def test_names_are_text_or_a_list_in_any_case(wanted: Any) -> None:
    assert only_users([ADA, CY, BOB], wanted) == [ADA, BOB]
    assert asked_users([ADA, CY, BOB], wanted)["missing"] == []


def test_ids_are_names_as_well() -> None:
    assert only_users([ADA, CY], "0000000A-0000-0000-0000-000000000000") == [CY]


@pytest.mark.parametrize("wanted", ["", "  \n"])
def test_empty_text_is_everybody(wanted: str) -> None:
    assert only_users([ADA, BOB], wanted) == [ADA, BOB]
    assert asked_users([ADA, BOB], wanted)["chosen"] == 2


@pytest.mark.parametrize("wanted", [None, [], ",;", [""], 7, {}, True])
def test_what_names_nobody_is_never_everybody(wanted: Any) -> None:
    assert only_users([ADA, BOB], wanted) == []
    answer = asked_users([ADA, BOB], wanted)
    assert answer["chosen"] == 0 and asked_in_vain([answer]).startswith("partnercenter_only_users: ")


def test_only_letters_of_ascii_are_folded() -> None:
    kelvin = "ada@\u212aontoso.com"
    assert asked_users([{"user_principal_name": "ada@kontoso.com"}], kelvin)["missing"] == [kelvin]


def test_a_name_that_no_customer_has_is_told() -> None:
    answers = [asked_users([ADA], "ada@contoso.com nobody@x.com"), asked_users([BOB], "ada@contoso.com nobody@x.com")]
    assert asked_in_vain(answers) == (
        "partnercenter_only_users: nobody@x.com is declared for no customer of this play; nothing was sent"
    )
    assert asked_in_vain([asked_users([ADA], "ada@contoso.com"), asked_users([BOB], "ada@contoso.com")]) == ""


def test_customers_may_be_asked_for_different_users() -> None:
    answers = [asked_users([ADA], "ad@contoso.com"), asked_users([BOB], "bob@contoso.com")]
    assert "ad@contoso.com is declared for no customer" in asked_in_vain(answers)


def test_in_a_loop_nobody_knows_the_other_customers() -> None:
    assert "cannot be used where the role runs in a loop" in asked_in_vain(
        [asked_users([ADA], "ada@contoso.com")], True
    )
    assert asked_in_vain([asked_users([], "")], True) == ""


def test_one_customer_may_be_without_users_and_not_all_of_them() -> None:
    assert asked_in_vain([asked_users([], ""), asked_users([ADA], "")]) == ""
    assert asked_in_vain([asked_users(None, "")]).startswith("nobody is declared: partnercenter_users is empty")
    assert asked_in_vain([asked_users([], "")] * 3) == (
        "nobody is declared: partnercenter_users is empty for all 3 customers of this play"
    )
    assert asked_in_vain([]) == ""


def test_what_is_no_list_is_left_to_the_module_and_no_password_is_in_an_answer() -> None:
    assert only_users("canary", "ada@contoso.com") == "canary"
    for users in ("canary", {"a": "canary"}, ["canary"], [ADA]):
        assert "canary" not in repr(asked_users(users, "ada@contoso.com"))


class Failing(Mapping[str, Any]):
    """A value whose template fails once it is touched, as of ansible-core 2.19."""

    def __getitem__(self, key: str) -> Any:
        raise ValueError("'nowhere' is undefined, beside the canary")

    def __iter__(self) -> Any:
        return iter(["password"])

    def __len__(self) -> int:
        return 1


def test_a_template_that_fails_is_not_quoted() -> None:
    with pytest.raises(AnsibleFilterError, match=r"^a template in the users fails$") as caught:
        asked_users([Failing()], "")
    assert caught.value.__cause__ is None and "canary" not in str(caught.value)
