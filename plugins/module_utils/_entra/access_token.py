# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An access token and what its claims say; the protocol of everything that gives one."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Protocol

from .._base.identifiers import known_guid
from .._base.secret import Secret
from .._http.json_content import text

_LONGEST_MARGIN = 300.0


@dataclass(frozen=True)
class AccessToken:
    """``expires_at`` is in seconds of the Unix clock. ``object_id`` and ``user_principal_name`` name the account.

    ``mfa``: whether the sign-in behind it was one with multi-factor authentication. ``scopes`` are empty where only the
    application is behind it. Both are None where the token does not say.
    """

    value: Secret
    expires_at: float
    margin: float = 0.0
    object_id: str | None = None
    user_principal_name: str | None = None
    tenant_id: str | None = None
    mfa: bool | None = None
    scopes: frozenset[str] | None = None

    def is_due(self, now: float) -> bool:
        return now >= self.expires_at - self.margin


class TokenSource(Protocol):
    """Where the client gets its tokens. Safe under threads."""

    @property
    def renewable(self) -> bool:
        """Whether :meth:`renew` can give another token."""

    def token(self) -> AccessToken:
        """A token that has not expired; raises :class:`CredentialError`."""

    def renew(self, stale: AccessToken) -> AccessToken:
        """A token other than ``stale``, which the service refused."""


def described(value: Secret, *, lifetime: float | None, now: float) -> AccessToken:
    """The token with what its claims say; they are read, not verified: the service does that."""
    found = claims(value)
    if lifetime is None:
        lifetime = (seconds(found.get("exp")) or float("inf")) - now
    name = text(found, "upn") or text(found, "unique_name")
    methods, scopes = found.get("amr"), found.get("scp")
    return AccessToken(
        value=value,
        expires_at=now + lifetime,
        margin=0.0 if lifetime == float("inf") else min(_LONGEST_MARGIN, lifetime / 10),
        object_id=_guid(found.get("oid")),
        user_principal_name=name or None,
        tenant_id=_guid(found.get("tid")),
        mfa="mfa" in methods if isinstance(methods, list) else None,
        scopes=frozenset(scopes.split() if isinstance(scopes, str) else ()) if found else None,
    )


def seconds(value: object) -> float | None:
    """A number of seconds in an answer or a claim; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 1e15 else None


def claims(value: Secret) -> dict[str, Any]:
    """What a signed token says, unverified; empty where it is none."""
    parts = value.reveal().split(".")
    if len(parts) != 3:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _guid(value: object) -> str | None:
    return known_guid(value) if isinstance(value, str) else None
