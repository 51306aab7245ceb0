# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The browser comes back to this machine: with what this sign-in waits for, or it is sent away."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import requests

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.loopback import Loopback, _Handler

STATE = "state-of-this-sign-in"
Answer = Mapping[str, str] | None


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    listening = Loopback(0)
    yield listening
    listening.close()


def waiting(loopback: Loopback, pool: ThreadPoolExecutor) -> Future[Answer]:
    return pool.submit(loopback.wait_for, STATE, time.monotonic() + 20, threading.Event())


def address(loopback: Loopback) -> str:
    return loopback.redirect_uri.replace("localhost", "127.0.0.1")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_browser_brings_the_code_by_either_method(loopback: Loopback, method: str) -> None:
    form = {"code": "CODE-CANARY", "state": STATE}
    with ThreadPoolExecutor() as pool:
        found = waiting(loopback, pool)
        sent = {"params": form} if method == "GET" else {"data": form}
        page = requests.request(method, address(loopback), timeout=20, **sent)  # type: ignore[arg-type]
        assert found.result(20) == form
    assert page.status_code == 200 and "You have signed in" in page.text and "CODE-CANARY" not in page.text


def test_the_wait_goes_on_until_the_browser_has_its_page(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process may end right after it."""
    real, written = _Handler.end_headers, threading.Event()

    def slow(handler: _Handler) -> None:
        time.sleep(0.5)
        real(handler)
        written.set()

    monkeypatch.setattr(_Handler, "end_headers", slow)
    with ThreadPoolExecutor() as pool:
        page = pool.submit(requests.get, address(loopback), params={"code": "right", "state": STATE}, timeout=20)
        assert loopback.wait_for(STATE, time.monotonic() + 20, threading.Event()) and written.is_set()
        assert "You have signed in" in page.result(20).text


def test_a_browser_that_goes_away_has_brought_its_code(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_handler: _Handler) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(_Handler, "end_headers", gone)
    with ThreadPoolExecutor() as pool:
        pool.submit(requests.get, address(loopback), params={"code": "right", "state": STATE}, timeout=20)
        found = loopback.wait_for(STATE, time.monotonic() + 20, threading.Event())
    assert found == {"code": "right", "state": STATE}


def test_a_refused_sign_in_is_an_answer_as_well(loopback: Loopback) -> None:
    form = {"error": "access_denied", "state": STATE}
    with ThreadPoolExecutor() as pool:
        found = waiting(loopback, pool)
        assert "was refused" in requests.get(address(loopback), params=form, timeout=20).text
        assert found.result(20) == form


def test_whoever_else_calls_is_sent_away_and_the_wait_goes_on(loopback: Loopback) -> None:
    with ThreadPoolExecutor() as pool:
        found = waiting(loopback, pool)
        for query in ({}, {"code": "forged"}, {"code": "forged", "state": "another"}):
            assert requests.get(address(loopback), params=query, timeout=20).status_code == 404
        far_too_long = {"state": STATE, "code": "x" * 70_000}
        assert requests.post(address(loopback), data=far_too_long, timeout=20).status_code == 404
        assert not found.done()
        requests.get(address(loopback), params={"code": "right", "state": STATE}, timeout=20)
        assert found.result(20) == {"code": "right", "state": STATE}


def test_a_caller_that_goes_away_does_not_end_the_wait(loopback: Loopback, capfd: pytest.CaptureFixture[str]) -> None:
    port = int(loopback.redirect_uri.rpartition(":")[2])
    with ThreadPoolExecutor() as pool:
        found = waiting(loopback, pool)
        with socket.create_connection(("127.0.0.1", port), timeout=20) as caller:
            caller.sendall(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n")
        requests.get(address(loopback), params={"code": "right", "state": STATE}, timeout=20)
        assert found.result(20) == {"code": "right", "state": STATE}
    assert "code" not in "".join(capfd.readouterr()), "nothing is logged: the code is in the line"


def test_the_wait_ends_in_time_and_at_once_when_it_is_cancelled(loopback: Loopback) -> None:
    assert loopback.wait_for(STATE, time.monotonic() - 1, threading.Event()) is None
    cancelled = threading.Event()
    cancelled.set()
    assert loopback.wait_for(STATE, time.monotonic() + 3600, cancelled) is None


def test_a_port_that_something_else_uses_is_a_matter_of_the_options(loopback: Loopback) -> None:
    port = int(loopback.redirect_uri.rpartition(":")[2])
    with pytest.raises(InputError, match=f"redirect_port: {port} cannot be listened on"):
        Loopback(port)
