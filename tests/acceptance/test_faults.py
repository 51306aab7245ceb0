# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that go wrong: no outcome lies, up to two more runs converge, one password is ever sent for a rotation.

The rows are in ``fault_matrix.yml``, and what they look like to a reader is in ``docs/fault_matrix.md``.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from creation_cells import CreationCell, Creations
from driver import GATEWAYS, over_both_gateways, patches
from fault_cells import WAYS, Cell, Matrix, make_cells
from fault_page import PAGE, Endings, render
from fault_rows import ALWAYS, ALWAYS_WITH, CREATION, CREATION_FORMS, FORMS, REQUESTS, Ending, Row, rows
from fault_truth import Truth
from linking import Linking
from password_pusher_emulator.app import serving
from rotating import Vaulted

from partnercenter_emulator.faults import NAMES

ROWS = rows()
OF_CREATIONS = [row for row in ROWS if row.request == CREATION]
OF_RESETS = [row for row in ROWS if row.request != CREATION]
#: With each gateway. A creation has one way in, because it needs the store.
CELLS = {name: sum(name in row.endings for row in OF_RESETS) * sum(map(len, WAYS.values())) for name in GATEWAYS}
CREATIONS = {name: sum(name in row.endings for row in OF_CREATIONS) * len(CREATION_FORMS) for name in GATEWAYS}
#: After it every late request has arrived.
LONGEST_DELAY = max(order.members.get("seconds", 1) for row in ROWS for order in row.orders if order.fault == "late")
MODULES = Path(__file__).resolve().parents[2] / "plugins" / "modules"


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    """A customer for each cell."""
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=max(CELLS.values()), users=3) as emulator:
        yield emulator


@pytest.mark.parametrize("request_kind", REQUESTS["graph"])
def test_every_fault_of_the_emulator_has_a_row(request_kind: str) -> None:
    assert {row.fault for row in ROWS if row.request == request_kind} == set(NAMES)


def test_a_rotation_has_one_way_in() -> None:
    """Its module holds documentation and no code, so that no target of a task could run it."""
    module = ast.parse((MODULES / "partnercenter_user_password_rotation.py").read_text())
    assert {node.__class__ for node in module.body} <= {ast.ImportFrom, ast.Assign}


@over_both_gateways(pytest.mark.truth)
def test_faults_of_the_reset(emulator: Any, play: Any, figure: Callable[[str], None], gateway: str) -> None:
    """Each in a list by both ways in and in a rotation, and a single user for each outcome.

    With Graph one row of each fault, in a list: what lies above the gateways is the same.
    """
    reset = [row for row in ROWS if row.request == "reset" and not row.alone]
    one_of_each = {row.endings[gateway]["single"].outcome: row for row in reset}
    chosen = [(row, form) for row in reset for form in ("list", "rotation")]
    chosen += [(row, "single") for row in one_of_each.values()]
    if gateway == "graph":
        chosen = [(row, "list") for row in {row.fault: row for row in reversed(reset)}.values()]
    observed(emulator, play, figure, chosen, audit_timeout=5)


@pytest.mark.faults
@over_both_gateways()
def test_every_fault(emulator: Any, play: Any, figure: Callable[[str], None], pytestconfig: pytest.Config) -> None:
    chosen = [(row, form) for row in OF_RESETS if play.gateway in row.endings for form in FORMS]
    truth = observed(emulator, play, figure, chosen, audit_timeout=30)
    compared({row: {play.gateway: forms} for row, forms in truth.endings.items()}, pytestconfig)


