# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passphrases: what they look like, and how hard they are to guess."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import generator
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, MissingLibraryError
from ansible_collections.csp.partnercenter.plugins.module_utils._password.rules import broken_rule, classes_of
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.generator import (
    UNSAFE_SYMBOLS,
    WORD_LISTS,
    Passphrases,
    make_generator,
)

NAME = "svc@contoso.com"
FEW = ("copper", "lantern", "yo-yo")


def test_words_with_capital_letters_and_a_separator_between_them() -> None:
    made = {make_generator({"words": 6}).generate(NAME).reveal() for _time in range(200)}
    assert len(made) == 200
    for passphrase in made:
        assert re.fullmatch(r"([A-Z][a-z]*(-[a-z]+)?-){5}[A-Z][a-z]*(-[a-z]+)?", passphrase)
        assert classes_of(passphrase) == 3
        assert broken_rule(passphrase, user_principal_name=NAME) is None
        assert not set(passphrase) & UNSAFE_SYMBOLS


@pytest.mark.parametrize(("word_list", "words"), [("eff-long", 6), ("eff-short", 7), ("eff-special", 7)])
def test_every_list_and_the_fewest_words_of_it_for_a_stored_password(word_list: str, words: int) -> None:
    options = {"words": words, "word_list": word_list, "separator": "7."}
    assert make_generator(options).bits > 70
    assert make_generator(options).generate(NAME).reveal().count("7.") == words - 1
    with pytest.raises(InputError, match=rf"a stored password needs 70, so the smallest number .* is {words}$"):
        make_generator(options | {"words": words - 1})


def test_four_words_are_enough_for_a_temporary_password_and_three_are_not() -> None:
    assert int(make_generator({"words": 4}, temporary=True).bits) == 51
    with pytest.raises(InputError) as caught:
        make_generator({"words": 3}, temporary=True)
    assert str(caught.value) == (
        "generator.words: is 3, and such passphrases have 38 bits of entropy: a temporary password needs 50, so the "
        "smallest number of words of this list is 4"
    )


def test_entropy_counts_the_choices_and_no_two_of_them_look_the_same() -> None:
    few = Passphrases(FEW, 2, "-")
    assert 2**few.bits == pytest.approx(9)
    assert len({few.generate(NAME).reveal() for _time in range(500)}) == 9


def test_the_users_name_is_never_in_it() -> None:
    few = Passphrases(FEW, 2, "-")
    for _time in range(50):
        assert "lantern" not in few.generate("lantern@contoso.com").reveal().lower()
    with pytest.raises(InputError, match="make it longer"):
        Passphrases(("lantern",), 2, "-").generate("lantern@contoso.com")


def test_the_sentence_about_both_kinds_names_the_other_option() -> None:
    with pytest.raises(InputError, match=r"^generator\.words: cannot be given together with length: words make"):
        make_generator({"words": 6, "length": 24})


def test_without_its_library_it_names_the_interpreter_and_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xkcdpass.xkcd_password", None)
    with pytest.raises(MissingLibraryError) as caught:
        make_generator({"words": 6})
    assert str(caught.value) == (
        "the Python library xkcdpass is needed to make passphrases, and the Python that runs this task does not have "
        f"it: install it with '{sys.executable} -m pip install xkcdpass'"
    )
    make_generator({"length": 24})  # needs no library


@pytest.mark.parametrize("failure", [lambda **_options: ["one", "two"], None])
def test_a_list_that_is_too_short_or_not_there_is_refused(failure: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def ends(**_options: object) -> None:
        raise SystemExit("no such list")

    monkeypatch.setattr("xkcdpass.xkcd_password.generate_wordlist", failure or ends)
    with pytest.raises(InputError, match=r"^generator\.word_list: has [02] words .* needs 1296"):
        make_generator({"words": 6})


def test_the_lists_are_the_choices_of_the_option() -> None:
    assert generator()["generator"]["options"]["word_list"]["choices"] == [*WORD_LISTS]
