# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of Microsoft Graph, page by page (Graph contract, read)."""

from __future__ import annotations

import itertools

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import UnavailableError
from ansible_collections.csp.partnercenter.plugins.module_utils._graph import paging
from ansible_collections.csp.partnercenter.tests.unit.support.engine import API, CUSTOMER, raised
from ansible_collections.csp.partnercenter.tests.unit.support.graph_service import make_client
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, answer


def pages(transport: FakeTransport) -> list[list[dict[str, object]]]:
    return list(paging.pages(make_client(transport), CUSTOMER, "/v1.0/users", {"$top": "999"}))


def page(link: object, *items: object) -> object:
    return answer({"value": list(items), "@odata.nextLink": link})


def test_a_link_is_followed_as_it_is() -> None:
    link = f"{API}/v1.0/users?$skiptoken=RFNwd&$top=999"
    transport = FakeTransport(page(link, {"id": 1}, "no record"), answer({"value": [{"id": 2}]}))
    assert pages(transport) == [[{"id": 1}], [{"id": 2}]]
    assert transport.requests[1].url == link


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/v1.0/users",
        "http://api.example/v1.0/users",
        "https://api.example:444/v1.0/users",
        "https://api.example@elsewhere.example/v1.0/users",
        "https://api.example",
        "https://api.example/v1.0/users#x",
        "//elsewhere.example/v1.0/users",
        "/v1.0/users",
        "https://api.example\\@elsewhere.example/v1.0/users",
        7,
        ["https://api.example/v1.0/users"],
    ],
)
def test_a_token_goes_nowhere_else(link: object) -> None:
    transport = FakeTransport(page(link))
    assert isinstance(raised(lambda: pages(transport)), UnavailableError)
    assert len(transport.requests) == 1


def test_a_circle_and_a_list_without_end_are_errors() -> None:
    assert "circle" in str(raised(lambda: pages(FakeTransport(lambda _request: page(f"{API}/v1.0/users?a=1")))))
    count = itertools.count()
    endless = FakeTransport(lambda _request: page(f"{API}/v1.0/users?a={next(count)}"))
    assert "no end" in str(raised(lambda: pages(endless)))


@pytest.mark.parametrize("content", [{}, {"value": None}, {"value": {"id": 1}}])
def test_what_is_no_list_is_an_error(content: object) -> None:
    assert "not a list" in str(raised(lambda: pages(FakeTransport(answer(content)))))
