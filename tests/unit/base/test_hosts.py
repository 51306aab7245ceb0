# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets go to known hosts, and to those that the process's own environment names."""

from __future__ import annotations

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import hosts
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.assertions import (
    check_endpoints,
    make_assertion_source,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import make_settings
from ansible_collections.csp.partnercenter.tests.unit.support.engine import raised

EVIL = "https://evil.example.org"


@pytest.fixture(autouse=True)
def nothing_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (hosts.VARIABLE, "PARTNERCENTER_API_URL", "PARTNERCENTER_AUTHORITY_URL"):
        monkeypatch.delenv(name, raising=False)


def refused(url: str, **how: object) -> str:
    error = raised(lambda: hosts.check(url, "store.url", **how))  # type: ignore[arg-type]
    assert isinstance(error, InputError)
    return str(error)


def allowed(url: str) -> bool:
    try:
        hosts.check(url, "store.url")
    except InputError:
        return False
    return True


def test_an_unknown_host_is_refused_with_what_to_do() -> None:
    message = refused("https://vault.example.org:8200/v1")
    assert message.startswith("store.url: leads to vault.example.org:8200, which is not a known host")
    assert "PARTNERCENTER_ALLOWED_HOSTS=vault.example.org:8200" in message


@pytest.mark.parametrize("place", ["api_url", "authority_url"])
def test_neither_api_nor_sign_in_lead_elsewhere(place: str) -> None:
    error = raised(lambda: make_settings(**{place: EVIL}))  # type: ignore[arg-type]
    assert isinstance(error, InputError) and error.place == place
    assert hosts.VARIABLE in str(error)


def test_the_environment_of_a_task_allows_nothing() -> None:
    """Settings are made with the task's environment, but the check of hosts reads the process's own."""
    around = {hosts.VARIABLE: "evil.example.org", "PARTNERCENTER_AUTHORITY_URL": EVIL}
    assert raised(lambda: make_settings(authority_url=EVIL, environment=around))


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:8443", "https://localhost:1", "https://[::1]:9", "https://127.9.9.9"]
)
def test_this_machine_is_allowed(url: str) -> None:
    assert allowed(url)


def test_where_the_process_names_a_place_another_one_of_this_machine_is_not_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PARTNERCENTER_AUTHORITY_URL", "https://127.0.0.1:8443")
    assert make_settings(authority_url="https://127.0.0.1:8443/").authority_url == "https://127.0.0.1:8443"
    assert make_settings().authority_url == "https://login.microsoftonline.com"
    error = raised(lambda: make_settings(authority_url="https://localhost:4433"))
    assert "leads to localhost:4433" in str(error)


def test_what_stands_before_the_api_may_be_anywhere_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNERCENTER_API_URL", "https://127.0.0.1:8443")
    assert make_settings(api_url="http://127.0.0.1:8080").api_url == "http://127.0.0.1:8080"
    assert raised(lambda: make_settings(api_url=EVIL))


def test_what_the_process_names_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_ADDR", " https://vault.example.org:8200 ")
    hosts.check("https://vault.example.org:8200/", "store.url", variables=("VAULT_ADDR",))
    refused("https://vault.example.org", variables=("VAULT_ADDR",))
    refused("http://vault.example.org:8200", variables=("VAULT_ADDR",))


@pytest.mark.parametrize(
    ("listed", "good", "bad"),
    [
        ("vault.example.org", ["vault.example.org", "VAULT.example.org:8200"], ["x.vault.example.org", "example.org"]),
        ("vault.example.org:8200", ["vault.example.org:8200"], ["vault.example.org", "vault.example.org:443"]),
        ("*.example.org", ["a.example.org", "a.b.example.org:8200"], ["example.org", "evilexample.org"]),
        ("*.example.org:443", ["a.example.org"], ["a.example.org:444"]),
        ("10.1.2.3", ["10.1.2.3:8200"], ["10.1.2.30"]),
        ("[2001:db8::1]:8200", ["[2001:db8::1]:8200", "[2001:DB8:0::1]:8200"], ["[2001:db8::1]"]),
        ("2001:db8::1", ["[2001:db8::1]:8200"], ["[2001:db8::2]"]),
        (" a.example.org , b.example.org\tc.example.org ", ["a.example.org", "b.example.org", "c.example.org"], ["d"]),
    ],
)
def test_a_list_of_hosts(monkeypatch: pytest.MonkeyPatch, listed: str, good: list[str], bad: list[str]) -> None:
    monkeypatch.setenv(hosts.VARIABLE, listed)
    assert [host for host in good if not allowed(f"https://{host}")] == []
    assert [host for host in bad if allowed(f"https://{host}")] == []


