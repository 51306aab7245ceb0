# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of credentials resets a user, through MSAL; wrong ones end in the sentence. Assertions are verified."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from driver import ids, live, password, set_password
from signing import ALONE, closed, newest, opened, vault

SERVICE_CONNECTION = "12345678-1234-4234-8234-123456789012"
PASSPHRASE = "pass phrase"


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=1, users=20) as emulator:
        yield emulator


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
        return {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "runner"}

    def azure_devops(self) -> dict[str, str]:
        url = f"{self.emulator.control_url}/azure_devops_oidc"
        return {"SYSTEM_OIDCREQUESTURI": url, "SYSTEM_ACCESSTOKEN": "pipeline"}


@pytest.fixture
def kit(emulator: Any, tmp_path: Path) -> Kit:
    return Kit(emulator, tmp_path)


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


@pytest.mark.parametrize("names", [list(GOOD)], ids=["all"])
def test_each_kind_resets_a_user(emulator: Any, play: Any, kit: Kit, path: str, names: list[str]) -> None:
    tasks = []
    for number, name in enumerate(names):
        options, environment = GOOD[name](kit)
        task = {"environment": environment}
        tasks.append(set_password(name, **ids(emulator, number), password=password(name), **options, task=task))
    run = play(*tasks, path=path, variables=kit.variables(), environment=ALONE)
    for number, name in enumerate(names):
        assert run[name].get("outcome") == "applied", f"{name}: {run[name].get('msg')}"
        assert live(emulator, ids(emulator, number)) == password(name)
    grants = [entry["grant_type"] for entry in emulator.token_journal()]
    assert grants == ["refresh_token"] * (len(names) - 1)
    assert Path(kit.folder / "refresh").read_text().strip().endswith(newest(emulator))


def test_an_encrypted_file_stays_encrypted(emulator: Any, play: Any, kit: Kit, tmp_path: Path) -> None:
    environment = ALONE | vault(tmp_path)
    file = kit.file("refresh", closed(tmp_path, emulator.new_refresh_token()))
    task = set_password("reset", **ids(emulator, 0), password=password(), **SECRET, refresh_token_file=file)
    emulator.knobs(refresh_token_rotation="strict")
    for _number in range(2):
        run = play(task, variables=kit.variables(), environment=environment)
        assert not run["reset"].get("failed"), run["reset"]["msg"]
    # nothing was due in the second run, but the user was looked up
    assert opened(tmp_path, Path(file).read_text()).endswith(newest(emulator))
    assert "warnings" not in run["reset"]
    closed_to_it = play(task, variables=kit.variables(), environment=ALONE)
    assert "vault passwords of this run" in closed_to_it["reset"]["msg"]
    elsewhere = play(task, variables=kit.variables(), environment=environment, path="module")
    assert "in the controller's process" in elsewhere["reset"]["msg"]


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


def test_wrong_ones_end_in_the_sentence(emulator: Any, play: Any, kit: Kit) -> None:
    tasks = []
    for name, (make, _words, _number) in BAD.items():
        options, environment = make(kit)
        task = {"environment": environment}
        tasks.append(set_password(name, **ids(emulator, 0), password=password(), **options, task=task))
    run = play(*tasks, variables=kit.variables(), environment=ALONE)
    for name, (_make, words, number) in BAD.items():
        result = run[name]
        assert result["failed"], name
        assert words in result["msg"], f"{name}: {result['msg']}"
        error = result.get("error") or {}
        assert error.get("code") == number or number is None, f"{name}: {error}"
    assert emulator.counters()["patches"] == 0


def test_warnings_come_once(emulator: Any, play: Any, kit: Kit) -> None:
    """A file that everybody can read; a new refresh token that has no place."""
    secret = kit.file("assertion", kit.emulator.federated_assertion(), mode=0o644)
    options = {"client_assertion_file": secret, "refresh_token": "{{ token }}"}
    tasks = [set_password(str(n), **ids(emulator, n), password=password(n), **options) for n in range(3)]
    run = play(*tasks, variables=kit.variables(), environment=ALONE)
    assert run.rc == 0, run.screen
    assert run.screen.count("every user of this machine can read the file") == 1
    assert run.screen.count("there is no place to save it") == 1
