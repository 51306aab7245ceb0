# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A check that a YAML text from elsewhere can be read in bounded time and memory. It reads the events of the text only.

* Nesting: libyaml recurses in C, and a file of 100 kB of brackets would crash the process.
* Aliases: each level of them, or of merge keys, may double the content.
* Numbers: a long one with colons takes minutes.
"""

from __future__ import annotations

from typing import Any

DEEPEST = 50

#: The most nodes that aliases may repeat: some windows for each of a hundred thousand users.
_MOST_REPEATED = 1_000_000

_LONGEST_PLAIN = 1024


def refusal(yaml: Any, text: str, loader: Any, *, aliases: bool) -> str | None:
    """Return why the text must not be loaded, or None. Raises the errors of ``yaml`` for a text that is no YAML."""
    sizes: dict[str, int] = {}  # nodes by anchor, with their aliases written out
    begun: list[tuple[str | None, int]] = []
    size = repeated = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.AliasEvent):
            if not aliases:
                return "it has aliases"
            if event.anchor not in sizes and any(anchor == event.anchor for anchor, _before in begun):
                return "it holds itself, by an alias"
            size += sizes.get(event.anchor, 0)  # an unknown anchor is an error of the library, with its line
            repeated += sizes.get(event.anchor, 0)
            if repeated > _MOST_REPEATED:
                return "its aliases repeat too much"
        elif isinstance(event, yaml.CollectionStartEvent):
            begun.append((event.anchor, size))
            size += 1
            if len(begun) > DEEPEST:
                return "it nests too deep"
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = begun.pop()
            if anchor:
                sizes[anchor] = size - before
        elif isinstance(event, yaml.ScalarEvent):
            if event.implicit[0] and len(event.value) > _LONGEST_PLAIN:
                return "it has a value without quotes that is too long"
            size += 1
            if event.anchor:
                sizes[event.anchor] = 1
    return None
