# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is shown while a task is at work: how far it is, and what it waits for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from .._password.batch import Progress
from .._password.intent import Intent
from .surroundings import Surroundings

_SECONDS_BETWEEN = 30.0


def progress_of(intents: Sequence[Intent], around: Surroundings) -> Callable[[Progress], None]:
    """Progress with the customer's id or domain, where all users are of one."""
    customers = {intent.account.customer for intent in intents}
    only = customers.pop() if len(customers) == 1 else None
    return lambda progress: around.progress(replace(progress, customer=only))


class WitnessWait:
    """Sleeps, and says every half minute what is waited for, by its ``name``. Safe under threads."""

    def __init__(
        self,
        around: Surroundings,
        timeout: float,
        name: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._show = around.show
        self._text = f"partnercenter: waiting up to {timeout:g} s for the {name}"
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0

    def __call__(self, seconds: float) -> None:
        now = self._clock()
        if now >= self._next:
            self._next = now + _SECONDS_BETWEEN
            self._show(self._text)
        self._sleep(seconds)
