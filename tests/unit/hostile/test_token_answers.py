# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any answer of Entra ID, of a platform of federated tokens, or of a browser on this machine."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.access_token import described
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.assertions import (
    AzureDevOpsAssertion,
    GitHubAssertion,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.credentials import Credentials
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.entra import Entra
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.token_requests import persist
from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import Settings
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Request, Response
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.flows import Person, by_device_code
from ansible_collections.csp.partnercenter.tests.unit.hostile.answers import CANARY, bodies, near, responses
from ansible_collections.csp.partnercenter.tests.unit.hostile.conftest import Hammer
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.engine import raised
from ansible_collections.csp.partnercenter.tests.unit.support.entra import (
    AUTHORITY,
    CLIENT,
    TENANT,
    discovered,
    jwt,
    refusal,
    token,
)
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport


def content(response: Response) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(response.body.decode("utf-8-sig"))
    return parsed


DISCOVERY = content(discovered(device_authorization_endpoint=f"{AUTHORITY}/{TENANT}/oauth2/v2.0/devicecode"))
TOKEN = content(token(refresh_token="next", id_token=jwt(), client_info="e30"))
REFUSAL = content(refusal(50076, suberror="basic_action", claims="{}"))
DEVICE = {
    "user_code": "ABCD1234",
    "device_code": "device",
    "verification_uri": "https://login.example/device",
    "expires_in": 900,
    "interval": 5,
    "message": "",
}
CLAIMS = {"oid": TENANT, "tid": TENANT, "upn": "job@partner.example", "exp": 4102444800, "amr": ["mfa"], "scp": "a b"}
REDIRECT = {"code": "code", "state": "state", "session_state": "s"}


def entra_behind(*answers: Response, clock: FakeClock | None = None) -> Entra:
    """Discovery first; the last answer is given for ever."""
    given = list(answers)

    def next_one(_request: Request) -> Response:
        return given.pop(0) if len(given) > 1 else given[0]

    credentials = Credentials(
        tenant_id=TENANT, client_id=CLIENT, client_secret=Secret("word"), refresh_token=Secret("refresh")
    )
    passing = clock or FakeClock()
    settings = Settings(authority_url=AUTHORITY)
    entra = Entra(credentials, settings, FakeTransport(next_one), clock=lambda: 1.8e9, sleep=passing.sleep)
    entra._http._clock = passing  # else a 429 would be waited for on the wall
    return entra


def good(record: dict[str, Any]) -> Response:
    return Response(200, "", {"content-type": "application/json"}, json.dumps(record).encode())


def by_code(entra: Entra, shown: list[str] | None = None) -> object:
    """No clock on the wall is waited for."""
    clock, shown = FakeClock(), [] if shown is None else shown

    class Never:
        def wait(self, seconds: float) -> bool:
            clock.sleep(seconds)
            return False

    granted = by_device_code(entra, Person(shown.append, Never(), 60.0, clock))  # type: ignore[arg-type]
    return granted, tuple(shown)


def finish(answer: dict[str, str], response: Response) -> object:
    entra = entra_behind(good(DISCOVERY), response)
    flow = entra.start_authorization_code("http://localhost:1")
    if answer.get("state") == "state":
        answer["state"] = flow["state"]
    return entra.finish_authorization_code(flow, answer)


ANY_TOKEN = responses(TOKEN, REFUSAL)
EXCHANGES: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], Any]]] = {
    "discovery": (responses(DISCOVERY), lambda answer: entra_behind(answer, good(TOKEN)).redeem(Secret("r"))),
    "redemption": (ANY_TOKEN, lambda answer: entra_behind(good(DISCOVERY), answer).redeem(Secret("r"))),
    "device code": (
        st.tuples(responses(DEVICE, REFUSAL), ANY_TOKEN),
        lambda answers: by_code(entra_behind(good(DISCOVERY), *answers)),
    ),
    "redirect": (
        st.tuples(
            near(REDIRECT)
            .filter(lambda found: isinstance(found, dict))
            .map(lambda found: {str(key): str(value) for key, value in found.items()}),
            ANY_TOKEN,
        ),
        lambda both: finish(*both),
    ),
    "GitHub": (
        responses({"value": jwt()}),
        lambda answer: GitHubAssertion("https://github.example/", Secret("b")).assertion(
            FakeTransport(lambda _request: answer)
        ),
    ),
    "Azure DevOps": (
        responses({"oidcToken": jwt()}),
        lambda answer: AzureDevOpsAssertion("https://azure.example/", Secret("b"), TENANT).assertion(
            FakeTransport(lambda _request: answer)
        ),
    ),
    "claims": (
        bodies(CLAIMS).map(lambda body: f"a.{base64.urlsafe_b64encode(body).decode().rstrip('=')}.c") | st.text(),
        lambda text: described(Secret(text), lifetime=None, now=0.0),
    ),
}


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_any_answer(exchange: str, hammer: Hammer, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, exchanged = EXCHANGES[exchange]
    clock = FakeClock()
    monkeypatch.setattr(persist, "__kwdefaults__", {"sleep": clock.sleep, "clock": clock})
    hammer(f"answers to {exchange}", inputs, exchanged)


@pytest.mark.parametrize("number", [True, 10**40, -(10**40), 10**9, 12])
def test_a_number_that_is_no_aadsts_number_is_not_shown(number: int) -> None:
    error = raised(lambda: entra_behind(good(DISCOVERY), good(REFUSAL | {"error_codes": [number]})).redeem(Secret("r")))
    assert str(number) not in str(error) and "code" not in error.details()


def test_a_code_for_the_person_is_short() -> None:
    """The code is shown in a sentence on the screen."""
    shown: list[str] = []
    raised(lambda: by_code(entra_behind(good(DISCOVERY), good(DEVICE | {"user_code": CANARY * 40})), shown))
    assert not shown
