# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entra's rules for passwords: length, characters, classes, the user's name."""

from __future__ import annotations

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._password.rules import SYMBOLS, broken_rule, classes_of


@pytest.mark.parametrize("password", ["Abcdef-1", "abc def 1", "ABC-12345", "Aa1" + SYMBOLS, "Aa1-" * 64])
def test_good_passwords(password: str) -> None:
    assert broken_rule(password) is None


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("Abcde-1", "8 to 256 characters"),
        ("Aa1-" * 64 + "x", "8 to 256 characters"),
        ("", "8 to 256 characters"),
        ("Pässword-1", "does not allow"),
        ("Abcdef-1\n", "does not allow"),
        ("Abcdef-1\ud800", "does not allow"),
        ("abcdefgh1", "characters of 3 of these"),
        ("abcdefghi", "characters of 3 of these"),
    ],
)
def test_the_broken_rule_is_named_and_the_password_is_not(password: str, rule: str) -> None:
    sentence = broken_rule(password)
    assert sentence is not None and rule in sentence
    assert not password or password not in sentence


@pytest.mark.parametrize("password", ["Alice-12", "x-ALICE-9", "12alice-X"])
def test_the_name_before_the_at_must_not_be_part_of_it(password: str) -> None:
    assert "name before the @" in (broken_rule(password, user_principal_name="alice@contoso.example") or "")


@pytest.mark.parametrize("name", [None, "al@contoso.example", "bob@contoso.example"])
def test_a_very_short_name_is_part_of_many_good_passwords(name: str | None) -> None:
    assert broken_rule("Alice-12", user_principal_name=name) is None


def test_four_classes() -> None:
    assert [classes_of(text) for text in ("", "a", "aB", "aB1", "aB1 ")] == [0, 1, 2, 3, 4]
