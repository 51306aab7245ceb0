# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command, and says what it cost: seconds, seconds of CPU, and the memory of its whole process tree."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Cost:
    """``wall`` and ``cpu`` are seconds. ``peak`` is megabytes, each shared page counted once; 0 if nobody looked."""

    wall: float
    cpu: float
    peak: float = 0.0
    output: str = ""


class CommandFailed(RuntimeError):
    """A way of the benchmark ended with an error: its figures would mean nothing."""


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    memory: bool = False,
    within: float = 3600.0,
) -> Cost:
    """Raises :class:`CommandFailed` unless the command ends with 0 in time."""
    with open(folder / "output", "w+b") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            command, env=dict(environment), cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        guard = threading.Timer(within, process.kill)
        guard.start()
        watch = _Watch(process.pid) if memory else None
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        guard.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = watch.stop() if watch else 0.0
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    if process.returncode:
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}:\n{text[-3000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak, text)


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    middle = statistics.median
    return Cost(middle(c.wall for c in costs), middle(c.cpu for c in costs), max(c.peak for c in costs))


class _Watch:
    """Looks at the tree of a process five times a second. Pages that forks share are counted once (PSS)."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        self._ended.set()
        self._thread.join()
        return self._peak

    def _look(self) -> None:
        while not self._ended.wait(0.2):
            self._peak = max(self._peak, sum(proportional(pid) for pid in family(self._pid)) / _MEGABYTE)


def proportional(pid: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


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
