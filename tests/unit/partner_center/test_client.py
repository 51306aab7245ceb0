# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One call to the service: what is sent, what is tried again, and what an error may say."""

from __future__ import annotations

import html as html_escapes
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CallError,
    CredentialError,
    InputError,
    NoSuchUserError,
    NotFoundError,
    PartnerCenterError,
    RefusedError,
    SignInLostError,
    StoreError,
    Trace,
    UnavailableError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._http.conversation import Call
from ansible_collections.csp.partnercenter.plugins.module_utils._http.gate import Gate
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Failure, Response
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center import answers
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.answers import RouteMissingError
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.client import Client
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.engine import (
    API,
    CANARY,
    CORRELATION_ID,
    REQUEST_ID,
    FakeTokens,
    everything_shown,
    make_client,
    make_gate,
    make_gates,
    raised,
    run_in_threads,
)
from ansible_collections.csp.partnercenter.tests.unit.support.transport import (
    FakeTransport,
    answer,
    collection,
    failure,
    fault,
    html,
    raw,
    throttled,
)

TRACE = Trace(REQUEST_ID, CORRELATION_ID)
GET = Call("GET", "/v1/customers", trace=TRACE)
PATCH = Call("PATCH", "/v1/x", body={"password": CANARY}, trace=TRACE, wants_content=False)
OTHER_ID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"


def error_of(*script: Any, call: Call = GET, **more: Any) -> PartnerCenterError:
    transport = FakeTransport(*script)
    found = raised(lambda: make_client(transport, **more).call(call))
    if isinstance(found, CallError):
        assert found.attempts == len(transport.requests)
    return found


# What is sent


def test_a_get_carries_the_documented_headers_and_no_body() -> None:
    transport = FakeTransport(answer())
    make_client(transport).call(GET)
    (request,) = transport.requests
    assert (request.method, request.url, request.body) == ("GET", f"{API}/v1/customers", None)
    assert request.headers == {
        "Authorization": "Bearer token-1",
        "Accept": "application/json",
        "MS-RequestId": REQUEST_ID,
        "MS-CorrelationId": CORRELATION_ID,
        "MS-Contract-Version": "v1",
        "MS-PartnerCenter-Application": "csp.partnercenter",
        "User-Agent": "csp.partnercenter",
    }


def test_a_patch_carries_compact_json() -> None:
    transport = FakeTransport(answer())
    make_client(transport).call(PATCH)
    (request,) = transport.requests
    assert request.body == json.dumps({"password": CANARY}, separators=(",", ":")).encode()
    assert request.headers["Content-Type"] == "application/json"


def test_the_query_is_percent_encoded() -> None:
    transport = FakeTransport(answer())
    make_client(transport).call(Call("GET", "/v1/customers", {"filter": '{"Value":"a b&c+d"}', "size": "5"}))
    assert transport.lines == ["GET /v1/customers?filter=%7B%22Value%22%3A%22a%20b%26c%2Bd%22%7D&size=5"]


def test_each_call_has_ids_of_its_own() -> None:
    transport = FakeTransport(answer(), answer())
    client = make_client(transport)
    for _unused in range(2):
        client.call(Call("GET", "/v1/customers"))
    assert len({*transport.header("MS-RequestId"), *transport.header("MS-CorrelationId")}) == 4


def test_headers_of_a_call_cannot_replace_those_of_the_client() -> None:
    transport = FakeTransport(answer())
    make_client(transport).call(Call("GET", "/v1/x", headers={"Authorization": "no", "MS-ContinuationToken": "t"}))
    assert transport.header("Authorization") == ["Bearer token-1"]
    assert transport.header("MS-ContinuationToken") == ["t"]


# What is tried again


@pytest.mark.parametrize(
    "first",
    [
        failure(Failure.TIMEOUT),
        failure(Failure.LOST),
        failure(Failure.UNREACHABLE),
        *(fault(status) for status in (408, 500, 502, 503, 504)),
        throttled(),
    ],
)
def test_a_try_that_settles_nothing_is_repeated_with_the_same_ids_and_body(first: Any) -> None:
    transport = FakeTransport(first, answer())
    assert make_client(transport).call(PATCH).attempts == 2
    assert transport.requests[0] == transport.requests[1]
    assert transport.header("MS-RequestId") == [REQUEST_ID] * 2


def test_the_waits_between_tries_grow() -> None:
    clock = FakeClock()
    transport = FakeTransport(*[fault(503)] * 4, answer())
    make_client(transport, clock=clock).call(GET)
    assert [0.25 <= clock.slept[0] <= 0.5, 2.0 <= clock.slept[3] <= 4.0, len(clock.slept)] == [True, True, 4]


