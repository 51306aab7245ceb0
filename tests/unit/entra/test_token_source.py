# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens redeemed from a refresh token, through the real MSAL (contract section 4)."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CredentialError,
    InputError,
    MissingLibraryError,
    StoreError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._entra import entra as entra_module
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.credentials import Credentials
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.token_requests import MsalHttp
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.token_source import (
    GivenToken,
    RefreshedToken,
    RememberedToken,
    make_token_source,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import Settings
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Failure, Request, Response
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.engine import (
    CANARY,
    CORRELATION_ID,
    everything_shown,
    raised,
    run_in_threads,
)
from ansible_collections.csp.partnercenter.tests.unit.support.entra import (
    ACCOUNT,
    AUTHORITY,
    CLIENT,
    TENANT,
    TOKEN_ENDPOINT,
    FakeEntra,
    discovered,
    jwt,
    refusal,
    token,
)
from ansible_collections.csp.partnercenter.tests.unit.support.transport import answer, failure, html, raw, throttled

SETTINGS = Settings(authority_url=AUTHORITY)
GIVEN = Credentials(
    tenant_id=TENANT, client_id=CLIENT, client_secret=Secret("s3cr+t &=%"), refresh_token=Secret("refresh-1")
)


class Keeper(RememberedToken):
    """Remembers, and tells ``save`` first."""

    def __init__(self, save: Callable[[Secret], None]) -> None:
        super().__init__(Secret("refresh-1"))
        self._tell = save

    def save(self, token: Secret) -> None:
        self._tell(token)
        super().save(token)


def make_source(
    entra: FakeEntra,
    *,
    given: Credentials = GIVEN,
    clock: FakeClock | None = None,
    save: Callable[[Secret], None] | None = None,
) -> Any:
    clock = clock or FakeClock()
    keeper = Keeper(save) if save else None
    return RefreshedToken(given, SETTINGS, entra, clock=clock, sleep=clock.sleep, keeper=keeper)


def error_of(entra: FakeEntra, **more: Any) -> CredentialError:
    error = raised(lambda: make_source(entra, **more).token())
    assert isinstance(error, CredentialError)
    return error


# Redeeming


def test_a_refresh_token_is_redeemed_for_partner_center() -> None:
    entra = FakeEntra(token("opaque"))
    found = make_source(entra).token()
    assert found.value.reveal() == "opaque"
    assert entra.lines == [f"POST /{TENANT}/oauth2/v2.0/token"]
    (form,) = entra.redemptions
    assert (form["grant_type"], form["client_id"], form["refresh_token"]) == ("refresh_token", CLIENT, "refresh-1")
    assert "https://api.partnercenter.microsoft.com/user_impersonation" in form["scope"].split()


def test_the_client_secret_survives_its_encoding() -> None:
    entra = FakeEntra(token())
    make_source(entra).token()
    assert entra.redemptions[0]["client_secret"] == "s3cr+t &=%"


def test_the_token_says_whose_it_is() -> None:
    found = make_source(FakeEntra(token())).token()
    assert (found.object_id, found.user_principal_name) == (ACCOUNT, "job@partner.example")


def test_ids_are_normalised_before_they_are_sent() -> None:
    entra = FakeEntra(token())
    given = Credentials(
        tenant_id=f" {TENANT} ", client_id=f" {CLIENT.upper()}\n", client_secret=Secret("x"), refresh_token=Secret("r")
    )
    make_source(entra, given=given).token()
    assert entra.redemptions[0]["client_id"] == CLIENT
    assert entra.requests[0].url == TOKEN_ENDPOINT


def test_the_value_of_an_option_has_no_place_for_what_comes_after_it() -> None:
    notices.take()
    make_source(FakeEntra(token(refresh_token="refresh-2"))).token()
    (notice,) = notices.take()
    assert "there is no place to save it. The given one ends at most 90 days after it was made" in notice
    assert notice.endswith("set refresh_token_store, in which every run keeps the newest one")
    error = error_of(FakeEntra(refusal(700082)))
    assert error.codes == (700082,) and error.trace.correlation_id == CORRELATION_ID
    assert "sign in again (playbook csp.partnercenter.sign_in). The given refresh token lives for 90 days" in str(error)
    assert "set refresh_token_store" in str(error)


# When


def test_one_token_serves_until_shortly_before_it_expires() -> None:
    clock = FakeClock()
    entra = FakeEntra(token("a", expires_in=3600), token("b", expires_in=3600))
    source = make_source(entra, clock=clock)
    assert source.token().value.reveal() == "a"
    clock.advance(3299)
    assert source.token().value.reveal() == "a"
    clock.advance(1)
    assert source.token().value.reveal() == "b"
    assert entra.discoveries == 1


def test_a_short_life_has_a_short_margin() -> None:
    clock = FakeClock()
    source = make_source(FakeEntra(token("a", expires_in=60), token("b")), clock=clock)
    source.token()
    clock.advance(53)
    assert source.token().value.reveal() == "a"
    clock.advance(1)
    assert source.token().value.reveal() == "b"


@pytest.mark.parametrize("expires_in", [None, "soon", True, {}, 10**400])
def test_a_life_that_is_no_number_is_taken_from_the_token_or_ends_in_an_error(expires_in: Any) -> None:
    clock = FakeClock(1_000_000.0)
    source = make_source(FakeEntra(token(jwt(exp=1_000_100), expires_in=expires_in)), clock=clock)
    try:
        assert source.token().expires_at >= clock.now
    except CredentialError as error:
        assert "authority_url" in str(error)


def test_a_refused_token_is_renewed_once_for_all_who_held_it() -> None:
    entra = FakeEntra(token("a"), token("b"))
    source = make_source(entra)
    stale = source.token()
    results = run_in_threads(16, lambda: source.renew(stale))
    assert [renewed.value.reveal() for renewed in results] == ["b"] * 16
    assert len(entra.redemptions) == 2


def test_sixteen_threads_make_one_redemption() -> None:
    def slowly(_request: Request) -> Response:
        time.sleep(0.02)
        return token("a")

    entra = FakeEntra(slowly)
    source = make_source(entra)
    results = run_in_threads(16, source.token)
    assert [given.value.reveal() for given in results] == ["a"] * 16
    assert (entra.discoveries, len(entra.redemptions)) == (1, 1)


class CountingLock:
    """Knows how many have come to it, whether or not they were let in yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.came = threading.Semaphore(0)

    def __enter__(self) -> None:
        self.came.release()
        self._lock.acquire()

    def __exit__(self, *_error: object) -> None:
        self._lock.release()


def test_threads_that_waited_for_a_refusal_are_told_the_same() -> None:
    lock = CountingLock()

    def refuse_when_all_wait(_request: Request) -> Response:
        assert all(lock.came.acquire(timeout=5) for _unused in range(8))
        return refusal(50173)

    entra = FakeEntra(refuse_when_all_wait)
    source = make_source(entra)
    source._lock = lock
    errors = run_in_threads(8, source.token)
    assert [type(error) for error in errors] == [CredentialError] * 8
    assert len({id(error) for error in errors}) == 1
    assert len(entra.redemptions) == 1


def test_a_refusal_is_not_remembered_for_later() -> None:
    entra = FakeEntra(failure(Failure.CERTIFICATE), token("a"))
    source = make_source(entra)
    assert "certificate" in str(raised(source.token))
    assert source.token().value.reveal() == "a"


# A refresh token that is replaced


def test_a_replaced_refresh_token_is_saved_before_the_access_token_is_used_and_redeemed_next() -> None:
    saved: list[str] = []
    entra = FakeEntra(token("a", refresh_token="refresh-2"), token("b"), token("c", refresh_token="refresh-2"))
    source = make_source(entra, save=lambda secret: saved.append(secret.reveal()))
    for _unused in range(3):
        source.renew(source.token() if saved else None)
    assert saved == ["refresh-2"]
    assert [form["refresh_token"] for form in entra.redemptions] == ["refresh-1", "refresh-2", "refresh-2"]


def test_without_a_place_to_save_it_it_is_used_all_the_same() -> None:
    entra = FakeEntra(token("a", refresh_token="refresh-2"), token("b"))
    source = make_source(entra)
    source.renew(source.token())
    assert entra.redemptions[1]["refresh_token"] == "refresh-2"


@pytest.mark.parametrize("new", [None, "", "refresh-1", 7, ["x"]])
def test_the_old_one_is_kept_where_there_is_no_new_one(new: Any) -> None:
    saved: list[Secret] = []
    entra = FakeEntra(token("a", refresh_token=new), token("b"))
    source = make_source(entra, save=saved.append)
    source.renew(source.token())
    assert saved == []
    assert entra.redemptions[1]["refresh_token"] == "refresh-1"


def test_a_token_whose_successor_cannot_be_saved_is_not_used() -> None:
    def save(_secret: Secret) -> None:
        raise OSError(CANARY)

    error = error_of(FakeEntra(token("a", refresh_token="refresh-2")), save=save)
    assert "could not be saved" in str(error)
    assert CANARY not in everything_shown(error)


def test_an_error_of_the_store_stays_one() -> None:
    def save(_secret: Secret) -> None:
        raise StoreError("full")

    assert isinstance(
        raised(lambda: make_source(FakeEntra(token("a", refresh_token="r2")), save=save).token()), StoreError
    )


# When Entra ID has no time


@pytest.mark.parametrize("first", [raw(503), raw(500), throttled(2), failure(Failure.TIMEOUT), failure(Failure.LOST)])
def test_a_passing_failure_is_tried_again(first: Any) -> None:
    clock = FakeClock()
    entra = FakeEntra(first, token("a"))
    assert make_source(entra, clock=clock).token().value.reveal() == "a"
    assert len(clock.slept) == 1


def test_a_lasting_failure_ends_in_an_error_that_says_so() -> None:
    assert "503" in str(error_of(FakeEntra(*[raw(503)] * 5)))
    assert "cannot be reached" in str(error_of(FakeEntra(*[failure(Failure.UNREACHABLE)] * 5)))


def test_throttling_is_bounded_by_a_minute() -> None:
    clock = FakeClock()
    entra = FakeEntra(*[throttled(25)] * 3)
    http = MsalHttp(entra, AUTHORITY, sleep=clock.sleep, clock=clock)
    assert "429" in str(raised(lambda: http.post(TOKEN_ENDPOINT, data={"a": "b"})))
    assert clock.slept == [25, 25]


# When Entra ID refuses


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (7000215, "secret is wrong"),
        (7000222, "secret has expired"),
        (700082, "90 days"),
        (50173, "revoked"),
        (50076, "multi-factor"),
        (53003, "conditional access"),
        (65001, "consent"),
        (700027, "certificate"),
        (90002, "tenant"),
    ],
)
def test_a_refusal_says_what_to_do_by_its_number(number: int, words: str) -> None:
    error = error_of(FakeEntra(refusal(number)))
    assert words in str(error)
    assert error.details() == {"message": str(error), "code": number, "correlation_id": CORRELATION_ID}


def test_a_refusal_is_asked_for_once() -> None:
    entra = FakeEntra(refusal(50173), refusal(50173))
    source = make_source(entra)
    for _unused in range(3):
        raised(source.token)
    assert len(entra.redemptions) == 1


def test_the_number_that_is_known_gives_the_sentence() -> None:
    assert "AADSTS50076" in str(error_of(FakeEntra(refusal(1, 50076))))


def test_an_unknown_number_is_shown_and_without_a_number_the_word() -> None:
    shown = str(error_of(FakeEntra(refusal(99999))))
    assert "AADSTS99999" in shown and "error?code=99999" in shown and "refresh token" not in shown
    assert "temporarily_unavailable" in str(error_of(FakeEntra(refusal(error="temporarily_unavailable"))))


@pytest.mark.parametrize("error", [CANARY, "x" * 60, 7, None, ["a"]])
@pytest.mark.parametrize("codes", [7, "x", None, ["x", None], {"a": 1}])
def test_a_refusal_of_another_shape_shows_nothing_of_it(error: Any, codes: Any) -> None:
    content = {"error": error, "error_codes": codes, "error_description": CANARY, "correlation_id": CANARY}
    found = error_of(FakeEntra(answer(content, status=400)))
    assert CANARY not in everything_shown(found)
    assert "without a reason" in str(found)


HOSTILE = [
    raw(200),
    raw(200, b"[]"),
    raw(200, b'"x"'),
    raw(200, f'{{"access_token":"{CANARY}'.encode()),
    raw(200, b"[" * 100_000),
    html(200, CANARY),
    html(400, CANARY),
    raw(302, CANARY.encode(), location="https://elsewhere.example"),
    raw(404, CANARY.encode()),
    answer({}),
    answer({"access_token": None, "x": CANARY}),
    answer({"access_token": {"a": CANARY}}),
    answer({"access_token": ""}),
    answer({"access_token": f"a\r\nHost: {CANARY}"}),
    answer({"access_token": "é" + CANARY}),
    answer({"access_token": "a", "expires_in": CANARY}),
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_answer_is_an_error_and_neither_shown_nor_logged(
    hostile: Response, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    error = error_of(FakeEntra(hostile))
    assert CANARY not in everything_shown(error)
    assert CANARY not in caplog.text
    assert not [text for text in capfd.readouterr() if text]


@pytest.mark.parametrize(
    "discovery",
    [
        raw(404),
        html(200, CANARY),
        answer({"error": "invalid_tenant", "error_description": CANARY}, status=400),
        raw(302, location="https://elsewhere.example"),
        answer({}),
        answer({"token_endpoint": 7, "authorization_endpoint": CANARY, "issuer": ["x"]}),
        discovered(token_endpoint="https://elsewhere.example/token"),
        discovered(token_endpoint=TOKEN_ENDPOINT.replace("https", "http")),
        discovered(token_endpoint="https://login.example.elsewhere.example/token"),
        discovered(token_endpoint="https://login.example@elsewhere.example/token"),
        discovered(token_endpoint="https://[bad/token"),
    ],
)
def test_secrets_go_to_the_authority_only(discovery: Response) -> None:
    entra = FakeEntra(token(), discovery=discovery)
    error = error_of(entra)
    assert entra.redemptions == []
    assert CANARY not in everything_shown(error)


@pytest.mark.parametrize(
    "endpoint", ["https://elsewhere.example/a", "https://login.example\\@elsewhere.example/a", "http://login.example/a"]
)
def test_a_person_is_not_led_elsewhere_either(endpoint: str) -> None:
    entra = entra_module.Entra(GIVEN, SETTINGS, FakeEntra(discovery=discovered(authorization_endpoint=endpoint)))
    error = raised(lambda: entra.start_authorization_code("http://localhost:1"))
    assert isinstance(error, CredentialError) and "elsewhere" not in str(error)


def test_the_usual_port_may_be_written_or_not() -> None:
    discovery = discovered(token_endpoint=TOKEN_ENDPOINT.replace("login.example", "login.example:443"))
    assert make_source(FakeEntra(token("a"), discovery=discovery)).token().value.reveal() == "a"


def test_an_id_token_is_not_handed_to_msal(caplog: pytest.LogCaptureFixture) -> None:
    """MSAL quotes one that it does not like in a warning."""
    caplog.set_level(logging.DEBUG)
    answered = token("a", id_token=jwt(aud=CANARY, exp=1), client_info="not base64")
    assert make_source(FakeEntra(answered)).token().value.reveal() == "a"
    assert "ry-7" not in caplog.text


def test_no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    make_source(FakeEntra(token("access-a", refresh_token="refresh-2"))).token()
    assert not [word for word in ("access-a", "refresh-1", "refresh-2", "s3cr") if word in caplog.text]


def test_what_msal_asks_of_an_answer() -> None:
    found = MsalHttp(FakeEntra(refusal(1)), AUTHORITY).post(TOKEN_ENDPOINT, data="a=b", params={"c": "d"})
    assert json.loads(found.text)["error_codes"] == [1]
    with pytest.raises(ValueError, match="error status"):
        found.raise_for_status()
    MsalHttp(FakeEntra(token()), AUTHORITY).post(TOKEN_ENDPOINT, data={"a": "b"}).raise_for_status()


# Where the credentials come from


def test_a_refresh_token_in_a_file_needs_a_keeper(tmp_path: Path) -> None:
    """The reader of the file also writes the newer token into it."""
    file = tmp_path / "token"
    file.write_text("refresh-9")
    given = Credentials(tenant_id=TENANT, client_id=CLIENT, client_secret=Secret("x"), refresh_token_file=str(file))
    error = raised(lambda: make_source(FakeEntra(token()), given=given))
    assert isinstance(error, InputError) and error.place == "refresh_token"


def test_an_assertion_file_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "assertion"
    first, second = jwt(jti="1"), jwt(jti="2")
    file.write_text(f"{first}\n")
    given = Credentials(
        tenant_id=TENANT, client_id=CLIENT, client_assertion_file=str(file), refresh_token=Secret("refresh-1")
    )
    entra = FakeEntra(token("a"), token("b"))
    source = make_source(entra, given=given)
    stale = source.token()
    file.write_text(f"{second}\n")
    source.renew(stale)
    assert [form["client_assertion"] for form in entra.redemptions] == [first, second]
    file.unlink()
    assert isinstance(raised(lambda: source.renew(source.token())), InputError)


def test_the_kind_of_source_follows_the_credentials() -> None:
    assert isinstance(make_token_source(GIVEN, SETTINGS, FakeEntra()), RefreshedToken)
    assert isinstance(make_token_source(Credentials(access_token=Secret("a")), SETTINGS, FakeEntra()), GivenToken)


def test_without_msal_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entra_module, "HAS_MSAL", False)
    error = raised(lambda: make_source(FakeEntra()))
    assert isinstance(error, MissingLibraryError)
    assert "pip install msal" in str(error)
