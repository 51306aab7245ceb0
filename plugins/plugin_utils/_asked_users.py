# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The users who are asked for by name, out of the declared ones. Reads names only, never a password."""

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
    """The names that were asked for.

    :ivar names: as they were written. None means everybody.
    :ivar problem: why they cannot be understood.
    """

    names: tuple[str, ...] | None
    problem: str = ""


def asked_for(wanted: Any) -> Asked:
    """Read names from a list, or from a text with blanks, commas, semicolons or line ends between them.

    An empty text means everybody. An empty list and null are refused, because a filter or an event that found nothing
    returns them.
    """
    if isinstance(wanted, str) and not wanted.strip():
        return Asked(None)
    if isinstance(wanted, str):
        names = tuple(filter(None, _BETWEEN.split(wanted)))
    elif isinstance(wanted, Sequence):
        names = tuple(name for part in wanted for name in _BETWEEN.split(str(part)) if name)
    else:
        return Asked((), "must be principal names or object ids, as text or as a list")
    return Asked(names, "" if names else "holds no name; leave it out for all users")


def names_of(user: Any) -> set[str]:
    """Return the names and ids of a declared user."""
    return {folded(str(user[key])) for key in _KEYS if user.get(key)} if isinstance(user, Mapping) else set()
