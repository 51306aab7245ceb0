# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The generator: what it makes, and what it refuses to be, passphrases included."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._password.rules import broken_rule, classes_of
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.generator import (
    DEFAULT_SYMBOLS,
    UNSAFE_SYMBOLS,
    Characters,
    make_generator,
)

NAME = "svc@contoso.com"


def test_by_default_24_characters_of_all_classes() -> None:
    generator = make_generator()
    made = {generator.generate(NAME).reveal() for _time in range(500)}
    assert len(made) == 500
    for password in made:
        assert len(password) == 24
        assert classes_of(password) == 4
        assert broken_rule(password, user_principal_name=NAME) is None
        assert not set(password) & UNSAFE_SYMBOLS


def test_every_character_comes_up() -> None:
    generator = make_generator({"length": 256})
    seen = set("".join(generator.generate(NAME).reveal() for _time in range(40)))
    assert seen == set(string.ascii_letters + string.digits + DEFAULT_SYMBOLS)


@given(
    length=st.integers(16, 256),
    classes=st.lists(st.sampled_from(["lower", "upper", "digits", "symbols"]), min_size=3, unique=True),
    symbols=st.text(DEFAULT_SYMBOLS + "$()[];|/", min_size=1),
    name=st.text(string.ascii_lowercase + string.digits, min_size=3, max_size=20),
)
@settings(max_examples=100, deadline=None)
def test_whatever_is_allowed_gives_good_passwords(length: int, classes: list[str], symbols: str, name: str) -> None:
    generator = make_generator({"length": length, "classes": classes, "symbols": symbols})
    password = generator.generate(f"{name}@contoso.com").reveal()
    assert len(password) == length
    assert classes_of(password) == len(classes)
    assert broken_rule(password, user_principal_name=f"{name}@contoso.com") is None
    assert set(password) <= set(string.ascii_letters + string.digits + symbols)


def test_the_users_name_is_never_in_it() -> None:
    generator = make_generator({"length": 256, "classes": ["lower", "upper", "digits"]})
    for _time in range(50):
        assert "abc" not in generator.generate("abc@contoso.com").reveal().lower()


def test_a_password_does_not_show_itself() -> None:
    assert str(make_generator().generate(NAME)) == "***"


@pytest.mark.parametrize(
    ("options", "bits", "enough"),
    [
        ({}, 48, 12),
        ({"classes": ["lower", "upper", "digits"]}, 47, 12),
        ({"classes": ["lower", "digits", "symbols"], "symbols": "-"}, 39, 14),
    ],
)
def test_a_password_that_could_be_guessed_is_refused_with_the_length_that_is_enough(
    options: dict[str, object], bits: int, enough: int
) -> None:
    with pytest.raises(InputError) as caught:
        make_generator({**options, "length": 8})
    assert str(caught.value) == (
        f"generator.length: is 8, and such passwords have {bits} bits of entropy: a stored password needs 70, so the "
        f"smallest length with these characters is {enough}"
    )
    with pytest.raises(InputError, match=f"is {enough - 1}, and such passwords have 6. bits"):
        make_generator({**options, "length": enough - 1})
    assert len(make_generator({**options, "length": enough}).generate(NAME).reveal()) == enough


def test_entropy_counts_the_passwords_that_have_all_classes() -> None:
    assert 2 ** Characters(2, ("ab", "1")).bits == pytest.approx(4)  # a1 1a b1 1b
    assert 2 ** Characters(3, ("a", "b", "1")).bits == pytest.approx(6)
    assert Characters(2, ("a", "b", "1")).bits == 0


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"length": 7}, "length"),
        ({"length": 257}, "length"),
        ({"length": "24"}, "length"),
        ({"length": True}, "length"),
        ({"classes": ["lower", "upper"]}, "classes"),
        ({"classes": ["lower", "lower", "lower"]}, "classes"),
        ({"classes": "lower"}, "classes"),
        ({"classes": ["lower", "upper", "emoji"]}, "classes"),
        ({"symbols": ""}, "symbols"),
        ({"symbols": "-%"}, "symbols"),
        ({"symbols": '-"'}, "symbols"),
        ({"symbols": "- "}, "symbols"),
        ({"symbols": "{"}, "symbols"),
        ({"symbols": "é"}, "symbols"),
        ({"symbols": "ab"}, "symbols"),
        ({"characters": 24}, "characters"),
        ({"separator": "-"}, "separator"),
        ({"word_list": "eff-long"}, "word_list"),
        ({"words": 0}, "words"),
        ({"words": 21}, "words"),
        ({"words": "6"}, "words"),
        ({"words": True}, "words"),
        ({"words": 6, "length": 24}, "words"),
        ({"words": 6, "symbols": "-"}, "words"),
        ({"words": 6, "classes": ["lower", "upper", "digits"]}, "words"),
        ({"words": 6, "separator": ""}, "separator"),
        ({"words": 6, "separator": " "}, "separator"),
        ({"words": 6, "separator": "a"}, "separator"),
        ({"words": 6, "separator": "%"}, "separator"),
        ({"words": 6, "separator": "----"}, "separator"),
        ({"words": 6, "separator": 7}, "separator"),
        ({"words": 6, "word_list": "legacy"}, "word_list"),
        ({"words": 6, "word_list": "/etc/passwd"}, "word_list"),
        ({"words": 6, "characters": 6}, "characters"),
    ],
)
def test_what_cannot_satisfy_the_rules_is_refused_before_anything(options: dict[str, object], place: str) -> None:
    with pytest.raises(InputError) as caught:
        make_generator(options)
    assert caught.value.place == f"generator.{place}"


def test_a_temporary_password_may_be_shorter_and_is_bounded_as_well() -> None:
    assert len(make_generator({"length": 9}, temporary=True).generate(NAME).reveal()) == 9
    with pytest.raises(InputError, match=r"48 bits of entropy: a temporary password needs 50, so the smallest .* is 9"):
        make_generator({"length": 8}, temporary=True)


def test_options_that_are_not_given_are_defaults() -> None:
    assert make_generator({"length": None, "symbols": None, "classes": None}) == make_generator()
