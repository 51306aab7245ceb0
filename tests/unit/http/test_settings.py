# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of a connection: each bad input gives one sentence that names the option."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._http.pace import Limits
from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import Settings, make_settings
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CANARY, raised


def refused(place: str, **options: Any) -> str:
    error = raised(lambda: make_settings(**options))
    assert isinstance(error, InputError)
    assert error.place == place
    assert "\n" not in str(error)
    return str(error)


def test_the_defaults_are_the_public_cloud() -> None:
    assert make_settings() == Settings()
    assert make_settings().api_url == "https://api.partnercenter.microsoft.com"
    assert make_settings().authority_url == "https://login.microsoftonline.com"


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_settings().timeout = 1.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("cloud", "reason"),
    [
        ("us_government", "US Government"),
        ("china", "21Vianet"),
        ("germany", "retired"),
        ("moon", "is not a cloud"),
        ("", "is not a cloud"),
    ],
)
def test_a_cloud_without_resets_is_refused_with_the_reason(cloud: str, reason: str) -> None:
    message = refused("cloud", cloud=cloud)
    assert reason in message
    assert "'public'" in message
    assert "moon" not in message


@pytest.mark.parametrize("concurrency", [1, 64])
def test_concurrency_within_bounds(concurrency: int) -> None:
    assert make_settings(concurrency=concurrency).concurrency == concurrency


@pytest.mark.parametrize("concurrency", [0, -1, 65])
def test_concurrency_out_of_bounds(concurrency: int) -> None:
    assert "1 to 64" in refused("concurrency", concurrency=concurrency)


@pytest.mark.parametrize("timeout", [1, 0.5 + 0.5, 600])
def test_timeout_within_bounds(timeout: float) -> None:
    assert make_settings(timeout=timeout).timeout == timeout


@pytest.mark.parametrize("timeout", [0, 0.9, -1, 601, float("inf"), float("nan")])
def test_timeout_out_of_bounds(timeout: float) -> None:
    assert "1 to 600" in refused("timeout", timeout=timeout)


