# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GUIDs, domains and principal names in options and answers.

The functions with the name of an option refuse a value that belongs into another option, with the name of that option.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import uuid
from collections.abc import Sequence

from .errors import InputError

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DOMAIN = re.compile(r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])\Z", re.ASCII)
_PRINCIPAL_NAME = re.compile(r"[A-Za-z0-9'.\-_!#^~]{1,64}@[^@\s]+", re.ASCII)

#: Namespace of the request and correlation ids that are derived from a rotation id.
NAMESPACE = uuid.UUID("5b0d2a6c-5a0e-5c8e-9f5a-6f2d7a3f5c11")


_UPPER_TO_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def folded(name: str) -> str:
    """Return the name for a comparison: A to Z become a to z, and nothing else changes.

    ``str.lower`` would take letters of other scripts for Latin ones, such as the Kelvin sign for a k.
    """
    return name.translate(_UPPER_TO_LOWER)


def guid(value: str, place: str) -> str:
    """Return the GUID in lower case; raises :class:`InputError` with ``place`` where the text is none."""
    lowered = folded(value.strip())
    if not _GUID.fullmatch(lowered):
        raise InputError(
            place, "is not a GUID (expected 8-4-4-4-12 hexadecimal digits); copy it from Partner Center or Entra ID"
        )
    return lowered


def known_guid(value: str | None) -> str | None:
    """Return the GUID in lower case, or None where the text is none."""
    lowered = folded((value or "").strip())
    return lowered if _GUID.fullmatch(lowered) else None


def domain(value: str, place: str) -> str:
    """Return the domain in lower case; raises :class:`InputError`."""
    lowered = folded(value.strip()).rstrip(".")
    if not value.isascii() or not _DOMAIN.match(lowered):
        raise InputError(
            place, "is not a domain name (expected something like contoso.onmicrosoft.com; write other scripts as xn--)"
        )
    return lowered


def principal_name(value: str, place: str) -> str:
    """Return the user principal name in the case in which it was written; raises :class:`InputError`.

    Entra allows ASCII letters, digits and ``' . - _ ! # ^ ~`` before the ``@``, so that look-alike letters of other
    scripts are refused here.
    """
    stripped = value.strip()
    local, _at, at_domain = stripped.rpartition("@")
    if not _PRINCIPAL_NAME.fullmatch(stripped) or not local:
        raise InputError(place, "is not a user principal name (expected name@domain in ASCII characters)")
    domain(at_domain, place)
    return stripped


def customer_id(value: str, place: str) -> str:
    """Return the GUID in lower case; raises :class:`InputError`."""
    if _is_domain(value):
        raise InputError(place, f"is a domain name, and not a GUID: use {_beside(place, '_id', '_domain')}")
    return guid(value, place)


def customer_domain(value: str, place: str) -> str:
    """Return the domain in lower case; raises :class:`InputError`."""
    if known_guid(value):
        raise InputError(place, f"is a GUID, and not a domain name: use {_beside(place, '_domain', '_id')}")
    return domain(value, place)


def user_id(value: str, place: str) -> str:
    """Return the GUID in lower case; raises :class:`InputError`."""
    if "@" in value:
        raise InputError(place, "is not a GUID, and holds an @: use user_principal_name")
    return guid(value, place)


def user_principal_name(value: str, place: str) -> str:
    """Return the name in the case in which it was written; raises :class:`InputError`."""
    if known_guid(value):
        raise InputError(place, "is a GUID, and not a user principal name: use user_id")
    return principal_name(value, place)


def _is_domain(value: str) -> bool:
    try:
        domain(value, "")
    except InputError:
        return False
    return not known_guid(value)


def _beside(place: str, own: str, other: str) -> str:
    """Return the option to use instead, for a place such as ``users[0].customer_id`` or ``customer_ids[0]``."""
    return place.rpartition(".")[2].partition("[")[0].replace(own, other)


def derived_id(*parts: str) -> str:
    """Return a GUID that is the same for the same parts on every machine (``uuid5``)."""
    return str(uuid.uuid5(NAMESPACE, "/".join(parts)))


def named_id(*parts: str, nonce: str | None = None) -> str:
    """Return a GUID that nobody can foresee. :func:`is_named` recognises it from the same parts.

    It is new each time, and the same for the same ``nonce``.
    """
    head = bytearray(hashlib.sha256(nonce.encode()).digest()[:8] if nonce else secrets.token_bytes(8))
    head[6] = 0x80 | head[6] & 0x0F  # version 8 of RFC 9562: free for own use
    name = _name(bytes(head), parts)
    return str(uuid.UUID(bytes=bytes(head) + name + _mark(bytes(head), name)))


def is_own_id(value: str) -> bool:
    """Return whether :func:`named_id` made it, in any run on any machine and for any parts."""
    made = uuid.UUID(value).bytes if known_guid(value) else b""
    return bool(made) and made[6] >> 4 == 8 and made[12:] == _mark(made[:8], made[8:12])


def is_named(value: str, *parts: str) -> bool:
    """Return whether :func:`named_id` made it for these parts."""
    made = uuid.UUID(value).bytes if is_own_id(value) else b""
    return bool(made) and made[8:12] == _name(made[:8], parts)


def random_id() -> str:
    """Return a new GUID."""
    return str(uuid.uuid4())


def _name(head: bytes, parts: Sequence[str]) -> bytes:
    name = bytearray(hashlib.sha256(NAMESPACE.bytes + head + "/".join(parts).encode()).digest()[:4])
    name[0] = 0x80 | name[0] & 0x3F  # the variant that every GUID of RFC 9562 has
    return bytes(name)


def _mark(head: bytes, name: bytes) -> bytes:
    return hashlib.sha256(NAMESPACE.bytes + head + name).digest()[:4]
