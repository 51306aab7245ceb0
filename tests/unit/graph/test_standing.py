# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account's standing at a customer, as its tenant and Microsoft Graph tell it."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CredentialError,
    RefusedError,
    UnavailableError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.standing import Admission, Check
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.access_token import AccessToken
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.standing import Standing
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.users import Users
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CUSTOMER
from ansible_collections.csp.partnercenter.tests.unit.support.graph_service import make_client, refusal, service
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, answer

TOKEN = AccessToken(Secret("token"), float("inf"), mfa=True, scopes=frozenset({"User.Read.All"}))


class Source:
    """A customer's tenant that gives a token, or refuses it."""

    renewable = True

    def __init__(self, refusal: CredentialError | None = None) -> None:
        self.refusal = refusal

    def token(self) -> AccessToken:
        if self.refusal:
            raise self.refusal
        return TOKEN


def standing(*script: Any, refusal: CredentialError | None = None) -> tuple[Standing, FakeTransport]:
    transport, source = FakeTransport(*script), Source(refusal)
    client = make_client(transport, source)
    tokens = SimpleNamespace(of=lambda _customer: source)
    connection: Any = SimpleNamespace(client=client, users=Users(client), tokens=tokens)
    return Standing(connection), transport


def test_the_token_of_the_tenant_says_what_the_customer_has_consented_to() -> None:
    found, transport = standing()
    assert found.enter(CUSTOMER) == Admission(None, frozenset({"User.Read.All"}), True)
    assert transport.lines == []


@pytest.mark.parametrize(
    ("number", "check"),
    [
        (65001, Check.CONSENT),
        (700016, Check.CONSENT),
        (50177, Check.RELATIONSHIP),
        (5000224, Check.RELATIONSHIP),
        (53003, Check.SIGN_IN),
        (50076, Check.SIGN_IN),
        (None, Check.SIGN_IN),
    ],
)
def test_the_number_of_a_refusal_says_what_it_is_about(number: int | None, check: Check) -> None:
    codes = () if number is None else (number,)
    found, _transport = standing(refusal=CredentialError("no", codes=codes, concerns_all=False))
    with pytest.raises(RefusedError) as refused:
        found.enter(CUSTOMER)
    assert found.concerned(refused.value) is check


def test_a_refusal_that_concerns_all_ends_the_task() -> None:
    found, _transport = standing(refusal=CredentialError("the refresh token is dead", codes=(700082,)))
    with pytest.raises(CredentialError):
        found.enter(CUSTOMER)


def test_one_page_of_users_is_read() -> None:
    graph = service(3, page=1)
    found, transport = standing(graph.answer)
    found.read_users(CUSTOMER)
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    ("content", "newest"),
    [
        ({"value": [{"activityDateTime": "2026-11-28T10:00:00Z"}]}, datetime(2026, 11, 28, 10, tzinfo=UTC)),
        ({"value": []}, None),
        ({"value": ["other"]}, None),
    ],
)
def test_the_newest_record_is_one_request(content: dict[str, Any], newest: datetime | None) -> None:
    found, transport = standing(answer(content))
    assert found.newest_record(CUSTOMER) == newest
    assert transport.lines == ["GET /v1.0/auditLogs/directoryAudits?%24top=1&%24orderby=activityDateTime%20desc"]


def test_an_answer_that_is_no_list_tells_nothing() -> None:
    with pytest.raises(UnavailableError):
        standing(answer({}))[0].newest_record(CUSTOMER)


def test_what_the_audit_log_takes_is_told_where_it_is_refused() -> None:
    found, _transport = standing(refusal(403, "Authorization_RequestDenied"))
    with pytest.raises(RefusedError, match=r"AuditLog\.Read\.All.*Reports Reader") as refused:
        found.newest_record(CUSTOMER)
    assert found.concerned(refused.value) is None


def test_another_refusal_of_the_audit_log_keeps_its_sentence() -> None:
    found, _transport = standing(refusal(400, "Request_BadRequest"))
    with pytest.raises(RefusedError, match="does not accept the request"):
        found.newest_record(CUSTOMER)
