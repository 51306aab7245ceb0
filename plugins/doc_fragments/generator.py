# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of everything that generates passwords."""

from __future__ import annotations


class ModuleDocFragment:
    """Passwords of single characters, or passphrases."""

    DOCUMENTATION = r"""
options:
  generator:
    description:
      - How passwords are generated. By default they are random characters. With O(generator.words), they are
        passphrases.
      - A password that could be guessed is refused. A password that stays in a store needs 70 bits of entropy. A
        temporary one, which the user replaces at the first sign-in, needs 50.
    type: dict
    suboptions:
      length:
        description:
          - The number of characters, up to V(256). The default is V(24).
          - A length that gives too little entropy is refused. With all four classes, the minimum for a stored password
            is V(12).
        type: int
      symbols:
        description: The symbols to use. Quotes, backslash, blank, braces, and C(% & < >) are not allowed.
        type: str
      classes:
        description: The kinds of characters, at least three of V(lower), V(upper), V(digits), and V(symbols). The
          default is all four.
        type: list
        elements: str
      words:
        description:
          - The number of words of a passphrase. Each word begins with a capital letter, such as
            C(Copper-Lantern-Harbour).
          - A word of V(eff-long) has 12.9 bits of entropy, and one of the other lists 10.3. So a stored password needs
            at least 6 words, or 7 of a short list. A temporary one needs 4, or 5.
          - It cannot be combined with O(generator.length), O(generator.symbols), and O(generator.classes). It needs the
            Python library C(xkcdpass).
        type: int
        version_added: 1.0.0
      separator:
        description: What stands between the words, up to three symbols or digits. The default is V(-).
        type: str
        version_added: 1.0.0
      word_list:
        description: The list of words, by the name that C(xkcdpass) gives to the lists of the Electronic Frontier
          Foundation. V(eff-long) has 7776 words and is the default. V(eff-short) has 1296 short words. V(eff-special)
          has 1296 words that are easy to tell apart.
        type: str
        choices: [eff-long, eff-short, eff-special]
        version_added: 1.0.0
"""
