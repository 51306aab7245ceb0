# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences for a network store that does not answer: with advice, and never taken for an empty store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Response
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Context, Store
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Subject
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.registry import make_store
from ansible_collections.csp.partnercenter.tests.unit.hostile.store_clients import OPTIONS, Wire, in_json, store_of
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Kit
from ansible_collections.csp.partnercenter.tests.unit.support.server import Authority, answering, running

CANARY = "Canary\\-'of'-\"the\"-service"
SUBJECT = Subject("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "ada@contoso.example")


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    wire.put_in(monkeypatch)
    return wire


@pytest.fixture(autouse=True)
def nobody_is_signed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No profile, no metadata service, no token of whoever runs the tests."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)


def told(store: Store) -> str:
    with pytest.raises(StoreError) as caught:
        store.load(SUBJECT, read_only=True)
    sentence = str(caught.value)
    assert CANARY not in sentence and caught.value.__cause__ is None
    return sentence.partition(f"user {SUBJECT.name}: ")[2]


def page(status: int) -> Response:
    return Response(status, "", {"content-type": "text/html"}, f"<html>{CANARY}</html>".encode())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 500])
@pytest.mark.parametrize("kind", OPTIONS)
def test_a_page_of_a_gateway_is_no_empty_store(kind: str, status: int, wire: Wire, tmp_path: Path) -> None:
    wire.answer = page(status)
    store = store_of(kind, tmp_path)
    assert told(store)
    with pytest.raises(StoreError):
        list(store.places())


@pytest.mark.parametrize("body", [{"error": CANARY}, [CANARY], {"value": {"a": CANARY}, "id": [CANARY]}, {}, None, 7])
@pytest.mark.parametrize("status", [200, 400, 404])
@pytest.mark.parametrize("kind", OPTIONS)
def test_json_of_another_form_is_no_empty_store(
    kind: str, status: int, body: object, wire: Wire, tmp_path: Path
) -> None:
    wire.answer = in_json(body, status)
    if (kind, status, body) != ("aws_secretsmanager", 200, {}):  # there it is a secret without tags
        assert told(store_of(kind, tmp_path))


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("ForbiddenByFirewall", "the firewall of the Key Vault does not let this machine in"),
        ("ForbiddenByRbac", "give the identity the role 'Key Vault Secrets Officer'"),
        ("ForbiddenByPolicy", "give the identity an access policy"),
        ("ForbiddenByConnection", "private endpoint"),
        ("SecretDisabled", "the secret is disabled at the Key Vault: enable it"),
        (CANARY, "Key Vault refuses access: check the roles of the identity"),
        ({"code": CANARY}, "Key Vault refuses access: check the roles of the identity"),
    ],
)
def test_key_vault_says_why_it_refuses(code: object, sentence: str, wire: Wire, tmp_path: Path) -> None:
    refusal = {"code": "Forbidden", "message": CANARY, "innererror": {"code": code}}
    wire.answer = in_json({"error": refusal}, 403)
    assert sentence in told(store_of("azure_keyvault", tmp_path))


def test_a_token_of_another_tenant_is_said_to_be_one(wire: Wire, tmp_path: Path) -> None:
    message = f"AKV10032: Invalid issuer. Expected one of https://sts.windows.net/{CANARY}"
    challenge = 'Bearer authorization="https://login.microsoftonline.com/t", resource="https://vault.azure.net"'
    wire.answer = in_json(
        {"error": {"code": "Unauthorized", "message": message}}, 401, **{"WWW-Authenticate": challenge}
    )
    assert "they are of another tenant than the vault's" in told(store_of("azure_keyvault", tmp_path))


