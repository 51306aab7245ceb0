# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof of the application by a certificate, through the real MSAL."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, MissingLibraryError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._entra import certificate
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.credentials import Credentials
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.token_source import RefreshedToken
from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import Settings
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CANARY, everything_shown, raised
from ansible_collections.csp.partnercenter.tests.unit.support.entra import (
    AUTHORITY,
    CLIENT,
    TENANT,
    TOKEN_ENDPOINT,
    FakeEntra,
    token,
)

PASSPHRASE = "pass phrase"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def make_certificate() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "job")])
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(7)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(KEY, hashes.SHA256())
    )


CERTIFICATE = make_certificate()


def key_pem(encryption: Any) -> bytes:
    return KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


PLAIN = serialization.NoEncryption()
ENCRYPTED = serialization.BestAvailableEncryption(PASSPHRASE.encode())
CERTIFICATE_PEM = CERTIFICATE.public_bytes(serialization.Encoding.PEM)


def pfx(encryption: Any, *, certificate: Any = CERTIFICATE) -> bytes:
    return pkcs12.serialize_key_and_certificates(b"job", KEY, certificate, None, encryption)


def write(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def given(path: str, *, passphrase: str | None = None) -> Credentials:
    return Credentials(
        tenant_id=TENANT,
        client_id=CLIENT,
        certificate_path=path,
        certificate_passphrase=Secret(passphrase) if passphrase else None,
        refresh_token=Secret("refresh-1"),
    )


def redeem(credentials: Credentials) -> dict[str, str]:
    entra = FakeEntra(token())
    RefreshedToken(credentials, Settings(authority_url=AUTHORITY), entra).token()
    return entra.redemptions[0]


@pytest.mark.parametrize(
    ("name", "content", "passphrase"),
    [
        ("a.pem", key_pem(PLAIN) + CERTIFICATE_PEM, None),
        ("a.pem", CERTIFICATE_PEM + key_pem(PLAIN), None),
        ("a.pem", key_pem(ENCRYPTED) + CERTIFICATE_PEM, PASSPHRASE),
        ("a.pfx", pfx(PLAIN), None),
        ("a.P12", pfx(ENCRYPTED), PASSPHRASE),
    ],
)
def test_a_certificate_signs_an_assertion(tmp_path: Path, name: str, content: bytes, passphrase: str | None) -> None:
    form = redeem(given(write(tmp_path / name, content), passphrase=passphrase))
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assertion = form["client_assertion"]
    claims = jwt.decode(assertion, KEY.public_key(), algorithms=["PS256"], audience=TOKEN_ENDPOINT)
    assert (claims["iss"], claims["sub"]) == (CLIENT, CLIENT)
    header = jwt.get_unverified_header(assertion)
    assert "x5t#S256" in header
    assert "PRIVATE" not in json.dumps(header)
    assert "client_secret" not in form


def test_a_path_may_begin_with_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path / "a.pfx", pfx(PLAIN))
    write(tmp_path / "a.pem", key_pem(PLAIN) + CERTIFICATE_PEM)
    for path in ("~/a.pfx", "~/a.pem"):
        assert redeem(given(path))["client_assertion"]


@pytest.mark.parametrize("content", [CERTIFICATE_PEM, key_pem(PLAIN), b"neither"])
def test_a_pem_file_must_hold_both(tmp_path: Path, content: bytes) -> None:
    credentials = given(write(tmp_path / "a.pem", content))
    error = raised(lambda: RefreshedToken(credentials, Settings(), FakeEntra()))
    assert isinstance(error, InputError)
    assert error.place == "certificate_path"


@pytest.mark.parametrize(
    ("name", "content", "passphrase"),
    [
        ("a.pem", key_pem(ENCRYPTED) + CERTIFICATE_PEM, CANARY),
        ("a.pem", key_pem(ENCRYPTED) + CERTIFICATE_PEM, None),
        ("a.pem", b"-----BEGIN PRIVATE KEY-----\nxx\n-----BEGIN CERTIFICATE-----\nxx", None),
        ("a.pfx", pfx(ENCRYPTED), CANARY),
        ("a.pfx", b"no pfx", None),
        ("a.pfx", pfx(PLAIN, certificate=None), None),
    ],
)
def test_a_certificate_that_cannot_be_used_is_an_error_without_details(
    tmp_path: Path, name: str, content: bytes, passphrase: str | None
) -> None:
    credentials = given(write(tmp_path / name, content), passphrase=passphrase)
    error = raised(lambda: redeem(credentials))
    assert isinstance(error, InputError)
    assert "certificate" in str(error)
    assert "ry-7" not in everything_shown(error)


