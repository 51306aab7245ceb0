# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users of Microsoft Graph: read, listed, and set (Graph contract, read and set)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CallError,
    CredentialError,
    NoSuchUserError,
    RefusedError,
    Trace,
    UnavailableError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Delivery, Fate
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.users import Users
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Failure, Response
from ansible_collections.csp.partnercenter.tests.unit.password.builders import user_id, user_name
from ansible_collections.csp.partnercenter.tests.unit.support.engine import (
    CANARY,
    CORRELATION_ID,
    CUSTOMER,
    REQUEST_ID,
    FakeTokens,
    everything_shown,
    raised,
)
from ansible_collections.csp.partnercenter.tests.unit.support.graph_service import (
    GraphService,
    change,
    make_client,
    refusal,
    service,
)
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, answer, failure, html, raw


def at(service: GraphService) -> tuple[Users, FakeTransport]:
    transport = FakeTransport(service.answer)
    return Users(make_client(transport)), transport


def error_of(*script: Any) -> CallError:
    error = raised(lambda: Users(make_client(FakeTransport(*script))).set_password(change()))
    assert isinstance(error, CallError) and CANARY not in everything_shown(error)
    return error


# Reading


def test_one_request_reads_one_user_by_id_or_by_name() -> None:
    users, transport = at(service(more={user_id(1): {"onPremisesSyncEnabled": True, "displayName": "Ada"}}))
    by_id, by_name = users.get(CUSTOMER, user_id(1)), users.get(CUSTOMER, user_name(1).upper())
    assert by_id == by_name and by_id.synced and by_id.display_name == "Ada"
    assert len(transport.requests) == 2 and "onPremisesSyncEnabled" in transport.lines[0]
    assert transport.header("client-request-id")[0] and transport.header("Authorization")[0] == "Bearer token-1"


def test_a_name_is_part_of_the_path_whatever_it_holds() -> None:
    users, transport = at(service())
    raised(lambda: users.get(CUSTOMER, "a.b#ext#'s@contoso.example"))
    assert "/v1.0/users/a.b%23ext%23%27s%40contoso.example?" in transport.lines[0]


def test_an_answer_about_another_user_is_none() -> None:
    record = {"id": user_id(2), "userPrincipalName": user_name(2)}
    users = Users(make_client(FakeTransport(answer(record), answer(record))))
    for asked in (user_id(1), user_name(1)):
        assert isinstance(raised(lambda asked=asked: users.get(CUSTOMER, asked)), UnavailableError)


def test_the_list_is_read_in_pages_of_999() -> None:
    users, transport = at(service(5, page=2))
    assert [len(page) for page in users.pages(CUSTOMER)] == [2, 2, 1]
    assert "%24top=999" in transport.lines[0] and "skiptoken=2" in transport.lines[1]


@pytest.mark.parametrize(("count", "requests"), [(1, 1), (15, 1), (16, 2), (150, 10), (151, 1)])
def test_times_of_changes_take_few_requests(count: int, requests: int) -> None:
    graph = service(count)
    graph.changed = dict.fromkeys(graph.users, "2026-11-01T00:00:00Z")
    users, transport = at(graph)
    assert users.changes(CUSTOMER, list(graph.users)) == dict.fromkeys(graph.users, datetime(2026, 11, 1, tzinfo=UTC))
    assert len(transport.requests) == requests


# Setting


@pytest.mark.parametrize("force", [True, False])
def test_a_password_is_one_request_with_the_flag_always_said(force: bool) -> None:
    graph = service()
    users, transport = at(graph)
    delivery = users.set_password(change(force))
    assert delivery == Delivery(Fate.ACCEPTED, Trace(REQUEST_ID, CORRELATION_ID), 1)
    (request,) = transport.requests
    profile = {"password": CANARY, "forceChangePasswordNextSignIn": force}
    assert json.loads(request.body or b"") == {"passwordProfile": profile}
    assert request.headers["client-request-id"] == CORRELATION_ID
    assert graph.live == {user_id(1): CANARY} and graph.forced == {user_id(1): force}


