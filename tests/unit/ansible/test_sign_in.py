# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signing in once, and a look at it: what is saved and shown, and what is refused before anybody has to sign in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import sign_in as module
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import validated
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CredentialError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.access_token import AccessToken
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.credentials import Credentials
from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import Settings
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Response
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.connection import connect
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.flows import by_device_code
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import CipherError
from ansible_collections.csp.partnercenter.plugins.plugin_utils import _controller
from ansible_collections.csp.partnercenter.tests.unit.support.entra import (
    ACCOUNT,
    AUTHORITY,
    CLIENT,
    TENANT,
    TOKEN_ENDPOINT,
    FakeEntra,
    discovered,
    jwt,
    token,
)
from ansible_collections.csp.partnercenter.tests.unit.support.kits import PlainCipher
from ansible_collections.csp.partnercenter.tests.unit.support.partner import Partner, customer, guid, user
from ansible_collections.csp.partnercenter.tests.unit.support.transport import answer, collection, fault, raw

#: MSAL goes by the real clock.
pytestmark = pytest.mark.filterwarnings("ignore:Attempted too soon")
GOOD = {"amr": ["pwd", "mfa"], "scp": "user_impersonation", "tid": TENANT}
HERE = guid(1)
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def shown() -> list[str]:
    return []


@pytest.fixture
def run(tmp_path: Path, shown: list[str]) -> Run:
    """A task with an application's credentials; ``context`` holds what differs in its surroundings."""

    def task(context: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
        who = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": "x", "authority_url": AUTHORITY}
        options = {name: value for name, value in {**who, **given}.items() if value is not None}
        surroundings = {"environment": {"ANSIBLE_HOME": str(tmp_path)}, "show": shown.append} | (context or {})
        surroundings = {"cipher": lambda _vault_id: PlainCipher()} | surroundings
        return module.sign_in(validated(options, module.specification()), TaskContext(**surroundings))

    return task


@pytest.fixture
def entra(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeEntra]:
    """The answers of Entra ID: a device code, the tokens of the person, the tokens of the first redemption."""

    def answers(*tokens: Any) -> FakeEntra:
        endpoint = TOKEN_ENDPOINT.replace("token", "devicecode")
        code = {"user_code": "ABCD1234", "device_code": "d", "verification_uri": "https://login.example/device"}
        fake = FakeEntra(
            answer({**code, "expires_in": 900, "interval": 0}),
            *tokens,
            discovery=discovered(device_authorization_endpoint=endpoint),
        )
        monkeypatch.setattr(module, "RequestsTransport", lambda _settings: fake)
        return fake

    return answers


def test_what_unattended_runs_can_use_is_saved(
    run: Run, entra: Callable[..., FakeEntra], shown: list[str], tmp_path: Path
) -> None:
    """The token of the person was redeemed once, as they will do; the newer one is kept, and neither is shown."""
    fake = entra(token(jwt(**GOOD), refresh_token="Kanarie-1"), token(jwt(**GOOD), refresh_token="Kanarie-2"))
    path = tmp_path / "token"
    result = run(refresh_token_file=str(path), encrypt=False)
    assert fake.redemptions[-1]["refresh_token"] == "Kanarie-1" and path.read_text().strip() == "Kanarie-2"
    assert "ABCD1234" in shown[0] and "Kanarie" not in json.dumps(result) + "".join(shown)
    assert (result["changed"], result["failed"], result["account"]) == (True, False, "job@partner.example")
    assert (result["object_id"], result["tenant_id"]) == (ACCOUNT, TENANT)
    assert (result["multi_factor"], result["app_and_user"], result["kept_in"]) == (True, True, f"the file {path}")
    until = f"{datetime.fromisoformat(result['saved_at']) + timedelta(days=90):%Y-%m-%d}"
    kept = f"the refresh token is in the file {path}, and is good until {until} if no run renews it before"
    assert result["msg"] == f"job@partner.example signed in; {kept}" and result["valid_until"] == until


def test_a_file_is_encrypted_unless_that_is_not_wanted(
    run: Run, entra: Callable[..., FakeEntra], tmp_path: Path
) -> None:
    entra(token(jwt(**GOOD), refresh_token="Kanarie-1"), token(jwt(**GOOD)))
    assert not run(refresh_token_file=str(tmp_path / "token"))["failed"]
    text = (tmp_path / "token").read_text()
    assert text.startswith("$ANSIBLE_VAULT") and "Kanarie" not in text


def test_a_browser_on_this_machine(
    run: Run, entra: Callable[..., FakeEntra], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entra(token(jwt(**GOOD), refresh_token="Kanarie-1"), token(jwt(**GOOD)))
    ports: list[int] = []

    def browser(entra: Any, person: Any, port: int) -> Any:
        ports.append(port)
        return by_device_code(entra, person)

    monkeypatch.setattr(module, "by_browser", browser)
    options = {"flow": "authorization_code", "redirect_port": 8401, "encrypt": False}
    assert not run(refresh_token_file=str(tmp_path / "token"), **options)["failed"]
    assert ports == [8401] and (tmp_path / "token").read_text().strip() == "Kanarie-1"


def test_a_store_of_passwords_keeps_it_as_well(
    run: Run, entra: Callable[..., FakeEntra], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entra(token(jwt(**GOOD), refresh_token="Kanarie-1"), token(jwt(**GOOD), refresh_token="Kanarie-2"))
    stores = {"token_store": _controller.token_store}
    result = run(stores, refresh_token_store={"type": "file"})
    folder = tmp_path / "partnercenter" / "refresh_tokens"
    assert not result["failed"] and str(folder) in result["kept_in"] and (folder / TENANT / f"{CLIENT}.yml").exists()

    connected(monkeypatch, Partner([]), **GOOD)
    looked_at = run(stores, operation="check", refresh_token_store={"type": "file"})
    assert looked_at["kept_in"] == result["kept_in"] and looked_at["saved_at"] >= result["saved_at"][:10]
    assert looked_at["valid_until"] >= result["valid_until"] and looked_at["valid_until"] in looked_at["msg"]


@pytest.mark.parametrize(
    ("place", "kept_in_store"),
    [
        ({}, True),
        ({"refresh_token_store": {"type": "file"}}, True),
        ({"refresh_token_file": "{here}/named"}, False),
    ],
    ids=["the job names both", "the task names the store", "the task names a file"],
)
def test_a_job_with_a_seed_and_a_store_saves_where_the_task_says_or_else_in_the_store(
    run: Run, entra: Callable[..., FakeEntra], tmp_path: Path, place: dict[str, Any], kept_in_store: bool
) -> None:
    """As one of AWX, whose credential brings both in its environment."""
    entra(token(jwt(**GOOD), refresh_token="Kanarie-1"), token(jwt(**GOOD), refresh_token="Kanarie-2"))
    seed, tokens = tmp_path / "seed", tmp_path / "tokens"
    seed.write_text("seed\n")
    job = {
        "ANSIBLE_HOME": str(tmp_path),
        "PARTNERCENTER_REFRESH_TOKEN_FILE": str(seed),
        "PARTNERCENTER_REFRESH_TOKEN_STORE": json.dumps({"type": "file", "path": str(tokens)}),
    }
    given = json.loads(json.dumps(place).replace("{here}", str(tmp_path)))
    result = run({"token_store": _controller.token_store, "environment": job}, encrypt=False, **given)
    assert not result["failed"], result["msg"]
    assert seed.read_text() == "seed\n"
    assert ("store" in result["kept_in"]) == kept_in_store
    assert (tmp_path / "named").exists() == (not kept_in_store)


@pytest.mark.parametrize(
    ("keep", "sentence", "check_mode"),
    [
        ({"refresh_token_file": "{here}"}, "{here} is a folder", False),
        ({"refresh_token_file": "{here}"}, "{here} is a folder", True),
        ({"refresh_token_file": "{here}/file/token"}, "cannot be saved in {here}/file/token (Not a directory)", False),
        ({"refresh_token_file": "{here}/file/token"}, "cannot be saved in {here}/file/token (Not a directory)", True),
        ({"refresh_token_store": {"type": "file", "path": "{here}/file"}}, "{here}/file", False),
    ],
)
def test_nobody_signs_in_where_the_token_could_not_be_kept(
    run: Run, entra: Callable[..., FakeEntra], tmp_path: Path, keep: dict[str, Any], sentence: str, check_mode: bool
) -> None:
    (tmp_path / "file").write_text("x")
    fake = entra()
    here = json.loads(json.dumps(keep).replace("{here}", str(tmp_path)))
    result = run({"check_mode": check_mode, "token_store": _controller.token_store}, **here)
    assert result["failed"] and sentence.replace("{here}", str(tmp_path)) in result["msg"], result
    assert not fake.requests


@pytest.mark.parametrize(
    ("claims", "refresh_token", "sentence"),
    [
        ({"amr": ["pwd"]}, "r", "nothing was saved: the sign-in was made without multi-factor authentication"),
        ({"scp": "something_else"}, "r", "nothing was saved: no user is behind the token"),
        ({}, None, "Entra ID gave no refresh token"),
    ],
)
def test_what_no_run_could_use_is_not_saved(
    run: Run,
    entra: Callable[..., FakeEntra],
    tmp_path: Path,
    claims: dict[str, Any],
    refresh_token: str | None,
    sentence: str,
) -> None:
    given = {"refresh_token": refresh_token} if refresh_token else {}
    entra(token(jwt(**GOOD | claims), **given))
    result = run(refresh_token_file=str(tmp_path / "token"), encrypt=False)
    assert result["failed"] and result["msg"].startswith(sentence) and not (tmp_path / "token").exists()


def test_check_mode_asks_nobody(run: Run, entra: Callable[..., FakeEntra], shown: list[str], tmp_path: Path) -> None:
    fake = entra()
    result = run({"check_mode": True}, refresh_token_file=str(tmp_path / "token"))
    assert (
        result["changed"] and result["msg"] == f"would sign in and save the refresh token in the file {tmp_path}/token"
    )
    assert not fake.requests and not shown and not (tmp_path / "token").exists()


def no_vault_password(_vault_id: str | None) -> Any:
    raise CipherError


@pytest.mark.parametrize(
    ("context", "given", "sentence"),
    [
        (
            {},
            {"refresh_token_file": None},
            "refresh_token_file: one of refresh_token_file and refresh_token_store is needed",
        ),
        ({}, {"access_token": "t", "client_secret": None}, "access_token: stands alone"),
        ({}, {"patience": 0}, "patience: must be from 1 to 3600"),
        ({}, {"redirect_port": 70000}, "redirect_port: must be from 0 to 65535"),
        ({"cipher": no_vault_password}, {}, "refresh_token_file: cannot be encrypted"),
        ({"cipher": None}, {}, "refresh_token_file: is encrypted with ansible-vault, and only a task"),
        (
            {},
            {"refresh_token_file": None, "refresh_token_store": {"type": "file"}},
            "refresh_token_store: needs a task in the controller's process",
        ),
        (
            {"token_store": _controller.token_store},
            {"refresh_token_file": None, "refresh_token_store": {"type": "hashi_vault", "token": "t"}},
            "refresh_token_store.url: ",
        ),
    ],
)
def test_options_are_refused_before_anybody_has_to_sign_in(
    run: Run,
    entra: Callable[..., FakeEntra],
    tmp_path: Path,
    context: dict[str, Any],
    given: dict[str, Any],
    sentence: str,
) -> None:
    fake = entra()
    result = run(context, **{"refresh_token_file": str(tmp_path / "token"), **given})
    assert result["failed"] and result["msg"].startswith(sentence), result["msg"]
    assert not fake.requests


def test_a_task_names_one_place_for_the_token(run: Run, entra: Callable[..., FakeEntra], tmp_path: Path) -> None:
    fake = entra()
    result = run(refresh_token_file=str(tmp_path / "token"), refresh_token_store={"type": "file"})
    assert result["failed"] and "exactly one of refresh_token_file and refresh_token_store" in result["msg"]
    assert not fake.requests


def connected(monkeypatch: pytest.MonkeyPatch, partner: Partner, **claims: Any) -> None:
    """The connection of a check is one to this partner, by a token with these claims."""
    who = Credentials(access_token=Secret(jwt(**claims)))
    connection = connect(Settings(), who, transport=partner.transport)
    monkeypatch.setattr(module, "open_partner_center", lambda *_arguments: connection)


def test_a_check_says_who_is_signed_in(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    partner = Partner([customer(1)])
    connected(monkeypatch, partner, **GOOD)
    result = run(operation="check", refresh_token="r")
    assert result == {
        "changed": False,
        "failed": False,
        "account": "job@partner.example",
        "object_id": ACCOUNT,
        "tenant_id": TENANT,
        "multi_factor": True,
        "app_and_user": True,
        "kept_in": None,
        "saved_at": None,
        "valid_until": None,
        "msg": "job@partner.example is signed in",
    }
    assert partner.lines == []


@pytest.mark.parametrize("given", [{"customer_id": HERE}, {"customer_domain": "customer-1.example"}])
def test_a_check_of_a_customer(run: Run, monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    roles = {f"customers/{HERE}/directoryroles": collection()}
    connected(monkeypatch, Partner([customer(1, name="Contoso")], {HERE: [user(11)]}, roles), **GOOD)
    result = run(operation="check", refresh_token="r", **given)
    assert result["msg"] == "job@partner.example is signed in and reaches customer Contoso" and not result["failed"]
    assert result["customer"] == {
        "customer_id": HERE,
        "name": "Contoso",
        "reads_customer": True,
        "reads_users": True,
        "reads_roles": True,
    }


def test_a_check_tells_all_that_prevents_resets(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    partner = Partner([customer(1)], refused={f"customers/{HERE}/users": fault(403, 900308)})
    connected(monkeypatch, partner, **GOOD | {"amr": ["pwd"]})
    result = run(operation="check", refresh_token="r", customer_id=HERE)
    assert result["failed"] and result["customer"]["error"]["code"] == 900308
    assert "without multi-factor authentication" in result["msg"] and "customer Customer 1: " in result["msg"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [({"customer_id": "x"}, "customer_id: is not a GUID"), ({"customer_domain": "x y"}, "customer_domain: ")],
)
def test_a_check_of_nonsense(run: Run, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], sentence: str) -> None:
    partner = Partner([])
    connected(monkeypatch, partner, **GOOD)
    result = run(operation="check", refresh_token="r", **given)
    assert result["failed"] and result["msg"].startswith(sentence) and partner.lines == []


class Tenants:
    """The tenants of two customers: which consent their tokens tell."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, consented: frozenset[str] | None = None) -> None:
        self.partner = Partner([customer(1), customer(2)])
        for number in (1, 2):
            self.grants(number, raw(201))
        self._consented = consented
        connected(monkeypatch, self.partner, **GOOD)
        monkeypatch.setattr(module, "open_tenants", lambda *_arguments: lambda _tenant: self)

    def grants(self, number: int, told: Response) -> None:
        self.partner.refused[f"customers/{guid(number)}/applicationconsents"] = told

    def token(self) -> AccessToken:
        if self._consented is None:
            raise CredentialError("refused (AADSTS65001)", codes=(65001,), concerns_all=False)
        return AccessToken(Secret("token"), float("inf"), scopes=self._consented)

    @property
    def asked(self) -> list[str]:
        return [line for line in self.partner.lines if line.startswith("POST")]


def test_consent_is_granted_for_each_customer_once_however_it_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenants = Tenants(monkeypatch)
    named = [guid(2), "customer-1.example", guid(1).upper()]
    result = run(operation="check", refresh_token="r", grant_consent=named)
    granted = {"state": "granted", "missing_permissions": []}
    assert result["consents"] == [{"customer_id": guid(number), **granted} for number in (2, 1)]
    assert (result["changed"], result["failed"]) == (True, False)
    assert result["msg"] == "job@partner.example is signed in; consent granted for 2 customers"
    assert sorted(tenants.asked) == [f"POST /v1/customers/{guid(number)}/applicationconsents" for number in (1, 2)]


def test_check_mode_grants_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    tenants = Tenants(monkeypatch)
    result = run({"check_mode": True}, operation="check", refresh_token="r", grant_consent=[HERE])
    assert result["changed"] and result["consents"][0]["state"] == "would_grant"
    assert "consent would be granted for 1 customer" in result["msg"] and tenants.asked == []


def test_a_consent_that_is_there_is_left_and_what_it_lacks_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    tenants = Tenants(monkeypatch, consented=frozenset({"User.Read.All"}))
    options = {"consent_permissions": ["User.Read.All", "RoleManagement.Read.Directory"]}
    result = run(operation="check", refresh_token="r", grant_consent=[HERE], **options)
    assert (result["changed"], result["failed"], tenants.asked) == (False, False, [])
    assert result["msg"].endswith(
        "consent is there for 1 customer; permissions that a consent does not name: "
        f"{HERE} (RoleManagement.Read.Directory)"
    )


def test_a_customer_whose_consent_cannot_be_granted_does_not_keep_the_others_from_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenants = Tenants(monkeypatch)
    tenants.grants(1, fault(403, 2000))
    result = run(operation="check", refresh_token="r", grant_consent=[guid(1), guid(2)])
    assert [row["state"] for row in result["consents"]] == ["failed", "granted"]
    assert result["failed"] and result["changed"] and result["consents"][0]["error"]["status"] == 403
    assert f"customer {guid(1)}: " in result["msg"] and "AdminAgents" in result["msg"]


def test_a_sign_in_that_no_run_could_use_grants_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    tenants = Tenants(monkeypatch)
    connected(monkeypatch, tenants.partner, **GOOD | {"amr": ["pwd"]})
    result = run(operation="check", refresh_token="r", grant_consent=[HERE])
    assert result["failed"] and (result["consents"], result["changed"]) == ([], False) and tenants.asked == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"consent_permissions": []}, "consent_permissions: must be names of permissions, such as"),
        ({"consent_permissions": ["User.Read.All,Directory.ReadWrite.All"]}, "consent_permissions: must be names"),
        ({"grant_consent": [HERE, "not a domain"]}, "grant_consent: "),
    ],
)
def test_consent_that_makes_no_sense_is_asked_of_nobody(
    run: Run, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], sentence: str
) -> None:
    tenants = Tenants(monkeypatch)
    result = run(operation="check", refresh_token="r", **{"grant_consent": [HERE], **given})
    assert result["failed"] and result["msg"].startswith(sentence) and tenants.asked == []
