# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading collections page by page (contract section 3)."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CallError, UnavailableError
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center import paging
from ansible_collections.csp.partnercenter.tests.unit.support.engine import make_client, raised
from ansible_collections.csp.partnercenter.tests.unit.support.transport import (
    FakeTransport,
    answer,
    collection,
    fault,
)

FIRST = {"id": "1"}
SECOND = {"id": "2"}


def read(transport: FakeTransport, query: dict[str, str] | None = None) -> list[Any]:
    return list(paging.items(make_client(transport), "/v1/customers", query))


def linked(link: Any) -> FakeTransport:
    """A first page with this link to the second."""
    return FakeTransport(answer({"items": [FIRST], "links": {"next": link}}), collection(SECOND))


def test_a_single_page_is_one_request() -> None:
    transport = FakeTransport(collection(FIRST, SECOND))
    assert read(transport, {"size": "2"}) == [FIRST, SECOND]
    transport.assert_done("GET /v1/customers?size=2")


def test_an_empty_page_is_no_error() -> None:
    assert read(FakeTransport(collection())) == []


@pytest.mark.parametrize(
    ("uri", "asked"),
    [
        ("/customers?seekOperation=Next", "/v1/customers?seekOperation=Next"),
        ("/v1/customers?seekOperation=Next", "/v1/customers?seekOperation=Next"),
        ("/V1/customers", "/V1/customers"),
        ("/v1.0/customers", "/v1.0/customers"),
        ("customers", "/v1/customers"),
        ("v1/customers", "/v1/customers"),
        ("/v1customers", "/v1/v1customers"),
        ("/customers?filter=%7B%22a%22%7D", "/v1/customers?filter=%7B%22a%22%7D"),
        ("/customers?a=b c\r\nd\u00e9", "/v1/customers?a=b%20c%0D%0Ad%C3%A9"),
        ("?seekOperation=Next", "/v1/?seekOperation=Next"),
    ],
)
def test_the_next_page_is_asked_for_with_the_prefix_exactly_once(uri: str, asked: str) -> None:
    transport = linked({"uri": uri, "method": "GET", "headers": []})
    assert read(transport) == [FIRST, SECOND]
    transport.assert_done("GET /v1/customers", f"GET {asked}")


def test_the_token_travels_in_the_header_that_the_link_names() -> None:
    transport = FakeTransport(
        collection(FIRST, uri="/customers?seekOperation=Next", token="abc=="),
        collection(SECOND, uri="/customers?seekOperation=Next", token="def=="),
        collection(),
    )
    assert read(transport) == [FIRST, SECOND]
    assert transport.header("MS-ContinuationToken") == [None, "abc==", "def=="]


def test_the_total_count_counts_a_page_and_stops_nothing() -> None:
    transport = FakeTransport(
        collection(FIRST, uri="/customers", token="a", totalCount=1), collection(SECOND, totalCount=1)
    )
    assert read(transport) == [FIRST, SECOND]


def test_an_empty_page_in_between_stops_nothing() -> None:
    transport = FakeTransport(
        collection(uri="/customers", token="a"), collection(uri="/customers", token="b"), collection(FIRST)
    )
    assert read(transport) == [FIRST]


@pytest.mark.parametrize("link", [None, {"uri": None, "method": None, "headers": None}])
def test_a_link_without_a_place_is_no_link(link: Any) -> None:
    transport = FakeTransport(answer({"items": [FIRST], "links": {"next": link}}))
    assert read(transport) == [FIRST]


@pytest.mark.parametrize(
    "uri",
    [
        "https://elsewhere.example/v1/customers",
        "http://api.example/v1/customers",
        "//elsewhere.example/v1/customers",
        "//[",
        "http://[bad/",
        "ftp:x",
        7,
        ["/customers"],
    ],
)
def test_the_token_never_leaves_for_another_place(uri: Any) -> None:
    transport = linked({"uri": uri, "headers": []})
    error = raised(lambda: read(transport))
    assert isinstance(error, UnavailableError)
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    "uri", ["/\\elsewhere.example/", "/@elsewhere.example/", "@elsewhere.example", ":80/", "\\\\x", "\ud800"]
)
def test_whatever_a_link_looks_like_the_host_stays(uri: str) -> None:
    transport = linked({"uri": uri, "headers": []})
    try:
        read(transport)
    except UnavailableError:
        assert len(transport.requests) == 1
    assert all(request.url.startswith("https://api.example/v1/") for request in transport.requests)


