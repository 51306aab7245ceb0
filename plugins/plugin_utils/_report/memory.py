# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory of a folder of reports: the rows of the run, since when users fail, and a line for each run.

All are JSON lines. Lines that cannot be read, of another hand or another release, are passed over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from . import folder
from .columns import Row, name_of, plain, taken_over
from .counting import HISTORY, Counts, history_line, needs_of
from .run import Customer, Run


@dataclass(frozen=True)
class Part:
    """A run as far as it has come: its customers and their rows, each with ``host`` and ``customer_name``."""

    run: Run
    customers: Sequence[Customer]
    rows: Sequence[Row]


def part_of(run: Run, customers: Sequence[Customer], rows: Iterable[Row]) -> Part:
    """Return what the caller says, taken over; customers whom only the rows name are added."""
    named = {customer.key: customer for customer in (Customer(**_plain(asdict(item))) for item in customers)}
    kept = []
    for row in rows:
        host, name = str(plain(row.get("host") or "")), str(plain(row.get("customer") or ""))
        named.setdefault((host, name), Customer(host, name))
        kept.append({"host": host, "customer_name": name, "outcome": "unknown", **taken_over(row)})
    return Part(Run.from_data(_plain(run.to_data())), list(named.values()), kept)


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {key: [plain(one) for one in value] if key == "hosts" else _text(value) for key, value in data.items()}


def _text(value: Any) -> Any:
    return plain(value) if isinstance(value, str) else value


def join(place: str, part: Part) -> Part:
    """Add the part to what earlier parts of its run have left, and return all. A customer's newest part counts.

    A plan has a file of its own: it must not hide what a run has done.
    """
    path = os.path.join(place, "data", "plan.jsonl" if part.run.plan else "run.jsonl")
    before = _read(path, part.run.id)
    if before is not None:
        again = {customer.key for customer in part.customers}
        part = Part(
            before.run.joined(part.run),
            [*(customer for customer in before.customers if customer.key not in again), *part.customers],
            [*(row for row in before.rows if (row["host"], row["customer_name"]) not in again), *part.rows],
        )
    head = {"run": part.run.to_data(), "customers": [asdict(customer) for customer in part.customers]}
    folder.write(path, "".join(f"{json.dumps(line)}\n" for line in (head, *part.rows)))
    return part


def _read(path: str, run_id: str) -> Part | None:
    found = _parsed(folder.lines(path))
    try:
        head = next(found)
        if head["run"]["id"] != run_id:
            return None
        customers = [Customer(**customer) for customer in head["customers"]]
        run = Run.from_data(head["run"])
    except (StopIteration, KeyError, TypeError):
        return None
    keys = {customer.key for customer in customers}
    rows = [row for row in found if (row.get("host"), row.get("customer_name")) in keys and "outcome" in row]
    return Part(run, customers, rows)


def with_failing(place: str, run: Run, rows: Sequence[Row], *, first: bool) -> list[Row]:
    """Return the rows with ``failing_since``, and ``new`` for users who did not fail in the run before.

    What is known of users who are not in these rows stays. ``first``: there was no run before, so that nobody is new.
    """
    path = os.path.join(place, "data", "failing.jsonl")
    failing = {(line.get("customer"), line.get("user")): line for line in _parsed(folder.lines(path))}
    shown = []
    for row in rows:
        key = _user(row)
        if not needs_of(row):
            failing.pop(key, None)
            shown.append(row)
            continue
        default = {"customer": key[0], "user": key[1], "since": run.started, "run": run.id}
        known = failing.setdefault(key, default)
        new = not first and known.get("run") == run.id
        shown.append({**row, "failing_since": str(known.get("since") or ""), **({"new": True} if new else {})})
    if not run.plan:
        folder.write(path, "".join(f"{json.dumps(line)}\n" for line in failing.values()))
    return shown


def _user(row: Row) -> tuple[Any, Any]:
    return row.get("customer_id") or row["host"], row.get("user_id") or name_of(row)


def past(place: str) -> list[dict[str, Any]]:
    """Return the runs of the history, the latest last."""
    runs = []
    for line in _parsed(folder.lines(os.path.join(place, "history.jsonl"))):
        figures = {name: line.get(name, 0) for name in FIGURES}
        if all(isinstance(line.get(name), str) for name in ("run", "started", "operation")) and all(
            isinstance(figure, int) for figure in figures.values()
        ):
            runs.append(line | figures)
    return runs


#: What the history counts of a run, in the order of its table.
FIGURES = ("customers", "users", "set", *(str(outcome) for outcome in HISTORY), "not_reached")


def remember(place: str, run: Run, counts: Counts) -> None:
    """Write the line of the run: at the end, and in place of its own line where an earlier part has written one."""
    path = os.path.join(place, "history.jsonl")
    mark = f'{{"run": {json.dumps(run.id)}, '
    others = [line for line in folder.lines(path) if line and not line.startswith(mark)]
    folder.write(path, "".join(f"{line}\n" for line in (*others, json.dumps(history_line(run, counts)))))


def _parsed(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            found = json.loads(line) if line else None
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found
