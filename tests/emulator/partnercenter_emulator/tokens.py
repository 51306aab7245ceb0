# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens: minted by the authority, verified by the API (contract, section 4)."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from .clock import Clock
from .issued import Issued
from .knobs import Knobs
from .state import State

PARTNER_AUDIENCE = "https://api.partnercenter.microsoft.com"
GRAPH_AUDIENCE = "https://graph.microsoft.com"
OTHER_AUDIENCES = ("https://graph.windows.net", GRAPH_AUDIENCE)


@dataclass(frozen=True, slots=True)
class Caller:
    """The account and application of an access token."""

    tenant_id: str
    account_id: str
    account_name: str
    application_id: str
    app_only: bool
    mfa: bool
    audience: str
    expires: float
    scopes: frozenset[str] = frozenset()


@dataclass(slots=True)
class SigningKey:
    """The authority's RSA key with its public face."""

    private: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    identifier: str = field(default_factory=lambda: uuid.uuid4().hex)

    def sign(self, claims: dict[str, Any]) -> str:
        """A compact JWT."""
        return jwt.encode(claims, self.private, algorithm="RS256", headers={"kid": self.identifier})

    def public_set(self) -> dict[str, Any]:
        """The JWKS document."""
        key = json.loads(RSAAlgorithm.to_jwk(self.private.public_key()))
        return {"keys": [{**key, "kid": self.identifier, "use": "sig", "alg": "RS256"}]}


@dataclass(slots=True)
class AccessTokens:
    """Mints and verifies. A verified token is remembered, because one signature check costs more than a PATCH."""

    state: State
    knobs: Knobs
    clock: Clock
    key: SigningKey = field(default_factory=SigningKey)
    issued: Issued = field(default_factory=Issued)
    verified: dict[bytes, Caller] = field(default_factory=dict)

    def account(self) -> tuple[str, str]:
        """Object id and principal name of the signed-in account, as the knob ``signed_in_user`` says."""
        wanted = self.knobs.signed_in_user
        if wanted == "first":
            for customer in self.state.customers.values():
                for user in customer.users.values():
                    return user.id, user.user_principal_name
        user_found = self.state.find_user(wanted.lower()) if wanted else None
        if user_found:
            return user_found.id, user_found.user_principal_name
        return self.state.account_id, self.state.account_name

    def for_account(
        self,
        audience: str = PARTNER_AUDIENCE,
        mfa: bool | None = None,
        *,
        tenant_id: str = "",
        scopes: Sequence[str] = ("user_impersonation",),
        roles: Sequence[str] = (),
    ) -> str:
        """An App+User token; for a customer's tenant with the template ids of the account's ``roles`` there."""
        carries_mfa = self.knobs.token_mfa if mfa is None else mfa
        account_id, account_name = self.account()
        claims: dict[str, Any] = {
            "amr": ["pwd", "mfa"] if carries_mfa else ["pwd"],
            "oid": account_id,
            "upn": account_name,
            "unique_name": account_name,
            "scp": " ".join(scopes),
            "sub": account_id,
        }
        if roles:
            claims["wids"] = list(roles)
        return self._mint(audience, claims, tenant_id)

    def for_application(self, audience: str = PARTNER_AUDIENCE, tenant_id: str = "") -> str:
        """An app-only token: roles, no scope, and the id of a service principal."""
        identifier = str(uuid.uuid5(uuid.UUID(tenant_id or self.state.partner_id), "service principal"))
        claims = {"roles": ["user_impersonation"], "oid": identifier, "sub": identifier, "idtyp": "app"}
        return self._mint(audience, claims, tenant_id)

    def _mint(self, audience: str, claims: dict[str, Any], tenant_id: str) -> str:
        tenant_id = tenant_id or self.state.partner_id
        moment, lifetime = self.clock.timestamp(), self.knobs.token_lifetime
        # Whole seconds as in real tokens, rounded up so that none dies before the time it was announced for.
        expires: float = math.ceil(moment + lifetime) if lifetime == int(lifetime) else moment + lifetime
        common = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{tenant_id}/",
            "iat": int(moment),
            "nbf": int(moment),
            "exp": expires,
            "appid": self.state.client_id,
            "appidacr": "1",
            "tid": tenant_id,
            "uti": uuid.uuid4().hex,
            "ver": "1.0",
        }
        return self.issued.add("access_token", self.key.sign({**common, **claims}))

    def verify(self, token: bytes) -> Caller | None:
        """The caller of a well-signed token of a known tenant that has not expired, else nothing."""
        caller = self.verified.get(token)
        if caller is None:
            caller = self._decode(token)
            if caller is None:
                return None
            if len(self.verified) > 1000:
                self.verified.clear()
            self.verified[token] = caller
        return caller if caller.expires > self.clock.timestamp() else None

    def scopes_of(self, token: str) -> frozenset[str]:
        """The permissions in a token that was issued here."""
        caller = self.verify(token.encode())
        return caller.scopes if caller else frozenset()

    def _decode(self, token: bytes) -> Caller | None:
        try:
            claims = jwt.decode(
                token,
                self.key.private.public_key(),
                algorithms=["RS256"],
                # The emulator has a clock of its own, which a test may stop and move on.
                options={
                    "verify_aud": False,
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "require": ["aud", "exp", "tid", "oid"],
                },
            )
        except jwt.InvalidTokenError:
            return None
        tenant_id = str(claims["tid"])
        known = tenant_id == self.state.partner_id or tenant_id in self.state.customers
        if not known or claims.get("iss") != f"https://sts.windows.net/{tenant_id}/":
            return None
        return Caller(
            tenant_id=tenant_id,
            account_id=str(claims["oid"]),
            account_name=str(claims.get("upn", "")),
            application_id=str(claims.get("appid", "")),
            app_only="scp" not in claims,
            mfa="mfa" in claims.get("amr", []),
            audience=str(claims["aud"]),
            expires=float(claims["exp"]),
            scopes=frozenset(str(claims.get("scp", "")).split()),
        )
