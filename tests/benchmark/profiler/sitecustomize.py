# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put first on PYTHONPATH, this profiles every process and thread by CPU time, into the folder ``PROFILE_FOLDER``."""

from __future__ import annotations

import atexit
import cProfile
import itertools
import multiprocessing.process
import os
import threading
import time
from collections.abc import Callable
from typing import Any

FOLDER = os.environ["PROFILE_FOLDER"]
_count = itertools.count()


def profiled(role: str, work: Callable[..., Any]) -> Callable[..., Any]:
    """The same, and what it cost by function."""

    def run(*arguments: Any, **named: Any) -> Any:
        profile = cProfile.Profile(time.thread_time)
        try:
            return profile.runcall(work, *arguments, **named)
        finally:
            profile.dump_stats(os.path.join(FOLDER, f"{role}-{os.getpid()}-{next(_count)}"))

    return run


_main = cProfile.Profile(time.thread_time)
_bootstrap = multiprocessing.process.BaseProcess._bootstrap


def worker(self: Any, *arguments: Any, **named: Any) -> Any:
    """A forked worker: what the profile of its parent has collected is its parent's."""
    _main.disable()
    return profiled("worker", _bootstrap)(self, *arguments, **named)


def save() -> None:
    _main.disable()
    _main.dump_stats(os.path.join(FOLDER, f"main-{os.getpid()}"))


multiprocessing.process.BaseProcess._bootstrap = worker  # type: ignore[method-assign]
threading.Thread.run = profiled("thread", threading.Thread.run)  # type: ignore[method-assign]
atexit.register(save)
_main.enable()
