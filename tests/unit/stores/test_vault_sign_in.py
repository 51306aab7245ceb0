# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signing in to a real OpenBao by AppRole, by a job's JWT and by a pod's account; and what a refusal says."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._stores import vault_api
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Store
from ansible_collections.csp.partnercenter.tests.unit.hostile.store_clients import Wire, in_json, store_of
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Kit, new_subject, rotated
from ansible_collections.csp.partnercenter.tests.unit.support.openbao import LEAST_RIGHTS, OpenBao
from ansible_collections.csp.partnercenter.tests.unit.support.server import http_answer, running

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "docsite" / "rst" / "guide_rotation.rst"
ISSUER, AUDIENCE, SUBJECT = "https://ci.contoso.example", "https://vault.contoso.example", "project:rotations"


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


KEY = new_key()


def token(key: ec.EllipticCurvePrivateKey = KEY, **claims: Any) -> str:
    """A JWT as the platform of a job makes one."""
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": SUBJECT, "iat": now - 10, "exp": now + 600}
    return jwt.encode({**usual, **claims}, key, "ES256")


def signed_in(store: Store) -> None:
    """Whoever is signed in may do what a rotation does."""
    rotated(store, new_subject(), "r1")


def refusal(store: Store, *secrets: str) -> str:
    with pytest.raises(StoreError) as caught:
        store.load(new_subject())
    sentence = str(caught.value)
    assert not [secret for secret in secrets if secret in sentence] and caught.value.__cause__ is None
    return sentence


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    made = FakeClock()
    monkeypatch.setattr(vault_api, "time", SimpleNamespace(monotonic=made, sleep=made.sleep))
    return made


