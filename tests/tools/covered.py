# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of each package of `module_utils` the tests reach, from coverage.py's report in JSON."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

import nox

#: The lowest shares of lines and of branches: of each package, and of the whole engine.
LOWEST, LOWEST_OF_ALL = (0.95, 0.95), (0.98, 0.96)
#: What knows nothing of Ansible; what lies between that and Ansible.
ENGINE = (
    *("_base", "_http", "_entra", "_directory", "_partner_center", "_graph", "_stores", "_links"),
    *("_password", "_sign_in", "_rotation", "_handover", "_users", "_readiness"),
)
ABOVE = ("_ansible",)
_COUNTS = ("covered_lines", "num_statements", "covered_branches", "num_branches")


def check(session: nox.Session, report: Path) -> None:
    """Logs the shares of lines and of branches; fails where one is too small."""
    packages: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for file, found in json.loads(report.read_text())["files"].items():
        package = file.partition("module_utils/")[2].partition("/")[0]
        packages[package].update({name: found["summary"][name] for name in _COUNTS})
    packages["engine"] = sum((packages[name] for name in ENGINE), Counter[str]())
    too_small = []
    for name, sums in sorted(packages.items()):
        lines = sums["covered_lines"] / sums["num_statements"]
        branches = sums["covered_branches"] / sums["num_branches"]
        lowest = LOWEST_OF_ALL if name == "engine" else LOWEST
        session.log(f"{name:12} {lines:6.1%} of {sums['num_statements']:5} lines, {branches:6.1%} of branches")
        if name in (*ENGINE, *ABOVE, "engine") and (lines < lowest[0] or branches < lowest[1]):
            too_small.append(f"{name} ({lowest[0]:.0%} of lines, {lowest[1]:.0%} of branches)")
    if too_small:
        session.error(f"less than is asked for: {', '.join(too_small)}")
