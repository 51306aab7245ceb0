# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Microsoft Graph does besides: password writeback, and the end of sessions (Graph contract, set and revoke)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CallError,
    RefusedError,
    UnavailableError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Fate
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.users import Users
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.writeback import Writeback
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Failure, Response
from ansible_collections.csp.partnercenter.tests.unit.password.builders import user_id
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.engine import (
    API,
    CANARY,
    CUSTOMER,
    everything_shown,
    raised,
)
from ansible_collections.csp.partnercenter.tests.unit.support.graph_service import change, make_client, refusal
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, answer, failure, html, raw

OPERATION = f"{API}/v1.0/users/{user_id(1)}/authentication/operations/7?aadgdc=1"
TAKEN = raw(202, json.dumps({"newPassword": CANARY}).encode(), location=OPERATION)


def operation(status: str, detail: str | None = None) -> Response:
    return answer({"id": "7", "status": status, "statusDetail": detail})


def written(*script: Any) -> tuple[Any, FakeTransport, FakeClock]:
    transport, clock = FakeTransport(*script), FakeClock()
    writeback = Writeback(make_client(transport), clock=clock, sleep=clock.sleep)
    try:
        return writeback.set_password(change(force=True)), transport, clock
    except CallError as error:
        assert CANARY not in everything_shown(error)
        return error, transport, clock


def test_it_is_asked_until_it_has_ended() -> None:
    script = [operation("notStarted"), raw(503), operation("running"), operation("succeeded")]
    delivery, transport, clock = written(TAKEN, *script)
    assert delivery.fate is Fate.ACCEPTED and delivery.attempts == 1
    assert json.loads(transport.requests[0].body or b"") == {"newPassword": CANARY}
    assert transport.requests[0].url.endswith("/28c10230-6103-485e-b985-444c60001490/resetPassword")
    assert {(request.method, request.url) for request in transport.requests[1:]} == {("GET", OPERATION)}
    assert clock.slept == [0.5, 1.0]


def test_the_ids_of_the_request_are_told_however_it_ends() -> None:
    """Requests of another kind, each with ids of its own, ask how it ended."""
    for ending in (operation("succeeded"), operation("failed")):
        result, transport, _clock = written(raw(503), TAKEN, ending)
        assert result.trace == change(force=True).trace and result.attempts == 2
        assert transport.requests[0].headers["client-request-id"] == result.trace.correlation_id


def test_an_answer_that_may_hold_a_password_is_not_read() -> None:
    result, _transport, _clock = written(raw(202, CANARY.encode(), location=OPERATION), operation("succeeded"))
    assert result.fate is Fate.ACCEPTED


def test_a_second_that_is_left_is_waited_for() -> None:
    error, _transport, clock = written(TAKEN, lambda _request: operation("running"))
    assert sum(clock.slept) == 120 and str(error) == "password writeback did not end within two minutes"


def test_a_failure_is_definitive() -> None:
    error, _transport, _clock = written(TAKEN, operation("failed"))
    assert isinstance(error, RefusedError) and not error.ambiguous and "writeback" in str(error)


@pytest.mark.parametrize("status", ["succeeded", "failed"])
def test_on_premises_alone_is_neither(status: str) -> None:
    error, _transport, _clock = written(TAKEN, operation(status, "OnPremisesSuccessCloudFailure"))
    assert isinstance(error, UnavailableError) and error.ambiguous and "on-premises" in str(error)


@pytest.mark.parametrize(
    "script",
    [
        [TAKEN, lambda _request: operation("running")],
        [TAKEN, refusal(403, "Authorization_RequestDenied")],
        [TAKEN, refusal(404, "Request_ResourceNotFound")],
        [raw(202)],
        [raw(202, location="https://elsewhere.example/v1.0/x")],
        [raw(200, location=OPERATION)],
        [html(202)],
        [failure(Failure.LOST)] * 5,
    ],
)
def test_what_is_not_known_is_ambiguous(script: list[Any]) -> None:
    error, transport, clock = written(*script)
    assert error.ambiguous and sum(clock.slept) <= 130
    assert all(request.url.startswith(API) for request in transport.requests)


def test_a_refusal_of_the_request_itself_is_definitive() -> None:
    error, _transport, _clock = written(refusal(403, "Authorization_RequestDenied"))
    assert isinstance(error, RefusedError) and not error.ambiguous


# Sessions


@pytest.mark.parametrize("response", [answer({"value": True}), raw(204), answer({})])
def test_sessions_are_ended(response: Response) -> None:
    transport = FakeTransport(failure(Failure.LOST), response)
    Users(make_client(transport)).end_sessions(CUSTOMER, user_id(1))
    assert transport.lines[1] == f"POST /v1.0/users/{user_id(1)}/revokeSignInSessions"


@pytest.mark.parametrize("response", [answer({"value": False}), refusal(403, "Authorization_RequestDenied"), html(200)])
def test_sessions_that_are_not_ended_are_an_error(response: Response) -> None:
    assert isinstance(
        raised(lambda: Users(make_client(FakeTransport(response))).end_sessions(CUSTOMER, "x")), CallError
    )
