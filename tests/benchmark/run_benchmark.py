# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What passwords of many users cost, one way beside the other: see README.md."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import chart
import fleet
import graph_limits
import hot_spots
import report
import scale
import side_by_side
import targets
from ways import Bench

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "emulator"))


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part.strip()]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, help="1000; with --fleet of each customer, and then 3")
    parser.add_argument("--latency", type=numbers, default=[0, 100], help="milliseconds, by comma")
    parser.add_argument("--workers", type=int, default=32)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--uri-sample", type=int, default=20, help="how many users uri in a loop is measured with")
    parser.add_argument("--sizes", type=numbers, default=[100, 300, 1000, 3000, 10000, 20000], help="of the chart")
    parser.add_argument("--no-chart", action="store_true")
    parser.add_argument("--targets", action="store_true", help="each target of the project, with what was reached")
    parser.add_argument("--scale", type=numbers, default=[1000, 10000, 100000], help="users of --targets")
    parser.add_argument(
        "--profile",
        type=int,
        default=0,
        metavar="USERS",
        help="CPU of the list path by function; with --fleet of the play, of all its users",
    )
    parser.add_argument("--slices", action="store_true", help="4 jobs of ansible-runner, beside one")
    parser.add_argument("--fleet", action="store_true", help="many customers with few users, and nothing else")
    parser.add_argument("--customers", type=int, default=200, help="of --fleet")
    parser.add_argument("--large", type=int, default=1000, metavar="CUSTOMERS", help="of --fleet, nothing due; or 0")
    parser.add_argument(
        "--report", type=int, default=0, metavar="USERS", help="what the report costs, and nothing else"
    )
    parser.add_argument(
        "--graph-limits",
        type=float,
        nargs="?",
        const=1.0,
        default=0.0,
        metavar="SHARE",
        help="the limits of Microsoft Graph, or a share of their rates for a slow machine, and nothing else",
    )
    parser.add_argument("--long", type=float, default=40.0, metavar="SECONDS", help="of --graph-limits, at the rate")
    parser.add_argument("--output", type=Path, default=ROOT / "tests" / "output" / "benchmark")
    chosen = parser.parse_args()
    chosen.users = chosen.users or (3 if chosen.fleet else 1000)
    return chosen


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    chosen = options()
    chosen.output.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {"processors": os.cpu_count(), "load": os.getloadavg()[0], "python": sys.version.split()[0]}
    if found["load"] > (os.cpu_count() or 1) + 0.5:
        say(f"The load of this machine is {found['load']:.1f}: only ratios say something, and they are noisy.")
    with tempfile.TemporaryDirectory() as folder:
        if chosen.report:
            found["report"] = report.measure(chosen.report, Path(folder), say)
        elif chosen.graph_limits:
            runs = graph_limits.measure(Path(folder), chosen.workers, chosen.graph_limits, chosen.long, say)
            found["graph_limits"] = graph_limits.plain(runs)
            _say_targets(graph_limits.targets(runs))
        elif chosen.fleet:
            found["fleet"] = _fleet(chosen, Path(folder))
        else:
            _measure(chosen, Path(folder), found)
    place = chosen.output / "benchmark.json"
    place.write_text(json.dumps(found, indent=1) + "\n")
    say(f"\nwritten: {place}")
    return 0


def _fleet(chosen: argparse.Namespace, folder: Path) -> dict[str, Any]:
    from partnercenter_emulator.launcher import running_emulator

    customers, users = max(chosen.customers, chosen.large), max(chosen.users, 5)
    with running_emulator(customers=customers, users=users) as emulator:
        bench = Bench(emulator, folder, chosen.workers)
        measured = fleet.measure(
            bench,
            chosen.customers,
            chosen.users,
            chosen.latency[-1],
            repeat=chosen.repeat,
            large=chosen.large,
            say=say,
        )
        profiles = fleet.profiles(bench, chosen.customers, chosen.users) if chosen.profile else {}
    for shape, profile in profiles.items():
        say("\n".join([f"\nCPU of the play, {shape}, {profile.users:,} users, 0 ms", *profile.lines()]))
    say("\n" + "\n".join(measured.lines()))
    reached = measured.targets()
    _say_targets(reached)
    if not chosen.no_chart:
        (chosen.output / "fleet.svg").write_text(measured.chart())
        say(f"drawn: {chosen.output / 'fleet.svg'}")
    shapes = {shape: asdict(profile) for shape, profile in profiles.items()}
    return measured.plain() | {"targets": [asdict(target) for target in reached], "profiles": shapes}


