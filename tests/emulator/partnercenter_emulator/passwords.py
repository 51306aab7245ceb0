# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entra's password rules (contract, section 2)."""

from __future__ import annotations

SYMBOLS = frozenset("@#$%^&*-_!+=[]{}|\\:',.?/`~\"();<> ")
LOOK_ALIKES = str.maketrans({"0": "o", "1": "l", "$": "s", "@": "a", "3": "e", "5": "s"})


def rule_broken(password: str, banned_words: str) -> str | None:
    """Say which rule a password breaks, without repeating the password."""
    if not 8 <= len(password) <= 256:
        return "The password must have 8 to 256 characters."
    classes = [False, False, False, False]
    for character in password:
        if "a" <= character <= "z":
            classes[0] = True
        elif "A" <= character <= "Z":
            classes[1] = True
        elif "0" <= character <= "9":
            classes[2] = True
        elif character in SYMBOLS:
            classes[3] = True
        else:
            return "The password contains a character that is not allowed."
    if sum(classes) < 3:
        return "The password must contain three of: lower case, upper case, digits, symbols."
    if _is_banned(password, banned_words):
        return "The password contains a word, phrase or pattern that makes it easy to guess."
    return None


def _is_banned(password: str, banned_words: str) -> bool:
    """Entra's published scoring, with a short list: a banned word is a point, each other character is one; 5 pass."""
    if len(password) > 24:
        return False  # cannot score below five with words of that list
    remaining = password.lower().translate(LOOK_ALIKES)
    points = 0
    for word in banned_words.split(","):
        if word and word in remaining:
            points += remaining.count(word)
            remaining = remaining.replace(word, "")
    return points > 0 and points + len(remaining) < 5
