# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory and open files of a process tree, as time goes by."""

from __future__ import annotations

import contextlib
import os
import statistics
import threading
import time
from dataclasses import dataclass, field

from measuring import family, proportional

_EVERY_SECONDS = 3.0


@dataclass(frozen=True)
class Sample:
    """``memory`` is megabytes, each shared page counted once; ``files`` are open descriptors."""

    at: float
    memory: float
    files: int
    processes: int


@dataclass
class Watch:
    """Looks at the tree of ``pid`` until it is stopped."""

    pid: int
    samples: list[Sample] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> Trend:
        self._ended.set()
        self._thread.join()
        return Trend(self.samples)

    def _look(self) -> None:
        began = time.monotonic()
        while not self._ended.wait(_EVERY_SECONDS):
            found = family(self.pid)
            memory = sum(proportional(pid) for pid in found) / 2**20
            files = sum(_open_files(pid) for pid in found)
            self.samples.append(Sample(time.monotonic() - began, memory, files, len(found)))


def _open_files(pid: int) -> int:
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{pid}/fd"))
    return 0


@dataclass(frozen=True)
class Trend:
    """What came of one run: the second quarter of it against the last one, its beginning aside."""

    samples: list[Sample]

    @property
    def seconds(self) -> float:
        return self.samples[-1].at if self.samples else 0.0

    @property
    def peak(self) -> Sample:
        return max(self.samples, key=lambda sample: sample.memory)

    def medians(self, what: str) -> tuple[float, float]:
        """Of the second quarter, and of the last but for its end, when workers leave."""
        values = [float(getattr(sample, what)) for sample in self.samples]
        quarter = max(1, len(values) // 4)
        return statistics.median(values[quarter : 2 * quarter]), statistics.median(values[-quarter - 1 : -1])