def dated(begin: int, end: int, key: Any = KEY) -> x509.Certificate:
    """Valid from and to so many days from now."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "job")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(now + datetime.timedelta(days=begin))
    return builder.not_valid_after(now + datetime.timedelta(days=end)).sign(key, hashes.SHA256())


def pem_of(*certificates: x509.Certificate, key: Any = KEY) -> bytes:
    parts = [one.public_bytes(serialization.Encoding.PEM) for one in certificates]
    form = serialization.PrivateFormat.PKCS8
    return b"".join([key.private_bytes(serialization.Encoding.PEM, form, PLAIN), *parts])


DAMAGED = b"-----BEGIN %s-----\nQ2FuYXJ5LTc=\n-----END %s-----\n"
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    ("content", "passphrase", "words"),
    [
        (pem_of(dated(-9, -1)), None, "the certificate expired on"),
        (pem_of(dated(2, 9)), None, "look at this machine's clock"),
        (pem_of(dated(-1, 90, OTHER)), None, "does not belong to its private key"),
        (pem_of(dated(-1, 90, CURVE), key=CURVE), None, "RSA certificates only"),
        (key_pem(ENCRYPTED) + CERTIFICATE_PEM, None, "certificate_passphrase: is missing"),
        (key_pem(ENCRYPTED) + CERTIFICATE_PEM, CANARY, "certificate_passphrase: does not open"),
        (pfx(ENCRYPTED), CANARY, "certificate_passphrase: does not open"),
        (pfx(ENCRYPTED), None, "cannot be opened without passphrase"),
        (CERTIFICATE_PEM, None, "holds no private key"),
        (key_pem(PLAIN), None, "holds no certificate"),
        (pfx(PLAIN, certificate=None), None, "holds no certificate"),
        (key_pem(PLAIN) + DAMAGED % (b"CERTIFICATE", b"CERTIFICATE"), None, "holds a certificate that is damaged"),
        (DAMAGED % (b"PRIVATE KEY", b"PRIVATE KEY") + CERTIFICATE_PEM, None, "holds a private key that is damaged"),
    ],
)
def test_what_is_wrong_with_it_is_said_before_anything_is_sent(
    tmp_path: Path, content: bytes, passphrase: str | None, words: str
) -> None:
    entra = FakeEntra()
    credentials = given(write(tmp_path / "certificate", content), passphrase=passphrase)
    error = raised(lambda: RefreshedToken(credentials, Settings(authority_url=AUTHORITY), entra))
    assert isinstance(error, InputError)
    assert words in str(error)
    assert "ry-7" not in everything_shown(error)
    assert (entra.requests, entra.discoveries) == ([], 0)


def test_without_its_library_a_certificate_names_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificate, "HAS_CRYPTOGRAPHY", False)
    credentials = given(write(tmp_path / "a.pem", key_pem(PLAIN) + CERTIFICATE_PEM))
    error = raised(lambda: RefreshedToken(credentials, Settings(authority_url=AUTHORITY), FakeEntra()))
    assert isinstance(error, MissingLibraryError)
    assert "cryptography is needed to sign in with a certificate" in str(error)


def test_the_certificate_of_the_key_is_taken_from_a_chain(tmp_path: Path) -> None:
    path = write(tmp_path / "chain.pem", pem_of(dated(-1, 90, OTHER), dated(-1, 90)))
    assertion = redeem(given(path))["client_assertion"]
    assert jwt.decode(assertion, KEY.public_key(), algorithms=["PS256"], audience=TOKEN_ENDPOINT)


def test_a_passphrase_that_is_not_needed_does_no_harm(tmp_path: Path) -> None:
    assert redeem(given(write(tmp_path / "a.pem", pem_of(dated(-1, 90))), passphrase=PASSPHRASE))


def test_its_end_is_announced(tmp_path: Path) -> None:
    notices.take()
    redeem(given(write(tmp_path / "a.pem", pem_of(dated(-1, 29)))))
    redeem(given(write(tmp_path / "b.pem", pem_of(dated(-1, 31)))))
    assert ["register its successor" in text for text in notices.take() if "expires" in text] == [True]