def application(tmp_path: Path, **more: str) -> Store:
    given = {"type": "azure_keyvault", "vault_url": "https://contoso.vault.azure.net", **more}
    return make_store(given, Context({}, str(tmp_path), lambda _vault_id: pytest.fail("no cipher is needed")))


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (7000215, "(AADSTS7000215): the client secret is wrong"),
        (7000222, "(AADSTS7000222): the client secret has expired"),
        (700016, "(AADSTS700016): the application is not in this tenant"),
        (90002, "(AADSTS90002): no such tenant"),
    ],
)
def test_why_entra_refuses_the_application_of_key_vault(number: int, sentence: str, wire: Wire, tmp_path: Path) -> None:
    def answer(url: str) -> Response:
        if url.startswith("https://contoso"):
            challenge = 'Bearer authorization="https://login.microsoftonline.com/t", resource="https://vault.azure.net"'
            return in_json({}, 401, **{"WWW-Authenticate": challenge})
        if url.endswith("/token"):
            refusal = {"error": "invalid_client", "error_description": f"AADSTS{number}: {CANARY}"}
            return in_json(refusal, 401)
        tenant = "https://login.microsoftonline.com/t"
        return in_json(
            {
                "metadata": [],
                "token_endpoint": f"{tenant}/oauth2/v2.0/token",
                "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
                "issuer": f"{tenant}/v2.0",
            }
        )

    wire.follow = answer
    who = {"tenant_id": "t", "client_id": "11111111-1111-4111-8111-111111111111", "client_secret": "Canary-secret-1"}
    assert sentence in told(application(tmp_path, **who))


def test_without_any_identity_those_that_were_tried_are_named(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")  # asks nobody
    monkeypatch.delenv("AZURE_CLIENT_ID", raising=False)
    challenge = 'Bearer authorization="https://login.microsoftonline.com/t", resource="https://vault.azure.net"'
    wire.answer = in_json({}, 401, **{"WWW-Authenticate": challenge})
    sentence = told(application(tmp_path))
    assert "no identity was found; tried were Environment. Give access_token, or tenant_id" in sentence


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(503, "Vault is sealed, on standby"), (501, "Vault is not initialized"), (429, "throttled"), (500, "has failed")],
)
def test_what_state_vault_is_in(status: int, sentence: str, wire: Wire, tmp_path: Path) -> None:
    wire.answer = in_json({"errors": [CANARY]}, status)
    assert sentence in told(store_of("hashi_vault", tmp_path))


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("ExpiredTokenException", "the credentials of AWS have expired"),
        ("UnrecognizedClientException", "AWS does not accept the credentials"),
        ("InvalidSignatureException", "and the clock of this machine"),
        ("AccessDeniedException", "AWS refuses access"),
        ("DecryptionFailure", "KMS key"),
        (CANARY, "AWS did not accept the request (unknown)"),
    ],
)
def test_aws_says_why_it_refuses(code: str, sentence: str, wire: Wire, tmp_path: Path) -> None:
    wire.answer = in_json({"__type": code, "message": CANARY}, 400)
    assert sentence in told(store_of("aws_secretsmanager", tmp_path))


def of_aws(tmp_path: Path, config: str, **more: str) -> Store:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(config)
    given = {"type": "aws_secretsmanager", "region": "eu-central-1", **more}
    return make_store(given, Context({}, str(tmp_path), lambda _vault_id: pytest.fail("no cipher is needed")))


def test_a_sign_in_to_aws_that_expired(wire: Wire, tmp_path: Path) -> None:
    profile = (
        "[profile partner]\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = r\nregion = eu-central-1\n"
        "[sso-session s]\nsso_region = eu-central-1\nsso_start_url = https://contoso.awsapps.com/start\n"
        "sso_registration_scopes = sso:account:access\n"
    )
    assert "run 'aws sso login'" in told(of_aws(tmp_path, profile, profile="partner"))


@pytest.mark.parametrize(
    ("config", "more", "sentence"),
    [
        ("", {}, "no credentials of AWS were found: give access_key_id"),
        ("", {"profile": "missing"}, "no such profile: check profile or AWS_PROFILE"),
        ("[profile", {"profile": "x"}, "the configuration of AWS cannot be read"),
        ("[profile x]\naws_access_key_id = only\n", {"profile": "x"}, "the credentials of AWS are incomplete"),
        ("[profile x]\ncredential_process = /bin/false\n", {"profile": "x"}, "cannot be had from where the profile"),
    ],
)
def test_what_is_wrong_with_the_configuration_of_aws(
    config: str, more: dict[str, str], sentence: str, wire: Wire, tmp_path: Path
) -> None:
    assert sentence in told(of_aws(tmp_path, config, **more))


