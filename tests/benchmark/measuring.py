# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command, and says what it cost: seconds, seconds of CPU, and the memory of its whole process tree."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from process_tree import Watch


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
        watch = Watch(process.pid, every=0.2) if memory else None
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        guard.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = max((sample.memory for sample in watch.stop()), default=0.0) if watch else 0.0
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    if process.returncode:
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}:\n{text[-3000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak, text)


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    middle = statistics.median
    return Cost(middle(c.wall for c in costs), middle(c.cpu for c in costs), max(c.peak for c in costs))
