# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chart of seconds against users as SVG, both axes logarithmic. No library."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 860, 520
LEFT, RIGHT, TOP, BOTTOM = 70, 230, 50, 60
COLORS = ("#b3261e", "#b06f00", "#1a5fb4", "#26733d", "#6a3d9a", "#444444")


@dataclass(frozen=True)
class Point:
    """``computed``: not run at this size, but worked out from smaller ones."""

    users: int
    seconds: float
    computed: bool = False


def draw(title: str, series: Mapping[str, Sequence[Point]]) -> str:
    """The SVG. Computed parts of a line are dashed."""
    points = [point for line in series.values() for point in line]
    x_axis = _Axis([point.users for point in points], LEFT, WIDTH - RIGHT)
    y_axis = _Axis([max(point.seconds, 0.01) for point in points], HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="13" role="img" aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="26" font-size="16">{escape(title)}</text>',
        *(_vertical(x_axis.at(value), f"{value:,g}") for value in x_axis.ticks),
        *(_horizontal(y_axis.at(value), f"{value:,g} s") for value in y_axis.ticks),
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 14}" text-anchor="middle">users</text>',
    ]
    ends: list[float] = []
    for (name, line), color in zip(series.items(), COLORS, strict=False):
        places = [(x_axis.at(point.users), y_axis.at(max(point.seconds, 0.01))) for point in line]
        for (start, end), point in zip(itertools.pairwise(places), line[1:], strict=True):
            dash = ' stroke-dasharray="5 5"' if point.computed else ""
            where = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
            parts.append(f'<line {where} stroke="{color}" stroke-width="2"{dash}/>')
        for (x, y), point in zip(places, line, strict=True):
            fill = "white" if point.computed else color
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="{color}"/>')
        label = places[-1][1]
        while any(abs(label - other) < 16 for other in ends):
            label += 4
        ends.append(label)
        text = f"{name} ({line[-1].seconds:,.0f} s)"
        parts.append(f'<text x="{WIDTH - RIGHT + 12}" y="{label + 4:.1f}" fill="{color}">{escape(text)}</text>')
    note = "hollow and dashed: computed from smaller runs"
    parts.append(f'<text x="{WIDTH - RIGHT + 12}" y="{HEIGHT - 14}" font-size="11" fill="#666666">{note}</text>')
    return "\n".join([*parts, "</svg>", ""])


class _Axis:
    """Where a value is on a logarithmic axis that reaches from one power of ten to another."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self._low = math.floor(math.log10(min(values)))
        self._high = max(math.ceil(math.log10(max(values))), self._low + 1)
        self._start, self._end = start, end

    @property
    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self._low, self._high + 1)]

    def at(self, value: float) -> float:
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self._start + share * (self._end - self._start)


def _vertical(x: float, label: str) -> str:
    return (
        f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#dddddd"/>'
        f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{label}</text>'
    )


def _horizontal(y: float, label: str) -> str:
    return (
        f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#dddddd"/>'
        f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
    )
