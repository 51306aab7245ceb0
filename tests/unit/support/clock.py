# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A clock that only moves when it is told to, or when somebody sleeps by it; and a thread that never waits."""

from __future__ import annotations

import threading
import time

import pytest


def never_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the waits away from this thread alone: without them, the loop of another would be a busy one."""
    impatient, sleep = threading.get_ident(), time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: threading.get_ident() == impatient or sleep(seconds))


class FakeClock:
    """``slept`` are the waits in their order; none of them takes time."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
