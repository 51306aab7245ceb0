# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a person, by a clock that nobody has to wait for."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CredentialError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.credentials import Credentials
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.entra import Entra
from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import Settings
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Request, Response
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in import flows
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.flows import Person, by_browser, by_device_code
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.engine import raised
from ansible_collections.csp.partnercenter.tests.unit.support.entra import (
    AUTHORITY,
    CLIENT,
    TENANT,
    TOKEN_ENDPOINT,
    FakeEntra,
    discovered,
    refusal,
    token,
)
from ansible_collections.csp.partnercenter.tests.unit.support.transport import answer

#: MSAL goes by the real clock.
pytestmark = pytest.mark.filterwarnings("ignore:Attempted too soon")
PENDING = refusal(70016, error="authorization_pending")
PAGE = "https://login.example/device"


def device(**more: Any) -> Response:
    content = {"user_code": "ABCD1234", "device_code": "secret-device", "verification_uri": PAGE, "interval": 5}
    return answer({**content, "expires_in": 900, **more})


class Ticking(threading.Event):
    """Waits by the clock."""

    def __init__(self, clock: FakeClock, cancel_at: float = float("inf")) -> None:
        super().__init__()
        self._clock = clock
        self._cancel_at = cancel_at

    def wait(self, timeout: float | None = None) -> bool:
        self._clock.advance(timeout or 0)
        return self._clock.now >= self._cancel_at


def make(*script: Any) -> tuple[Entra, FakeEntra]:
    endpoint = TOKEN_ENDPOINT.replace("token", "devicecode")
    fake = FakeEntra(*script, discovery=discovered(device_authorization_endpoint=endpoint))
    credentials = Credentials(tenant_id=TENANT, client_id=CLIENT, client_secret=Secret("x"), interactive=True)
    return Entra(credentials, Settings(authority_url=AUTHORITY), fake), fake


def person(shown: list[str], **more: Any) -> Person:
    clock = FakeClock()
    return Person(shown.append, Ticking(clock, **more), clock=clock)


def test_the_code_is_shown_first_and_progress_every_half_minute() -> None:
    shown: list[str] = []
    entra, fake = make(device(), *[PENDING] * 13, token("a", refresh_token="refresh-1"))
    granted = by_device_code(entra, person(shown))
    assert granted.refresh_token == Secret("refresh-1")
    assert PAGE in shown[0]
    assert "ABCD1234" in shown[0]
    assert "15 minutes" in shown[0]
    assert ["14 minutes left" in line for line in shown[1:]] == [True, True]
    assert not any("secret-device" in line for line in shown)
    assert "client_secret" not in fake.redemptions[-1]


def test_entra_id_may_ask_for_more_patience() -> None:
    entra, fake = make(device(), refusal(error="slow_down"), token("a", refresh_token="r"))
    assert by_device_code(entra, person([])).refresh_token
    assert len(fake.redemptions) == 3


@pytest.mark.parametrize(
    ("number", "words"), [(65004, "declined"), (70019, "before the code expired"), (7000218, "public client flows")]
)
def test_a_refusal_ends_it(number: int, words: str) -> None:
    entra, _fake = make(device(), refusal(number, error="access_denied"))
    assert words in str(raised(lambda: by_device_code(entra, person([]))))


def test_the_code_expires() -> None:
    entra, fake = make(device(expires_in=20), *[PENDING] * 9)
    assert "nobody signed in" in str(raised(lambda: by_device_code(entra, person([]))))
    assert len(fake.redemptions) == 1 + 4


def test_it_can_be_cancelled() -> None:
    entra, _fake = make(device(), *[PENDING] * 9)
    assert "cancelled" in str(raised(lambda: by_device_code(entra, person([], cancel_at=1011.0))))


@pytest.mark.parametrize(
    "first",
    [
        refusal(700016),
        answer({}),
        device(user_code=7),
        device(verification_uri="http://login.example"),
        device(user_code=""),
    ],
)
def test_no_code_no_flow(first: Response) -> None:
    shown: list[str] = []
    entra, _fake = make(first)
    assert isinstance(raised(lambda: by_device_code(entra, person(shown))), CredentialError)
    assert shown == []


def test_nobody_comes_back_from_the_browser() -> None:
    entra, _fake = make()
    shown: list[str] = []
    impatient = Person(shown.append, patience=0.3)
    assert "nobody signed in" in str(raised(lambda: by_browser(entra, impatient, 0)))
    assert "code_challenge_method=S256" in shown[0]
    assert "http://localhost:" in shown[0]


def test_a_public_refresh_token_is_redeemed_without_proof_from_then_on() -> None:
    entra, fake = make(refusal(700025, error="invalid_client"), token("a"), token("b"))
    assert entra.redeem(Secret("refresh-1")).access_token.value == Secret("a")
    assert entra.redeem(Secret("refresh-1")).access_token.value == Secret("b")
    assert ["client_secret" in form for form in fake.redemptions] == [True, False, False]


def test_a_code_that_is_refused_without_proof_is_refused_for_good() -> None:
    def refuse(_request: Request) -> Response:
        return refusal(700025, error="invalid_client")

    entra, fake = make(refuse)
    assert "platform Web" in str(raised(lambda: entra.redeem(Secret("refresh-1"))))
    assert len(fake.redemptions) == 2


def test_the_browser_brings_the_code_and_only_this_process_can_redeem_it() -> None:
    entra, fake = make(token("a", refresh_token="refresh-1"))
    pages: list[threading.Thread] = []

    def browse(text: str) -> None:
        asked = parse_qs(urlsplit(text.rpartition("\n")[2]).query)
        back = asked["redirect_uri"][0].replace("localhost", "127.0.0.1")
        answered = {"code": "code-1", "state": asked["state"][0]}
        pages.append(threading.Thread(target=requests.get, args=(back, answered), kwargs={"timeout": 20}))
        pages[-1].start()

    granted = by_browser(entra, Person(browse, patience=20), 0)
    pages[0].join(20)
    assert granted.refresh_token == Secret("refresh-1")
    assert fake.redemptions[-1]["code"] == "code-1" and fake.redemptions[-1]["code_verifier"]


def test_whoever_waits_for_the_browser_hears_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "_PROGRESS_SECONDS", 0.05)
    entra, _fake = make()
    shown: list[str] = []
    raised(lambda: by_browser(entra, Person(shown.append, patience=0.6), 0))
    assert "Waiting for the sign-in, a minute left" in shown
