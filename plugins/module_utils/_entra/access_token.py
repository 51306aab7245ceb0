# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access tokens with their claims, and the protocol of their sources."""

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
    """An access token. Fields from claims are None where the token does not have the claim.

    * ``expires_at``: the end of its life, in seconds of the Unix clock.
    * ``margin``: how many seconds before that it is renewed.
    * ``object_id``, ``user_principal_name``: the account.
    * ``mfa``: the account signed in with multi-factor authentication.
    * ``scopes``: the delegated permissions; empty for a token of an application without a user.
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
    """The source of the client's tokens. Safe under threads."""

    @property
    def renewable(self) -> bool:
        """Return whether :meth:`renew` can give another token."""

    def token(self) -> AccessToken:
        """Return a token that has not expired; raises :class:`CredentialError`."""

    def renew(self, stale: AccessToken) -> AccessToken:
        """Return a token other than ``stale``, which the service refused."""


def described(value: Secret, *, lifetime: float | None, now: float) -> AccessToken:
    """Return the token with its claims, which are not verified here: the service does that."""
    said = claims(value)
    if lifetime is None:
        lifetime = (seconds(said.get("exp")) or float("inf")) - now
    name = text(said, "upn") or text(said, "unique_name")
    methods = said.get("amr")
    return AccessToken(
        value=value,
        expires_at=now + lifetime,
        margin=0.0 if lifetime == float("inf") else min(_LONGEST_MARGIN, lifetime / 10),
        object_id=_guid(said.get("oid")),
        user_principal_name=name or None,
        tenant_id=_guid(said.get("tid")),
        mfa="mfa" in methods if isinstance(methods, list) else None,
        scopes=frozenset(text(said, "scp").split()) if said else None,
    )


def seconds(value: object) -> float | None:
    """Return a number of seconds from an answer or a claim; None where it is no number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 1e15 else None


def claims(value: Secret) -> dict[str, Any]:
    """Return the claims of a signed token, unverified; an empty dict where the text is no signed token."""
    parts = value.reveal().split(".")
    if len(parts) != 3:
        return {}
    try:
        said = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _guid(value: object) -> str | None:
    return known_guid(value) if isinstance(value, str) else None
