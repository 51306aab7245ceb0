# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cells of the fault matrix: one row in one form by one way in, with a customer of its own, played many at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from driver import MODULE, PATHS, Run, password
from fault_rows import FORMS, Row
from rotating import ROTATION, Vaulted

#: The ways in of each form: rotation has one, whatever the target.
WAYS = {form: ("in_process",) if form == "rotation" else tuple(PATHS) for form in FORMS}
#: Seconds that a run waits for an answer: so many that no machine is too busy to answer in time.
TIMEOUT = 8
SETTINGS = ("customer_id", "customer_domain", "user_id", "users", "refresh_token")


@dataclass(frozen=True)
class Cell:
    """``customer`` is as the emulator describes it; its first user is the one whose requests are spoilt."""

    row: Row
    form: str
    way: str
    customer: Mapping[str, Any]
    refresh_token: str | None

    @property
    def name(self) -> str:
        return f"{self.form}, {self.way}: {self.row.orders}"

    @property
    def people(self) -> list[dict[str, str]]:
        """The user and the neighbours in the same customer, who are in lists only."""
        users = self.customer["users"][: 1 if self.form == "single" or self.row.alone else None]
        return [{"customer_id": self.customer["id"], "user_id": user["id"]} for user in users]

    @property
    def user(self) -> dict[str, str]:
        return self.people[0]

    @property
    def customer_option(self) -> dict[str, str]:
        if self.row.request == "customer":
            return {"customer_domain": self.customer["domain"]}
        return {"customer_id": self.customer["id"]}

    def order(self, emulator: Any, gateway: str) -> None:
        """Orders the faults of this user."""
        names = {"domain": self.customer["domain"], "refresh_token": str(self.refresh_token), **self.user}
        for order in self.row.orders:
            emulator.fault(**order.placed(gateway, **names))


def make_cells(emulator: Any, wanted: Iterable[tuple[Row, str]]) -> list[Cell]:
    """Each row in its form by each way in, with one customer after the other."""
    customers = iter(emulator.customers)
    cells = []
    for row, form in wanted:
        for way in WAYS[form]:
            token = emulator.new_refresh_token() if row.request == "token" else None
            cells.append(Cell(row, form, way, next(customers), token))
    return cells


@dataclass
class Matrix:
    """Plays all cells in one run: a host for each single user, one for each list that may be shared."""

    play: Any
    vaulted: Vaulted
    cells: Sequence[Cell]
    audit_timeout: float
    hosts: dict[str, list[Cell]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, cell in enumerate(self.cells):
            alone = cell.form == "single" or cell.row.alone
            self.hosts.setdefault(f"{cell.form}_{cell.way}{f'_{number}' if alone else ''}", []).append(cell)

    def run(self, rotation_id: str, *, operation: str = "rotate", hosts: Mapping[str, list[Cell]] | None = None) -> Run:
        """One run of the same playbook for these hosts."""
        hosts = self.hosts if hosts is None else hosts
        settings = {host: self._settings(cells, rotation_id) for host, cells in hosts.items()}
        inventory = self.play.folder / f"inventory-{self.play.count}.json"
        inventory.write_text(json.dumps({"all": {"hosts": {h: _way(c[0]) for h, c in hosts.items()}}}))
        common = {name: f"{{{{ settings[inventory_hostname].{name} | default(omit) }}}}" for name in SETTINGS}
        common |= {"rotation_id": rotation_id, "concurrency": 32, "timeout": TIMEOUT}
        common |= {"audit_timeout": self.audit_timeout}
        given = "{{ settings[inventory_hostname].password | default(omit) }}"
        kept = {"store": dict(self.vaulted.options), "operation": operation}
        rotates = "settings[inventory_hostname].rotates"
        run: Run = self.play.start(
            {"name": "set", MODULE: {**common, "password": given}, "when": f"not {rotates}"},
            {"name": "rotate", ROTATION: {**common, **kept}, "when": rotates},
            play={"hosts": "all", "strategy": "ansible.builtin.free"},
            variables={"settings": settings},
            environment={**self.vaulted.environment, "ANSIBLE_FORKS": "12"},
            arguments=["-i", str(inventory)],
        ).finish(timeout=1200)
        return run

    def results(self, run: Run, hosts: Mapping[str, list[Cell]] | None = None) -> list[tuple[Cell, list[Any]]]:
        """The rows of each cell's people; a task that failed as a whole gives ``fails`` for each of them."""
        found = []
        for host, cells in (self.hosts if hosts is None else hosts).items():
            result = run.of_host(host, "rotate" if cells[0].form == "rotation" else "set")
            people = [person for cell in cells for person in cell.people]
            listed = [result] if "outcome" in result else result.get("users")
            if listed is None:
                assert result["failed"] and not result["changed"], result
                listed = [{"outcome": "fails", "certainty": None, "attempts": 0} for _person in people]
            rows = iter(listed)
            assert len(listed) == len(people), result
            found += [(cell, [next(rows) for _person in cell.people]) for cell in cells]
        return found

    def _settings(self, cells: Sequence[Cell], rotation_id: str) -> dict[str, Any]:
        first = cells[0]
        given: dict[str, Any] = {"rotates": first.form == "rotation"}
        if first.refresh_token:
            given["refresh_token"] = first.refresh_token
        if first.form == "single":
            only = first.user
            return {**given, **first.customer_option, "user_id": only["user_id"], "password": wanted(only)}
        users = []
        for cell in cells:
            for person in cell.people:
                secret = {} if first.form == "rotation" else {"password": wanted(person)}
                users.append({**cell.customer_option, "user_id": person["user_id"], **secret})
        return {**given, "users": users}


def wanted(person: Mapping[str, str]) -> str:
    """The password that a task without a store gives to this user."""
    return password(person["user_id"][:8])


def _way(cell: Cell) -> dict[str, str]:
    if cell.way == "in_process":
        return {"ansible_connection": "local"}
    return {"ansible_connection": PATHS[cell.way], "ansible_python_interpreter": sys.executable}
