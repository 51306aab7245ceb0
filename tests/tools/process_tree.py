# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process with everything that descends from it: what it uses, and an end for all of it. Linux only."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def family(pid: int) -> list[int]:
    """The process and everything that descends from it, as of now."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def kill_family(process: subprocess.Popen[Any]) -> None:
    """``kill -9`` for all of it, and at once: workers are sessions of their own, beside the process group.

    They are stopped first, so that none starts another one meanwhile.
    """
    stopped: set[int] = set()
    while found := set(family(process.pid)) - stopped:
        _signal(found, signal.SIGSTOP)
        stopped |= found
    _signal(stopped, signal.SIGKILL)
    process.communicate()


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


@dataclass(frozen=True)
class Sample:
    """``at`` is seconds. ``memory`` is megabytes, each shared page counted once; ``files`` are open descriptors."""

    at: float
    memory: float
    files: int
    threads: int


@dataclass
class Watch:
    """Looks at the tree of ``pid`` every so many seconds until it is stopped."""

    pid: int
    every: float
    samples: list[Sample] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> list[Sample]:
        self._ended.set()
        self._thread.join()
        return self.samples

    def _look(self) -> None:
        began = time.monotonic()
        while not self._ended.wait(self.every):
            found = family(self.pid)
            memory = sum(_memory(pid) for pid in found) / 1024
            files = sum(_entries(pid, "fd") for pid in found)
            threads = sum(_entries(pid, "task") for pid in found)
            self.samples.append(Sample(time.monotonic() - began, memory, files, threads))


def _memory(pid: int) -> int:
    """Kilobytes. Of pages that several processes share, each has its part (PSS)."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def _entries(pid: int, folder: str) -> int:
    """``fd``: open files. ``task``: threads."""
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{pid}/{folder}"))
    return 0
