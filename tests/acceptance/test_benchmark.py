# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark runs: few users, no latency, once. What it measures is looked at by people, never here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

BENCHMARK = Path(__file__).resolve().parents[1] / "benchmark" / "run_benchmark.py"
sys.path.append(str(BENCHMARK.parent))
pytestmark = pytest.mark.truth


def _run(place: Path, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, str(BENCHMARK), *arguments, "--output", str(place)]
    subprocess.run(command, env=dict(os.environ), check=True, stdout=subprocess.PIPE, timeout=300)
    found: dict[str, Any] = json.loads((place / "benchmark.json").read_text())
    return found


def test_a_task_for_the_play_is_measured_beside_a_host_for_each_customer(tmp_path: Path) -> None:
    arguments = ["--fleet", "--customers", "2", "--users", "1", "--latency", "0", "--repeat", "1", "--large", "2"]
    measured = _run(tmp_path, *arguments)
    found = measured["fleet"]
    runs = {(run["shape"], run["way"]): run for run in found["runs"] if run["customers"] == 2}
    new, old, alone = "one task for the play", "a role for each host", "the module alone"
    for shape in ("reset", "rotation", "nothing due"):
        assert [runs[shape, way]["tokens"] for way in (new, old, alone)] == [1, 2, 2]
        assert len({runs[shape, way]["requests"] for way in (new, old, alone)}) == 1
        assert set(found["cpu_ms_of_each_further_customer"][shape]) == {new, old, alone}
    assert found["large"]["users"] == 10 and found["large"]["tokens"] == 1
    assert len(found["chart"]) == 6 and all(line[-1]["computed"] for line in found["chart"].values())
    assert ElementTree.parse(tmp_path / "fleet.svg").getroot().tag.endswith("svg")

    import guide

    assert guide.figures(measured).count(".. list-table::") == 3
    text = guide.GUIDE.read_text()
    assert text.index(guide.BEGIN) < text.index(guide.END)


def test_the_limits_of_microsoft_graph_are_measured_in_the_journal(tmp_path: Path) -> None:
    runs = _run(tmp_path, "--graph-limits", "0.02", "--long", "1")["graph_limits"]
    assert [(run["customers"], run["limit"]) for run in runs] == [
        (11, "each customer"),
        (100, "all"),
        (11, "each customer"),
    ]
    assert [run["users"] for run in runs] == [55, 100, 55]
    assert [run["refused"] for run in runs[:2]] == [0, 0]


def test_each_way_sets_every_password_and_the_results_are_written(tmp_path: Path) -> None:
    arguments = ["--users", "4", "--latency", "0", "--repeat", "1", "--uri-sample", "1", "--sizes", "3"]
    found = _run(tmp_path, *arguments)
    (table,) = found["side_by_side"]
    ways = {row["way"]: row for row in table["ways"]}
    assert set(ways) == {"uri", "loop", "list", "unchecked", "rotation", "floor"}
    assert all(ways[way]["tokens"] == 1 for way in ("loop", "list", "rotation", "floor"))
    assert ways["uri"]["computed"] and not ways["list"]["computed"]
    assert len(found["chart"]) == 6 and all(len(line) == 1 for line in found["chart"].values())
    assert ElementTree.parse(tmp_path / "benchmark.svg").getroot().tag.endswith("svg")
