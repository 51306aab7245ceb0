# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine's parts, put together with a fake transport, fake tokens and a fake clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import PartnerCenterError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.access_token import AccessToken
from ansible_collections.csp.partnercenter.plugins.module_utils._http.gate import Gate
from ansible_collections.csp.partnercenter.plugins.module_utils._http.gates import Gates
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.client import Client

from .clock import FakeClock
from .transport import FakeTransport

API = "https://api.example"
CUSTOMER = "11111111-1111-4111-8111-111111111111"
USER = "22222222-2222-4222-8222-222222222222"
REQUEST_ID = "33333333-3333-4333-8333-333333333333"
CORRELATION_ID = "44444444-4444-4444-8444-444444444444"

#: Every form in which it could show is in :func:`shown_forms`.
CANARY = 'Ca"na\\ry-7&%'


class FakeTokens:
    """``token-1``, then ``token-2`` after a renewal, and so on. ``refusal`` is raised instead of the nth token."""

    def __init__(self, *, renewable: bool = True, refuse_after: int | None = None, refusal: Any = None) -> None:
        self.renewable = renewable
        self.renewals = 0
        self._asked = 0
        self._refuse_after = refuse_after
        self._refusal = refusal

    def token(self) -> AccessToken:
        self._asked += 1
        if self._refuse_after is not None and self._asked > self._refuse_after:
            raise self._refusal
        return AccessToken(Secret(f"token-{self.renewals + 1}"), expires_at=float("inf"))

    def renew(self, stale: AccessToken) -> AccessToken:
        self.renewals += 1
        return self.token()


def make_gate(clock: FakeClock, *, concurrency: int = 8, budget: float = 300.0) -> Gate:
    """A gate whose waits, too, go by the clock: for tests with one thread, which nobody could wake."""
    gate = Gate(concurrency=concurrency, budget=budget, clock=clock, jitter=lambda: 0.0, sleep=clock.sleep)

    def wait(timeout: float | None = None) -> bool:
        assert timeout is not None, "the only thread would wait for ever"
        clock.sleep(timeout)
        return False

    gate._changed.wait = wait  # type: ignore[method-assign]
    return gate


def make_client(
    transport: FakeTransport, *, tokens: Any = None, clock: FakeClock | None = None, budget: float = 300.0
) -> Client:
    gates = make_gates(make_gate(clock or FakeClock(), budget=budget))
    return Client(api_url=API, transport=transport, tokens=tokens or FakeTokens(), gates=gates)


def make_gates(gate: Gate) -> Gates:
    """The same gate for everybody."""
    return Gates(lambda: gate)


def raised(action: Callable[[], object]) -> PartnerCenterError:
    """The error of the engine that the action ends with; any other exception is a failure of the test."""
    try:
        action()
    except PartnerCenterError as error:
        return error
    raise AssertionError("nothing was raised")


def everything_shown(error: BaseException) -> str:
    """All texts that a log, a result or a traceback would take from an error and from what it hangs on to."""
    chain: list[BaseException] = [error]
    while following := (chain[-1].__cause__ or (None if chain[-1].__suppress_context__ else chain[-1].__context__)):
        chain.append(following)
    details = error.details() if isinstance(error, PartnerCenterError) else ""
    return "\n".join([*(f"{one} {one!r} {one.args}" for one in chain), str(details)])


def run_in_threads(count: int, action: Callable[[], Any], *, within: float = 10.0) -> list[Any]:
    """Return what each thread's call gave or raised. All start together; one that does not end fails the test."""
    barrier = threading.Barrier(count)
    results: list[Any] = []

    def run() -> None:
        barrier.wait()
        try:
            results.append(action())
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=run, daemon=True) for _unused in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(within)
    assert not any(thread.is_alive() for thread in threads), "a thread is stuck"
    return results
