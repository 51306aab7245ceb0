# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All kinds of credentials, right ones and wrong ones, for the tests that sign in with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

SERVICE_CONNECTION = "12345678-1234-4234-8234-123456789012"
PASSPHRASE = "Kanarie-of-the-certificate"


@dataclass
class Kit:
    """Makes what a kind of credentials needs. Options with a secret in them refer to a file of variables."""

    emulator: Any
    folder: Path

    def file(self, name: str, content: str | bytes, mode: int = 0o600) -> str:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        return str(path)

    def variables(self) -> dict[str, str]:
        return {
            "secret": self.emulator.client_secret,
            "token": self.emulator.refresh_token,
            "passphrase": PASSPHRASE,
            "access": self.emulator.token(),
        }

    def certificate(self, days: float = 365) -> tuple[Any, Any]:
        """Key and certificate, registered with the application."""
        made = self.emulator.new_certificate(days)
        key = serialization.load_pem_private_key(made["private_key_pem"].encode(), None)
        return key, x509.load_pem_x509_certificate(made["certificate_pem"].encode())

    def pem(self, pair: tuple[Any, Any], passphrase: str | None = None) -> bytes:
        kind = (
            serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
        )
        key = pair[0].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kind)
        return bytes(key + pair[1].public_bytes(serialization.Encoding.PEM))

    def pfx(self, pair: tuple[Any, Any], passphrase: str) -> bytes:
        kind = serialization.BestAvailableEncryption(passphrase.encode())
        return pkcs12.serialize_key_and_certificates(b"job", *pair, None, kind)

    def github(self) -> dict[str, str]:
        url = f"{self.emulator.control_url}/github_oidc?api-version=2.0"
        return {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "Kanarie-of-the-runner"}

    def azure_devops(self) -> dict[str, str]:
        url = f"{self.emulator.control_url}/azure_devops_oidc"
        return {"SYSTEM_OIDCREQUESTURI": url, "SYSTEM_ACCESSTOKEN": "Kanarie-of-the-pipeline"}


SECRET = {"client_secret": "{{ secret }}"}
TOKEN = {"refresh_token": "{{ token }}"}
Kind = Callable[[Kit], tuple[dict[str, Any], dict[str, str]]]

#: Options, and environment of the task.
GOOD: dict[str, Kind] = {
    "secret": lambda kit: (SECRET | TOKEN, {}),
    "pem": lambda kit: ({"certificate_path": kit.file("a.pem", kit.pem(kit.certificate()))} | TOKEN, {}),
    "encrypted pem": lambda kit: (
        {
            "certificate_path": kit.file("b.pem", kit.pem(kit.certificate(), PASSPHRASE)),
            "certificate_passphrase": "{{ passphrase }}",
        }
        | TOKEN,
        {},
    ),
    "pfx": lambda kit: (
        {
            "certificate_path": kit.file("c.pfx", kit.pfx(kit.certificate(), PASSPHRASE)),
            "certificate_passphrase": "{{ passphrase }}",
        }
        | TOKEN,
        {},
    ),
    "assertion file": lambda kit: (
        {"client_assertion_file": kit.file("assertion", kit.emulator.federated_assertion())} | TOKEN,
        {},
    ),
    "github": lambda kit: ({"client_assertion_source": "github"} | TOKEN, kit.github()),
    "gitlab": lambda kit: (
        {"client_assertion_source": "gitlab", "client_assertion_variable": "MY_ID_TOKEN"} | TOKEN,
        {"MY_ID_TOKEN": kit.emulator.federated_assertion()},
    ),
    "azure devops": lambda kit: (
        {"client_assertion_source": "azure_devops", "client_assertion_service_connection": SERVICE_CONNECTION} | TOKEN,
        kit.azure_devops(),
    ),
    "refresh token file": lambda kit: (
        SECRET | {"refresh_token_file": kit.file("refresh", kit.emulator.new_refresh_token())},
        {},
    ),
    "access token": lambda kit: ({"access_token": "{{ access }}"}, {}),
}