@pytest.mark.parametrize("short", [True, pytest.param(False, marks=pytest.mark.faults)])
@over_both_gateways(pytest.mark.faults)
def test_faults_of_a_creation(
    emulator: Any, play: Any, figure: Callable[[str], None], pytestconfig: pytest.Config, short: bool
) -> None:
    """Into a store and behind a link; in short, one row of each fault that takes no time, behind a link only."""
    there = [row for row in OF_CREATIONS if play.gateway in row.endings]
    chosen = [(row, form) for row in there for form in CREATION_FORMS]
    if short:
        quick = [row for row in reversed(there) if row.fault not in ALWAYS_WITH]
        chosen = [(row, "link") for row in {row.fault: row for row in quick}.values()]
    emulator.knobs(graph_scopes="User.ReadWrite.All,RoleManagement.Read.Directory,GroupMember.Read.All")
    with serving() as links:
        customers = iter(emulator.customers)
        cells = [CreationCell(row, form, next(customers)) for row, form in chosen]
        creations = Creations(Linking(play, links), cells)
        for cell in cells:
            cell.order(emulator, play.gateway)
        creations.run()
        time.sleep(LONGEST_DELAY)
        left = [order for order in emulator.control("GET", "/faults") if not ALWAYS / 2 < order["count"] < ALWAYS]
        creations.problems += [f"this order met no request, so nothing was tried: {order}" for order in left]
        emulator.clear_faults()
        creations.run()
        creations.run()
    seen: dict[Row, dict[str, dict[str, Ending]]] = {}
    for cell, ending in creations.endings():
        seen.setdefault(cell.row, {}).setdefault(play.gateway, {})[cell.form] = ending
        expected = cell.row.endings[play.gateway][cell.form]
        creations.problems += [f"{cell.form}: {cell.row.orders}: {ending}, not {expected}"] * (ending != expected)
    assert not creations.problems, "\n".join(creations.problems)
    if not short:
        compared(seen, pytestconfig)
    figure(f"fault matrix, creations, {play.gateway}: {len(cells)} cells")


def compared(seen: Mapping[Row, Endings], pytestconfig: pytest.Config) -> None:
    """The page says what was seen, or is written from it."""
    page = page_of({row: {**row.endings, **seen.get(row, {})} for row in ROWS})
    if pytestconfig.getoption("write"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page


def test_the_page_says_what_is_expected() -> None:
    page = page_of({row: row.endings for row in ROWS})
    assert PAGE.read_text() == page, "run the session faults with --write"


def page_of(endings: Mapping[Row, Endings]) -> str:
    return render(endings, sum(CELLS.values()) + sum(CREATIONS.values()))


def observed(
    emulator: Any, play: Any, figure: Callable[[str], None], chosen: list[tuple[Row, str]], *, audit_timeout: float
) -> Truth:
    """What was seen, after everything that must hold was found to hold."""
    vaulted = Vaulted(play, {"type": "file", "path": str(play.folder / "passwords")})
    matrix = Matrix(play, vaulted, make_cells(emulator, chosen), audit_timeout)
    rotating = {host: cells for host, cells in matrix.hosts.items() if cells[0].form == "rotation"}
    if rotating:
        matrix.run("2026-10", hosts=rotating)
    truth = Truth(emulator, play.gateway, vaulted, matrix.cells)

    for cell in matrix.cells:
        cell.order(emulator, play.gateway)
    first = matrix.results(matrix.run("2026-11"))
    time.sleep(LONGEST_DELAY)
    truth.check(first)
    left = [order for order in emulator.control("GET", "/faults") if not ALWAYS / 2 < order["count"] < ALWAYS]
    truth.problems += [f"this order met no request, so nothing was tried: {order}" for order in left]
    emulator.clear_faults()
    second = matrix.results(matrix.run("2026-11"))
    truth.check(second)
    count = len(patches(emulator))
    third = matrix.results(matrix.run("2026-11"))
    truth.check(third)
    truth.problems += ["the third run sent something"] * (len(patches(emulator)) > count)
    truth.check_endings(first, second, third)

    quarantined = {host: [cell for cell in cells if is_held(cell, play.gateway)] for host, cells in rotating.items()}
    held = {host: cells for host, cells in quarantined.items() if cells}
    released = matrix.results(matrix.run("2026-11", operation="resume", hosts=held), held) if held else []
    for cell, (user, *_neighbours) in released:
        truth.check([(cell, [user])])
        truth.problems += [f"held, and not released: {user}"] * (user["outcome"] != "resumed")
    truth.check_all_converged()
    assert not truth.problems, "\n".join(truth.problems)
    tried = f"{len(NAMES)} faults in {len({row for row, _form in chosen})} rows, {len(matrix.cells)} cells"
    found = f"{truth.losses} passwords lost, {truth.lies} outcomes that were not true"
    figure(f"fault matrix, {play.gateway}: {tried}; {found}")
    return truth


def is_held(cell: Cell, gateway: str) -> bool:
    return cell.row.endings[gateway][cell.form].third == "unknown"