def test_after_five_tries_it_is_given_up() -> None:
    error = error_of(*[fault(503)] * 5)
    assert isinstance(error, UnavailableError)
    assert (error.status, error.attempts) == (503, 5)


def test_throttled_tries_are_not_counted() -> None:
    transport = FakeTransport(*[throttled()] * 20, fault(503), fault(503), answer())
    assert make_client(transport).call(GET).attempts == 23


def test_throttling_ends_with_the_budget() -> None:
    clock = FakeClock()
    error = error_of(*[throttled(57)] * 6, clock=clock)
    assert isinstance(error, UnavailableError)
    assert (error.status, error.ambiguous) == (429, False)
    assert clock.now - 1000.0 <= 300.0


def test_after_that_nothing_is_sent_until_the_service_wants_it() -> None:
    transport = FakeTransport(throttled(3600), answer())
    client = make_client(transport)
    for attempts in (1, 0, 0):
        error = raised(lambda: client.call(GET))
        assert isinstance(error, UnavailableError)
        assert (error.status if attempts else 429, error.attempts, error.ambiguous) == (429, attempts, False)
    assert len(transport.requests) == 1


def test_a_throttle_that_ends_the_budget_does_not_renew_it() -> None:
    clock = FakeClock()
    gate = make_gate(clock)
    client = Client(
        api_url=API,
        transport=FakeTransport(throttled(200), throttled(200)),
        tokens=FakeTokens(),
        gates=make_gates(gate),
    )
    raised(lambda: client.call(GET))
    assert gate.budget() <= 100.0
    assert gate.throttled == 2


def test_a_service_that_is_down_is_not_asked_five_times_by_every_call() -> None:
    """The budget is the task's: once nothing got through for so long, a call makes one try."""
    clock = FakeClock()
    transport = FakeTransport(lambda _request: fault(503, retry_after="40"))
    client = make_client(transport, clock=clock, budget=100.0)
    tries = []
    for _unused in range(8):
        error = raised(lambda: client.call(GET))
        assert isinstance(error, UnavailableError)
        tries.append(error.attempts)
        clock.advance(30.0)
    assert tries[0] == 5
    assert tries[-1] == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412])
def test_a_definitive_answer_is_not_repeated(status: int) -> None:
    error = error_of(fault(status, 2000), call=PATCH)
    assert isinstance(error, RefusedError)
    assert (error.status, error.code, error.attempts, error.ambiguous) == (status, 2000, 1, False)


def test_a_redirect_is_not_followed() -> None:
    error = error_of(raw(302, location="https://elsewhere.example/"))
    assert isinstance(error, UnavailableError)
    assert error.status == 302


@pytest.mark.parametrize(("kind", "word"), [(Failure.CERTIFICATE, "ca_path"), (Failure.TOO_LARGE, "larger")])
def test_what_would_end_the_same_way_is_tried_once(kind: Failure, word: str) -> None:
    error = error_of(failure(kind))
    assert word in str(error)
    assert "(1 try)" in str(error)


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        (Failure.CERTIFICATE, "set ca_path to the CA bundle"),
        (Failure.NAME, "look at the network and its DNS, the proxy (HTTPS_PROXY) where one is needed, and api_url"),
        (Failure.PROXY_SIGN_IN, "look at that variable, or name the host in NO_PROXY"),
        (Failure.UNREACHABLE, "look at the network, the proxy (HTTPS_PROXY) and api_url"),
    ],
)
def test_each_way_of_not_getting_through_has_its_own_advice(kind: Failure, advice: str) -> None:
    assert advice in str(error_of(*[failure(kind)] * 5))


# Whether it took effect

UNSIGNED = [
    html(403),
    html(400),
    html(413),
    html(404),
    html(501),
    raw(403),
    raw(405),
    raw(407),
    raw(403, b'{"code":900308,"description":"x"}', content_type="text/html; charset=utf-8"),
    answer({"statusCode": 403, "message": "Forbidden"}, status=403),
    answer({"code": 403, "message": "Forbidden"}, status=403),
    answer({"code": "Forbidden", "description": "x"}, status=403),
    answer({"error": {"code": "Authorization_RequestDenied", "message": "x"}}, status=403),
    answer({"error": "invalid_grant", "error_description": "AADSTS50173"}, status=400),
    raw(403, b'[{"code":900308,"description":"x"}]'),
]


