# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task says of a user, held against the password with which that user signs in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from driver import name_of, patches, user_of
from fault_cells import Cell, wanted
from fault_rows import CHANGED, FAILED, WITNESSES, Ending, Row
from rotating import Vaulted


def is_definitive(status: int | None) -> bool:
    return status is not None and 200 <= status < 500 and status not in (307, 408, 429)


Results = Sequence[tuple[Cell, list[Any]]]
NEW = {"applied", "resumed", "unchanged"}


@dataclass
class Truth:
    """Made before anything goes wrong. What does not hold is collected, so that one run shows all of it."""

    emulator: Any
    gateway: str
    vaulted: Vaulted
    cells: Sequence[Cell]
    problems: list[str] = field(default_factory=list)
    losses: int = 0
    lies: int = 0
    before: dict[str, list[str]] = field(init=False)
    endings: dict[Row, dict[str, Ending]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before = self._histories()

    def check(self, results: Results) -> None:
        """After a run: each row is true, and each live password is known to the caller or to the store."""
        histories = self._histories()
        for cell, rows in results:
            for person, row in zip(cell.people, rows, strict=False):
                old, live = self.before[person["user_id"]][-1], histories[person["user_id"]][-1]
                current, pending = self._kept(cell, person, old)
                if live not in (current, pending):
                    self.losses += 1
                    self._problem(cell, "the live password is not known", row)
                outcome = row["outcome"]
                true = live == old
                if outcome in NEW:
                    true = live != old and live == (current if cell.form == "rotation" else pending)
                elif outcome == "unknown":
                    true = live in (current, pending) and pending is not None
                if not true:
                    self.lies += 1
                    self._problem(cell, "the outcome is not true", row)
                flags = (outcome in CHANGED, outcome in FAILED)
                if outcome != "fails" and (row["changed"], row["failed"]) != flags:
                    self._problem(cell, "changed and failed do not fit the outcome", row)

    def check_endings(self, first: Results, second: Results, third: Results) -> None:
        """What was seen is what is expected, by both ways in."""
        told = [[(cell, rows[0]) for cell, rows in results] for results in (first, second, third)]
        requests = self._requests()
        for (cell, one), (_second, two), (_third, three) in zip(*told, strict=True):
            certainty = "witness" if one["certainty"] == WITNESSES[self.gateway] else one["certainty"] or "-"
            ending = Ending(f"{one['outcome']} {certainty} {one['attempts']}", two["outcome"], three["outcome"])
            self.endings.setdefault(cell.row, {})[cell.form] = ending
            expected = cell.row.endings[self.gateway][cell.form]
            if ending != expected:
                self._problem(cell, f"expected {expected}", ending)
            made = requests[cell.user["user_id"]]
            resets = [e for e in made if e["service"] == "graph" or e["path"].endswith("/resetpassword")]
            for earlier, later in pairwise(resets):
                same = [name_of(e) + e["correlation_id"] for e in (earlier, later)]
                if len(set(same)) > 1 and not is_definitive(earlier["status"]):
                    self._problem(cell, "without a definitive answer it is the same request for ever", made)
            throttled = made and made[0]["status"] == 429
            if ending.outcome == "rejected" and not throttled and two["request_id"] == one["request_id"]:
                self._problem(cell, "a definitive answer ends an attempt", made)

    def check_all_converged(self) -> None:
        """In the end everybody has the one new password."""
        histories = self._histories()
        for cell in self.cells:
            for person in cell.people:
                before = self.before[person["user_id"]]
                sent = set(histories[person["user_id"]][len(before) :])
                _old, pending = self._kept(cell, person, before[-1])
                if len(sent) != 1:
                    self._problem(cell, "passwords sent for one rotation", len(sent))
                if cell.form == "rotation" and pending is not None:
                    self._problem(cell, "something is pending at the end", person)

    def _kept(self, cell: Cell, person: Mapping[str, str], old: str) -> tuple[str | None, str | None]:
        """What the store has, or the caller: the password that was there, and the new one."""
        if cell.form != "rotation":
            return old, wanted(person)
        kept = self.vaulted.passwords(person)
        return kept.get("current"), kept.get("pending")

    def _requests(self) -> dict[str, list[Any]]:
        """The PATCHes since the faults were ordered, by user."""
        found: dict[str, list[Any]] = {person["user_id"]: [] for cell in self.cells for person in cell.people}
        base = {
            person["user_id"]: len(self.before[person["user_id"]]) - 1 for cell in self.cells for person in cell.people
        }
        for entry in patches(self.emulator):
            user_id = user_of(entry)
            if base[user_id] > 0:  # the rotation that came before
                base[user_id] -= 1
            else:
                found[user_id].append(entry)
        return found

    def _histories(self) -> dict[str, list[str]]:
        found = self.emulator.passwords()
        return {user_id: list(entry["history"]) for user_id, entry in found.items()}

    def _problem(self, cell: Cell, what: str, about: object) -> None:
        self.problems.append(f"{cell.name}: {what}: {about}")
