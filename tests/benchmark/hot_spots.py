# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the CPU of the list path goes, by function, over all processes and threads of a real run."""

from __future__ import annotations

import pstats
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ways import HERE, Bench


@dataclass(frozen=True)
class Spot:
    """``own`` is seconds of CPU in the function itself, ``below`` with all that it called."""

    name: str
    calls: int
    own: float
    below: float


@dataclass(frozen=True)
class Profile:
    """``by_part``: seconds of CPU of Ansible's main process, of the task that works, of all others, and of threads."""

    users: int
    total: float
    by_part: dict[str, float]
    top: list[Spot]
    own_code: list[Spot]

    def lines(self) -> list[str]:
        """For people."""
        parts = ", ".join(f"{part}: {seconds:.1f} s" for part, seconds in self.by_part.items())
        return [
            f"{self.total:.1f} s in all (profiled, so several times slower); {parts}",
            *(f"  {spot.own:7.2f} s {spot.calls:9,} calls  {spot.name}" for spot in self.top),
        ]


def of_list(bench: Bench, users: int) -> Profile:
    """Profiles one task with a list."""
    return of(bench, lambda: bench.listed(users, "profile"), users)


def of(bench: Bench, run: Callable[[], object], users: int) -> Profile:
    """Profiles one run. Profiling itself makes small functions look more expensive than they are."""
    bench.count += 1
    folder = bench.folder / f"profile-{bench.count}"
    folder.mkdir()
    environment = {"PROFILE_FOLDER": str(folder), "PYTHONPATH": f"{HERE / 'profiler'}"}
    bench.lasting.update(environment)
    try:
        run()
    finally:
        for name in environment:
            bench.lasting.pop(name)
    main, workers, threads = (_totals(folder, part) for part in ("main", "worker", "thread"))
    if not workers:
        raise RuntimeError("nothing was profiled")
    parts = {
        "Ansible's main process": sum(main),
        "the task that works": max(workers),
        "all other tasks": sum(workers) - max(workers),
        "threads of the work": sum(threads),
    }
    spots = sorted(_spots(pstats.Stats(*_files(folder, ""))), key=lambda spot: -spot.own)
    ours = sorted((s for s in spots if s.name.startswith("plugins/")), key=lambda spot: -spot.below)
    return Profile(users, sum(spot.own for spot in spots), parts, spots[:10], ours[:25])


def _files(folder: Path, part: str) -> list[str]:
    return sorted(str(path) for path in folder.glob(f"{part}*") if path.stat().st_size)


def _totals(folder: Path, part: str) -> list[float]:
    """Seconds of CPU of each process or thread of this kind."""
    return [_total(pstats.Stats(path)) for path in _files(folder, part)]


def _total(stats: pstats.Stats) -> float:
    return sum(spot.own for spot in _spots(stats))


def _spots(stats: pstats.Stats) -> list[Spot]:
    return [
        Spot(_name(*function), calls, own, below)
        for function, (_primitive, calls, own, below, _callers) in stats.stats.items()  # type: ignore[attr-defined]
    ]


def _name(file: str, line: int, function: str) -> str:
    """The function with its file, as far as that says something."""
    if file == "~":
        return function
    parts = Path(file).parts
    start = parts.index("plugins") if "plugins" in parts and "ansible" not in parts else -2
    return f"{'/'.join(parts[start:])}:{line} {function}"
