# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client assertions: from a registered certificate, or federated from a registered issuer. Verified for real."""

from __future__ import annotations

import base64
import datetime
import hashlib
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from .entra_errors import EntraError
from .issued import Issued
from .tokens import SigningKey

FEDERATED_AUDIENCE = "api://AzureADTokenExchange"
#: Seconds by which clocks may differ, as Entra allows.
CLOCK_TOLERANCE = 300
#: MSAL for Java writes thumbprints in plain base64.
URL_SAFE = str.maketrans("+/", "-_")


def _url_safe(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass(slots=True)
class FederatedIssuer:
    """A registered external issuer: what workload identity federation trusts."""

    issuer: str
    subject: str
    audience: str = FEDERATED_AUDIENCE
    key: SigningKey = field(default_factory=SigningKey)

    def assertion(self, lifetime: float, changes: dict[str, Any]) -> str:
        """Mint as the issuer would; ``changes`` override claims, for tests of refusals."""
        present = datetime.datetime.now(datetime.UTC).timestamp()
        claims = {"iss": self.issuer, "sub": self.subject, "aud": self.audience, "iat": present, "nbf": present - 5}
        return self.key.sign({**claims, "exp": present + lifetime, **changes})


@dataclass(slots=True)
class ClientKeys:
    """The certificates and the issuers that are registered for the application."""

    certificates: dict[str, x509.Certificate] = field(default_factory=dict)
    issuers: dict[str, FederatedIssuer] = field(default_factory=dict)
    issued: Issued = field(default_factory=Issued)

    def register(self, pem: str) -> dict[str, str]:
        """Register a certificate; both thumbprints lead to it."""
        certificate = x509.load_pem_x509_certificate(pem.encode())
        encoded = certificate.public_bytes(serialization.Encoding.DER)
        old = hashlib.sha1(encoded, usedforsecurity=False)
        new = hashlib.sha256(encoded)
        self.certificates[_url_safe(old.digest())] = certificate
        self.certificates[_url_safe(new.digest())] = certificate
        return {"thumbprint": old.hexdigest().upper(), "thumbprint_sha256": new.hexdigest().upper()}

    def generate(self, days: float) -> dict[str, str]:
        """Make a key and a certificate and register it, so that tests need no cryptography of their own."""
        key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "partnercenter-emulator-client")])
        present = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(present - datetime.timedelta(days=30))
            .not_valid_after(present + datetime.timedelta(days=days))
            .sign(key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        return {**self.register(pem), "certificate_pem": pem, "private_key_pem": private}

    def verify(self, assertion: str, client_id: str, audiences: list[str]) -> None:
        """Refuse with Entra's number unless the assertion proves the application."""
        self.issued.add("assertion", assertion)
        try:
            header = jwt.get_unverified_header(assertion)
            claims = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.InvalidTokenError as error:
            raise EntraError(700027, "The assertion is not a signed JWT.") from error
        issuer = self.issuers.get(str(claims.get("iss")))
        if issuer is not None:
            self._verify_federated(assertion, claims, issuer)
        elif "x5t" in header or "x5t#S256" in header:
            self._verify_certificate(assertion, header, claims, client_id, audiences)
        elif claims.get("iss") == client_id:
            raise EntraError(700027, "The header names no certificate thumbprint.")
        else:
            raise EntraError(700211)

    def _verify_certificate(
        self, assertion: str, header: dict[str, Any], claims: dict[str, Any], client_id: str, audiences: list[str]
    ) -> None:
        thumbprint = str(header.get("x5t#S256") or header.get("x5t")).rstrip("=")
        certificate = self.certificates.get(thumbprint.translate(URL_SAFE))
        if certificate is None:
            raise EntraError(700027, "The thumbprint is not registered.")
        if certificate.not_valid_after_utc < datetime.datetime.now(datetime.UTC):
            raise EntraError(700027, "The certificate has expired.")
        key = certificate.public_key()
        _checked(assertion, key, ["RS256", "PS256"])
        if claims.get("iss") != client_id or claims.get("sub") != client_id:
            raise EntraError(700021)
        if str(claims.get("aud")) not in audiences:
            raise EntraError(700023)

    def _verify_federated(self, assertion: str, claims: dict[str, Any], issuer: FederatedIssuer) -> None:
        _checked(assertion, issuer.key.private.public_key(), ["RS256"])
        audience = claims.get("aud")
        if issuer.audience not in (audience if isinstance(audience, list) else [audience]):
            raise EntraError(700212)
        if claims.get("sub") != issuer.subject:
            raise EntraError(700213)


def _checked(assertion: str, key: Any, algorithms: list[str]) -> None:
    """Signature and times; a missing expiry counts as outside the valid time range."""
    try:
        options: Any = {"verify_aud": False, "require": ["exp"]}
        jwt.decode(assertion, key, algorithms=algorithms, options=options, leeway=CLOCK_TOLERANCE)
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError, jwt.MissingRequiredClaimError) as error:
        raise EntraError(700024) from error
    except jwt.InvalidTokenError as error:
        raise EntraError(700027) from error
