# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cells of the fault matrix about the creation of a user: one row in one form, with a customer of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from driver import Run
from fault_cells import TIMEOUT
from fault_rows import CHANGED, FAILED, Ending, Row
from linking import Linking
from password_pusher_emulator.app import TOKEN
from rotating import Vaulted

from ansible_collections.csp.partnercenter.plugins.module_utils._users.lookup import new_user_id

USER = "csp.partnercenter.partnercenter_user"
NEW = {"applied", "resumed", "unchanged"}


@dataclass(frozen=True)
class CreationCell:
    """``customer`` is as the emulator describes it; nobody of this name is there."""

    row: Row
    form: str
    customer: Mapping[str, Any]

    @property
    def user(self) -> str:
        return f"new@{self.customer['domain']}"

    def order(self, emulator: Any, gateway: str) -> None:
        """Order the faults of this creation."""
        for order in self.row.orders:
            emulator.fault(**order.placed(gateway, customer_id=self.customer["id"]))


@dataclass
class Creations:
    """Plays all cells in one run, a host for each, and compares what is said with what is true."""

    linking: Linking
    cells: Sequence[CreationCell]
    problems: list[str] = field(default_factory=list)
    rows: list[list[dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.play, self.emulator = self.linking.play, self.linking.play.emulator
        self.passwords = Vaulted(self.play, {"type": "file", "path": str(self.play.folder / "passwords")})

    def run(self) -> None:
        """One run for all cells, and whether it was true."""
        settings = {f"cell_{number}": self._settings(cell) for number, cell in enumerate(self.cells)}
        inventory = self.play.folder / f"inventory-{self.play.count}.json"
        inventory.write_text(json.dumps({"all": {"hosts": {host: {} for host in settings}}}))
        names = ("customer_id", "user_principal_name", "store", "link")
        given = {name: f"{{{{ settings[inventory_hostname].{name} | default(omit) }}}}" for name in names}
        told = {"display_name": "New", "usage_location": "US", "lookup_timeout": 3, "timeout": TIMEOUT}
        run: Run = self.play.start(
            {"name": "create", USER: {**given, **told}},
            play={"hosts": "all", "strategy": "ansible.builtin.free"},
            variables={"settings": settings},
            environment={
                **self.passwords.environment,
                "PARTNERCENTER_LINK_TOKEN": TOKEN,
                "ANSIBLE_FORKS": "12",
            },
            arguments=["-i", str(inventory)],
        ).finish(timeout=1200)
        rows = [run.of_host(host, "create") for host in settings]
        state, passwords = self.emulator.state(), self.emulator.passwords()
        ids = {entry["user_principal_name"]: user_id for user_id, entry in state.items()}
        for cell, row in zip(self.cells, rows, strict=True):
            user_id = ids.get(cell.user)
            self._check(cell, row, passwords[user_id]["history"] if user_id else [], user_id)
        self.rows.append(rows)

    def endings(self) -> Iterable[tuple[CreationCell, Ending]]:
        """Return how three runs ended."""
        for cell, first, second, third in zip(self.cells, *self.rows, strict=True):
            said = f"{first['outcome']} {first['certainty'] or '-'} {first['attempts']}"
            yield cell, Ending(said, second["outcome"], third["outcome"])

    def _settings(self, cell: CreationCell) -> dict[str, Any]:
        linked = cell.form == "link"
        kept = self.linking.options if linked else {"store": dict(self.passwords.options)}
        return {"customer_id": cell.customer["id"], "user_principal_name": cell.user, **kept}

    def _check(self, cell: CreationCell, row: dict[str, Any], history: list[str], user_id: str | None) -> None:
        outcome, kept = row["outcome"], self._kept(cell, row, user_id)
        if len(history) > 1 or (history and history[0] not in kept):
            self._problem(cell, "the live password is not known", row)
        there = bool(history)
        true = there if outcome in NEW else not there if outcome == "rejected" else bool(kept)
        if not true:
            self._problem(cell, "the outcome is not true", row)
        if (row["changed"], row["failed"]) != (outcome in CHANGED, outcome in FAILED):
            self._problem(cell, "changed and failed do not fit the outcome", row)

    def _kept(self, cell: CreationCell, row: dict[str, Any], user_id: str | None) -> set[str]:
        """The passwords that the store has, or that the shown link leads to."""
        if cell.form == "link":
            pushes = self.linking.links.pushes.values()
            shown = str(row.get("link"))
            return {str(push.payload) for push in pushes if push.payload and push.url_token in shown}
        place = new_user_id(cell.customer["id"], cell.user)
        places = [{"customer_id": cell.customer["id"], "user_id": found} for found in (user_id, place) if found]
        return {password for found in places for password in self.passwords.passwords(found).values()}

    def _problem(self, cell: CreationCell, what: str, about: object) -> None:
        self.problems.append(f"{cell.form}: {cell.row.orders}: {what}: {about}")
