# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entra's rules for passwords (contract section 2), for given and for generated ones. Pure.

Rules that cannot be checked here, such as the list of banned words, are left to the service.
"""

from __future__ import annotations

import string

SHORTEST = 8
LONGEST = 256
SYMBOLS = "@#$%^&*-_!+=[]{}|\\:',.?/`~\"();<> "
NEEDED_CLASSES = 3

#: A shorter local part is not compared: too many good passwords hold it.
_SHORTEST_NAME = 3
_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SYMBOLS)
_ALLOWED = frozenset("".join(_CLASSES))


def broken_rule(password: str, *, user_principal_name: str | None = None) -> str | None:
    """Return the sentence for the first broken rule, or None. It never quotes the password."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"must have {SHORTEST} to {LONGEST} characters"
    if not set(password) <= _ALLOWED:
        return "holds a character that Entra ID does not allow (allowed are ASCII letters, digits, symbols, the blank)"
    if classes_of(password) < NEEDED_CLASSES:
        return f"must have characters of {NEEDED_CLASSES} of these: lower case, upper case, digits, symbols"
    local = (user_principal_name or "").partition("@")[0].lower()
    if len(local) >= _SHORTEST_NAME and local in password.lower():
        return "must not be or contain the name before the @ of the user principal name"
    return None


def classes_of(password: str) -> int:
    """Return how many of the four classes of characters the password has."""
    return sum(any(character in group for character in password) for group in _CLASSES)
