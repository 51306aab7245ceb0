# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the CPU of the list path goes, by function, over all processes and threads of a real run."""

from __future__ import annotations

import pstats
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
    """``by_part``: seconds of CPU of the main process, of the worker process, and of the engine's threads."""

    users: int
    total: float
    by_part: dict[str, float]
    top: list[Spot]
    own_code: list[Spot]


def of_list(bench: Bench, users: int) -> Profile:
    """Profiles one run. Profiling itself makes small functions look more expensive than they are."""
    folder = bench.folder / "profile"
    folder.mkdir()
    environment = {"PROFILE_FOLDER": str(folder), "PYTHONPATH": f"{HERE / 'profiler'}"}
    bench.lasting.update(environment)
    try:
        bench.listed(users, "profile")
    finally:
        for name in environment:
            bench.lasting.pop(name)
    parts = {part: _sum(folder, part) for part in ("main", "worker", "thread")}
    whole = _sum(folder, "")
    if whole is None:
        raise RuntimeError("nothing was profiled")
    spots = sorted(_spots(whole), key=lambda spot: -spot.own)
    ours = sorted((s for s in spots if s.name.startswith("plugins/")), key=lambda spot: -spot.below)
    return Profile(
        users,
        sum(spot.own for spot in spots),
        {part: _total(stats) for part, stats in parts.items() if stats is not None},
        spots[:10],
        ours[:25],
    )


def _sum(folder: Path, part: str) -> pstats.Stats | None:
    files = sorted(str(path) for path in folder.glob(f"{part}*") if path.stat().st_size)
    return pstats.Stats(*files) if files else None


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