@pytest.mark.parametrize(
    ("script", "ambiguous"),
    [
        ([failure(Failure.UNREACHABLE)] * 5, False),
        ([failure(Failure.CERTIFICATE)], False),
        ([throttled(400)], False),
        ([fault(400)], False),
        ([failure(Failure.TIMEOUT)] * 5, True),
        ([failure(Failure.LOST)] * 5, True),
        ([fault(500)] * 5, True),
        ([failure(Failure.TIMEOUT), fault(400)], True),
        ([fault(503), fault(403, 900308)], True),
        ([fault(408), throttled(400)], True),
        # Not in a form of the service: it may stand in front of a request that took effect.
        *(([response], True) for response in UNSIGNED),
        ([raw(401), fault(403, 900308)], True),
        ([html(429, "slow"), throttled(400)], True),
        # In its form, after one that is.
        ([fault(401, 800001), fault(403, 900308)], False),
        ([throttled(0), fault(400)], False),
        ([raw(302)], True),
        ([raw(101)], True),
    ],
)
def test_ambiguous_is_what_may_have_taken_effect(script: list[Any], ambiguous: bool) -> None:
    error = error_of(*script, call=PATCH)
    assert isinstance(error, CallError)
    assert error.ambiguous is ambiguous


@pytest.mark.parametrize(
    "refusal", [CredentialError("no token"), InputError("client_assertion_file", "gone"), StoreError("full")]
)
def test_a_token_that_ends_after_an_ambiguous_try_leaves_the_fate_open(refusal: PartnerCenterError) -> None:
    tokens = FakeTokens(refuse_after=1, refusal=refusal)
    error = error_of(failure(Failure.TIMEOUT), call=PATCH, tokens=tokens)
    assert isinstance(error, UnavailableError)
    assert (error.ambiguous, error.attempts, str(error)) == (True, 1, str(refusal))


def test_without_a_request_it_stays_what_it_is() -> None:
    refusal = CredentialError("no token")
    assert error_of(tokens=FakeTokens(refuse_after=0, refusal=refusal), call=PATCH) is refusal
    assert error_of(fault(401), tokens=FakeTokens(refuse_after=1, refusal=refusal), call=GET) is refusal


@pytest.mark.parametrize(
    ("answered", "kind", "ambiguous"),
    [
        (fault(401, 800001), RefusedError, False),  # the service has refused, for certain
        (raw(401), SignInLostError, True),
        (html(401), SignInLostError, True),
    ],
)
def test_a_renewal_that_fails_after_a_write_says_how_often_it_was_sent(
    answered: Response, kind: type[CallError], ambiguous: bool
) -> None:
    tokens = FakeTokens(refuse_after=1, refusal=CredentialError("no token", codes=(700082,)))
    error = error_of(answered, call=PATCH, tokens=tokens)
    assert error.__class__ is kind and isinstance(error, CallError)
    assert (error.status, error.code, error.attempts) == (401, 700082, 1)
    assert (error.ambiguous, str(error)) == (ambiguous, "no token")


def test_a_renewal_that_fails_after_throttling_was_never_answered() -> None:
    tokens = FakeTokens(refuse_after=1, refusal=CredentialError("no token"))
    error = error_of(throttled(1), call=PATCH, tokens=tokens)
    assert isinstance(error, SignInLostError)
    assert (error.ambiguous, error.attempts) == (False, 1)


# 401


def test_401_renews_the_token_once_and_keeps_the_ids() -> None:
    transport = FakeTransport(fault(401, 800001), answer())
    tokens = FakeTokens()
    assert make_client(transport, tokens=tokens).call(PATCH).attempts == 2
    assert transport.header("Authorization") == ["Bearer token-1", "Bearer token-2"]
    assert transport.header("MS-RequestId") == [REQUEST_ID] * 2
    assert tokens.renewals == 1


def test_401_on_a_new_token_is_definitive_and_says_what_is_likely() -> None:
    error = error_of(raw(401), raw(401))
    assert isinstance(error, RefusedError)
    assert "multi-factor" in str(error)


def test_401_on_a_token_that_cannot_be_renewed_is_definitive() -> None:
    tokens = FakeTokens(renewable=False)
    error = error_of(fault(401, 800001), tokens=tokens)
    assert isinstance(error, RefusedError)
    assert tokens.renewals == 0


@pytest.mark.parametrize(
    ("response", "word"),
    [
        (fault(401, 900420), "audience"),
        (fault(401, "900421"), "multi-factor"),
        (
            raw(401, reason="Unauthorized - MFA required", www_authenticate='Bearer error="invalid_token"'),
            "multi-factor",
        ),
    ],
)
def test_401_that_a_new_token_cannot_mend_is_never_renewed(response: Response, word: str) -> None:
    tokens = FakeTokens()
    error = error_of(response, tokens=tokens)
    assert word in str(error)
    assert tokens.renewals == 0


