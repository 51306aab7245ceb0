# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of stores are checked offline, and a mistake names its place."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultSecret

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, MissingLibraryError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Context, Store
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.options import StoreOptions
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.registry import make_store
from ansible_collections.csp.partnercenter.plugins.plugin_utils._vault_cipher import VaultCipher

KEY_VAULT = {"type": "azure_keyvault", "vault_url": "https://contoso.vault.azure.net", "access_token": "canary-token"}
VAULT = {"type": "hashi_vault", "url": "https://vault.contoso.com", "token": "canary-token"}
AWS = {"type": "aws_secretsmanager", "region": "eu-central-1"}
GIT = {"type": "git", "repository": "https://git.contoso.com/passwords.git"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hide tokens and profiles of the person who runs the tests."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def make(options: Mapping[str, Any] | None, **environment: str) -> Store:
    secrets = [("default", VaultSecret(b"canary-vault-password"))]
    return make_store(
        options, Context(environment, "/nonexistent/home", lambda vault_id: VaultCipher(secrets, vault_id))
    )


@pytest.mark.parametrize(
    ("options", "description"),
    [
        (None, "file store /nonexistent/home/passwords"),
        ({}, "file store /nonexistent/home/passwords"),
        ({"path": "/srv/passwords"}, "file store /srv/passwords"),
        (KEY_VAULT, "Key Vault https://contoso.vault.azure.net, partnercenter"),
        ({**VAULT, "mount_point": "kv", "prefix": "csp"}, "HashiCorp Vault https://vault.contoso.com, kv/csp"),
        (AWS, "AWS Secrets Manager in eu-central-1, partnercenter"),
        ({**AWS, "profile": None}, "AWS Secrets Manager in eu-central-1, partnercenter"),
        (GIT, "git store https://git.contoso.com/passwords.git, partnercenter-passwords:partnercenter"),
        ({**GIT, "repository": "/srv/p.git", "branch": "a/b"}, "git store /srv/p.git, a/b:partnercenter"),
        (
            {**GIT, "repository": "git@git.contoso.com:p.git", "prefix": "x1"},
            "git store git@git.contoso.com:p.git, partnercenter-passwords:x1",
        ),
        (
            {**GIT, "repository": "ssh://git@git.contoso.com:22/p.git"},
            "git store ssh://git@git.contoso.com:22/p.git, partnercenter-passwords:partnercenter",
        ),
    ],
)
def test_a_store_describes_itself_and_nothing_is_touched(options: Mapping[str, Any] | None, description: str) -> None:
    assert make(options).describe() == description
    assert not Path("/nonexistent").exists()


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"type": "keepass"}, "type"),
        ({"type": 3}, "type"),
        ({"type": "file", "paht": "/srv"}, "paht"),
        ({"path": 3}, "path"),
        ({"path": ""}, "path"),
        ({"prefix": "x"}, "prefix"),
        ({"type": "azure_keyvault"}, "vault_url"),
        ({**KEY_VAULT, "vault_url": "http://127.0.0.1"}, "vault_url"),
        ({**KEY_VAULT, "vault_url": "https://user@host"}, "vault_url"),
        ({**KEY_VAULT, "vault_url": "contoso"}, "vault_url"),
        ({**KEY_VAULT, "prefix": "a/../b"}, "prefix"),
        ({**KEY_VAULT, "prefix": "x" * 41}, "prefix"),
        ({**KEY_VAULT, "client_secret": "canary"}, "client_secret"),
        ({**KEY_VAULT, "ca_path": "/nonexistent/ca.pem"}, "ca_path"),
        ({"type": "hashi_vault"}, "url"),
        ({**VAULT, "url": "http://vault.contoso.com"}, "url"),
        ({**VAULT, "token": None}, "token"),
        ({**VAULT, "token": "canary token"}, "token"),
        ({**VAULT, "token": 12345}, "token"),
        ({**VAULT, "url": "https://vault.contoso.com/v1"}, "url"),
        ({**VAULT, "url": "unix:///run/vault-agent.sock"}, "url"),
        ({**VAULT, "mount_point": "secret/data"}, "mount_point"),
        ({**KEY_VAULT, "vault_url": "https://contoso.vault.azure.net/secrets/x"}, "vault_url"),
        ({**AWS, "region": None, "profile": "missing"}, "profile"),
        ({**VAULT, "role_id": "r", "secret_id": "s"}, "token"),
        ({**VAULT, "token": None, "role_id": "r"}, "secret_id"),
        ({"type": "aws_secretsmanager"}, "region"),
        ({**AWS, "region": "Canary-7"}, "region"),
        ({**AWS, "access_key_id": "x"}, "secret_access_key"),
        ({**AWS, "endpoint_url": "http://example.com"}, "endpoint_url"),
        ({"type": "git"}, "repository"),
        ({**GIT, "repository": "http://git.contoso.com/p.git"}, "repository"),
        ({**GIT, "repository": "https://canary@git.contoso.com/p.git"}, "repository"),
        ({**GIT, "repository": "https://user:canary@git.contoso.com/p.git"}, "repository"),
        ({**GIT, "repository": "https://git.contoso.com/p.git\ncanary"}, "repository"),
        ({**GIT, "repository": "https://git.contoso.com/p.git?private_token=canary"}, "repository"),
        ({**GIT, "repository": "oauth2:canary@git.contoso.com:p.git"}, "repository"),
        ({**GIT, "repository": "passwords/p.git"}, "repository"),
        ({**GIT, "repository": "ext::sh"}, "repository"),
        ({**GIT, "repository": "--upload-pack=canary:x"}, "repository"),
        ({**GIT, "repository": "git://git.contoso.com/p.git"}, "repository"),
        ({**GIT, "repository": "ssh://-oProxyCommand=canary/p.git"}, "repository"),
        ({**GIT, "branch": "a..b"}, "branch"),
        ({**GIT, "branch": "-canary"}, "branch"),
        ({**GIT, "branch": "a.lock"}, "branch"),
        ({**GIT, "path": "/srv"}, "path"),
    ],
)
def test_a_mistake_names_its_place(options: Mapping[str, Any], place: str) -> None:
    with pytest.raises(InputError) as caught:
        make(options)
    assert caught.value.place == f"store.{place}"
    assert "canary" not in str(caught.value).lower()


