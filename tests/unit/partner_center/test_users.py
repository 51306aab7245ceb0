# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users of a customer: what is read, and the one call that changes something."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CallError,
    CredentialError,
    RefusedError,
    SignInLostError,
    Trace,
    UnavailableError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import derived_id
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import (
    Delivery,
    Fate,
    PasswordChange,
    User,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._http.gate import Gate
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Failure, Request, Response
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.answers import RouteMissingError
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.client import Client
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.users import Endpoint, Users
from ansible_collections.csp.partnercenter.tests.unit.support.engine import (
    API,
    CANARY,
    CORRELATION_ID,
    CUSTOMER,
    REQUEST_ID,
    USER,
    FakeTokens,
    make_client,
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
)

CHANGE = PasswordChange(CUSTOMER, USER, Secret(CANARY), True, Trace(REQUEST_ID, CORRELATION_ID))
UPDATE = f"PATCH /v1/customers/{CUSTOMER}/users/{USER}"
RESET = f"{UPDATE}/resetpassword"
LIST = f"GET /v1/customers/{CUSTOMER}/users?size=500"
ECHO = answer({"id": USER, "passwordProfile": {"password": CANARY, "forceChangePassword": False}})
MISSING = raw(404)
FALLBACK_ID = derived_id(REQUEST_ID, "update")


def record(**more: Any) -> dict[str, Any]:
    return {"id": USER, "userPrincipalName": "ada@contoso.example", "displayName": "Ada", **more}


def make_users(*script: Any, endpoint: Endpoint = Endpoint.AUTO, **more: Any) -> tuple[Users, FakeTransport]:
    transport = FakeTransport(*script)
    return Users(make_client(transport, **more), endpoint=endpoint), transport


def ended(delivery: Delivery) -> tuple[Fate, Trace, int]:
    return delivery.fate, delivery.trace, delivery.attempts


# Reading


def test_get_asks_once() -> None:
    users, transport = make_users(answer(record()))
    assert users.get(CUSTOMER, USER) == User(USER, "ada@contoso.example", "Ada")
    transport.assert_done(f"GET /v1/customers/{CUSTOMER}/users/{USER}")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {}),
        ({"userDomainType": "none", "state": "active", "lastDirectorySyncTime": None, "softDeletionTime": None}, {}),
        ({"userDomainType": "Federated"}, {"federated": True}),
        ({"lastDirectorySyncTime": "2026-01-01T00:00:00Z"}, {"synced": True}),
        ({"state": "inactive"}, {"deleted": True}),
        ({"state": "Inactive"}, {"deleted": True}),
        ({"softDeletionTime": "2026-01-01T00:00:00Z"}, {"deleted": True}),
        ({"userDomainType": 7, "state": ["inactive"]}, {}),
    ],
)
def test_the_kinds_of_users(more: dict[str, Any], expected: dict[str, bool]) -> None:
    users, _transport = make_users(answer(record(**more)))
    found = users.get(CUSTOMER, USER)
    kinds = {"federated": False, "synced": False, "deleted": False} | expected
    assert {"federated": found.federated, "synced": found.synced, "deleted": found.deleted} == kinds


def test_names_that_are_no_texts_are_empty() -> None:
    users, _transport = make_users(answer({"id": USER, "userPrincipalName": {"a": 1}, "displayName": 7}))
    assert users.get(CUSTOMER, USER) == User(USER, "", "")


@pytest.mark.parametrize(
    "identity", [None, "", "x", 7, ["a"], f"{USER}/../../x", f"{USER}?a=b", USER.replace("2", "²")]
)
def test_a_user_without_a_guid_is_no_user(identity: Any) -> None:
    users, _transport = make_users(answer(record(id=identity)), collection(record(id=identity)))
    assert isinstance(raised(lambda: users.get(CUSTOMER, USER)), UnavailableError)
    assert isinstance(raised(lambda: list(users.pages(CUSTOMER))), UnavailableError)


def test_another_user_than_the_one_that_was_asked_for_is_an_error() -> None:
    users, _transport = make_users(answer(record(id=CUSTOMER)), answer(record(id=USER.upper())))
    assert "another record" in str(raised(lambda: users.get(CUSTOMER, USER)))
    assert users.get(CUSTOMER, USER.upper()).id == USER


def test_pages_are_read_one_by_one() -> None:
    users, transport = make_users(
        collection(record(), uri=f"/customers/{CUSTOMER}/users", token="a"), collection(record(id=CUSTOMER))
    )
    assert [[user.id for user in page] for page in users.pages(CUSTOMER)] == [[USER], [CUSTOMER]]
    transport.assert_done(LIST, f"GET /v1/customers/{CUSTOMER}/users")


