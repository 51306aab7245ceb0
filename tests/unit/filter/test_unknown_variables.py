# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Misspelt variables of the roles."""

from __future__ import annotations

from ansible_collections.csp.partnercenter.plugins.filter.unknown_variables import unknown_variables

PREFIX = "user_password_rotation_"
KNOWN = ["user_password_rotation_max_resets", "user_password_rotation_store", "partnercenter_only_users"]


def found(*names: str) -> list[str]:
    return unknown_variables(names, KNOWN, PREFIX)


def test_a_misspelt_limit_is_found_with_the_name_that_is_meant() -> None:
    assert found("user_password_rotation_max_reset", *KNOWN) == [
        "user_password_rotation_max_reset is no variable of the role; is user_password_rotation_max_resets meant?"
    ]


def test_the_beginning_may_be_misspelt_as_well() -> None:
    for name in ("user_password_rotaton_max_resets", "User_Password_Rotation_Max_Resets"):
        assert found(name) == [f"{name} is no variable of the role; is user_password_rotation_max_resets meant?"]


def test_what_begins_like_the_role_and_is_like_nothing_is_unknown() -> None:
    assert found("user_password_rotation_zzz")[0].startswith("user_password_rotation_zzz is no variable of the role")


def test_variables_of_others_are_theirs() -> None:
    assert found("user_password_reset_max_resets", "user_password_policy", "user_passphrase") == []
