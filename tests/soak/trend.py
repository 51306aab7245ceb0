# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether memory and open files of a run grow as time goes by."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from process_tree import Sample


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
