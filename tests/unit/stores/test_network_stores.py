# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stores behind a network: signing in, refusals, strangers' secrets, and what is not shown."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from key_vault_emulator.app import CLIENT_SECRET, READ_ONLY_TOKEN, TENANT, TOKEN, make_key_vault
from local_server import served

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import StoreConflict
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.tests.unit.support.clock import never_wait
from ansible_collections.csp.partnercenter.tests.unit.support.kits import (
    Kit,
    canary,
    new_subject,
    passwords,
    rotated,
    staged,
)
from ansible_collections.csp.partnercenter.tests.unit.support.server import http_answer, running

CHOSEN = "33333333-3333-4333-8333-333333333333"
#: An address on which nothing listens.
NOWHERE = "127.0.0.1:9"


def name_of(kit: Kit, subject: Subject) -> str:
    separator = "-" if kit.kind == "azure_keyvault" else "/"
    return separator.join((kit._prefix, subject.customer_id, subject.user_id))


def api_of(kit: Kit) -> Any:
    return kit.make()._api  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "option"),
    [("azure_keyvault", "vault_url"), ("hashi_vault", "url"), ("aws_secretsmanager", "endpoint_url")],
)
def test_an_unreachable_store_is_named_before_anything(
    kind: str, option: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    never_wait(monkeypatch)
    kit: Kit = request.getfixturevalue(kind)
    subject = new_subject()
    store = kit.make(**{option: f"https://{NOWHERE}"})
    with pytest.raises(StoreError, match=f"user {subject.name}.*cannot be reached") as caught:
        store.check([subject])
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("azure_keyvault", {"access_token": "wrong-canary"}),
        ("azure_keyvault", {"access_token": READ_ONLY_TOKEN}),
        ("hashi_vault", {"token": "wrong-canary"}),
    ],
)
def test_who_may_not_write_writes_nothing(kind: str, wrong: dict[str, str], request: pytest.FixtureRequest) -> None:
    kit: Kit = request.getfixturevalue(kind)
    subject, store = new_subject(), kit.make(**wrong)
    with pytest.raises(StoreError, match=f"user {subject.name}.*(refuses|accept|allow)") as caught:
        store.check([subject])
        store.compare_and_set(None, staged(subject), new_password=canary())
    assert "canary" not in str(caught.value).replace(subject.name, "")
    assert kit.make().load(subject) is None


def test_an_application_signs_in_at_the_authority_of_the_challenge(azure_keyvault: Kit) -> None:
    # A vault of its own: the SDK remembers the challenge of an address.
    with served(make_key_vault, tls=True) as (address, app):
        who = {"tenant_id": TENANT, "client_id": TENANT, "authority_url": address.url, "access_token": None}
        here = {"vault_url": address.url, "ca_path": address.ca_path}
        subject = new_subject()
        store = azure_keyvault.make(client_secret=CLIENT_SECRET, **who, **here)
        assert rotated(store, subject, "r1").document.current is not None
        journal = app.state.emulator.journal
        assert journal[0] == journal[1], "asked without a token, challenged, and asked again with one"
        wrong = azure_keyvault.make(client_secret="wrong-canary", **who, **here)
        with pytest.raises(StoreError, match="does not accept the credentials"):
            wrong.load(subject)


