# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All ways side by side in one run: seconds, CPU, ratios."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chart import Point
from measuring import Cost, median
from ways import Bench

#: Of a loop with latency only a sample is run: each item waits for its answers by itself.
LONGEST_LOOP = 100


@dataclass(frozen=True)
class Row:
    """One way. ``wall`` and ``cpu`` are medians in seconds for ``users``; ``computed`` from a sample of ``ran``."""

    way: str
    users: int
    ran: int
    wall: float
    cpu: float
    tokens: int
    connections: int
    requests: int

    @property
    def computed(self) -> bool:
        return self.ran < self.users


@dataclass(frozen=True)
class Table:
    """``empty`` is a playbook that does nothing; ``start`` are bare threads without a user."""

    latency: float
    users: int
    empty: Cost
    start: Cost
    rows: list[Row]

    def __getitem__(self, way: str) -> Row:
        return next(row for row in self.rows if row.way == way)

    def lines(self) -> list[str]:
        """For people."""
        uri, floor = self["uri"], self["floor"]
        head = f"{self.users:,} users, {self.latency:g} ms latency; an empty playbook: {self.empty.wall:.2f} s"
        columns = (
            "way          seconds   CPU s   ms/user  CPU ms/user  times faster than uri  of the floor  tokens  conns"
        )
        lines = [head, columns]
        for row in self.rows:
            own = self.start if row.way == "floor" else self.empty
            per_user, cpu = (row.wall - own.wall) / row.users, (row.cpu - own.cpu) / row.users
            speed, share = (uri.wall - self.empty.wall) / max(row.wall - own.wall, 1e-6), _beyond(row, self)
            note = "  computed" if row.computed else ""
            lines.append(
                f"{row.way:10} {row.wall:9.2f} {row.cpu:7.2f} {1000 * per_user:9.2f} {1000 * cpu:12.2f} {speed:18.1f} "
                f"{share / floor.wall:13.2f} {row.tokens:7} {row.connections:6}{note}"
            )
        return lines


def _beyond(row: Row, table: Table) -> float:
    return row.wall if row.way == "floor" else row.wall - table.empty.wall


def measure(
    bench: Bench, users: int, latency: float, *, repeat: int, uri_sample: int, say: Callable[[str], None]
) -> Table:
    """Each way ``repeat`` times, one after the other in turn, so that a noisy moment meets all of them."""
    bench.emulator.reset()
    bench.emulator.knobs(latency_ms=latency)
    loops, sample = min(users, LONGEST_LOOP if latency else 10 * LONGEST_LOOP), min(users, uri_sample)
    ways: dict[str, tuple[int, Callable[[int, object], Cost]]] = {
        "uri": (sample, bench.uri),
        "loop": (loops, bench.loop),
        "list": (users, bench.listed),
        "unchecked": (users, bench.unchecked),
        "rotation": (users, bench.rotation),
        "floor": (users, bench.floor),
    }
    empties, starts = [], []
    costs: dict[str, list[Cost]] = {way: [] for way in ways}
    counters: dict[str, dict[str, int]] = {}
    for turn in range(repeat):
        empties.append(bench.empty())
        starts.append(bench.floor(0))
        for way, (number, work) in ways.items():
            before = bench.emulator.counters()
            costs[way].append(work(number, f"{latency:g}-{turn}"))
            after = bench.emulator.counters()
            counters[way] = {name: after[name] - before[name] for name in after}
            if counters[way]["passwords_set"] != number:
                raise RuntimeError(f"{way}: {counters[way]['passwords_set']} of {number} passwords were set")
            say(f"  {latency:g} ms, {turn + 1} of {repeat}: {way} of {number:,} in {costs[way][-1].wall:.2f} s")
    empty = median(empties)
    rows = [_row(way, users, ways[way][0], median(costs[way]), empty, counters[way]) for way in ways]
    return Table(latency, users, empty, median(starts), rows)


def _row(way: str, users: int, ran: int, cost: Cost, empty: Cost, counted: dict[str, int]) -> Row:
    factor = users / ran
    wall = cost.wall if factor == 1 else empty.wall + (cost.wall - empty.wall) * factor
    cpu = cost.cpu if factor == 1 else empty.cpu + (cost.cpu - empty.cpu) * factor
    return Row(way, users, ran, wall, cpu, counted["token_requests"], counted["connections"], counted["requests"])


def curve(
    bench: Bench, sizes: Sequence[int], latency: float, *, uri_sample: int, say: Callable[[str], None]
) -> dict[str, list[Point]]:
    """Seconds against users, one run for each size and way."""
    found: dict[str, list[Point]] = {}
    for users in sizes:
        table = measure(bench, users, latency, repeat=1, uri_sample=uri_sample, say=say)
        for row in table.rows:
            found.setdefault(NAMES[row.way], []).append(Point(users, row.wall, row.computed))
    return found


NAMES = {
    "uri": "uri in a loop",
    "loop": "module in a loop",
    "list": "module, list",
    "unchecked": "the same, unchecked",
    "rotation": "rotation, file store",
    "floor": "bare threads",
}


def plain(table: Table) -> dict[str, Any]:
    """For JSON."""
    return {
        "latency_ms": table.latency,
        "users": table.users,
        "empty_playbook_seconds": table.empty.wall,
        "empty_playbook_cpu_seconds": table.empty.cpu,
        "ways": [vars(row) | {"computed": row.computed} for row in table.rows],
    }