def test_the_environment_fills_what_is_missing() -> None:
    assert make(None, PARTNERCENTER_STORE_PATH="/srv/other").describe() == "file store /srv/other"
    vault = make({"type": "hashi_vault"}, VAULT_ADDR="https://v.contoso.com", VAULT_TOKEN="canary")
    assert vault.describe().startswith("HashiCorp Vault https://v.contoso.com")
    assert make({"type": "aws_secretsmanager"}, AWS_REGION="eu-west-1").describe().endswith("eu-west-1, partnercenter")
    by_role = {"type": "hashi_vault", "url": "https://v", "role_id": "r", "secret_id": "s"}
    make(by_role, VAULT_TOKEN="canary")


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({**KEY_VAULT, "vault_url": "https://evil.example.org"}, "vault_url"),
        ({**KEY_VAULT, "vault_url": "https://evil.example.org\\.vault.azure.net"}, "vault_url"),
        ({**KEY_VAULT, "authority_url": "https://evil.example.org"}, "authority_url"),
        ({**VAULT, "url": "https://evil.example.org"}, "url"),
        ({**VAULT, "url": "https://user:canary@vault.contoso.com"}, "url"),
        ({**VAULT, "url": "https://@vault.contoso.com"}, "url"),
        ({**AWS, "endpoint_url": "https://evil.s3.amazonaws.com"}, "endpoint_url"),
        ({**GIT, "repository": "https://evil.example.org/p.git"}, "repository"),
        ({**GIT, "repository": "git@evil.example.org:p.git"}, "repository"),
        ({**GIT, "repository": "ssh://git@evil.example.org:22/p.git"}, "repository"),
    ],
)
def test_a_store_is_where_the_controller_allows_it(options: dict[str, object], place: str) -> None:
    """The environment of the task, which a store gets, allows nothing."""
    with pytest.raises(InputError) as caught:
        allowed = dict.fromkeys(("VAULT_ADDR", "PARTNERCENTER_STORE_REPOSITORY"), "https://evil.example.org")
        make(options, PARTNERCENTER_ALLOWED_HOSTS="evil.example.org", **allowed)
    assert caught.value.place == f"store.{place}" and "canary" not in str(caught.value)


