# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New passphrases: random words of a list, for people who have to read them aloud and to type them."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from .._base.errors import InputError, MissingLibraryError
from .._password.rules import SYMBOLS
from .generator import OF_WORDS, UNSAFE_SYMBOLS, Generator

#: The lists of the Electronic Frontier Foundation, by their names in xkcdpass: 7776 words, and twice 1296.
WORD_LISTS = ("eff-long", "eff-short", "eff-special")
DEFAULT_SEPARATOR = "-"

_MOST_WORDS = 20
_LONGEST_SEPARATOR = 3
_FEWEST_IN_LIST = 1296
_SEPARATING = frozenset(SYMBOLS) - UNSAFE_SYMBOLS | frozenset("0123456789")


@dataclass(frozen=True)
class Passphrases(Generator):
    """Passphrases of ``count`` words of a list. Each word begins with a capital letter.

    So a passphrase has three classes of characters, and no two choices of words look the same.
    """

    vocabulary: tuple[str, ...]
    count: int
    separator: str

    @property
    def bits(self) -> float:
        return self.count * math.log2(len(self.vocabulary))

    def _draw(self) -> str:
        words = [secrets.choice(self.vocabulary).capitalize() for _word in range(self.count)]
        return self.separator.join(words)


def make_passphrases(given: Mapping[str, object], place: str, least_bits: int, kind: str) -> Passphrases:
    """Return the generator for the option ``words`` and those that belong to it; raises :class:`InputError`.

    ``kind`` is the kind of password in words: it needs at least ``least_bits``.
    """
    if others := sorted(set(given) - set(OF_WORDS)):
        raise InputError(
            f"{place}.words",
            f"cannot be given together with {others[0]}: words make a passphrase, and {others[0]} belongs to a "
            "password of single characters",
        )
    count, separator = given["words"], given.get("separator", DEFAULT_SEPARATOR)
    name = given.get("word_list", WORD_LISTS[0])
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= _MOST_WORDS:
        raise InputError(f"{place}.words", f"must be a whole number from 1 to {_MOST_WORDS}")
    if not isinstance(separator, str) or not 1 <= len(separator) <= _LONGEST_SEPARATOR:
        raise InputError(f"{place}.separator", f"must be a text of 1 to {_LONGEST_SEPARATOR} symbols or digits")
    if not set(separator) <= _SEPARATING:
        raise InputError(
            f"{place}.separator",
            "must be symbols or digits that need no quoting, such as - or . (without one, the passphrase would not "
            "have three classes of characters, as Entra ID demands)",
        )
    if name not in WORD_LISTS:
        raise InputError(f"{place}.word_list", f"must be one of {', '.join(WORD_LISTS)}")
    made = Passphrases(_vocabulary(str(name), place), count, separator)
    if made.bits < least_bits:
        enough = math.ceil(least_bits / math.log2(len(made.vocabulary)))
        raise InputError(
            f"{place}.words",
            f"is {count}, and such passphrases have {int(made.bits)} bits of entropy: a {kind} password needs "
            f"{least_bits}, so the smallest number of words of this list is {enough}",
        )
    return made


def _vocabulary(name: str, place: str) -> tuple[str, ...]:
    try:
        library = import_module("xkcdpass.xkcd_password")
    except ImportError:
        raise MissingLibraryError("xkcdpass", "to make passphrases") from None
    try:
        # By default, it leaves out short and long words.
        listed: list[str] = library.generate_wordlist(wordfile=name, min_length=1, max_length=99, valid_chars="[a-z-]")
    except (Exception, SystemExit):
        listed = []
    if len(listed) < _FEWEST_IN_LIST:
        raise InputError(
            f"{place}.word_list",
            f"has {len(listed)} words in the library xkcdpass that is installed here, and needs {_FEWEST_IN_LIST}: "
            "install its newest release",
        )
    return tuple(sorted(listed))
