# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New passwords: random, within Entra's rules, and without characters that need quoting."""

from __future__ import annotations

import math
import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from .._base.errors import InputError
from .._base.secret import Secret
from .._password.rules import LONGEST, NEEDED_CLASSES, SHORTEST, SYMBOLS, broken_rule

DEFAULT_LENGTH = 24
DEFAULT_SYMBOLS = "-_.!@#^*+=:,?~"

#: Refused characters, which need quoting or begin templates: blank, quotes, backslash, ``% & < >`` and braces.
UNSAFE_SYMBOLS = frozenset(" '\"`\\%&<>{}")

#: The least bits of entropy: a stored password is used for months, and nobody types it.
LEAST_BITS = 70

_LETTERS_AND_DIGITS = {"lower": string.ascii_lowercase, "upper": string.ascii_uppercase, "digits": string.digits}
CLASSES = (*_LETTERS_AND_DIGITS, "symbols")

#: The most tries. Even for 12 characters with one symbol, every sixth password has all classes.
_TRIES = 1000


@dataclass(frozen=True)
class Generator:
    """The generator. Passwords have ``length`` characters, at least one of each of ``groups``. Safe under threads."""

    length: int
    groups: tuple[str, ...]

    @property
    def bits(self) -> float:
        """Return the entropy: the logarithm of the number of passwords with a character of each group."""
        sizes = [len(group) for group in self.groups]
        left_out = (kept for count in range(len(sizes) + 1) for kept in combinations(sizes, count))
        count = sum((-1) ** (len(sizes) - len(kept)) * sum(kept) ** self.length for kept in left_out)
        return math.log2(count) if count > 0 else 0.0

    def generate(self, user_principal_name: str | None) -> Secret:
        """Return a new password that Entra's rules accept for this user.

        Complete passwords are discarded until one is good, so that all good ones are equally likely.
        """
        alphabet = "".join(self.groups)
        for _try in range(_TRIES):
            password = "".join([secrets.choice(alphabet) for _character in range(self.length)])
            complete = all(any(character in group for character in password) for group in self.groups)
            if complete and broken_rule(password, user_principal_name=user_principal_name) is None:
                return Secret(password)
        raise InputError(
            "generator", f"no password of this kind is allowed for user {user_principal_name}: make it longer"
        )


def make_generator(options: Mapping[str, object] | None = None, place: str = "generator") -> Generator:
    """Return a generator from its options.

    The options are ``length`` (up to 256), ``symbols`` (a text) and ``classes`` (of lower, upper, digits, symbols).
    Raises :class:`InputError` for options that no password can satisfy, and for passwords that could be guessed.
    """
    given = {name: value for name, value in (options or {}).items() if value is not None}
    if unknown := sorted(set(given) - {"length", "symbols", "classes"}):
        raise InputError(f"{place}.{unknown[0]}", "is not an option; there are length, symbols and classes")
    names = _classes(given.get("classes", CLASSES), f"{place}.classes")
    symbols = _symbols(given.get("symbols", DEFAULT_SYMBOLS), f"{place}.symbols") if "symbols" in names else ""
    groups = tuple(_LETTERS_AND_DIGITS.get(name, symbols) for name in names)
    generator = Generator(_length(given.get("length", DEFAULT_LENGTH), f"{place}.length"), groups)
    if generator.bits < LEAST_BITS:
        enough = next(length for length in range(SHORTEST, LONGEST) if Generator(length, groups).bits >= LEAST_BITS)
        raise InputError(
            f"{place}.length",
            f"is {generator.length}, and such passwords have {int(generator.bits)} bits of entropy: a stored password "
            f"needs {LEAST_BITS}, so the smallest length with these characters is {enough}",
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
