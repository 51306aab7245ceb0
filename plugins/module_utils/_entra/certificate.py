# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application's certificate with its private key (PEM or PFX), read and checked before anything is sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from .._base import notices
from .._base.errors import InputError, MissingLibraryError
from .._base.secret import Secret, read_bytes

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import pkcs12

    HAS_CRYPTOGRAPHY = True
except ImportError:
    HAS_CRYPTOGRAPHY = False

_PATH, _PASSPHRASE = "certificate_path", "certificate_passphrase"
_KEY = re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----.+?-----END (?:[A-Z]+ )?PRIVATE KEY-----", re.DOTALL)
_SOON = timedelta(days=30)


def load(path: str, passphrase: Secret | None, *, now: datetime | None = None) -> dict[str, str]:
    """Return MSAL's client credential; raises :class:`InputError` that says what is wrong with the file."""
    if not HAS_CRYPTOGRAPHY:
        raise MissingLibraryError("cryptography", "to sign in with a certificate")
    content = read_bytes(path, _PATH)
    password = passphrase.reveal().encode() if passphrase else None
    key, certificates = _pem(content, password) if b"-----BEGIN " in content else _pfx(content, password)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise InputError(_PATH, "holds a key that is not RSA, and Entra ID takes RSA certificates only")
    certificate = next((one for one in certificates if one.public_key() == key.public_key()), None)
    if certificate is None:
        raise InputError(_PATH, "holds a certificate that does not belong to its private key")
    _check_times(certificate, now or datetime.now(UTC))
    return {
        "private_key": key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        "public_certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
    }


def _pem(content: bytes, password: bytes | None) -> tuple[Any, list[Any]]:
    key = _KEY.search(content)
    if not key or b"BEGIN CERTIFICATE" not in content:
        missing = "certificate" if key else "private key"
        raise InputError(_PATH, f"holds no {missing}: the file needs both, one after the other, or must be a .pfx")
    try:
        certificates = list(x509.load_pem_x509_certificates(content))
    except ValueError:
        raise InputError(_PATH, "holds a certificate that is damaged") from None
    encrypted = b"ENCRYPTED" in key[0]
    if encrypted and password is None:
        raise InputError(_PASSPHRASE, "is missing: the private key in certificate_path is encrypted")
    try:
        return serialization.load_pem_private_key(key[0], password if encrypted else None), certificates
    except (ValueError, TypeError):
        if encrypted:
            raise InputError(_PASSPHRASE, "does not open the private key in certificate_path") from None
        raise InputError(_PATH, "holds a private key that is damaged") from None


def _pfx(content: bytes, password: bytes | None) -> tuple[Any, list[Any]]:
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(content, password)
    except (ValueError, TypeError):
        place, problem = (_PASSPHRASE, "does not open") if password else (_PATH, "cannot be opened without passphrase:")
        raise InputError(place, f"{problem} the file, or it is neither PEM nor PFX") from None
    if key is None or certificate is None:
        raise InputError(_PATH, f"holds no {'private key' if key is None else 'certificate'}: export it together")
    return key, [certificate, *others]


def _check_times(certificate: Any, now: datetime) -> None:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now > end:
        raise InputError(
            _PATH,
            f"the certificate expired on {end:%Y-%m-%d}: make a new one and register it with the application",
        )
    if now < begin:
        raise InputError(_PATH, f"the certificate is valid from {begin:%Y-%m-%d} on: look at this machine's clock")
    if now > end - _SOON:
        notices.add(f"{_PATH}: the certificate expires on {end:%Y-%m-%d}: register its successor in time")