@pytest.mark.parametrize(
    "listed", ["*", "https://vault.example.org", "a.*.org", "*.", "vault..org", "a.org:x", "a.org/b"]
)
def test_a_list_that_cannot_be_meant_is_refused_without_a_quote(monkeypatch: pytest.MonkeyPatch, listed: str) -> None:
    monkeypatch.setenv(hosts.VARIABLE, listed)
    message = refused("https://vault.example.org")
    assert message.startswith(f"{hosts.VARIABLE}: holds something that is no host") and listed not in message[30:45]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.org\\.vault.azure.net",
        "https://evil.example.org/.vault.azure.net",
        "https://evil.example.org?.vault.azure.net",
        "https://evil.example.org#.vault.azure.net",
        "https://evil.example.org%2f.vault.azure.net",
        "https://contoso.vault.azure.net@evil.example.org",
        "https://contoso.vault.azure.net:443@evil.example.org",
        "https://evil.example.org\t.vault.azure.net",
        "https://evil.example.org\n.vault.azure.net",
        "https://evil.example.org .vault.azure.net",
        "https://vault.azure.net",
        "https://.vault.azure.net",
        "https://evilvault.azure.net",
        "https://contoso.vault.azure.net.evil.example.org",
        "https://contoso.vault\u3002azure.net",
        "https://a.b.vault.azure.net",
    ],
)
def test_what_only_looks_like_a_known_host_is_none(url: str) -> None:
    refused(url, known=hosts.KEY_VAULT)


@pytest.mark.parametrize(
    ("known", "good", "bad"),
    [
        (hosts.KEY_VAULT, ["contoso.vault.azure.net", "CONTOSO.vault.azure.net"], ["contoso.blob.core.windows.net"]),
        (
            hosts.SECRETS_MANAGER,
            [
                "secretsmanager.eu-central-1.amazonaws.com",
                "secretsmanager-fips.us-east-1.amazonaws.com",
                "secretsmanager.cn-north-1.amazonaws.com.cn",
                "secretsmanager.eu-west-1.api.aws",
                "vpce-0a1b-2c3d.secretsmanager.eu-west-1.vpce.amazonaws.com",
            ],
            [
                "evil.s3.amazonaws.com",
                "abc.execute-api.eu-west-1.amazonaws.com",
                "secretsmanager.evil.s3.amazonaws.com",
                "evil.secretsmanager.eu-west-1.amazonaws.com",
            ],
        ),
        (hosts.GITHUB, ["pipelines.actions.githubusercontent.com"], ["raw.githubusercontent.com", "evil.github.io"]),
        (hosts.AZURE_DEVOPS, ["dev.azure.com", "contoso.visualstudio.com"], ["evil.azure.com", "evildev.azure.com"]),
        (
            hosts.ENTRA_ID,
            ["login.microsoftonline.com"],
            ["evil.login.microsoftonline.com", "login.microsoftonline.com.evil"],
        ),
    ],
)
def test_known_hosts(known: object, good: list[str], bad: list[str]) -> None:
    for host in good:
        hosts.check(f"https://{host}", "x", known=known)  # type: ignore[arg-type]
    for host in bad:
        refused(f"https://{host}", known=known)


def test_a_platform_is_asked_where_the_process_says_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    around = {"ACTIONS_ID_TOKEN_REQUEST_URL": EVIL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "Kanarie"}

    def source() -> object:
        return make_assertion_source("github", around, variable=None, service_connection=None)

    for work in (source, lambda: check_endpoints(around)):
        error = raised(work)
        assert isinstance(error, InputError) and error.place == "ACTIONS_ID_TOKEN_REQUEST_URL"
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{EVIL}/a?b=c")
    assert source()
    check_endpoints(around)
