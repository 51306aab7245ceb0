# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many customers with few users each: one task for the play, beside a role or a module for each host, in one run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import at_best
import chart
import hot_spots
import old_way
from at_best import FLOOR, Least
from chart import Point
from hot_spots import Profile
from measuring import Cost, median
from scale import PLAYBOOK, inventory
from targets import Target
from ways import Bench

NEW, OLD, BARE = "one task for the play", "a role for each host", "the module alone"
WAYS = (NEW, OLD, BARE)
RESET, ROTATION, IDLE = "reset", "rotation", "nothing due"
SHAPES = (RESET, ROTATION, IDLE)
SIZES = (600, 3_000, 30_000, 300_000, 1_000_000)
FORKS = 10
_ROTATE = "csp.partnercenter.rotate_user_passwords"
_LARGE_USERS = 5
Say = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """What one way cost with one shape. ``cost`` is that of the whole process tree."""

    shape: str
    way: str
    customers: int
    users: int
    cost: Cost
    requests: int
    tokens: int
    connections: int

    @property
    def line(self) -> str:
        return (
            f"{self.shape:12} {self.way:22} {self.cost.wall:8.1f} {self.cost.cpu:8.1f} {self.requests:9} "
            f"{self.tokens:7} {self.connections:6}"
        )