def test_no_netrc_reaches_a_store(wire: Wire, tmp_path: Path) -> None:
    """A line of it would go to the server as a password, and take the place of the token."""
    machines = ("vault.example", "contoso.vault.azure.net", "secretsmanager.eu-central-1.amazonaws.com")
    (tmp_path / ".netrc").write_text("".join(f"machine {name} login u password {CANARY}\n" for name in machines))
    (tmp_path / ".netrc").chmod(0o600)
    for kind in OPTIONS:
        wire.answer = page(500)
        told(store_of(kind, tmp_path))
    assert len({url.split("/")[2] for url, _headers, _body in wire.seen}) == len(OPTIONS)
    assert not [url for url, headers, _body in wire.seen if "Basic" in str(headers.get("Authorization"))]


def test_a_certificate_that_is_not_trusted_is_told(hashi_vault: Kit, tmp_path: Path) -> None:
    with running(answering(), Authority(str(tmp_path)).server_context("127.0.0.1")) as server:
        sentence = told(hashi_vault.make(url=server.url))
    assert sentence == (
        "Vault cannot be reached: this machine does not trust its certificate: give the CA bundle as ca_path"
    )


def test_a_proxy_that_is_dead_is_told(hashi_vault: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    store: Any = hashi_vault.make(url="https://vault.contoso.example")
    assert "the proxy of the environment (HTTPS_PROXY)" in told(store)


def test_what_the_service_names_a_version_is_no_text_for_the_screen(wire: Wire, tmp_path: Path) -> None:
    place = f"https://contoso.vault.azure.net/secrets/p-{SUBJECT.customer_id}-{SUBJECT.user_id}--pending"
    strange = {"id": f"{place}/#jinja2:{{{{canary}}}}", "attributes": {"enabled": True}, "tags": {}}
    wire.answer = in_json({"value": [strange]})
    assert "canary" not in told(store_of("azure_keyvault", tmp_path))


@pytest.mark.parametrize(
    "data",
    [
        {"data": CANARY, "metadata": {"version": 1}},
        {"data": {"document": "{}"}, "metadata": {"version": True}},
        {"data": {"document": "{}"}, "metadata": {"version": 0}},
        {"data": {"document": "{}"}, "metadata": {"version": "1"}},
        {"data": {"document": "{}"}},
    ],
)
def test_a_secret_of_vault_in_another_form_is_no_answer(data: Any, wire: Wire, tmp_path: Path) -> None:
    wire.answer = in_json({"data": data})
    assert "Vault gave no usable answer" in told(store_of("hashi_vault", tmp_path))


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (403, "it does not know the token"),
        (200, "no policy of the token allows read on"),
        (404, "no policy of the token allows read on"),
    ],
)
def test_whether_it_is_the_token_or_what_it_may_do(known: int, sentence: str, wire: Wire, tmp_path: Path) -> None:
    """Vault answers 403 to both; the token is looked up to tell them apart, and a proxy may not let that through."""
    wire.follow = lambda url: in_json({"errors": [CANARY]}, known if url.endswith("lookup-self") else 403)
    assert sentence in told(store_of("hashi_vault", tmp_path))
    assert any(url.endswith("/v1/auth/token/lookup-self") for url, _headers, _body in wire.seen)


def test_fields_of_vault_that_are_no_texts_are_not_ours(wire: Wire, tmp_path: Path) -> None:
    deep: object = CANARY
    for _level in range(700):
        deep = [deep]
    wire.answer = in_json({"data": {"data": {"document": "{}", "check": deep}, "metadata": {"version": 1}}})
    assert told(store_of("hashi_vault", tmp_path))
