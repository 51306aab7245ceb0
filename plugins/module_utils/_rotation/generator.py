# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New passwords: random, within Entra's rules, and without characters that need quoting.

They are of single characters, or of random words for people who have to read them aloud and to type them.
"""

from __future__ import annotations

import math
import secrets
import string
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import combinations

from .._base.errors import InputError, MissingLibraryError
from .._base.secret import Secret
from .._password.rules import LONGEST, NEEDED_CLASSES, SHORTEST, SYMBOLS, broken_rule

DEFAULT_LENGTH = 24
DEFAULT_SYMBOLS = "-_.!@#^*+=:,?~"

#: Refused characters, which need quoting or begin templates: blank, quotes, backslash, ``% & < >`` and braces.
UNSAFE_SYMBOLS = frozenset(" '\"`\\%&<>{}")

#: The least bits of entropy: a stored password is used for months, and nobody types it.
LEAST_BITS = 70
#: The same for a password that its user replaces at the first sign-in.
LEAST_BITS_OF_TEMPORARY = 50

#: The options: those for passwords of single characters, and those for passphrases.
OF_CHARACTERS = ("length", "symbols", "classes")
OF_WORDS = ("words", "separator", "word_list")

_LETTERS_AND_DIGITS = {"lower": string.ascii_lowercase, "upper": string.ascii_uppercase, "digits": string.digits}
CLASSES = (*_LETTERS_AND_DIGITS, "symbols")

#: The most tries. Even for 12 characters with one symbol, every sixth password has all classes.
_TRIES = 1000

#: The lists of the Electronic Frontier Foundation, by their names in xkcdpass: 7776 words, and twice 1296.
WORD_LISTS = ("eff-long", "eff-short", "eff-special")
DEFAULT_SEPARATOR = "-"

_MOST_WORDS = 20
_LONGEST_SEPARATOR = 3
_FEWEST_IN_LIST = 1296
_SEPARATING = frozenset(SYMBOLS) - UNSAFE_SYMBOLS | frozenset("0123456789")


class Generator(ABC):
    """A generator of passwords. Safe under threads."""

    @property
    @abstractmethod
    def bits(self) -> float:
        """Return the entropy: the logarithm of the number of passwords, which are all equally likely."""

    @abstractmethod
    def _draw(self) -> str:
        """Return a random password, which need not be good."""

    def generate(self, user_principal_name: str | None) -> Secret:
        """Return a new password that Entra's rules accept for this user.

        Complete passwords are discarded until one is good, so that all good ones are equally likely.
        """
        for _try in range(_TRIES):
            password = self._draw()
            if self._is_complete(password) and broken_rule(password, user_principal_name=user_principal_name) is None:
                return Secret(password)
        raise InputError(
            "generator", f"no password of this kind is allowed for user {user_principal_name}: make it longer"
        )

    def _is_complete(self, password: str) -> bool:
        return True


@dataclass(frozen=True)
class Characters(Generator):
    """Passwords of ``length`` characters, at least one of each of ``groups``."""

    length: int
    groups: tuple[str, ...]

    @property
    def bits(self) -> float:
        sizes = [len(group) for group in self.groups]
        left_out = (kept for count in range(len(sizes) + 1) for kept in combinations(sizes, count))
        count = sum((-1) ** (len(sizes) - len(kept)) * sum(kept) ** self.length for kept in left_out)
        return math.log2(count) if count > 0 else 0.0

    def _draw(self) -> str:
        alphabet = "".join(self.groups)
        return "".join([secrets.choice(alphabet) for _character in range(self.length)])

    def _is_complete(self, password: str) -> bool:
        return all(any(character in group for character in password) for group in self.groups)


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


def make_generator(
    options: Mapping[str, object] | None = None, place: str = "generator", *, temporary: bool = False
) -> Generator:
    """Return a generator from its options, those of passphrases if ``words`` is given.

    ``temporary``: for passwords that their users replace at the first sign-in, which may be shorter.
    Raises :class:`InputError` for options that no password can satisfy, and for passwords that could be guessed.
    """
    given = {name: value for name, value in (options or {}).items() if value is not None}
    if unknown := sorted(set(given) - {*OF_CHARACTERS, *OF_WORDS}):
        raise InputError(
            f"{place}.{unknown[0]}", f"is not an option; there are {', '.join((*OF_CHARACTERS, *OF_WORDS))}"
        )
    least, kind = (LEAST_BITS_OF_TEMPORARY, "temporary") if temporary else (LEAST_BITS, "stored")
    if "words" in given:
        return _passphrases(given, place, least, kind)
    if lonely := sorted(set(given) - set(OF_CHARACTERS)):
        raise InputError(f"{place}.{lonely[0]}", "belongs to words, which is not given")
    names = _classes(given.get("classes", CLASSES), f"{place}.classes")
    symbols = _symbols(given.get("symbols", DEFAULT_SYMBOLS), f"{place}.symbols") if "symbols" in names else ""
    groups = tuple(_LETTERS_AND_DIGITS.get(name, symbols) for name in names)
    generator = Characters(_length(given.get("length", DEFAULT_LENGTH), f"{place}.length"), groups)
    if generator.bits < least:
        enough = next(length for length in range(SHORTEST, LONGEST) if Characters(length, groups).bits >= least)
        raise InputError(
            f"{place}.length",
            f"is {generator.length}, and such passwords have {int(generator.bits)} bits of entropy: a {kind} password "
            f"needs {least}, so the smallest length with these characters is {enough}",
        )
    return generator


def _length(value: object, place: str) -> int:
    # isinstance, because ansible-core has its own integers with tags.
    if not isinstance(value, int) or isinstance(value, bool) or not SHORTEST <= value <= LONGEST:
        raise InputError(place, f"must be a whole number from {SHORTEST} to {LONGEST}")
    return value


def _classes(value: object, place: str) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or any(name not in CLASSES for name in value):
        raise InputError(place, f"must be a list of {', '.join(CLASSES)}")
    if len(set(value)) < NEEDED_CLASSES:
        raise InputError(place, f"must name at least {NEEDED_CLASSES} of {', '.join(CLASSES)}, as Entra ID demands")
    return tuple(name for name in CLASSES if name in value)


def _symbols(value: object, place: str) -> str:
    if not isinstance(value, str) or not value:
        raise InputError(place, "must be a text of symbols; leave 'symbols' out of 'classes' to have none")
    if unsafe := sorted(set(value) & UNSAFE_SYMBOLS):
        raise InputError(place, f"holds {' '.join(unsafe)}: a symbol that breaks quoting, URLs or templates")
    if not set(value) <= set(SYMBOLS):
        raise InputError(place, f"holds a character that is not among Entra ID's symbols: {SYMBOLS.strip()}")
    return "".join(dict.fromkeys(value))


def _passphrases(given: Mapping[str, object], place: str, least_bits: int, kind: str) -> Passphrases:
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