@dataclass(frozen=True)
class Fleet:
    """``runs`` are medians of all sizes, ``large`` is a run in which nothing is due for many customers."""

    latency: float
    workers: int
    empty: Cost
    least: Least
    runs: Sequence[Run]
    large: Run | None

    def run(self, shape: str, way: str, *, smallest: bool = False) -> Run:
        runs = sorted(self._of(shape, way), key=lambda run: run.customers)
        return runs[0] if smallest else runs[-1]

    def times(self, shape: str, way: str = OLD) -> tuple[float, float]:
        """How many times more wall time and CPU another way takes than the play's task."""
        old, new = self.run(shape, way).cost, self.run(shape, NEW).cost
        return old.wall / new.wall, old.cpu / new.cpu

    def at_best(self, shape: str) -> tuple[float, float]:
        """The same for a play that does only what no playbook can leave out."""
        old, floor, new = self.run(shape, OLD).cost, self.run(FLOOR, FLOOR).cost, self.run(shape, NEW)
        waiting = new.requests * self.latency / 1000 / self.workers
        return old.wall / (floor.wall + waiting), old.cpu / (
            floor.cpu + self.least.cpu(new.requests, new.users if shape == ROTATION else 0)
        )

    def further(self, shape: str, way: str) -> float:
        """Milliseconds of CPU for each further customer, between the smallest and the largest run."""
        few, many = self.run(shape, way, smallest=True), self.run(shape, way)
        return 1000 * (many.cost.cpu - few.cost.cpu) / max(many.customers - few.customers, 1)

    def further_at_best(self) -> float:
        """The same for a rotation that did nothing but what no playbook can leave out."""
        run = self.run(ROTATION, NEW)
        return self.further(FLOOR, FLOOR) + 1000 * self.least.cpu(run.requests, run.users) / run.customers

    def line(self, shape: str, way: str) -> list[Point]:
        """Seconds against users: measured, then computed from the growth between the smallest and the largest run."""
        few, many = self.run(shape, way, smallest=True), self.run(shape, way)
        growth = max(many.cost.wall - few.cost.wall, 0.0) / max(many.users - few.users, 1)
        measured = [Point(run.users, run.cost.wall) for run in (few, many)]
        larger = [size for size in SIZES if size > many.users]
        return [*measured, *(Point(size, many.cost.wall + growth * (size - many.users), True) for size in larger)]

    def lines(self) -> list[str]:
        """For people."""
        largest = self.run(RESET, NEW)
        head = (
            f"{largest.customers} customers, {largest.users} users, {self.latency:g} ms latency, {FORKS} forks; "
            f"an empty playbook: {self.empty.wall:.2f} s, {self.empty.cpu:.2f} s of CPU"
        )
        told = [
            head,
            f"{'what':12} {'way':22} {'seconds':>8} {'CPU s':>8} {'requests':>9} {'tokens':>7} {'conns':>6}"
            " times wall times CPU",
        ]
        for shape in SHAPES:
            for way in WAYS:
                wall, cpu = self.times(shape, way)
                told.append(f"{self.run(shape, way).line} {wall:10.1f} {cpu:9.1f}")
        told += ["", f"{OLD}, against {FLOOR}, bare requests, encryption, durable writes, and nothing else"]
        told += [f"{shape:12} times wall {wall:.1f}, times CPU {cpu:.1f}" for shape, (wall, cpu) in self._bounds()]
        told += ["", "milliseconds of CPU for each further customer"]
        told += [
            f"{shape:12} {', '.join(f'{way}: {self.further(shape, way):.0f}' for way in WAYS)}" for shape in SHAPES
        ]
        told.append(f"{FLOOR}: {self.further(FLOOR, FLOOR):.0f}")
        told += ["", "seconds; a star means computed from the growth between the smallest and the largest run"]
        for shape in SHAPES:
            for way in WAYS:
                points = ", ".join(
                    f"{p.users:,}: {p.seconds:,.0f}{'*' if p.computed else ''}" for p in self.line(shape, way)
                )
                told.append(f"{shape:12} {way:22} {points}")
        return told

    def chart(self) -> str:
        title = f"Seconds for customers with few users, {self.latency:g} ms latency"
        return chart.draw(title, self._series())

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "latency_ms": self.latency,
            "empty_playbook_seconds": self.empty.wall,
            "empty_playbook_cpu_seconds": self.empty.cpu,
            "runs": [_plain(run) for run in self.runs],
            "times_more": {
                shape: {way: dict(zip(("wall", "cpu"), self.times(shape, way), strict=True)) for way in (OLD, BARE)}
                for shape in SHAPES
            },
            "times_more_at_best": {shape: {"wall": wall, "cpu": cpu} for shape, (wall, cpu) in self._bounds()},
            "cpu_ms_of_each_further_customer": {
                shape: {way: self.further(shape, way) for way in WAYS} for shape in SHAPES
            },
            "cpu_ms_of_an_empty_task_on_each_host": self.further(FLOOR, FLOOR),
            "cpu_ms_of_a_bare_request": 1000 * self.least.request,
            "cpu_ms_of_an_encryption": 1000 * self.least.encryption,
            "cpu_ms_of_a_durable_write": 1000 * self.least.write,
            "large": self.large and _plain(self.large),
            "chart": {name: [asdict(point) for point in line] for name, line in self._series().items()},
        }

    def targets(self) -> list[Target]:
        reached = []
        for shape in SHAPES:
            wall, cpu = self.times(shape)
            wanted = "at least 5 times less wall time, 8 times less CPU"
            met = wall >= 5 and cpu >= 8
            told = "{:.1f}, {:.1f}; at best {:.1f}, {:.1f}".format(wall, cpu, *self.at_best(shape))
            reached.append(Target(f"{shape}, against a host for each customer", wanted, told, met))
        dearest = max(self.further(shape, NEW) for shape in SHAPES)
        told = f"{dearest:.0f} ms; at best {self.further_at_best():.0f}"
        reached.append(Target("CPU of each further customer", "at most 40 ms", told, dearest <= 40))
        if large := self.large:
            met = large.cost.wall <= 60 and large.cost.peak <= 400
            told = f"{large.cost.wall:.0f} s, {large.cost.peak:.0f} MB"
            what = f"{large.customers:,} customers of {_LARGE_USERS} users, nothing due"
            reached.append(Target(what, "at most 60 s, 400 MB", told, met))
        return reached

    def _bounds(self) -> list[tuple[str, tuple[float, float]]]:
        return [(shape, self.at_best(shape)) for shape in SHAPES]

    def _of(self, shape: str, way: str) -> list[Run]:
        return [run for run in self.runs if (run.shape, run.way) == (shape, way)]

    def _series(self) -> dict[str, list[Point]]:
        return {f"{shape}, {way}": self.line(shape, way) for shape in SHAPES for way in (NEW, OLD)}


