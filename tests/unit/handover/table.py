# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of the guide for help desks, as they are written there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from ansible_collections.csp.partnercenter.tests.unit.support.documentation import HOME, part

GUIDE = (HOME / "docs/docsite/rst/guide_help_desk.rst").read_text(encoding="utf-8")
#: The sections with a table: of a handover, and of the creation of a user.
HANDOVERS, CREATIONS = "When something fails, or the job is killed", "When a creation fails, or is killed"
#: When a run is killed, what Partner Center does, what the link service does.
Cell = tuple[str, str, str]


@dataclass(frozen=True)
class Expected:
    """What a line of the table says."""

    this_run: str
    next_run: str
    first_link: str


def table(services: Sequence[str], links: Sequence[str], section: str = HANDOVERS) -> dict[Cell, list[Expected]]:
    """Return each combination of a table, and what its lines say of it. The names are what *any* stands for."""
    rows = part(GUIDE, f"{section}\n", "After each line").split("   * - ")[2:]
    cells: dict[Cell, list[Expected]] = {}
    for row in rows:
        killed, service, link, *expected = (cell.strip() for cell in row.split("\n     - "))
        several = links if link == "any" else re.split(r", (?=cannot)", link)
        for cell in product([killed], services if service == "any" else [service], several):
            cells.setdefault(cell, []).append(Expected(*expected))
    return cells
