# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the figures of a run with --fleet into the guide on performance: ``python guide.py benchmark.json``."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

from fleet import NEW, SHAPES, WAYS

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_scale.rst"
BEGIN, END = (
    f".. Figures of the benchmark with --fleet, written by tests/benchmark/guide.py: {end}\n"
    for end in ("begin", "end")
)
_HEAD = (
    "what",
    "way",
    "seconds",
    "CPU seconds",
    "requests, tokens, connections",
    "times the first row",
    "each further",
)
_MET = {True: "met", False: "**missed**"}


def main() -> None:
    measured = json.loads(Path(sys.argv[1]).read_text())
    text = GUIDE.read_text()
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    GUIDE.write_text(f"{before}\n{figures(measured)}\n{after}")


def figures(measured: dict[str, Any]) -> str:
    """The tables, and the sentences with figures around them."""
    found = measured["fleet"]
    largest = max(run["customers"] for run in found["runs"])
    runs = {(run["shape"], run["way"]): run for run in found["runs"] if run["customers"] == largest}
    users = runs[SHAPES[0], NEW]["users"]
    empty, floor = found["empty_playbook_seconds"], found["cpu_ms_of_an_empty_task_on_each_host"]
    rows = zip(*found["chart"].values(), strict=True)
    parts = [
        f"{largest} customers with {users // largest} users each, {found['latency_ms']:g} ms, "
        f"{measured['processors']} processors with a load of {measured['load']:.0f} at the start. "
        f"An empty playbook takes {empty:.1f} seconds.",
        _table(_HEAD, (_run(found, runs[shape, way]) for shape in SHAPES for way in WAYS)),
        "The last column is the CPU of each further customer with its users, in milliseconds. An empty task on each "
        f"host costs {floor:.0f} milliseconds in Ansible itself, a request of bare threads "
        f"{found['cpu_ms_of_a_bare_request']:.1f}, one encryption by Ansible Vault "
        f"{found['cpu_ms_of_an_encryption']:.1f}, and one durable write "
        f"{found['cpu_ms_of_a_durable_write']:.1f}. The targets of the project, in the same run:",
        _table(
            ["what", "wanted", "reached", "result"],
            ((each["what"], each["wanted"], each["reached"], _MET[each["met"]]) for each in found["targets"]),
        ),
        "Seconds against users. Figures with a star are computed from the growth up to this number of customers:",
        _table(["users", *found["chart"]], ((f"{row[0]['users']:,}", *map(_point, row)) for row in rows)),
    ]
    if profiles := found.get("profiles"):
        parts += ["CPU by process, in percent of a profiled run without latency:", _shares(profiles)]
    return "\n\n".join(part if part.startswith("..") else fill(part, 120) for part in parts) + "\n"


def _run(found: dict[str, Any], run: dict[str, Any]) -> Sequence[str]:
    shape, way, cost = run["shape"], run["way"], run["cost"]
    times = found["times_more"][shape].get(way)
    return (
        shape,
        way,
        f"{cost['wall']:.1f}",
        f"{cost['cpu']:.1f}",
        f"{run['requests']:,}, {run['tokens']}, {run['connections']}",
        f"{times['wall']:.1f}, {times['cpu']:.1f}" if times else "1",
        f"{found['cpu_ms_of_each_further_customer'][shape][way]:.0f}",
    )


def _shares(profiles: dict[str, Any]) -> str:
    parts = list(next(iter(profiles.values()))["by_part"])
    rows = []
    for shape, profile in profiles.items():
        total = sum(profile["by_part"].values())
        top = ", ".join(f"``{_short(spot['name'])}``" for spot in profile["top"][:3])
        rows.append((shape, *(f"{100 * seconds / total:.0f}" for seconds in profile["by_part"].values()), top))
    return _table(["what", *parts, "dearest functions"], rows)


def _short(name: str) -> str:
    """The name of a function without its file, and that of a method in C without its class."""
    built_in = re.search(r"method '?([\w.]+)", name)
    return built_in[1] if built_in else name.rpartition(" ")[2]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in (head, *rows):
        lines += [f"   {'* -' if number == 0 else '  -'} {cell}" for number, cell in enumerate(row)]
    return "\n".join(lines)


def _point(point: dict[str, Any]) -> str:
    seconds, star = point["seconds"], " *" if point["computed"] else ""
    if seconds < 150:
        return f"{seconds:.0f} s{star}"
    return f"{seconds / 60:.0f} min{star}" if seconds < 6000 else f"{seconds / 3600:.1f} h{star}"


if __name__ == "__main__":
    main()
