# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token endpoints, driven by Microsoft's own library (section 4)."""

from __future__ import annotations

import base64
import datetime
import re
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import jwt
import msal
import pytest

SCOPES = ["https://api.partnercenter.microsoft.com/user_impersonation"]
DEFAULT = ["https://api.partnercenter.microsoft.com/.default"]
Application = Callable[..., Any]


@pytest.fixture
def confidential(emulator: Any, session: Any) -> Application:
    """A confidential client as the collection makes one."""

    def make(credential: Any = None, **changes: Any) -> Any:
        options = {"authority": f"{emulator.authority_url}/{emulator.tenant_id}", "client_id": emulator.client_id}
        options |= {"instance_discovery": False, "http_client": session, **changes}
        return msal.ConfidentialClientApplication(client_credential=credential or emulator.client_secret, **options)

    return make


@pytest.fixture
def public(emulator: Any, session: Any) -> Any:
    """A public client for interactive flows."""
    authority = f"{emulator.authority_url}/{emulator.tenant_id}"
    return msal.PublicClientApplication(
        emulator.client_id, authority=authority, instance_discovery=False, http_client=session
    )


def claims(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the claims of an access token."""
    inside: dict[str, Any] = jwt.decode(answer["access_token"], options={"verify_signature": False})
    return inside


def number(answer: dict[str, Any]) -> int:
    """The AADSTS number of a refusal, which must be the one in the description."""
    (code,) = answer["error_codes"]
    assert answer["error_description"].startswith(f"AADSTS{code}: ")
    return int(code)


def test_a_refresh_token_gives_a_token_for_the_api(emulator: Any, confidential: Application, client: Any) -> None:
    answer = confidential().acquire_token_by_refresh_token(emulator.refresh_token, SCOPES)
    inside = claims(answer)
    assert inside["aud"] == "https://api.partnercenter.microsoft.com"
    assert inside["iss"] == f"https://sts.windows.net/{emulator.tenant_id}/"
    assert (inside["amr"], inside["scp"], inside["tid"]) == (["pwd", "mfa"], "user_impersonation", emulator.tenant_id)
    assert (inside["appid"], inside["upn"]) == (emulator.client_id, emulator.account["user_principal_name"])
    assert client.send("GET", client.user_path(), token=answer["access_token"]).status_code == 200


def test_the_issuer_of_discovery_satisfies_msal(emulator: Any, session: Any) -> None:
    authority = f"{emulator.authority_url}/{emulator.tenant_id}/v2.0"
    app = msal.ConfidentialClientApplication(
        emulator.client_id, client_credential=emulator.client_secret, oidc_authority=authority, http_client=session
    )
    assert "access_token" in app.acquire_token_by_refresh_token(emulator.refresh_token, SCOPES)


@pytest.mark.parametrize(
    ("rotation", "renewed", "old_works"), [("on", True, True), ("off", False, True), ("strict", True, False)]
)
def test_rotation_of_refresh_tokens(
    emulator: Any, confidential: Application, rotation: str, renewed: bool, old_works: bool
) -> None:
    emulator.knobs(refresh_token_rotation=rotation)
    answer = confidential().acquire_token_by_refresh_token(emulator.refresh_token, SCOPES)
    assert ("refresh_token" in answer) is renewed
    again = confidential().acquire_token_by_refresh_token(emulator.refresh_token, SCOPES)
    assert ("access_token" in again) is old_works
    if renewed:
        assert "access_token" in confidential().acquire_token_by_refresh_token(answer["refresh_token"], SCOPES)
    if not old_works:
        assert number(again) == 50173


@pytest.mark.parametrize(
    ("state", "expected"),
    [("expired", 700082), ("revoked", 50173), ("mfa_required", 50076), ("conditional_access", 53003)],
)
def test_refresh_tokens_that_are_not_good_any_more(
    emulator: Any, confidential: Application, state: str, expected: int
) -> None:
    emulator.knobs(refresh_token_state=state)
    answer = confidential().acquire_token_by_refresh_token(emulator.refresh_token, SCOPES)
    assert (answer["error"], number(answer)) == ("invalid_grant", expected)


def test_a_refresh_token_lives_as_long_as_the_knob_says_and_can_be_revoked(
    emulator: Any, confidential: Application
) -> None:
    emulator.knobs(refresh_token_lifetime=0)
    assert number(confidential().acquire_token_by_refresh_token(emulator.refresh_token, SCOPES)) == 700082
    emulator.knobs(refresh_token_lifetime=60)
    fresh = emulator.new_refresh_token(revoke_all=True)
    assert number(confidential().acquire_token_by_refresh_token(emulator.refresh_token, SCOPES)) == 50173
    assert "access_token" in confidential().acquire_token_by_refresh_token(fresh, SCOPES)


@pytest.mark.parametrize(("counts_from", "answer"), [("use", None), ("issue", 700082)])
def test_a_refresh_token_that_is_used_lives_on_or_ends_all_the_same(
    emulator: Any, confidential: Application, counts_from: str, answer: int | None
) -> None:
    emulator.knobs(refresh_token_lifetime=60, refresh_token_clock=counts_from)
    given = emulator.new_refresh_token()
    for _again in range(2):
        emulator.advance(40)
        answered = confidential().acquire_token_by_refresh_token(given, SCOPES)
    assert number(answered) == answer if answer else "access_token" in answered


def test_a_refresh_token_made_without_mfa_gives_a_token_without_mfa(
    emulator: Any, confidential: Application, client: Any
) -> None:
    answer = confidential().acquire_token_by_refresh_token(emulator.new_refresh_token(mfa=False), SCOPES)
    assert claims(answer)["amr"] == ["pwd"]
    assert client.refused("GET", "/customers", token=answer["access_token"]) == (401, 900421)


def test_wrong_secret_client_tenant_token_and_resource(emulator: Any, confidential: Application) -> None:
    token = emulator.refresh_token
    assert number(confidential("wrong").acquire_token_by_refresh_token(token, SCOPES)) == 7000215
    stranger = confidential(client_id="11111111-2222-4333-8444-555555555555")
    assert number(stranger.acquire_token_by_refresh_token(token, SCOPES)) == 700016
    assert number(confidential().acquire_token_by_refresh_token("0.Aunknown", SCOPES)) == 70000
    elsewhere = ["https://vault.example.com/.default"]
    assert number(confidential().acquire_token_by_refresh_token(token, elsewhere)) == 500011
    with pytest.raises(ValueError, match=r"authority|tenant"):
        confidential(authority=f"{emulator.authority_url}/nowhere.example.com").acquire_token_for_client(DEFAULT)


@pytest.mark.parametrize("expected", [65001, 50076, 50078, 53003, 70043, 7000222, 50057])
def test_any_error_can_be_ordered_by_number(emulator: Any, confidential: Application, expected: int) -> None:
    emulator.knobs(token_error=expected)
    assert number(confidential().acquire_token_by_refresh_token(emulator.refresh_token, SCOPES)) == expected


def test_client_credentials_give_an_app_only_token(confidential: Application) -> None:
    inside = claims(confidential().acquire_token_for_client(DEFAULT))
    assert "scp" not in inside
    assert inside["roles"]


def test_the_first_version_of_the_endpoint(emulator: Any, session: Any) -> None:
    url = f"{emulator.authority_url}/{emulator.tenant_id}/oauth2/token"
    form = {"client_id": emulator.client_id, "client_secret": emulator.client_secret, "grant_type": "refresh_token"}
    form |= {"refresh_token": emulator.refresh_token, "resource": "https://api.partnercenter.microsoft.com"}
    answer = session.post(url, data=form).json()
    assert answer["resource"] == "https://api.partnercenter.microsoft.com"
    assert answer["expires_in"] == "3600"
    assert claims(session.post(url, data={**form, "resource": "https://graph.windows.net"}).json())["aud"] == (
        "https://graph.windows.net"
    )
    del form["client_secret"]
    refused = session.post(url, data=form)
    assert (refused.status_code, refused.json()["error_codes"]) == (401, [7000218])


def test_a_registered_certificate_proves_the_client(emulator: Any, confidential: Application) -> None:
    made = emulator.new_certificate()
    credential = {"private_key": made["private_key_pem"], "public_certificate": made["certificate_pem"]}
    assert "access_token" in confidential(credential).acquire_token_by_refresh_token(emulator.refresh_token, SCOPES)
    assert "access_token" in confidential(credential).acquire_token_for_client(DEFAULT)
    old_style = {"private_key": made["private_key_pem"], "thumbprint": made["thumbprint"]}
    assert "access_token" in confidential(old_style).acquire_token_for_client(DEFAULT)
    again = emulator.register_certificate(made["certificate_pem"])
    assert again == {name: made[name] for name in ("thumbprint", "thumbprint_sha256")}
    unregistered = {"private_key": made["private_key_pem"], "thumbprint": "00" * 20}
    assert number(confidential(unregistered).acquire_token_for_client(DEFAULT)) == 700027
    expired = emulator.new_certificate(days=-1)
    credential = {"private_key": expired["private_key_pem"], "public_certificate": expired["certificate_pem"]}
    assert number(confidential(credential).acquire_token_for_client(DEFAULT)) == 700027


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 0),
        ({"aud": "https://login.microsoftonline.com/common"}, 700023),
        ({"iss": "somebody"}, 700021),
        ({"exp": 1}, 700024),
        ({"nbf": 4102444800}, 700024),
        ({"exp": None}, 700024),
    ],
)
def test_each_claim_of_an_assertion_is_checked(
    emulator: Any, confidential: Application, changes: dict[str, Any], expected: int
) -> None:
    made = emulator.new_certificate()
    moment = datetime.datetime.now(datetime.UTC).timestamp()
    inside = {"aud": f"{emulator.authority_url}/{emulator.tenant_id}/oauth2/v2.0/token", "exp": moment + 60}
    inside |= {"iss": emulator.client_id, "sub": emulator.client_id, **changes}
    inside = {name: value for name, value in inside.items() if value is not None}
    thumbprint = jwt.utils.base64url_encode(bytes.fromhex(made["thumbprint_sha256"])).decode()
    assertion = jwt.encode(inside, made["private_key_pem"], algorithm="PS256", headers={"x5t#S256": thumbprint})
    answer = confidential({"client_assertion": lambda: assertion}).acquire_token_for_client(DEFAULT)
    assert (number(answer) if "error" in answer else 0) == expected


def test_a_forged_assertion_is_refused(emulator: Any, confidential: Application) -> None:
    registered, other = emulator.new_certificate(), emulator.new_certificate()
    credential = {"private_key": other["private_key_pem"], "thumbprint": registered["thumbprint"]}
    assert number(confidential(credential).acquire_token_for_client(DEFAULT)) == 700027


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 0),
        ({"iss": "https://elsewhere.example.com"}, 700211),
        ({"aud": "api://else"}, 700212),
        ({"sub": "repo:example/other"}, 700213),
        ({"exp": 1}, 700024),
    ],
)
def test_federated_assertions(emulator: Any, confidential: Application, changes: dict[str, Any], expected: int) -> None:
    credential = {"client_assertion": lambda: emulator.federated_assertion(claims=changes)}
    answer = confidential(credential).acquire_token_by_refresh_token(emulator.refresh_token, SCOPES)
    assert (number(answer) if "error" in answer else 0) == expected


def test_platforms_hand_out_assertions(emulator: Any, confidential: Application, session: Any) -> None:
    headers = {"Authorization": "Bearer of-the-job"}
    url = f"{emulator.control_url}/github_oidc?audience=api://AzureADTokenExchange"
    github = session.get(url, headers=headers).json()["value"]
    devops = session.post(f"{emulator.control_url}/azure_devops_oidc", headers=headers).json()["oidcToken"]
    for assertion in (github, devops):
        credential = {"client_assertion": lambda assertion=assertion: assertion}
        assert "access_token" in confidential(credential).acquire_token_for_client(DEFAULT)
    assert session.get(url).status_code == 401


def test_device_code_flow(emulator: Any, public: Any, session: Any) -> None:
    emulator.knobs(device_code_interval=1)
    flow = public.initiate_device_flow(SCOPES)
    assert flow["verification_uri"] in flow["message"]
    assert flow["user_code"] in flow["message"]
    pending = public.acquire_token_by_device_flow(flow, exit_condition=lambda flow: True)
    assert (pending["error"], number(pending)) == ("authorization_pending", 70016)
    page = session.post(flow["verification_uri"], data={"code": flow["user_code"].lower()})
    assert "You have signed in" in page.text
    answer = public.acquire_token_by_device_flow(flow)
    assert claims(answer)["amr"] == ["pwd", "mfa"]
    assert answer["id_token_claims"]["tid"] == emulator.tenant_id
    assert answer["refresh_token"]


@pytest.mark.parametrize(
    ("knobs", "expected"),
    [
        ({"device_code_approval": "denied"}, ("authorization_declined", 65004)),
        ({"device_code_lifetime": 0}, ("expired_token", 70019)),
    ],
)
def test_device_codes_are_declined_or_expire(
    emulator: Any, public: Any, knobs: dict[str, Any], expected: tuple[str, int]
) -> None:
    flow = public.initiate_device_flow(SCOPES)
    emulator.knobs(**knobs)
    answer = public.acquire_token_by_device_flow(flow, exit_condition=lambda flow: True)
    assert (answer["error"], number(answer)) == expected


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_first_version_of_the_device_code_endpoint(emulator: Any, session: Any, method: str) -> None:
    """It has a name of its own for the page, prints numbers as strings, and can be asked by GET."""
    url = f"{emulator.authority_url}/{emulator.tenant_id}/oauth2/devicecode"
    form = {"client_id": emulator.client_id, "resource": "https://api.partnercenter.microsoft.com"}
    answer = session.request(method, url, **{"params" if method == "GET" else "data": form}).json()
    assert answer["verification_url"] == f"{emulator.authority_url}/devicelogin"
    assert (answer["expires_in"], answer["interval"]) == ("900", "5")
    assert "verification_uri" not in answer


def test_a_client_proves_itself_by_http_basic(emulator: Any, session: Any) -> None:
    url = f"{emulator.authority_url}/{emulator.tenant_id}/oauth2/v2.0/token"
    form = {"grant_type": "client_credentials", "scope": DEFAULT[0]}
    good = (emulator.client_id, quote(emulator.client_secret, safe=""))
    assert "access_token" in session.post(url, data=form, auth=good).json()
    assert session.post(url, data=form, auth=(emulator.client_id, "wrong")).json()["error_codes"] == [7000215]
    broken = session.post(url, data=form, headers={"Authorization": "Basic ?"})
    assert broken.json()["error_codes"] == [9002313]


def signed(emulator: Any, made: dict[str, str], header: dict[str, str], **changes: Any) -> str:
    """An assertion of the client, made without MSAL."""
    inside = {"aud": f"{emulator.authority_url}/{emulator.tenant_id}/oauth2/v2.0/token", "exp": 4102444800}
    inside |= {"iss": emulator.client_id, "sub": emulator.client_id, **changes}
    return jwt.encode(inside, made["private_key_pem"], algorithm="RS256", headers=header)


def test_a_thumbprint_may_be_in_plain_base64(emulator: Any, confidential: Application) -> None:
    """MSAL for Java writes it so. Certificates are made until one shows the difference."""
    made = emulator.new_certificate()
    while not set("+/") & set(base64.b64encode(bytes.fromhex(made["thumbprint"])).decode()):
        made = emulator.new_certificate()
    assertion = signed(emulator, made, {"x5t": base64.b64encode(bytes.fromhex(made["thumbprint"])).decode()})
    answer = confidential({"client_assertion": lambda: assertion}).acquire_token_for_client(DEFAULT)
    assert "access_token" in answer


@pytest.mark.parametrize(("seconds", "expected"), [(200, 0), (600, 700024)])
def test_clocks_may_differ_by_five_minutes(
    emulator: Any, confidential: Application, seconds: float, expected: int
) -> None:
    """MSAL for Node rounds the time of an assertion up."""
    made = emulator.new_certificate()
    thumbprint = jwt.utils.base64url_encode(bytes.fromhex(made["thumbprint_sha256"])).decode()
    moment = datetime.datetime.now(datetime.UTC).timestamp()
    for claims_made in ({"nbf": moment + seconds}, {"exp": moment - seconds}):
        assertion = signed(emulator, made, {"x5t#S256": thumbprint}, **claims_made)
        answer = confidential({"client_assertion": lambda text=assertion: text}).acquire_token_for_client(DEFAULT)
        assert (number(answer) if "error" in answer else 0) == expected


def test_a_default_port_is_not_printed() -> None:
    """Clients compare addresses as text."""
    from partnercenter_emulator.app import url_of

    assert url_of("https", 443) == "https://127.0.0.1"
    assert url_of("http", 80) == "http://127.0.0.1"
    assert url_of("https", 80) == "https://127.0.0.1:80"


@pytest.mark.filterwarnings("ignore:response_mode")
def test_authorization_code_flow_with_proof_key(emulator: Any, public: Any, session: Any) -> None:
    flow = public.initiate_auth_code_flow(SCOPES, redirect_uri="http://localhost:1234")
    visit = session.get(flow["auth_uri"], allow_redirects=False)
    assert visit.headers["Location"].startswith("http://localhost:1234?")
    query = {name: values[0] for name, values in parse_qs(urlsplit(visit.headers["Location"]).query).items()}
    answer = public.acquire_token_by_auth_code_flow(flow, query)
    assert answer["id_token_claims"]["preferred_username"] == emulator.account["user_principal_name"]
    assert answer["refresh_token"]
    form = {"client_id": emulator.client_id, "grant_type": "authorization_code", "code": query["code"]}
    url = f"{emulator.authority_url}/{emulator.tenant_id}/oauth2/v2.0/token"
    assert session.post(url, data=form).json()["error_codes"] == [54005]


@pytest.mark.filterwarnings("ignore:response_mode")
def test_the_code_needs_its_verifier_and_its_redirect(emulator: Any, public: Any, session: Any) -> None:
    url = f"{emulator.authority_url}/{emulator.tenant_id}/oauth2/v2.0/token"
    for form, expected in (
        ({"code_verifier": "wrong", "redirect_uri": "http://localhost"}, 501481),
        ({"redirect_uri": "http://localhost:9"}, 50011),
    ):
        flow = public.initiate_auth_code_flow(SCOPES, redirect_uri="http://localhost")
        visit = session.get(flow["auth_uri"], allow_redirects=False)
        code = parse_qs(urlsplit(visit.headers["Location"]).query)["code"][0]
        asked = {"client_id": emulator.client_id, "grant_type": "authorization_code", "code": code, **form}
        assert session.post(url, data=asked).json()["error_codes"] == [expected]
    flow = public.initiate_auth_code_flow(SCOPES, redirect_uri="https://stranger.example.com")
    assert "AADSTS50011" in session.get(flow["auth_uri"]).text


def test_interactive_sign_in_of_msal(emulator: Any, public: Any, session: Any, monkeypatch: Any) -> None:
    """MSAL listens on a loopback port; in place of a browser, a thread goes where it is sent."""

    def browse(url: str, *_: Any, **__: Any) -> bool:
        threading.Thread(target=visit, args=(url,), daemon=True).start()
        return True

    def visit(url: str) -> None:
        page = session.get(url).text
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
        (target,) = re.findall(r'action="([^"]*)"', page)
        session.post(target, data=fields)

    monkeypatch.setattr("msal.oauth2cli.authcode._browse", browse)
    answer = public.acquire_token_interactive(SCOPES, timeout=10)
    assert claims(answer)["upn"] == emulator.account["user_principal_name"]


def test_token_requests_are_counted_and_can_fail_by_order(emulator: Any, confidential: Application) -> None:
    emulator.fault("status", target="token", path="*/token", status=503, body="{}")
    with pytest.raises(Exception, match="503"):
        confidential().acquire_token_by_refresh_token(emulator.refresh_token, SCOPES)
    assert "access_token" in confidential().acquire_token_by_refresh_token(emulator.refresh_token, SCOPES)
    counters = emulator.counters()
    assert (counters["requests"], counters["token_requests"]) == (0, 2)
    (entry,) = emulator.token_journal()
    assert (entry["grant_type"], entry["status"]) == ("refresh_token", 200)