def _say_targets(reached: list[targets.Target]) -> None:
    say("")
    for target in reached:
        say(f"{'met   ' if target.met else 'MISSED'} {target.what}: {target.reached} (wanted: {target.wanted})")


def _measure(chosen: argparse.Namespace, folder: Path, found: dict[str, Any]) -> None:
    from partnercenter_emulator.launcher import running_emulator

    sizes = [] if chosen.no_chart else chosen.sizes
    latencies = sorted({*chosen.latency, *([0, 100] if chosen.targets else [])})
    with running_emulator(customers=1, users=max(chosen.users, chosen.profile, *sizes, 1)) as emulator:
        bench = Bench(emulator, folder, chosen.workers)
        tables = {}
        for latency in latencies:
            table = side_by_side.measure(
                bench, chosen.users, latency, repeat=chosen.repeat, uri_sample=chosen.uri_sample, say=say
            )
            tables[latency] = table
            say("\n" + "\n".join(table.lines()) + "\n")
        found["side_by_side"] = [side_by_side.plain(table) for table in tables.values()]
        if sizes:
            latency = chosen.latency[-1]
            lines = side_by_side.curve(bench, sizes, latency, uri_sample=min(5, chosen.uri_sample), say=say)
            title = f"Seconds to set passwords, {latency} ms latency, {chosen.workers} workers"
            (chosen.output / "benchmark.svg").write_text(chart.draw(title, lines))
            found["chart"] = {name: [asdict(point) for point in line] for name, line in lines.items()}
            say(f"drawn: {chosen.output / 'benchmark.svg'}")
        if chosen.profile:
            bench.emulator.reset()
            found["profile"] = _profile(bench, chosen.profile)
        if chosen.targets:
            throttles = [targets.throttled(bench, chosen.users, *case) for case in ((0, 32), (100, 32), (100, 8))]
            idle = targets.nothing_due(bench, chosen.users, chosen.repeat)
    grown = _scale(chosen, folder, found) if chosen.targets else []
    if chosen.targets:
        reached = targets.targets(tables[0], tables[100], throttles, idle, grown, chosen.workers)
        found["targets"] = [asdict(target) for target in reached]
        _say_targets(reached)
    if chosen.slices:
        _slices(folder, found)


def _profile(bench: Bench, users: int) -> dict[str, Any]:
    profile = hot_spots.of_list(bench, users)
    say(f"\nCPU of the list path, {users:,} users, 0 ms")
    say("\n".join(profile.lines()))
    return asdict(profile)


def _scale(chosen: argparse.Namespace, folder: Path, found: dict[str, Any]) -> list[scale.Scaled]:
    from partnercenter_emulator.launcher import running_emulator

    grown = []
    with running_emulator(customers=max(chosen.scale) // 1000 or 1, users=1000) as emulator:
        bench = Bench(emulator, folder, chosen.workers)
        for users in chosen.scale:
            grown.append(scale.through_the_role(bench, users // 1000 or 1, min(users, 1000)))
            one = grown[-1]
            say(f"  {users:,} users through the role: {one.wall:.1f} s, {one.cpu:.1f} s of CPU, {one.peak:.0f} MB")
    found["scale"] = [asdict(one) for one in grown]
    return grown


def _slices(folder: Path, found: dict[str, Any]) -> None:
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=40, users=250, latency=100) as emulator:
        bench = Bench(emulator, folder, 8)
        results = [scale.in_slices(bench, count, 40, 250) for count in (1, 4)]
    found["slices"] = [asdict(one) | {"rate": one.rate} for one in results]
    for one in results:
        say(
            f"{one.slices} slices of 40 customers with 250 users, 100 ms: {one.wall:.1f} s, {one.rate:.0f} users a "
            f"second, {one.missed} missed, {one.twice} twice; the largest event has {one.largest_event:,} bytes"
        )


if __name__ == "__main__":
    sys.exit(main())