# URLs


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://api.example", "https://api.example"),
        (" https://api.example:8443/ ", "https://api.example:8443"),
        ("https://api.example/v1", "https://api.example"),
        ("https://api.example/v1/", "https://api.example"),
        ("https://gateway.example/partner/v1", "https://gateway.example/partner"),
        ("HTTPS://api.example", "https://api.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.1.2.3", "http://127.1.2.3"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_api_url(value: str, expected: str) -> None:
    assert make_settings(api_url=value).api_url == expected


def test_the_tenant_is_no_part_of_the_authority() -> None:
    assert "tenant_id" in refused("authority_url", authority_url="https://login.example/contoso.example")


@pytest.mark.parametrize("place", ["api_url", "graph_url", "authority_url"])
@pytest.mark.parametrize(
    "value",
    [
        "api.example",
        "api.example:443",
        "ftp://api.example",
        "https://",
        "https:///x",
        "//api.example",
        "x",
        " ",
        "https://[bad",
        "https://api.example:99999",
        "https://api.example:x",
        "https://api .example",
        "https://api.example/\u00e9",
        "https://\u0430pi.example",
        "https://api.ex\nample",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_url_is_refused(place: str, value: str) -> None:
    assert "is not a URL" in refused(place, **{place: value})


@pytest.mark.parametrize("place", ["api_url", "graph_url", "authority_url"])
@pytest.mark.parametrize(
    "value", ["user:pa55@api.example", "user@api.example", "@api.example", "api.example?a=b", "api.example#a"]
)
def test_a_url_holds_nothing_else(place: str, value: str) -> None:
    message = refused(place, **{place: f"https://{value}"})
    assert "scheme, host and port only" in message
    assert "pa55" not in message


@pytest.mark.parametrize(
    "host",
    [
        "api.example",
        "127.0.0.1.example",
        "localhost.example",
        "localhost.",
        "10.0.0.1",
        "0.0.0.0",
        "[::2]",
        "2130706433",
        "127.1",
    ],
)
def test_plain_http_goes_to_the_loopback_only(host: str) -> None:
    assert "https://" in refused("api_url", api_url=f"http://{host}/")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "login.example"])
def test_credentials_never_travel_over_plain_http(host: str) -> None:
    assert "never" in refused("authority_url", authority_url=f"http://{host}")


@given(st.text())
def test_any_text_is_a_url_or_bad_input(value: str) -> None:
    try:
        found = make_settings(api_url=value or "x").api_url
    except InputError:
        return
    assert found.startswith(("https://", "http://"))


# The CA bundle


def test_an_explicit_bundle_wins_over_the_environment(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.touch()
    environment = {"REQUESTS_CA_BUNDLE": "/nowhere", "CURL_CA_BUNDLE": "/nowhere"}
    assert make_settings(ca_path=str(bundle), environment=environment).ca_path == str(bundle)


def test_the_environment_is_heeded_in_the_order_of_requests(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.touch()
    second.touch()
    both = {"CURL_CA_BUNDLE": str(second), "REQUESTS_CA_BUNDLE": str(first)}
    assert make_settings(environment=both).ca_path == str(first)
    assert make_settings(environment={**both, "REQUESTS_CA_BUNDLE": ""}).ca_path == str(second)
    assert make_settings(environment={"SSL_CERT_FILE": str(first)}).ca_path is None
    assert make_settings().ca_path is None


def test_the_process_environment_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://proxy.example")
    assert make_settings() == Settings()


def test_a_bundle_may_be_named_from_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "ca.pem").touch()
    assert make_settings(ca_path="~/ca.pem").ca_path == str(tmp_path / "ca.pem")


@pytest.mark.parametrize("path", ["/nowhere/ca.pem", "a\0b"])
def test_a_bundle_that_cannot_be_read_is_never_ignored(path: str) -> None:
    refused("ca_path", ca_path=path)
    refused("REQUESTS_CA_BUNDLE", environment={"REQUESTS_CA_BUNDLE": path})
    refused("CURL_CA_BUNDLE", environment={"CURL_CA_BUNDLE": path})


# Proxies


def test_proxies_come_from_the_given_environment() -> None:
    environment = {"https_proxy": "http://a", "ALL_PROXY": "http://b", "NO_PROXY": "c", "HTTP_PROXY": "http://d"}
    found = dict(make_settings(environment=environment).proxies)
    assert found == {"https_proxy": "http://a", "all_proxy": "http://b", "no_proxy": "c"}


def test_the_lower_case_name_wins() -> None:
    environment = {"https_proxy": "http://lower", "HTTPS_PROXY": "http://upper"}
    assert make_settings(environment=environment).proxies == (("https_proxy", "http://lower"),)
    assert make_settings(environment={**environment, "https_proxy": ""}).proxies == (("https_proxy", "http://upper"),)


def test_a_proxy_s_password_is_not_shown() -> None:
    settings = make_settings(environment={"https_proxy": f"http://user:{CANARY}@proxy.example"})
    assert "ry-7" not in repr(settings)


@pytest.mark.parametrize("value", [None, "https://graph.microsoft.com", "https://graph.microsoft.com/v1.0/"])
def test_microsoft_graph_is_where_it_is(value: str | None) -> None:
    assert make_settings(graph_url=value).graph_url == "https://graph.microsoft.com"


def test_the_published_limits_are_the_pace() -> None:
    assert make_settings().graph_limits == Limits(20.0, 233.0, 350.0, 7500.0)
    assert make_settings(graph_limits={"writes": 5, "units": None}).graph_limits == Limits(writes=5)


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_a_limit_is_a_number_of_requests_a_second(value: float) -> None:
    error = raised(lambda: make_settings(graph_limits={"writes": value}))
    assert str(error).startswith("graph_limits.writes: ")
