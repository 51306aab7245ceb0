# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two ways in which a person signs in: on any device by a code, or in a browser that reaches this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .._base.errors import CredentialError
from .._entra.entra import Entra, Flow, Granted
from .loopback import Loopback

_PROGRESS_SECONDS = 30.0


@dataclass(frozen=True)
class Person:
    """The person who signs in: how to show a text, whether they still wait, and for how many seconds."""

    show: Callable[[str], None]
    cancelled: threading.Event = field(default_factory=threading.Event)
    patience: float = 900.0
    clock: Callable[[], float] = time.monotonic

    def deadline(self, offered: float | None = None) -> float:
        return self.clock() + min(self.patience, offered or self.patience)


def by_device_code(entra: Entra, person: Person) -> Granted:
    """Show a page and a code, and ask Entra ID every few seconds whether somebody typed it there."""
    flow = entra.start_device_code()
    until = person.deadline(float(flow["expires_in"]))
    person.show(
        f"To sign in, open {flow['verification_uri']} in any browser and enter the code {flow['user_code']} "
        f"within {_minutes(until - person.clock())}. Use the account that is to run the jobs."
    )
    shown_at = person.clock()
    while person.clock() < until:
        if person.cancelled.wait(_interval(flow)):
            raise CredentialError("the sign-in was cancelled")
        granted = entra.poll_device_code(flow)
        if granted:
            return granted
        if person.clock() - shown_at >= _PROGRESS_SECONDS:
            shown_at = person.clock()
            person.show(f"Waiting for the sign-in, {_minutes(until - shown_at)} left; the code is {flow['user_code']}")
    raise CredentialError("nobody signed in before the code expired: run it again")


def by_browser(entra: Entra, person: Person, port: int) -> Granted:
    """Show a long address, and take the code that the browser brings back (PKCE)."""
    loopback = Loopback(port)
    try:
        flow = entra.start_authorization_code(loopback.redirect_uri)
        until = person.deadline()
        person.show(
            f"To sign in, open this address in a browser that reaches {loopback.redirect_uri} on this machine, "
            f"within {_minutes(until - person.clock())}. Use the account that is to run the jobs.\n{flow['auth_uri']}"
        )
        answer = None
        while answer is None and person.clock() < until and not person.cancelled.is_set():
            pause = min(until, person.clock() + _PROGRESS_SECONDS)
            answer = loopback.wait_for(str(flow["state"]), pause, person.cancelled, clock=person.clock)
            if answer is None and person.clock() < until:
                person.show(f"Waiting for the sign-in, {_minutes(until - person.clock())} left")
    finally:
        loopback.close()
    if answer is None:
        raise CredentialError(f"nobody signed in within {_minutes(person.patience)}: run it again")
    return entra.finish_authorization_code(flow, answer)


def _interval(flow: Flow) -> float:
    """Return the seconds between two questions, which Entra ID names."""
    return max(0.1, float(flow.get("interval", 5)))


def _minutes(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return f"{minutes} minutes" if minutes > 1 else "a minute"
