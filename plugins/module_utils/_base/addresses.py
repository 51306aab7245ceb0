# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that name a customer or a user. A value that belongs into another option is refused with its name."""

from __future__ import annotations

from . import identifiers
from .errors import InputError
from .identifiers import known_guid, principal_name


def customer_id(value: str, place: str) -> str:
    """Return the GUID in lower case; raises :class:`InputError`."""
    if _is_domain(value):
        raise InputError(place, f"is a domain name, and not a GUID: use {_beside(place, '_id', '_domain')}")
    return identifiers.guid(value, place)


def customer_domain(value: str, place: str) -> str:
    """Return the domain in lower case; raises :class:`InputError`."""
    if known_guid(value):
        raise InputError(place, f"is a GUID, and not a domain name: use {_beside(place, '_domain', '_id')}")
    return identifiers.domain(value, place)


def user_id(value: str, place: str) -> str:
    """Return the GUID in lower case; raises :class:`InputError`."""
    if "@" in value:
        raise InputError(place, "is not a GUID, and holds an @: use user_principal_name")
    return identifiers.guid(value, place)


def user_principal_name(value: str, place: str) -> str:
    """Return the name in the case in which it was written; raises :class:`InputError`."""
    if known_guid(value):
        raise InputError(place, "is a GUID, and not a user principal name: use user_id")
    return principal_name(value, place)


def _is_domain(value: str) -> bool:
    try:
        identifiers.domain(value, "")
    except InputError:
        return False
    return not known_guid(value)


def _beside(place: str, own: str, other: str) -> str:
    """Return the option to use instead, for a place such as ``users[0].customer_id`` or ``customer_ids[0]``."""
    return place.rpartition(".")[2].partition("[")[0].replace(own, other)