def test_the_service_names_the_request() -> None:
    response = raw(204, request_id="99999999-9999-4999-8999-999999999999")
    delivery = Users(make_client(FakeTransport(response))).set_password(change())
    assert delivery.trace == Trace("99999999-9999-4999-8999-999999999999", CORRELATION_ID)


@pytest.mark.parametrize("response", [raw(200), raw(200, b"{}"), raw(202), raw(201, b"{}"), html(200), html(203)])
def test_only_the_status_for_it_says_that_a_password_is_set(response: Response) -> None:
    assert error_of(response).ambiguous


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (refusal(400, "Request_BadRequest"), "breaks its rules"),
        (refusal(403, "Authorization_RequestDenied"), "User-PasswordProfile.ReadWrite.All"),
        (refusal(403, "Authorization_RequestDenied"), "Privileged Authentication Administrator"),
        (refusal(403, "Authorization_IdentityNotFound"), "GDAP"),
        (refusal(401, "Authorization_IdentityNotFound"), "consent"),
        (refusal(404, "Request_ResourceNotFound"), "user id"),
        (refusal(409, "Unheard_Of"), "run again"),
        (refusal(418, "Unheard_Of"), "HTTP status 418"),
    ],
)
def test_a_refusal_says_what_is_missing(response: Response, words: str) -> None:
    error = error_of(*[response] * 2)
    assert isinstance(error, RefusedError) and error.signed and not error.ambiguous and not error.concerns_all
    assert words in str(error)


def test_a_user_who_is_not_there_is_an_error_of_its_own() -> None:
    assert isinstance(error_of(refusal(404, "Request_ResourceNotFound")), NoSuchUserError)


@pytest.mark.parametrize("response", [html(403), raw(403), raw(404), answer({"code": "x"}, status=400)])
def test_what_is_not_of_the_service_proves_nothing(response: Response) -> None:
    error = error_of(response)
    assert error.ambiguous and not error.signed and "not one of Microsoft Graph" in str(error)


def test_a_code_that_nobody_knows_is_not_shown() -> None:
    """It may repeat what was sent."""
    assert error_of(refusal(400, CANARY)).code is None
    assert error_of(refusal(400, "Request_BadRequest")).code == "Request_BadRequest"


def test_a_lost_answer_is_repeated_with_the_same_id_and_body() -> None:
    transport = FakeTransport(failure(Failure.TIMEOUT), raw(503), raw(204))
    delivery = Users(make_client(transport)).set_password(change())
    assert delivery.attempts == 3
    assert len({request.body for request in transport.requests}) == 1
    assert set(transport.header("client-request-id")) == {CORRELATION_ID}


def test_a_customer_that_gives_no_token_is_a_refusal_and_a_dead_account_is_not() -> None:
    def refused(**more: Any) -> Any:
        tokens = FakeTokens(refuse_after=0, refusal=CredentialError("no", codes=(65001,), **more))
        return raised(lambda: Users(make_client(FakeTransport(), tokens)).set_password(change()))

    one = refused(concerns_all=False)
    assert isinstance(one, RefusedError) and not one.ambiguous and one.code == 65001 and one.attempts == 0
    assert isinstance(refused(), CredentialError)


def test_a_token_that_is_refused_is_renewed_once() -> None:
    transport = FakeTransport(refusal(401, "InvalidAuthenticationToken"), raw(204))
    assert Users(make_client(transport)).set_password(change()).attempts == 2
    assert transport.header("Authorization") == ["Bearer token-1", "Bearer token-2"]


# Synced users


def test_a_synced_user_is_never_set_by_patch() -> None:
    users, transport = at(service(more={user_id(1): {"onPremisesSyncEnabled": True}}))
    users.get(CUSTOMER, user_id(1))
    error = raised(lambda: users.set_password(change(force=True)))
    assert isinstance(error, RefusedError) and "password_writeback" in str(error) and not error.ambiguous
    assert {request.method for request in transport.requests} == {"GET"}
