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
from xml.etree import ElementTree

BENCHMARK = Path(__file__).resolve().parents[1] / "benchmark" / "run_benchmark.py"


def test_each_way_sets_every_password_and_the_results_are_written(tmp_path: Path) -> None:
    arguments = ["--users", "4", "--latency", "0", "--repeat", "1", "--uri-sample", "1", "--sizes", "3"]
    subprocess.run(
        [sys.executable, str(BENCHMARK), *arguments, "--output", str(tmp_path)],
        env=dict(os.environ),
        check=True,
        stdout=subprocess.PIPE,
        timeout=120,
    )
    found = json.loads((tmp_path / "benchmark.json").read_text())
    (table,) = found["side_by_side"]
    ways = {row["way"]: row for row in table["ways"]}
    assert set(ways) == {"uri", "loop", "list", "unchecked", "rotation", "floor"}
    assert all(ways[way]["tokens"] == 1 for way in ("loop", "list", "rotation", "floor"))
    assert ways["uri"]["computed"] and not ways["list"]["computed"]
    assert len(found["chart"]) == 6 and all(len(line) == 1 for line in found["chart"].values())
    assert ElementTree.parse(tmp_path / "benchmark.svg").getroot().tag.endswith("svg")
