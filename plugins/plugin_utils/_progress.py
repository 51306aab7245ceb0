# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A line every few seconds while many users are worked on. Counts, and the customer where there is one."""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.csp.partnercenter.plugins.module_utils._password.batch import Progress

_SECONDS_BETWEEN = 5.0


class ProgressLine:
    """Shows progress through ``show``; short tasks show nothing."""

    def __init__(self, show: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._show = show
        self._clock = clock
        self._next = clock() + _SECONDS_BETWEEN

    def __call__(self, progress: Progress) -> None:
        now = self._clock()
        if now < self._next or not progress.remaining:
            return
        self._next = now + _SECONDS_BETWEEN
        self._show(f"partnercenter: {_sentence(progress)}")


def _sentence(progress: Progress) -> str:
    whose = f"{progress.customer}: " if progress.customer else ""
    failed = f", {progress.failed} of them failed" if progress.failed else ""
    throttled = f"; the service throttled {progress.throttled} requests" if progress.throttled else ""
    return f"{whose}{progress.done} of {progress.done + progress.remaining} users done{failed}{throttled}"
