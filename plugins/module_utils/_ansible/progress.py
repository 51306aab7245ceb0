# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines on the screen while a task works: how many users are done, and that the audit log is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from .._password.batch import Progress
from .._password.intent import Intent
from .task_context import TaskContext

_SECONDS_BETWEEN_COUNTS = 5.0
_SECONDS_BETWEEN_WAITS = 30.0


class ProgressLine:
    """Shows a line with counts every few seconds. Short tasks show nothing."""

    def __init__(self, show: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._show = show
        self._clock = clock
        self._next = clock() + _SECONDS_BETWEEN_COUNTS

    def __call__(self, progress: Progress) -> None:
        now = self._clock()
        if now < self._next or not progress.remaining:
            return
        self._next = now + _SECONDS_BETWEEN_COUNTS
        self._show(f"partnercenter: {_sentence(progress)}")


class WitnessWait:
    """Sleeps, and shows every half minute what the task waits for, by its ``name``. Safe under threads."""

    def __init__(
        self,
        context: TaskContext,
        timeout: float,
        name: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._show = context.show
        self._text = f"partnercenter: waiting up to {timeout:g} s for the {name}"
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0

    def __call__(self, seconds: float) -> None:
        now = self._clock()
        if now >= self._next:
            self._next = now + _SECONDS_BETWEEN_WAITS
            self._show(self._text)
        self._sleep(seconds)


def progress_of(intents: Sequence[Intent], context: TaskContext) -> Callable[[Progress], None]:
    """Return what is told of progress. It adds the customer's id or domain if all users are of one customer."""
    customers = {intent.account.customer for intent in intents}
    only = customers.pop() if len(customers) == 1 else None
    return lambda progress: context.progress(replace(progress, customer=only))


def _sentence(progress: Progress) -> str:
    whose = f"{progress.customer}: " if progress.customer else ""
    failed = f", {progress.failed} of them failed" if progress.failed else ""
    throttled = f"; the service throttled {progress.throttled} requests" if progress.throttled else ""
    return f"{whose}{progress.done} of {progress.done + progress.remaining} users done{failed}{throttled}"
