# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The users who were asked for by name, out of those who are declared. Names only: no password is looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import folded

_BETWEEN = re.compile(r"[\s,;]+")
_KEYS = ("user_principal_name", "user_id")


@dataclass(frozen=True)
class Asked:
    """``names`` as they were written; None stands for everybody. ``problem``: why they cannot be understood."""

    names: tuple[str, ...] | None
    problem: str = ""


#: Nobody was named.
EVERYBODY = Asked(None)


def asked_for(wanted: Any) -> Asked:
    """Text with names between blanks, commas, semicolons or ends of lines, or a list. Empty text means everybody.

    An empty list and null mean nobody, as an event or a filter that found nothing makes them: that is refused.
    """
    if isinstance(wanted, str) and not wanted.strip():
        return EVERYBODY
    if isinstance(wanted, str):
        names = tuple(filter(None, _BETWEEN.split(wanted)))
    elif isinstance(wanted, Sequence):
        names = tuple(name for one in wanted for name in _BETWEEN.split(str(one)) if name)
    else:
        return Asked((), "must be principal names or object ids, as text or as a list")
    return Asked(names, "" if names else "holds no name; leave it out for all users")


def names_of(user: Any) -> set[str]:
    """What a declared user may be asked for by."""
    return {folded(str(user[key])) for key in _KEYS if user.get(key)} if isinstance(user, Mapping) else set()
