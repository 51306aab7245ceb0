# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration for one user: who it is about, and what is to be true of the user. Checked offline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .._base import identifiers
from .._base.errors import InputError
from .._base.secret import Secret
from .._directory.records import DETAILS
from .._password.intent import Account, Intent, at, check_password

_LONGEST = 256
_COUNTRY = re.compile("[A-Z]{2}")


class Presence(StrEnum):
    """The values of ``state``."""

    PRESENT = "present"
    ABSENT = "absent"


@dataclass(frozen=True)
class Declaration(Intent):
    """The declaration for one user. ``password``: the first one of a user who is created.

    ``details`` has texts by the names in ``DETAILS``; others are left alone. ``new_name``: the principal name that the
    user is to have.
    """

    presence: Presence = Presence.PRESENT
    details: Mapping[str, str] = field(default_factory=dict)
    new_name: str | None = None


def make_declaration(
    account: Account,
    *,
    presence: Presence,
    details: Mapping[str, str | None],
    new_name: str | None,
    password: str | None,
    force_change_password: bool,
) -> Declaration:
    """Return a checked declaration; raises :class:`InputError`."""
    place = account.place
    if presence is Presence.ABSENT:
        return Declaration(account=account, presence=presence)
    if password:
        check_password(account, Secret(password), account.user_principal_name)
    named = {name: value for name in DETAILS if (value := details.get(name)) is not None}
    option = at(place, "new_user_principal_name")
    return Declaration(
        account=account,
        password=Secret(password) if password else None,
        force_change_password=force_change_password,
        details={name: _checked(name, value, at(place, name)) for name, value in named.items()},
        new_name=identifiers.user_principal_name(new_name, option) if new_name else None,
    )


def _checked(name: str, value: str, place: str) -> str:
    text = value.strip()
    if not text:
        raise InputError(place, "is empty: leave it out to leave it as it is; the service takes no value away")
    if len(text) > _LONGEST or not text.isprintable():
        raise InputError(place, f"must be one line of at most {_LONGEST} characters that can be shown")
    if name == "usage_location":
        text = text.upper()
        if not _COUNTRY.fullmatch(text):
            raise InputError(place, "is not a country (expected two letters of ISO 3166, such as DE)")
    return text