def test_deleted_users_are_asked_for_by_a_filter() -> None:
    users, transport = make_users(collection())
    assert list(users.pages(CUSTOMER, deleted=True)) == [[]]
    state = "%7B%22Field%22%3A%22UserState%22%2C%22Value%22%3A%22Inactive%22%2C%22Operator%22%3A%22equals%22%7D"
    transport.assert_done(f"{LIST}&filter={state}")


# Setting a password


@pytest.mark.parametrize(
    ("endpoint", "line"), [(Endpoint.RESET, RESET), (Endpoint.AUTO, RESET), (Endpoint.UPDATE, UPDATE)]
)
def test_one_patch_sets_the_password(endpoint: Endpoint, line: str) -> None:
    users, transport = make_users(ECHO, endpoint=endpoint)
    fate = Fate.AMBIGUOUS if endpoint is Endpoint.UPDATE else Fate.ACCEPTED
    assert ended(users.set_password(CHANGE)) == (fate, Trace(REQUEST_ID, CORRELATION_ID), 1)
    transport.assert_done(line)
    assert json.loads(transport.requests[0].body or b"") == {
        "passwordProfile": {"password": CANARY, "forceChangePassword": True},
        "attributes": {"objectType": "CustomerUser"},
    }


def test_the_word_of_the_update_call_proves_nothing() -> None:
    users, _transport = make_users(ECHO, endpoint=Endpoint.UPDATE)
    delivery = users.set_password(CHANGE)
    assert delivery.taken and "only the audit log can tell" in str(delivery.error)


def test_force_change_is_always_said() -> None:
    users, transport = make_users(ECHO)
    users.set_password(PasswordChange(CUSTOMER, USER, Secret(CANARY), False, Trace(REQUEST_ID)))
    assert b'"forceChangePassword":false' in (transport.requests[0].body or b"")


UNSIGNED = [MISSING, raw(405), raw(501), html(404), answer({"message": "x"}, status=404)]
SIGNED = [fault(501, 0), fault(405, 0)]


@pytest.mark.parametrize("missing", [*UNSIGNED, *SIGNED])
def test_one_answer_is_no_proof_that_the_route_is_missing(missing: Response) -> None:
    """A page of a gateway passes: the reset call is tried again first, and for ever if it takes the password then."""
    users, transport = make_users(missing, ECHO, ECHO)
    assert ended(users.set_password(CHANGE)) == (Fate.ACCEPTED, answered(transport, 1), 2)
    users.set_password(CHANGE)
    transport.assert_done(RESET, RESET, RESET)


def answered(transport: FakeTransport, number: int) -> Trace:
    return Trace(transport.header("MS-RequestId")[number], CORRELATION_ID)


@pytest.mark.parametrize("missing", SIGNED)
def test_auto_falls_back_on_the_services_own_word_and_remembers(missing: Response) -> None:
    """An answered request is over, and its id is used up. The update call's answer does not prove the password."""
    users, transport = make_users(missing, missing, ECHO, ECHO)
    assert ended(users.set_password(CHANGE)) == (Fate.AMBIGUOUS, Trace(FALLBACK_ID, CORRELATION_ID), 3)
    assert len(set(transport.header("MS-RequestId"))) == 3
    assert ended(users.set_password(CHANGE)) == (Fate.AMBIGUOUS, Trace(REQUEST_ID, CORRELATION_ID), 1)
    transport.assert_done(RESET, RESET, UPDATE, UPDATE)


@pytest.mark.parametrize("missing", UNSIGNED)
def test_auto_falls_back_after_two_pages_and_asks_again_for_the_next_user(missing: Response) -> None:
    users, transport = make_users(missing, missing, ECHO, ECHO)
    assert [users.set_password(CHANGE).fate for _time in range(2)] == [Fate.AMBIGUOUS, Fate.ACCEPTED]
    assert transport.header("MS-RequestId") == [REQUEST_ID, REQUEST_ID, FALLBACK_ID, REQUEST_ID]
    transport.assert_done(RESET, RESET, UPDATE, RESET)


def test_the_other_request_has_another_id_which_is_the_same_each_time() -> None:
    users, transport = make_users(MISSING, MISSING, failure(Failure.TIMEOUT), ECHO)
    assert ended(users.set_password(CHANGE)) == (Fate.AMBIGUOUS, Trace(FALLBACK_ID, CORRELATION_ID), 4)
    assert transport.header("MS-RequestId") == [REQUEST_ID, REQUEST_ID, FALLBACK_ID, FALLBACK_ID]
    assert transport.header("MS-CorrelationId") == [CORRELATION_ID] * 4