# What answers mean


@pytest.mark.parametrize("body", [b'\xef\xbb\xbf{"id":"x"}', b'{"id":"x"}', b' \r\n{"id":"x"}\n'])
def test_json_is_read_with_and_without_bom(body: bytes) -> None:
    assert make_client(FakeTransport(raw(200, body))).call(GET).content == {"id": "x"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"7",
        b"\xff\xfe{}",
        b'{"a":',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"<html></html>",
    ],
)
def test_a_success_that_is_no_json_object_is_no_success(body: bytes) -> None:
    error = error_of(raw(200, body))
    assert isinstance(error, UnavailableError)
    assert error.status == 200
    assert not error.ambiguous


def test_numbers_beyond_any_measure_are_only_numbers() -> None:
    assert make_client(FakeTransport(raw(200, b'{"a":1e400}'))).call(GET).content == {"a": float("inf")}
    assert answers.fault_code(raw(400, b'{"code":1e400}')) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_nothing(body: bytes) -> None:
    found = answers.content(raw(200, body))
    assert found is None or isinstance(found, dict)


@given(
    st.integers(100, 599),
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner)
    ).map(lambda value: json.dumps({"code": value}).encode()),
)
def test_any_answer_ends_in_a_typed_error(status: int, body: bytes) -> None:
    error = answers.error(raw(status, body), TRACE, attempts=1, ambiguous=False, fresh=False)
    assert isinstance(error, CallError)
    assert error.status == status


@pytest.mark.parametrize(
    ("code", "number"),
    [
        (2000, 2000),
        ("2000", 2000),
        ("0", 0),
        ("", None),
        ("x1", None),
        ("²", None),
        (None, None),
        (True, None),
        (-5, None),
        (1.5, None),
        ([2000], None),
        ("9" * 20, None),
    ],
)
def test_the_code_of_a_fault_is_a_number_or_a_text_with_one(code: Any, number: int | None) -> None:
    assert answers.fault_code(fault(400, code)) == number


def test_the_names_in_a_fault_are_read_in_any_case() -> None:
    assert answers.fault_code(answer({"CODE": "900308"}, status=403)) == 900308


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (fault(404, 60002), NoSuchUserError),
        (fault(404, "60003"), NotFoundError),
        (raw(404), RouteMissingError),
        (html(404), RouteMissingError),
        (answer({"message": "Resource not found", "statusCode": 404}, status=404), RouteMissingError),
        (raw(405), RouteMissingError),
        (fault(501, 0), RouteMissingError),
        (fault(400), RefusedError),
        (html(403), RefusedError),
        (raw(407), RefusedError),
        (raw(505), UnavailableError),
        (raw(307), UnavailableError),
    ],
)
def test_the_kind_of_an_error(response: Response, kind: type[CallError]) -> None:
    script = [response] * 5
    found = raised(lambda: make_client(FakeTransport(*script)).call(GET))
    assert found.__class__ is kind


def test_the_same_code_means_another_thing_under_another_status() -> None:
    assert "banned word" in str(error_of(fault(400, 3000)))
    assert "no such record" in str(error_of(fault(404, 3000)))


def test_an_unknown_code_falls_back_to_the_status_and_an_unknown_status_to_its_number() -> None:
    assert str(error_of(fault(403, 123456))) == str(error_of(fault(403, 654321)))
    assert "418" in str(error_of(fault(418)))


def test_an_error_of_another_form_says_that_it_may_not_be_the_services() -> None:
    assert "is not one of Partner Center, but as a gateway or a proxy sends it" in str(error_of(html(403)))
    assert "AdminAgents" in str(error_of(raw(403))), "an older service may have said no more"
    assert str(error_of(html(418))).endswith("look at the network and the proxy")
    assert str(error_of(raw(405))) == "this call does not exist at the service"


def test_the_clock_of_the_service_is_read_from_its_answers() -> None:
    client = make_client(FakeTransport(answer(), answer(date="Mon, 02 Nov 2026 12:00:00 GMT"), answer(date="soon")))
    assert client.service_now() is None
    client.call(GET)
    assert client.service_now() is None
    client.call(GET)
    told = client.service_now()
    assert told is not None and timedelta() <= told - datetime(2026, 11, 2, 12, tzinfo=UTC) < timedelta(hours=1)
    client.call(GET)
    assert client.service_now() is not None


def test_the_body_of_a_patch_is_thrown_away() -> None:
    echo = answer({"passwordProfile": {"password": CANARY}})
    found = make_client(FakeTransport(echo)).call(PATCH)
    assert found.content == {}
    assert CANARY not in repr(found)