class TestAppRole:
    """The options are role_id and secret_id."""

    def test_it_signs_in(self, hashi_vault: Kit, vault_server: OpenBao) -> None:
        _name, role = vault_server.app_role(*LEAST_RIGHTS)
        signed_in(hashi_vault.make(token=None, **role))
        signed_in(hashi_vault.make(token=None, auth_method="approle", auth_mount="auth/approle/", **role))

    def test_a_wrong_secret_id(self, hashi_vault: Kit, vault_server: OpenBao) -> None:
        _name, role = vault_server.app_role(*LEAST_RIGHTS)
        sentence = refusal(hashi_vault.make(token=None, **{**role, "secret_id": "canary-secret"}), "canary-secret")
        assert "by approle at auth/approle: check role_id, and make a new secret_id" in sentence

    def test_a_method_that_is_not_enabled(self, hashi_vault: Kit) -> None:
        store = hashi_vault.make(token=None, role_id="r", secret_id="canary-secret", auth_mount="nowhere")
        assert "at auth/nowhere: check that the auth method is enabled there" in refusal(store, "canary-secret")

    def test_it_signs_in_anew_before_the_token_ends(
        self, hashi_vault: Kit, vault_server: OpenBao, clock: FakeClock
    ) -> None:
        """A run may take longer than a token lives."""
        _name, role = vault_server.app_role(*LEAST_RIGHTS, token_ttl=100)
        store: Any = hashi_vault.make(token=None, **role)
        tokens = []
        for seconds in (0, 70, 15, 0):
            clock.advance(seconds)
            store.load(new_subject())
            tokens.append(store._api._client.token)
        first, second, third, fourth = tokens
        assert first == second != third == fourth

    def test_a_token_without_an_end_is_kept(
        self, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wire = Wire()
        wire.put_in(monkeypatch)
        endless = in_json({"auth": {"client_token": "t", "lease_duration": 0}})
        wire.follow = lambda url: endless if url.endswith("/login") else in_json({"errors": []}, 404)
        store = store_of("hashi_vault", tmp_path, token=None, role_id="r", secret_id="s")
        for _load in range(3):
            assert store.load(new_subject()) is None
            clock.advance(10_000_000)
        assert len([url for url, _headers, _body in wire.seen if url.endswith("/login")]) == 1

    def test_a_secret_id_for_one_use_is_enough_for_a_long_run(
        self, hashi_vault: Kit, vault_server: OpenBao, clock: FakeClock
    ) -> None:
        """The token is renewed, where its role allows that."""
        _name, role = vault_server.app_role(*LEAST_RIGHTS, token_ttl=100, secret_id_num_uses=1)
        store = hashi_vault.make(token=None, **role)
        for _load in range(5):
            assert store.load(new_subject()) is None
            clock.advance(85)

    def test_a_token_that_cannot_be_renewed_is_used_until_its_end(
        self, hashi_vault: Kit, vault_server: OpenBao, clock: FakeClock
    ) -> None:
        _name, role = vault_server.app_role(*LEAST_RIGHTS, token_ttl=100, token_type="batch", secret_id_num_uses=1)
        store = hashi_vault.make(token=None, **role)
        for seconds in (0, 85, 10):
            clock.advance(seconds)
            assert store.load(new_subject()) is None
        clock.advance(6)
        assert "make a new secret_id: it may have expired, or have been used up" in refusal(store)


@pytest.fixture(scope="module")
def jwt_mount(vault_server: OpenBao) -> str:
    """The server knows the key of this test's platform."""
    public = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    mount = f"jwt{uuid.uuid4().hex[:8]}"
    vault_server.client.sys.enable_auth_method("jwt", path=mount)
    method = vault_server.client.auth.jwt
    method.configure(jwt_validation_pubkeys=[public.decode()], bound_issuer=ISSUER, path=mount)
    method.create_role(
        "rotations",
        role_type="jwt",
        user_claim="sub",
        allowed_redirect_uris=[],
        bound_audiences=[AUDIENCE],
        bound_subject=SUBJECT,
        bound_claims={"ref": "main"},
        token_ttl=100,
        token_policies=[vault_server.policy(*LEAST_RIGHTS)],
        path=mount,
    )
    return mount


class TestJwt:
    """The options are role, and jwt_file or jwt."""

    @pytest.fixture
    def job(self, hashi_vault: Kit, jwt_mount: str) -> Kit:
        own = {"token": None, "auth_method": "jwt", "auth_mount": jwt_mount, "role": "rotations"}
        hashi_vault.options = {**hashi_vault.options, **own}
        return hashi_vault

    def test_the_token_may_be_an_option(self, job: Kit) -> None:
        signed_in(job.make(jwt=token(ref="main")))

    def test_the_role_of_the_guide(self, job: Kit, jwt_mount: str, vault_server: OpenBao) -> None:
        text = GUIDE.read_text(encoding="utf-8").partition("auth/jwt/role/rotations - <<EOF")[2].partition("EOF")[0]
        role = json.loads(text)
        rights = vault_server.policy(*LEAST_RIGHTS)
        vault_server.client.write_data(f"auth/{jwt_mount}/role/guide", data={**role, "token_policies": [rights]})
        audience, claims = role["bound_audiences"][0], role["bound_claims"]
        signed_in(job.make(role="guide", jwt=token(aud=audience, **claims)))
        feature = token(aud=audience, **{**claims, "ref": "feature"})
        assert "check bound_claims of the role" in refusal(job.make(role="guide", jwt=feature), feature)

    def test_the_token_may_be_in_a_variable_of_the_job(self, job: Kit) -> None:
        job.environment = {"VAULT_ID_TOKEN": f"{token(ref='main')}\n"}
        signed_in(job.make(jwt_file=None))

    def test_a_token_in_a_file_is_read_at_each_sign_in(self, job: Kit, tmp_path: Path, clock: FakeClock) -> None:
        """The platform keeps it fresh."""
        file = tmp_path / "token"
        file.write_text(token(ref="main") + "\n")
        file.chmod(0o600)
        store: Any = job.make(jwt_file=str(file))
        signed_in(store)
        first = store._api._client.token
        file.write_text(token(ref="main", exp=int(time.time()) + 900))
        clock.advance(85)
        signed_in(store)
        assert store._api._client.token != first

    def test_a_token_of_the_job_that_has_expired_meanwhile(self, job: Kit, tmp_path: Path, clock: FakeClock) -> None:
        """It was good for the first sign-in; the token of Vault lives longer than it."""
        file = tmp_path / "token"
        file.write_text(token(ref="main"))
        file.chmod(0o600)
        store = job.make(jwt_file=str(file))
        signed_in(store)
        file.write_text(token(ref="main", iat=1, exp=2))
        for _sign_in in range(3):
            clock.advance(85)
            signed_in(store)
        file.unlink()
        clock.advance(85)
        signed_in(store)

    @pytest.mark.parametrize(
        ("claims", "more", "sentence"),
        [
            ({"iat": 1, "exp": 2}, {}, "the token has expired: jwt_file must be one that is kept fresh"),
            ({"aud": "api://other"}, {}, "for another audience than bound_audiences of the role"),
            ({"iss": "https://other.example"}, {}, "of another issuer than bound_issuer of the auth method"),
            ({"sub": "project:other"}, {}, "of another subject than bound_subject of the role"),
            ({"ref": "feature"}, {}, "a claim of the token is not as the role demands: check bound_claims"),
            ({}, {"role": "missing"}, "role missing: it has no such role: check role and auth_mount"),
            ({}, {"auth_mount": "nowhere"}, "at auth/nowhere, role rotations: check that the auth method is enabled"),
        ],
    )
    def test_why_it_is_refused(
        self, job: Kit, claims: Mapping[str, Any], more: Mapping[str, str], sentence: str
    ) -> None:
        given = token(**{"ref": "main", **claims})
        assert sentence in refusal(job.make(jwt=given, **more), given)

    def test_a_token_that_somebody_else_signed(self, job: Kit) -> None:
        given = token(new_key(), ref="main")
        assert "Vault does not know the key that signed the token" in refusal(job.make(jwt=given), given)

    def test_a_file_that_is_not_there(self, job: Kit, tmp_path: Path) -> None:
        sentence = refusal(job.make(jwt_file=str(tmp_path / "missing")))
        assert "store.jwt_file: the file cannot be read (No such file or directory)" in sentence


@pytest.fixture(scope="module")
def pod_mount(vault_server: OpenBao) -> Iterator[str]:
    """The server asks the API of Kubernetes about a token; a few lines answer in its place."""

    def review(connection: Any, request: bytes) -> None:
        asked = json.loads(request.partition(b"\r\n\r\n")[2])["spec"]
        name = jwt.decode(asked["token"], options={"verify_signature": False})["sub"]
        user = {"username": name, "uid": name.rpartition(":")[2]}
        status = {"authenticated": True, "user": user, "audiences": asked.get("audiences")}
        answer = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status}
        connection.sendall(http_answer(json.dumps(answer).encode(), status="201 Created"))

    mount = f"kubernetes{uuid.uuid4().hex[:8]}"
    vault_server.client.sys.enable_auth_method("kubernetes", path=mount)
    with running(review) as api:
        vault_server.client.auth.kubernetes.configure(
            kubernetes_host=api.url,
            kubernetes_ca_cert=trustme.CA().cert_pem.bytes().decode(),
            token_reviewer_jwt=pod_token(),
            mount_point=mount,
        )
        vault_server.client.auth.kubernetes.create_role(
            "rotations",
            bound_service_account_names=["rotations"],
            bound_service_account_namespaces=["awx"],
            policies=[vault_server.policy(*LEAST_RIGHTS)],
            mount_point=mount,
        )
        yield mount