BAD: dict[str, tuple[Kind, str, int | None]] = {
    "wrong secret": (lambda kit: ({"client_secret": "Kanarie"} | TOKEN, {}), "secret is wrong", 7000215),
    "unregistered certificate": (
        lambda kit: ({"certificate_path": kit.file("x.pem", kit.pem(_stranger()))} | TOKEN, {}),
        "not registered",
        700027,
    ),
    "expired certificate": (
        lambda kit: ({"certificate_path": kit.file("y.pem", kit.pem(kit.certificate(days=-1)))} | TOKEN, {}),
        "the certificate expired on",
        None,
    ),
    "wrong passphrase": (
        lambda kit: (
            {
                "certificate_path": kit.file("z.pfx", kit.pfx(kit.certificate(), "another")),
                "certificate_passphrase": "{{ passphrase }}",
            }
            | TOKEN,
            {},
        ),
        "certificate_passphrase: does not open",
        None,
    ),
    "no key": (
        lambda kit: (
            {"certificate_path": kit.file("k.pem", kit.emulator.new_certificate()["certificate_pem"])} | TOKEN,
            {},
        ),
        "holds no private key",
        None,
    ),
    "expired assertion": (
        lambda kit: (
            {"client_assertion_file": kit.file("old", kit.emulator.federated_assertion(lifetime=-60))} | TOKEN,
            {},
        ),
        "has expired",
        None,
    ),
    "assertion for another audience": (
        lambda kit: (
            {
                "client_assertion_file": kit.file(
                    "aud", kit.emulator.federated_assertion(claims={"aud": "https://elsewhere.example"})
                )
            }
            | TOKEN,
            {},
        ),
        "no federated credential has this audience",
        700212,
    ),
    "assertion of another branch": (
        lambda kit: (
            {
                "client_assertion_file": kit.file(
                    "sub", kit.emulator.federated_assertion(claims={"sub": "repo:x/y:fork"})
                )
            }
            | TOKEN,
            {},
        ),
        "no federated credential has this subject",
        700213,
    ),
    "forged assertion": (
        lambda kit: (
            {"client_assertion_file": kit.file("bad", _forged(kit.emulator.federated_assertion()))} | TOKEN,
            {},
        ),
        "signature is wrong",
        700027,
    ),
    "no token": (
        lambda kit: ({"client_assertion_file": kit.file("no", "not a token")} | TOKEN, {}),
        "holds no federated token",
        None,
    ),
    "not on github": (lambda kit: ({"client_assertion_source": "github"} | TOKEN, {}), "id-token: write", None),
    "not on gitlab": (lambda kit: ({"client_assertion_source": "gitlab"} | TOKEN, {}), "under id_tokens", None),
    "no service connection": (
        lambda kit: ({"client_assertion_source": "azure_devops"} | TOKEN, kit.azure_devops()),
        "client_assertion_service_connection: is missing",
        None,
    ),
    "unknown platform": (
        lambda kit: ({"client_assertion_source": "jenkins"} | TOKEN, {}),
        "must be one of github, gitlab, azure_devops",
        None,
    ),
    "two proofs": (
        lambda kit: (SECRET | {"client_assertion_source": "github"} | TOKEN, kit.github()),
        "exactly one of",
        None,
    ),
    "wrong tenant": (lambda kit: (SECRET | TOKEN | {"tenant_id": "nowhere.example.com"}, {}), "tenant_id", None),
    "wrong application": (
        lambda kit: (SECRET | TOKEN | {"client_id": SERVICE_CONNECTION}, {}),
        "the application is not in this tenant",
        700016,
    ),
    "foreign refresh token": (lambda kit: (SECRET | {"refresh_token": "Kanarie"}, {}), "of another application", 70000),
    "missing file": (lambda kit: (SECRET | {"refresh_token_file": "/nowhere"}, {}), "cannot be read", None),
    "bad access token": (lambda kit: ({"access_token": "Kanarie"}, {}), "access token is not accepted", None),
}


def _stranger() -> tuple[Any, Any]:
    """A key and a certificate that nobody registered."""
    import datetime

    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stranger")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=90))
    return key, builder.sign(key, hashes.SHA256())


def _forged(assertion: str) -> str:
    head, claims, signature = assertion.split(".")
    return ".".join([head, claims, signature[::-1]])
