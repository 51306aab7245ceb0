# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transport, tokens, gate and gateways, put together."""

from __future__ import annotations

import os

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import Trace
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import PasswordChange
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.credentials import Credentials
from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import Settings
from ansible_collections.csp.partnercenter.plugins.module_utils._http.traffic import PerProcess
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center import connection as module
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.answers import RouteMissingError
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.connection import (
    connect,
    shared_connection,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.users import Endpoint
from ansible_collections.csp.partnercenter.tests.unit.support.engine import API, CUSTOMER, USER, raised, run_in_threads
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, answer, collection, raw

GIVEN = Credentials(access_token=Secret("given-token"))


@pytest.fixture(autouse=True)
def nothing_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_shared", PerProcess())


def test_all_gateways_use_one_transport_and_one_token() -> None:
    transport = FakeTransport(answer({"id": CUSTOMER}), answer({"id": USER}), *[collection()] * 2)
    found = connect(Settings(api_url=API), GIVEN, transport=transport)
    assert transport.requests == []
    found.customers.get(CUSTOMER)
    found.users.get(CUSTOMER, USER)
    list(found.users.pages(CUSTOMER))
    list(found.roles.list(CUSTOMER))
    assert set(transport.header("Authorization")) == {"Bearer given-token"}
    assert {request.url.split("/v1/")[0] for request in transport.requests} == {API}


def test_the_endpoint_is_the_one_that_was_chosen() -> None:
    transport = FakeTransport(raw(404), raw(404))
    found = connect(Settings(api_url=API), GIVEN, transport=transport, endpoint=Endpoint.RESET)
    change = PasswordChange(CUSTOMER, USER, Secret("x"), True, Trace("a", "b"))
    assert isinstance(raised(lambda: found.users.set_password(change)), RouteMissingError)


def test_equal_settings_share_a_connection_also_between_threads() -> None:
    found = run_in_threads(8, lambda: shared_connection(Settings(), Credentials(access_token=Secret("given-token"))))
    assert len({id(one) for one in found}) == 1


def test_different_ones_do_not() -> None:
    one = shared_connection(Settings(), GIVEN)
    assert shared_connection(Settings(timeout=5.0), GIVEN) is not one
    assert shared_connection(Settings(), Credentials(access_token=Secret("other"))) is not one
    assert shared_connection(Settings(), GIVEN, endpoint=Endpoint.UPDATE) is not one


def test_a_forked_process_makes_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    one = shared_connection(Settings(), GIVEN)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert shared_connection(Settings(), GIVEN) is not one