@pytest.mark.parametrize("response", [raw(200), raw(204), raw(200, b"\xff"), answer({"a": 1})])
def test_a_patch_does_not_depend_on_the_body(response: Response) -> None:
    assert make_client(FakeTransport(response)).call(PATCH).attempts == 1


def test_a_page_of_html_is_no_success_of_a_patch_and_leaves_its_fate_open() -> None:
    error = error_of(html(200), call=PATCH)
    assert isinstance(error, UnavailableError)
    assert error.ambiguous


# Ids and texts


def test_the_ids_are_those_of_the_service() -> None:
    response = answer(ms_requestid=OTHER_ID.upper(), ms_correlationid=OTHER_ID)
    assert make_client(FakeTransport(response)).call(GET).trace == Trace(OTHER_ID, OTHER_ID)


@pytest.mark.parametrize("value", ["", "x", f"{OTHER_ID}, {OTHER_ID}", CANARY])
def test_where_it_names_none_they_are_those_that_were_sent(value: str) -> None:
    response = fault(400)
    headers = {**response.headers, "ms-requestid": value, "ms-correlationid": value}
    error = error_of(Response(400, "", headers, b""))
    assert isinstance(error, CallError)
    assert error.trace == TRACE


def test_details_show_status_code_and_ids() -> None:
    assert error_of(fault(403, "900308")).details() == {
        "message": str(error_of(fault(403, 900308))),
        "status": 403,
        "code": 900308,
        "request_id": REQUEST_ID,
        "correlation_id": CORRELATION_ID,
    }


CANARY_FORMS = [
    CANARY,
    repr(CANARY)[1:-1],
    json.dumps(CANARY)[1:-1],
    quote(CANARY),
    html_escapes.escape(CANARY),
    'Ca"na',
    "ry-7",
]
ECHOES = [
    fault(400, 3000, description=CANARY, data=[CANARY]),
    fault(400, CANARY),
    answer({"code": 2000, CANARY: CANARY}, status=400),
    html(403, html_escapes.escape(CANARY)),
    html(400, CANARY),
    html(200, CANARY),
    raw(200, CANARY.encode()),
    raw(400, CANARY.encode(), reason=CANARY, ms_requestid=CANARY, www_authenticate=CANARY, server=CANARY),
    raw(401, b"", reason=f"{CANARY} MFA required"),
    raw(404, CANARY.encode(), reason=CANARY),
    raw(302, b"", location=f"https://x/{CANARY}"),
    raw(418, CANARY.encode()),
    fault(503, 1, description=CANARY),
    answer({"statusCode": 429, "message": CANARY}, status=429, retry_after=CANARY),
    failure(Failure.LOST),
]


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("wants_content", [True, False])
def test_no_error_repeats_anything_that_was_sent_or_answered(echo: Any, wants_content: bool) -> None:
    call = Call("PUT", "/v1/x", body={"password": CANARY}, trace=TRACE, wants_content=wants_content)
    client = make_client(FakeTransport(lambda _request: FakeTransport(echo).send(_request)))
    try:
        client.call(call)
    except PartnerCenterError as error:
        shown = everything_shown(error)
        assert not [form for form in CANARY_FORMS if form in shown]
    assert CANARY not in repr(call)


def test_repr_of_requests_and_responses_shows_no_secret() -> None:
    transport = FakeTransport(raw(200, CANARY.encode(), server=CANARY))
    make_client(transport).call(PATCH)
    assert "token-1" not in repr(transport.requests)
    assert not [form for form in CANARY_FORMS if form in repr(transport.requests) + repr(ECHOES)]


# Threads


def test_many_threads_share_one_client_and_one_budget() -> None:
    lock = threading.Lock()
    seen: dict[str, int] = {}

    def serve(request: Any) -> Response:
        with lock:
            seen[request.headers["MS-RequestId"]] = seen.get(request.headers["MS-RequestId"], 0) + 1
            return answer() if seen[request.headers["MS-RequestId"]] > 1 else fault(503)

    gate = Gate(concurrency=4, budget=30.0, sleep=lambda _seconds: None)
    client = Client(api_url=API, transport=FakeTransport(serve), tokens=FakeTokens(), gates=make_gates(gate))
    results = run_in_threads(8, lambda: client.call(Call("GET", "/v1/x")).attempts)
    assert results == [2] * 8


def test_a_collection_is_an_object_like_any_other() -> None:
    assert make_client(FakeTransport(collection({"id": "x"}))).call(GET).content["items"] == [{"id": "x"}]