@pytest.mark.parametrize("refusal", [fault(400, 3000), fault(403, 900308), fault(404, 60002), fault(409)])
def test_auto_never_falls_back_on_a_refusal(refusal: Response) -> None:
    users, transport = make_users(refusal)
    assert isinstance(raised(lambda: users.set_password(CHANGE)), RefusedError)
    transport.assert_done(RESET)


def test_auto_never_falls_back_on_a_failure() -> None:
    users, transport = make_users(*[fault(503)] * 5)
    assert isinstance(raised(lambda: users.set_password(CHANGE)), UnavailableError)
    transport.assert_done(*[RESET] * 5)


def test_a_missing_route_proves_nothing_after_a_try_that_may_have_taken_effect() -> None:
    users, transport = make_users(failure(Failure.TIMEOUT), MISSING)
    error = raised(lambda: users.set_password(CHANGE))
    assert isinstance(error, RouteMissingError)
    assert error.ambiguous
    transport.assert_done(RESET, RESET)


def test_a_route_that_worked_once_is_not_missing_later() -> None:
    users, transport = make_users(ECHO, MISSING, MISSING)
    users.set_password(CHANGE)
    assert isinstance(raised(lambda: users.set_password(CHANGE)), RouteMissingError)
    transport.assert_done(RESET, RESET, RESET)


def test_where_the_other_call_is_missing_as_well_nothing_is_remembered() -> None:
    users, transport = make_users(MISSING, MISSING, MISSING, ECHO)
    error = raised(lambda: users.set_password(CHANGE))
    assert isinstance(error, RouteMissingError)
    assert (error.attempts, error.ambiguous) == (3, True)
    users.set_password(CHANGE)
    transport.assert_done(RESET, RESET, UPDATE, RESET)


@pytest.mark.parametrize(
    ("missing", "last", "ambiguous"),
    [
        (MISSING, [failure(Failure.LOST)] * 5, True),
        (MISSING, [fault(403, 900308)], True),  # the pages may have stood before a reset that took effect
        (SIGNED[0], [failure(Failure.LOST)] * 5, True),
        (SIGNED[0], [fault(403, 900308)], False),
    ],
)
def test_what_the_reset_call_may_have_done_goes_into_the_end(
    missing: Response, last: list[Any], ambiguous: bool
) -> None:
    users, _transport = make_users(missing, missing, *last)
    error = raised(lambda: users.set_password(CHANGE))
    assert isinstance(error, CallError)
    assert (error.ambiguous, error.attempts) == (ambiguous, 2 + len(last))


@pytest.mark.parametrize("missing", [MISSING, SIGNED[0]])
@pytest.mark.parametrize("tries", [1, 2])
def test_a_token_that_ends_in_between(missing: Response, tries: int) -> None:
    refusal = CredentialError("ended")
    users, _transport = make_users(*[missing] * tries, tokens=FakeTokens(refuse_after=tries, refusal=refusal))
    error = raised(lambda: users.set_password(CHANGE))
    assert isinstance(error, SignInLostError)
    assert (str(error), error.attempts, error.ambiguous) == ("ended", tries, missing is MISSING)


@pytest.mark.parametrize(("endpoint", "line", "tries"), [(Endpoint.RESET, RESET, 2), (Endpoint.UPDATE, UPDATE, 1)])
def test_a_chosen_endpoint_is_the_only_one(endpoint: Endpoint, line: str, tries: int) -> None:
    users, transport = make_users(*[MISSING] * tries, endpoint=endpoint)
    assert isinstance(raised(lambda: users.set_password(CHANGE)), RouteMissingError)
    transport.assert_done(*[line] * tries)


@pytest.mark.parametrize("route_exists", [True, False])
def test_threads_agree_on_the_endpoint(route_exists: bool) -> None:
    barrier = threading.Barrier(8, timeout=5)

    def serve(request: Request) -> Response:
        if request.url.endswith("/resetpassword") and not route_exists:
            barrier.wait()
            return SIGNED[0]
        return ECHO

    transport = FakeTransport(serve)
    gates = make_gates(Gate(concurrency=8, budget=30))
    users = Users(Client(api_url=API, transport=transport, tokens=FakeTokens(), gates=gates))
    attempts = run_in_threads(8, lambda: users.set_password(CHANGE).attempts)
    assert attempts == [1 if route_exists else 3] * 8
    assert users.set_password(CHANGE).attempts == 1
    assert transport.lines[-1] == (RESET if route_exists else UPDATE)


def test_a_change_does_not_show_its_password() -> None:
    assert CANARY not in repr(CHANGE)
