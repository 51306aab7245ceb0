# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Federated tokens of the platforms: what is asked, and what is said where there is none."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CredentialError, InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._entra import token_requests
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.assertions import (
    AssertionFile,
    make_assertion_source,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Failure
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CANARY, everything_shown, raised
from ansible_collections.csp.partnercenter.tests.unit.support.entra import jwt
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, answer, failure, html, raw

URL = "https://platform.example/oidc?a=b"
CONNECTION = "12345678-1234-4234-8234-123456789012"
GITHUB = {"ACTIONS_ID_TOKEN_REQUEST_URL": URL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": CANARY}
AZURE = {
    "SYSTEM_OIDCREQUESTURI": "https://platform.example/oidc",
    "SYSTEM_ACCESSTOKEN": CANARY,
    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": CONNECTION,
}


def make(platform: str, environment: dict[str, str], **more: Any) -> Any:
    return make_assertion_source(platform, environment, **{"variable": None, "service_connection": None, **more})


def test_github_is_asked_for_each_token() -> None:
    tokens = [jwt(jti="1"), jwt(jti="2")]
    transport = FakeTransport(*[answer({"value": value}) for value in tokens])
    source = make("github", GITHUB)
    assert [source.assertion(transport) for _unused in range(2)] == tokens
    assert transport.lines == ["GET /oidc?a=b&audience=api%3A%2F%2FAzureADTokenExchange"] * 2
    assert transport.header("Authorization") == [f"Bearer {CANARY}"] * 2


def test_azure_devops_is_asked_for_its_service_connection() -> None:
    transport = FakeTransport(answer({"oidcToken": jwt()}))
    assert make("azure_devops", AZURE).assertion(transport) == jwt()
    assert transport.lines == [f"POST /oidc?api-version=7.1&serviceConnectionId={CONNECTION}"]
    other = make("azure_devops", AZURE, service_connection=CONNECTION.replace("1", "2"))
    assert other.service_connection != CONNECTION


def test_gitlab_has_one_token_for_the_job() -> None:
    assert make("gitlab", {"PARTNERCENTER_ID_TOKEN": jwt()}).assertion(FakeTransport()) == jwt()
    assert make("gitlab", {"MINE": jwt()}, variable="MINE").assertion(FakeTransport()) == jwt()


@pytest.mark.parametrize("slip", [jwt(), "cAnAry_7_of_the_platform", "a b", "MINE\n", "", " "])
def test_a_token_in_place_of_the_variable_s_name_is_not_quoted(slip: str) -> None:
    error = raised(lambda: make("gitlab", {"OTHER": "x"}, variable=slip))
    assert isinstance(error, InputError)
    assert not slip.strip() or slip.strip() not in str(error)


@pytest.mark.parametrize(
    ("platform", "environment", "words"),
    [
        ("github", {}, "ACTIONS_ID_TOKEN_REQUEST_URL is not set"),
        ("github", {"ACTIONS_ID_TOKEN_REQUEST_URL": URL}, "ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set"),
        ("github", {**GITHUB, "ACTIONS_ID_TOKEN_REQUEST_URL": "http://platform.example"}, "holds no https URL"),
        ("github", {**GITHUB, "ACTIONS_ID_TOKEN_REQUEST_URL": "file:///etc/passwd"}, "holds no https URL"),
        ("gitlab", {}, "PARTNERCENTER_ID_TOKEN is not set"),
        ("azure_devops", {}, "SYSTEM_OIDCREQUESTURI is not set"),
        ("azure_devops", {"SYSTEM_OIDCREQUESTURI": URL}, "System.AccessToken"),
        ("azure_devops", {**AZURE, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "a name"}, "is not a GUID"),
        ("jenkins", {}, "must be one of"),
    ],
)
def test_what_is_missing_is_named_before_anything_is_sent(
    platform: str, environment: dict[str, str], words: str
) -> None:
    error = raised(lambda: make(platform, environment))
    assert isinstance(error, InputError)
    assert words in str(error)
    assert CANARY not in everything_shown(error)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (raw(403, CANARY.encode()), "HTTP status 403"),
        (raw(302, location="https://elsewhere.example"), "HTTP status 302"),
        (html(200, CANARY), "holds no federated token"),
        (answer({"value": CANARY}), "holds no federated token"),
        (answer({"other": 1}), "holds no federated token"),
        (answer({"value": ["a"]}), "holds no federated token"),
        (raw(200, b"[" * 100_000), "holds no federated token"),
        (answer({"value": jwt(exp=time.time() - 60)}), "has expired"),
        (failure(Failure.CERTIFICATE), "certificate is not trusted"),
    ],
)
def test_an_answer_that_is_of_no_use_is_not_shown(step: Any, words: str) -> None:
    error = raised(lambda: make("github", GITHUB).assertion(FakeTransport(step)))
    assert isinstance(error, CredentialError)
    assert words in str(error)
    assert "ry-7" not in everything_shown(error)


def test_a_platform_that_is_busy_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        token_requests.persist, "__kwdefaults__", {"sleep": lambda _seconds: None, "clock": lambda: 0.0}
    )
    transport = FakeTransport(raw(503), failure(Failure.LOST), answer({"value": jwt()}))
    assert make("github", GITHUB).assertion(transport) == jwt()


@pytest.mark.parametrize("text", ["no token", "a.b.c", jwt(exp=1)])
def test_a_file_is_checked_at_each_use(tmp_path: Any, text: str) -> None:
    file = tmp_path / "assertion"
    source = AssertionFile(str(file))
    file.write_text(jwt(exp=time.time() + 60))
    assert source.assertion(FakeTransport())
    file.write_text(text)
    assert "client_assertion_file" in str(raised(lambda: source.assertion(FakeTransport())))


def test_sources_are_compared_and_do_not_show_themselves() -> None:
    assert make("github", GITHUB) == make("github", GITHUB)
    assert hash(make("azure_devops", AZURE)) == hash(make("azure_devops", AZURE))
    assert make("github", GITHUB) != make("github", {**GITHUB, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "other"})
    assert CANARY not in repr(make("github", GITHUB)) + repr(make("azure_devops", AZURE))