def measure(bench: Bench, customers: int, users: int, latency: float, *, repeat: int, large: int, say: Say) -> Fleet:
    """All ways with a tenth of the customers and with all, ``repeat`` times in turn; ``large`` customers once."""
    bench.emulator.knobs(latency_ms=latency)
    idle = _large(bench, large, latency) if large else None
    if idle:
        say(f"  {large} customers: {idle.line} {idle.cost.peak:.0f} MB")
    empties, leasts, found = [], [], dict[tuple[int, str, str], list[Run]]()
    for _turn in range(repeat):
        empties.append(bench.empty())
        leasts.append(at_best.measure(bench, users, customers))
        for number in sorted({max(customers // 10, 1), customers}):
            for way in WAYS:
                for run in _runs(bench, way, number, users, latency):
                    found.setdefault((number, way, run.shape), []).append(run)
                    say(f"  {number} customers: {run.line}")
            found.setdefault((number, FLOOR, FLOOR), []).append(
                Run(FLOOR, FLOOR, number, number * users, at_best.play(bench, number, users, FORKS), 0, 0, 0)
            )
    return Fleet(
        latency, bench.workers, median(empties), at_best.least(leasts), [_median(runs) for runs in found.values()], idle
    )


def profiles(bench: Bench, customers: int, users: int) -> dict[str, Profile]:
    """CPU of the playbooks by function, without latency, by shape."""
    bench.emulator.reset()
    room = bench.room()
    found = {
        shape: hot_spots.of(
            bench, lambda shape=shape: _run(bench, shape, NEW, customers, users, room), customers * users
        )
        for shape in SHAPES
    }
    shutil.rmtree(room)
    return found


def _runs(bench: Bench, way: str, customers: int, users: int, latency: float) -> list[Run]:
    """The three shapes in one room: what was rotated is what nothing is due for."""
    bench.emulator.reset()
    bench.emulator.knobs(latency_ms=latency)
    room = bench.room()
    runs = [_run(bench, shape, way, customers, users, room) for shape in SHAPES]
    shutil.rmtree(room)
    return runs


def _run(bench: Bench, shape: str, way: str, customers: int, users: int, room: Path, *, memory: bool = False) -> Run:
    given = shape == RESET
    variables = {} if given else {"rotation_id": "2026-11", "report_folder": str(room / "report")}
    named = {f"user_password_rotation_{name}": value for name, value in variables.items()}
    hosts = inventory(bench, bench.emulator.customers[:customers], users, given=given, **named)
    role = "user_password_reset" if given else "user_password_rotation"
    plays = {OLD: old_way.as_roles_did(role), BARE: old_way.bare(role), NEW: PLAYBOOK if given else _ROTATE}
    before = bench.emulator.counters()
    cost = bench.hosts(hosts, plays[way], room=room, forks=FORKS, memory=memory)
    after = bench.emulator.counters()
    counted = {name: after[name] - before[name] for name in after}
    expected = 0 if shape == IDLE else customers * users
    if counted["passwords_set"] != expected:
        raise RuntimeError(f"{shape}, {way}: {counted['passwords_set']} of {expected} passwords were set")
    spent = (counted["requests"], counted["token_requests"], counted["connections"])
    return Run(shape, way, customers, customers * users, cost, *spent)


def _large(bench: Bench, customers: int, latency: float) -> Run:
    bench.emulator.reset()
    room = bench.room()
    _run(bench, ROTATION, NEW, customers, _LARGE_USERS, room)
    bench.emulator.knobs(latency_ms=latency)
    run = _run(bench, IDLE, NEW, customers, _LARGE_USERS, room, memory=True)
    shutil.rmtree(room)
    return run


def _median(runs: Sequence[Run]) -> Run:
    last = vars(runs[-1])
    return Run(**last | {"cost": median([run.cost for run in runs])})


def _plain(run: Run) -> dict[str, Any]:
    cost = {name: value for name, value in asdict(run.cost).items() if name != "output"}
    return vars(run) | {"cost": cost}