@pytest.mark.parametrize("link", ["", "/customers", 7, ["x"], True])
def test_a_link_of_another_shape_never_leads_anywhere(link: Any) -> None:
    transport = FakeTransport(answer({"items": [FIRST], "links": {"next": link}}))
    with contextlib.suppress(UnavailableError):
        read(transport)
    assert len(transport.requests) == 1


def test_only_headers_of_the_service_are_sent() -> None:
    headers = [
        {"key": "Authorization", "value": "x"},
        {"key": "Host", "value": "x"},
        {"key": "ms-x\r\nHost", "value": "x"},
        {"key": 7, "value": "x"},
        {"key": "MS-Other", "value": "1"},
        "MS-Third",
    ]
    transport = linked({"uri": "/customers", "headers": headers})
    read(transport)
    assert transport.requests[1].headers.keys() - transport.requests[0].headers.keys() == {"MS-Other"}
    assert transport.header("Authorization") == ["Bearer token-1"] * 2


@pytest.mark.parametrize("value", ["", "a\r\nHost: x", "é", " a", "\x00"])
def test_a_header_that_cannot_be_sent_ends_the_list(value: str) -> None:
    transport = linked({"uri": "/customers", "headers": [{"key": "MS-ContinuationToken", "value": value}]})
    error = raised(lambda: read(transport))
    assert isinstance(error, UnavailableError)
    assert len(transport.requests) == 1


def test_a_circle_is_noticed() -> None:
    pages = itertools.cycle(["a", "b", "c"])
    transport = FakeTransport(lambda _request: collection(FIRST, uri="/customers", token=next(pages)))
    error = raised(lambda: read(transport))
    assert "circle" in str(error)
    assert len(transport.requests) == 4


def test_a_list_without_an_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "_MOST_PAGES", 50)
    numbers = itertools.count()
    transport = FakeTransport(lambda _request: collection(FIRST, uri="/customers", token=str(next(numbers))))
    error = raised(lambda: read(transport))
    assert isinstance(error, UnavailableError)
    assert len(transport.requests) == 50


@pytest.mark.parametrize("content", [{}, {"items": None}, {"items": {"a": 1}}, {"items": "x"}, {"value": []}])
def test_what_holds_no_list_is_no_collection(content: Any) -> None:
    error = raised(lambda: read(FakeTransport(answer(content))))
    assert isinstance(error, UnavailableError)


def test_the_names_of_a_collection_are_read_in_any_case_and_what_is_no_record_is_left_out() -> None:
    assert read(FakeTransport(answer({"Items": [FIRST, None, 7, "x", [SECOND]], "LINKS": {}}))) == [FIRST]


def test_pages_are_read_one_by_one_as_they_are_asked_for() -> None:
    transport = FakeTransport(collection(FIRST, uri="/customers", token="a"), collection(SECOND))
    pages = paging.pages(make_client(transport), "/v1/customers")
    assert len(transport.requests) == 0
    assert next(pages) == [FIRST]
    assert len(transport.requests) == 1
    assert list(pages) == [[SECOND]]


def test_an_error_of_a_later_page_is_the_error_of_the_list() -> None:
    transport = FakeTransport(collection(FIRST, uri="/customers", token="a"), fault(403, 900308))
    found = []
    error = raised(lambda: found.extend(paging.items(make_client(transport), "/v1/customers")))
    assert isinstance(error, CallError)
    assert error.code == 900308


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["next", "uri", "headers", "key", "value"]), inner),
    max_leaves=20,
)


@given(JSON)
def test_any_link_ends_in_a_page_or_in_a_typed_error(links: Any) -> None:
    transport = FakeTransport(answer({"items": [], "links": links}), collection())
    with contextlib.suppress(UnavailableError):
        read(transport)
    for request in transport.requests:
        assert request.url.startswith("https://api.example/v1/")
        assert request.url.isascii() and request.url.isprintable() and " " not in request.url