class TestKubernetes:
    """The options are role and, outside of a pod, jwt_file."""

    def test_the_account_of_the_pod_signs_in(self, hashi_vault: Kit, pod_mount: str, tmp_path: Path) -> None:
        signed_in(pod(hashi_vault, pod_mount, tmp_path, pod_token()))

    def test_another_account_is_refused(self, hashi_vault: Kit, pod_mount: str, tmp_path: Path) -> None:
        other = pod_token("other")
        sentence = refusal(pod(hashi_vault, pod_mount, tmp_path, other), other)
        assert f"at auth/{pod_mount}, role rotations: the role is not for this service account" in sentence

    def test_another_role_is_refused(self, hashi_vault: Kit, pod_mount: str, tmp_path: Path) -> None:
        sentence = refusal(pod(hashi_vault, pod_mount, tmp_path, pod_token(), role="missing"))
        assert "it has no such role: check role and auth_mount" in sentence

    def test_outside_of_a_pod_there_is_no_token(self, hashi_vault: Kit) -> None:
        sentence = refusal(hashi_vault.make(token=None, auth_method="kubernetes", role="rotations"))
        assert "store.jwt_file: the file cannot be read" in sentence


def pod_token(account: str = "rotations") -> str:
    own = {"namespace": "awx", "serviceaccount": {"name": account, "uid": account}}
    return token(sub=f"system:serviceaccount:awx:{account}", aud=[AUDIENCE], **{"kubernetes.io": own})


def pod(kit: Kit, mount: str, folder: Path, given: str, role: str = "rotations") -> Store:
    file = folder / "service-account-token"
    file.write_text(given)
    file.chmod(0o600)
    return kit.make(token=None, auth_method="kubernetes", auth_mount=mount, role=role, jwt_file=str(file))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"auth_method": "ldap"}, "auth_method: must be one of token, approle, jwt, kubernetes"),
        ({"auth_method": "jwt", "jwt": "canary"}, "role: is missing: the role of auth/jwt in Vault to sign in with"),
        ({"auth_method": "jwt", "role": "r"}, "jwt_file: is missing: give it, or jwt, or have the job set VAULT_ID"),
        ({"auth_method": "jwt", "role": "r", "jwt": "canary", "jwt_file": "/f"}, "jwt: give either jwt or jwt_file"),
        ({"auth_method": "jwt", "role": "r", "jwt": "canary\ncanary"}, "jwt: holds a line break"),
        ({"auth_method": "kubernetes", "role": "r", "jwt": "canary"}, "jwt: belongs to auth_method jwt, and this"),
        ({"auth_method": "approle"}, "role_id: is missing, and secret_id: auth_method is approle"),
        (
            {"auth_method": "jwt", "token": "canary"},
            "token: belongs to auth_method token, and this store signs in by jwt",
        ),
        (
            {"token": "canary", "role": "r"},
            "role: belongs to auth_method jwt or kubernetes, and this store signs in by",
        ),
        ({"token": "canary", "role_id": "r", "secret_id": "s"}, "token: belongs to auth_method token"),
        ({"role_id": "r"}, "secret_id: is missing"),
    ],
)
def test_a_mistake_in_the_options_names_its_place(options: Mapping[str, str], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        store_of("hashi_vault", tmp_path, **{"token": None, **options})
    assert f"store.{sentence}" in str(caught.value) and "canary" not in str(caught.value)
