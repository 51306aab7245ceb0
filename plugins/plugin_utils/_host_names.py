# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of hosts that are made of what the service says: safe in patterns and file names, and unique."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_OTHERS = re.compile(r"[^a-z0-9._@-]+")
_LONGEST = 128
#: Ansible gives these a meaning of its own.
_RESERVED = frozenset({"", "all", "ungrouped", "localhost", "127.0.0.1"})


def safe_name(text: str) -> str:
    """Lower case without accents; a run of other characters than letters, digits and ``. _ @ -`` is one ``_``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _OTHERS.sub("_", plain).strip("._@-")[:_LONGEST]


def host_names(named: Sequence[tuple[str, str]]) -> list[str]:
    """A name for each pair of a text and an id, in their order; the ids must be distinct.

    Texts that come to the same name, to none, or to one that Ansible reserves, are followed by their ids, all of them:
    a name does not depend on who else was read first.
    """
    names = [safe_name(text) for text, _id in named]
    while True:
        count = Counter(names)
        clashing = [place for place, name in enumerate(names) if name in _RESERVED or count[name] > 1]
        if not clashing:
            return names
        for place in clashing:
            names[place] = f"{names[place]}_{named[place][1]}".strip("_")