def test_secrets_of_the_environment_are_read_without_their_line_ends() -> None:
    options = StoreOptions({"type": "hashi_vault"}, "store", {"VAULT_TOKEN": "canary-1\n", "VAULT_ADDR": " \n"})
    assert options.secret("token", "VAULT_TOKEN") == Secret("canary-1")
    assert options.text("url", "VAULT_ADDR") is None
    with pytest.raises(InputError) as caught:
        StoreOptions({"token": "canary\ncanary"}, "store", {}).secret("token")
    assert str(caught.value) == "store.token: holds a line break in its middle, and must be one line"


@pytest.mark.parametrize(
    ("options", "module", "library"),
    [
        (KEY_VAULT, "azure.keyvault.secrets", "azure-keyvault-secrets"),
        ({**KEY_VAULT, "access_token": None}, "azure.identity", "azure-identity"),
        (VAULT, "hvac", "hvac"),
        (AWS, "boto3", "boto3"),
    ],
)
def test_a_missing_library_is_named(
    options: Mapping[str, Any], module: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # as if it were not installed
    with pytest.raises(MissingLibraryError, match=rf"library {library} .*pip install {library}"):
        make(options)


def test_the_file_store_needs_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__
    absent = ("azure", "hvac", "boto3", "botocore", "requests")

    def without(name: str, *arguments: Any, **named: Any) -> Any:
        if name.split(".")[0] in absent:
            raise ImportError(name)
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    assert make(None).describe()


def test_secret_options_never_show_in_a_store() -> None:
    options = {**VAULT, "token": "canary-token"}
    assert "canary" not in repr(make(options).__dict__)


def _token(store: Store) -> str:
    return str(store._api._client.token)  # type: ignore[attr-defined]


def test_a_secret_ends_where_its_line_ends() -> None:
    assert _token(make({**VAULT, "token": "canary-token\n"})) == "canary-token"
    assert _token(make({**VAULT, "token": None}, VAULT_TOKEN="canary-token\r\n")) == "canary-token"
    identity = make({**KEY_VAULT, "access_token": "canary-token\n"})._api._identity  # type: ignore[attr-defined]
    assert identity.access_token.reveal() == "canary-token"


def test_the_token_of_the_command_line_is_the_last_choice(home: Path) -> None:
    (home / ".vault-token").write_text("canary-of-the-file\n")
    (home / ".vault-token").chmod(0o600)
    assert _token(make({**VAULT, "token": None})) == "canary-of-the-file"
    assert (
        _token(make({**VAULT, "token": None}, VAULT_TOKEN="canary-of-the-environment")) == "canary-of-the-environment"
    )
    by_role = {**VAULT, "token": None, "role_id": "r", "secret_id": "s"}
    assert _token(make(by_role)) == ""


def test_an_agent_on_this_machine_needs_no_token() -> None:
    agent = {"type": "hashi_vault"}
    store = make(agent, VAULT_AGENT_ADDR="http://127.0.0.1:8100", VAULT_ADDR="https://vault.contoso.com")
    assert store.describe() == "HashiCorp Vault http://127.0.0.1:8100, secret/partnercenter" and _token(store) == ""


def test_the_namespace_is_told() -> None:
    store = make({**VAULT, "namespace": "team/a/"})
    assert store.describe() == "HashiCorp Vault https://vault.contoso.com, namespace team/a, secret/partnercenter"


def test_the_region_of_a_profile_is_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile partner]\nregion = eu-west-3\n")
    by_profile = {"type": "aws_secretsmanager", "profile": "partner"}
    assert make(by_profile).describe().startswith("AWS Secrets Manager in eu-west-3,")
    assert (
        make({"type": "aws_secretsmanager"}, AWS_PROFILE="partner")
        .describe()
        .startswith("AWS Secrets Manager in eu-west-3,")
    )
    assert make(by_profile, AWS_REGION="eu-west-1").describe().startswith("AWS Secrets Manager in eu-west-1,")


def test_keys_of_aws_are_those_of_the_task_unless_a_profile_is_given() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIDCANARY", "AWS_SECRET_ACCESS_KEY": "canary-key\n"}

    def session(**more: Any) -> Any:
        return make({**AWS, **more}, **keys)._api._session  # type: ignore[attr-defined]

    assert session()["aws_secret_access_key"] == "canary-key"
    assert session(profile="partner")["aws_secret_access_key"] is None
    assert session(access_key_id="other", secret_access_key="other-key")["aws_secret_access_key"] == "other-key"
