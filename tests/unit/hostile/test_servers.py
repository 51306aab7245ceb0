# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hostile servers on the loopback, with the real transport: each comes to a typed error, in bounded time and memory."""

from __future__ import annotations

import contextlib
import ssl
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import PartnerCenterError, Trace
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import PasswordChange
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.credentials import Credentials
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.entra import Entra
from ansible_collections.csp.partnercenter.plugins.module_utils._graph import client as graph_client
from ansible_collections.csp.partnercenter.plugins.module_utils._graph import users as graph_users
from ansible_collections.csp.partnercenter.plugins.module_utils._http import transport as transport_module
from ansible_collections.csp.partnercenter.plugins.module_utils._http.pace import Limits, Pace
from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import Settings
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import RequestsTransport
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.client import Client
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.users import Users
from ansible_collections.csp.partnercenter.tests.unit.hostile.answers import CANARY
from ansible_collections.csp.partnercenter.tests.unit.hostile.servers import DRIPS, FLOODS, NONSENSE
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.engine import (
    CUSTOMER,
    USER,
    FakeTokens,
    everything_shown,
    make_gate,
    make_gates,
    raised,
)
from ansible_collections.csp.partnercenter.tests.unit.support.entra import CLIENT, TENANT
from ansible_collections.csp.partnercenter.tests.unit.support.server import Authority, Handler, answering, running

TIMEOUT = 0.1
#: As many tries as the table of retries allows, and some time for the machine.
LONGEST = 5 * TIMEOUT + 4.0
LARGEST_BODY = 1024 * 1024
MEMORY = 8 * LARGEST_BODY
PASSWORD = "Kanarie-7-in-a-PATCH"

Ask = Callable[[str], object]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(str(tmp_path_factory.mktemp("ca")))


_IN_FULL = ("a PATCH", "Microsoft Graph", "a PATCH of Microsoft Graph")


@pytest.fixture(params=["the API", "Entra ID", *(pytest.param(name, marks=pytest.mark.fuzz) for name in _IN_FULL)])
def ask(request: pytest.FixtureRequest, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks the server at a URL, as the collection would."""
    monkeypatch.setattr(transport_module, "MAXIMUM_BODY", LARGEST_BODY)
    clock = FakeClock()

    def users(url: str) -> Users:
        transport = RequestsTransport(Settings(ca_path=authority.path, timeout=TIMEOUT))
        return Users(Client(api_url=url, transport=transport, tokens=FakeTokens(), gates=make_gates(make_gate(clock))))

    def graph(url: str) -> graph_users.Users:
        transport, gates = (
            RequestsTransport(Settings(ca_path=authority.path, timeout=TIMEOUT)),
            make_gates(make_gate(clock)),
        )
        pace = Pace(Limits(1000, 1000, 1000, 1000))
        client = graph_client.Client(
            graph_url=url, transport=transport, tokens=lambda _customer: FakeTokens(), gates=gates, pace=pace
        )
        return graph_users.Users(client)

    def redeem(url: str) -> object:
        settings = Settings(authority_url=url, ca_path=authority.path, timeout=TIMEOUT)
        credentials = Credentials(
            tenant_id=TENANT, client_id=CLIENT, client_secret=Secret(PASSWORD), refresh_token=Secret(PASSWORD)
        )
        return Entra(credentials, settings, RequestsTransport(settings), sleep=clock.sleep).redeem(Secret(PASSWORD))

    change = PasswordChange(CUSTOMER, USER, Secret(PASSWORD), True, Trace())
    kinds: dict[str, Ask] = {
        "the API": lambda url: users(url).get(CUSTOMER, USER),
        "a PATCH": lambda url: users(url).set_password(change),
        "Microsoft Graph": lambda url: graph(url).get(CUSTOMER, USER),
        "a PATCH of Microsoft Graph": lambda url: graph(url).set_password(change),
        "Entra ID": redeem,
    }
    return kinds[request.param]


def refused(ask: Ask, handler: Handler, context: ssl.SSLContext, heard: list[str]) -> tuple[PartnerCenterError, float]:
    """The error, and the seconds that it took. Nothing of the answer is in it, nor in a log."""
    with running(handler, context) as server:
        started = time.monotonic()
        error = raised(lambda: ask(server.url))
        seconds = time.monotonic() - started
    assert seconds < LONGEST
    for text in (everything_shown(error), *heard):
        assert CANARY not in text and PASSWORD not in text
    return error, seconds


@contextlib.contextmanager
def traced() -> Iterator[list[int]]:
    peak: list[int] = []
    tracemalloc.start()
    try:
        yield peak
    finally:
        peak.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()


@pytest.mark.parametrize("flood", FLOODS)
def test_floods(ask: Ask, flood: str, authority: Authority, heard: list[str]) -> None:
    handler, context = FLOODS[flood](), authority.server_context("127.0.0.1")
    with traced() as peak:
        refused(ask, handler, context, heard)
    assert peak[0] < MEMORY


@pytest.mark.parametrize("drip", DRIPS)
def test_drips(ask: Ask, drip: str, authority: Authority, heard: list[str]) -> None:
    refused(ask, DRIPS[drip](), authority.server_context("127.0.0.1"), heard)


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense(
    ask: Ask, nonsense: str, authority: Authority, heard: list[str], request: pytest.FixtureRequest
) -> None:
    if "a PATCH-" in request.node.name and nonsense in WHATEVER_A_PATCH_SAYS:
        with running(NONSENSE[nonsense](), authority.server_context("127.0.0.1")) as server:
            assert ask(server.url)
    else:
        refused(ask, NONSENSE[nonsense](), authority.server_context("127.0.0.1"), heard)


#: Of the answer to a PATCH only the status counts: its body is thrown away.
WHATEVER_A_PATCH_SAYS = {
    "more than was announced",
    "a length that is none",
    "lines that are no headers",
    "deep JSON",
    "another form",
}


@pytest.mark.parametrize("wrong", ["another name", "expired", "self-signed", "another authority"])
def test_certificates(ask: Ask, wrong: str, authority: Authority, heard: list[str], tmp_path: Any) -> None:
    contexts: dict[str, Callable[[], ssl.SSLContext]] = {
        "another name": lambda: authority.server_context("elsewhere.example"),
        "expired": lambda: authority.server_context("127.0.0.1", expired=True),
        "self-signed": Authority(str(tmp_path)).self_signed_context,
        "another authority": lambda: Authority(str(tmp_path)).server_context("127.0.0.1"),
    }
    with running(answering(), contexts[wrong]()) as server:
        assert "certificate is not trusted" in str(raised(lambda: ask(server.url)))
        assert server.requests == []


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("scheme", ["https", "http", "file"])
def test_redirects(ask: Ask, status: str, scheme: str, authority: Authority, heard: list[str]) -> None:
    context = authority.server_context("127.0.0.1") if scheme == "https" else None
    with running(answering(), context) as elsewhere:
        place = f"{scheme}://127.0.0.1:{elsewhere.port}/stolen"
        handler = answering(CANARY.encode(), status=status, Location=place)
        refused(ask, handler, authority.server_context("127.0.0.1"), heard)
        assert elsewhere.connections == 0