def test_without_a_secret_the_identity_that_is_named_signs_in(
    azure_keyvault: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine may have several managed identities. The way of App Service is the one that a test can serve."""
    token = http_answer(json.dumps({"access_token": TOKEN, "expires_on": str(int(time.time()) + 3600)}).encode())
    with running(lambda connection, _request: connection.sendall(token)) as platform:
        monkeypatch.setenv("IDENTITY_ENDPOINT", platform.url)
        monkeypatch.setenv("IDENTITY_HEADER", "of the platform")
        for named in ({"client_id": CHOSEN}, {"client_id": None}):
            assert azure_keyvault.make(access_token=None, **named).load(new_subject()) is None
    first, second = platform.requests
    assert f"client_id={CHOSEN}".encode() in first.splitlines()[0]
    assert b"client_id" not in second.splitlines()[0]


def test_a_job_signs_in_to_key_vault_by_its_federated_token(
    azure_keyvault: Kit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """azure-identity takes the variables that pipelines and Kubernetes set; Entra ID is played here."""
    (tmp_path / "token").write_text("the token of the job")
    monkeypatch.setenv("AZURE_TENANT_ID", TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", CHOSEN)
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(tmp_path / "token"))
    authority, asked, send = f"https://login.microsoftonline.com/{TENANT}", [], requests.Session.request
    endpoints = {"issuer": authority, "token_endpoint": f"{authority}/token", "authorization_endpoint": authority}

    def request(session: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
        if not url.startswith(authority):
            return send(session, method, url, **options)
        asked.append((method, options.get("data")))
        answer = requests.Response()
        answer.status_code, answer.headers["Content-Type"] = 200, "application/json"
        content = endpoints if method == "GET" else {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}
        answer.raw = io.BytesIO(json.dumps(content).encode())
        return answer

    monkeypatch.setattr(requests.Session, "request", request)
    assert azure_keyvault.make(access_token=None).load(new_subject()) is None
    method, form = asked[-1]
    assert method == "POST" and form["client_id"] == CHOSEN and form["client_assertion"] == "the token of the job"


def test_a_job_signs_in_to_aws_by_its_web_identity(
    aws_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """boto3 takes the variables that pipelines and Kubernetes set; nothing of a key is given."""
    (tmp_path / "token").write_text("the token of the job")
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/rotations")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_SESSION_NAME", "rotations")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", aws_server)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    kit = Kit("aws_secretsmanager", {"region": "eu-central-1", "endpoint_url": aws_server}, tmp_path, calls="call")
    subject, password = new_subject(), canary()
    rotated(kit.make(), subject, "r1", password)
    assert passwords(kit.make(), subject)[Slot.CURRENT] == password.reveal()
    signed_in = api_of(kit)._connected()._request_signer._credentials
    assert signed_in.method == "assume-role-with-web-identity"
    (tmp_path / "token").unlink()
    with pytest.raises(StoreError, match="such as that of AWS_WEB_IDENTITY_TOKEN_FILE") as caught:
        kit.make(region="eu-west-1").load(subject)
    assert "arn:" not in str(caught.value)


def test_a_strangers_secret_is_left_alone(network_kit: Kit) -> None:
    subject = new_subject()
    name, api = name_of(network_kit, subject), api_of(network_kit)
    if network_kit.kind == "azure_keyvault":
        api.put(name, "theirs", {})
    elif network_kit.kind == "hashi_vault":
        api.write(name, {"password": "theirs"}, 0)
    else:
        api.call("create_secret", Name=name, SecretString="theirs")
    with pytest.raises(StoreError, match=f"user {subject.name}.*not of this collection"):
        network_kit.make().load(subject)
    with pytest.raises(StoreError):
        network_kit.make().compare_and_set(None, staged(subject), new_password=canary())


def test_a_strangers_pending_secret_is_left_alone(azure_keyvault: Kit) -> None:
    subject = new_subject()
    api_of(azure_keyvault).put(name_of(azure_keyvault, subject) + "--pending", "theirs", {"revision": "mine"})
    with pytest.raises(StoreError, match="not of this collection"):
        azure_keyvault.make().load(subject)


def test_what_was_deleted_by_hand_is_not_begun_anew(network_kit: Kit) -> None:
    subject, password = new_subject(), canary()
    rotated(network_kit.make(), subject, "r1", password)
    name, api = name_of(network_kit, subject), api_of(network_kit)
    if network_kit.kind == "azure_keyvault":
        for deleted in (name, name + "--pending"):
            api._client.begin_delete_secret(deleted).wait()
    elif network_kit.kind == "hashi_vault":
        network_kit.tools.secrets.kv.v2.delete_latest_version_of_secret(name)
    else:
        api.call("delete_secret", SecretId=name)
    with pytest.raises(StoreError, match=f"user {subject.name}.*delet") as caught:
        store = network_kit.make()
        store.compare_and_set(store.load(subject), staged(subject), new_password=canary())
    assert not isinstance(caught.value, StoreConflict)


def test_a_disabled_version_is_not_overlooked(azure_keyvault: Kit) -> None:
    subject = new_subject()
    rotated(azure_keyvault.make(), subject, "r1")
    stored: Any = rotated(azure_keyvault.make(), subject, "r2")
    api = azure_keyvault.make()._api  # type: ignore[attr-defined]
    name = name_of(azure_keyvault, subject) + "--pending"
    tags = next(found.tags for found in api.versions(name) if found.id == stored.parts["version"])
    api.retag(name, stored.parts["version"], tags, enabled=False)
    with pytest.raises(StoreError, match="disabled by hand"):
        azure_keyvault.make().load(subject)


def test_a_claim_beside_another_is_withdrawn(azure_keyvault: Kit) -> None:
    subject, mine, theirs = new_subject(), canary(), canary()
    first, second = azure_keyvault.make(), azure_keyvault.make()
    before = first.load(subject)
    # The second one looks before the first one writes, and writes after it.
    document = staged(subject)
    second.load = lambda *arguments, **named: before  # type: ignore[method-assign]
    first.compare_and_set(before, document, new_password=mine)
    with pytest.raises(StoreConflict):
        second.compare_and_set(before, staged(subject), new_password=theirs)
    assert passwords(azure_keyvault.make(), subject) == {Slot.PENDING: mine.reveal()}
    stored = azure_keyvault.make().load(subject)
    assert stored is not None and stored.document == document


@pytest.mark.parametrize("kind", ["azure_keyvault", "aws_secretsmanager"])
def test_pending_is_where_people_look_for_it(kind: str, request: pytest.FixtureRequest) -> None:
    kit: Kit = request.getfixturevalue(kind)
    subject, first, second = new_subject(), canary(), canary()
    rotated(kit.make(), subject, "r1", first)
    store = kit.make()
    store.compare_and_set(store.load(subject), staged(subject, store.load(subject), "r2"), new_password=second)
    name, api = name_of(kit, subject), api_of(kit)
    if kind == "azure_keyvault":
        found = [api._client.get_secret(secret).value for secret in (name + "--pending", name)]
    else:
        stages = ("AWSPENDING", "AWSCURRENT")
        found = [api.call("get_secret_value", SecretId=name, VersionStage=stage)["SecretString"] for stage in stages]
    assert found == [second.reveal(), first.reveal()]


def test_before_the_first_promotion_aws_gives_no_password(aws_secretsmanager: Kit) -> None:
    subject, password = new_subject(), canary()
    store = aws_secretsmanager.make()
    store.compare_and_set(None, staged(subject), new_password=password)
    answer = api_of(aws_secretsmanager).call(
        "get_secret_value", SecretId=name_of(aws_secretsmanager, subject), VersionStage="AWSCURRENT"
    )
    assert answer["SecretString"] == "(no password was set yet)"


def test_a_promotion_carries_the_password_as_it_was_staged(network_kit: Kit) -> None:
    subject, password = new_subject(), canary()
    store = network_kit.make()
    stored = store.compare_and_set(None, staged(subject), new_password=password)
    # The object that goes on knows nothing of what the first one had in memory.
    found = network_kit.make().load(subject)
    assert found is not None and found.revision == stored.revision
    assert network_kit.make().password(found, Slot.PENDING) == password
