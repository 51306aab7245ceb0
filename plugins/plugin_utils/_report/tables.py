# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as Markdown and as CSV. Names and messages are text: nothing of them acts, or ends a cell. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .columns import COLUMNS, Row
from .counting import Counts
from .run import Run

#: A spreadsheet takes such a cell for a formula, even in quotes. The page has the same rule.
FORMULA = r"^\s*[=+@\-\uff1d\uff0b\uff0d\uff20]"
_FORMULA = re.compile(FORMULA)
_MARKS = re.compile(r"([\\`*_\[\]|~#!])")
_BLANKS = re.compile(r"\s+")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

_CSV = [column for column in COLUMNS if column.csv]
_MARKDOWN = [column for column in COLUMNS if column.markdown]


def csv(counts: Counts, rows: Sequence[Row]) -> str:
    """Return all users, one a line. Users who were not reached share a line for each customer."""
    lines = [",".join(column.key for column in _CSV)]
    lines += [",".join(cell(column.text(row)) for column in _CSV) for row in rows]
    for customer in counts.customers:
        if customer.not_reached:
            row = {
                "customer": customer.label,
                "customer_name": customer.customer.name,
                "customer_id": customer.customer.customer_id,
                "outcome": "not_reached",
                "message": _not_reached(customer.not_reached, customer.customer.problem),
            }
            lines.append(",".join(cell(column.text(row)) for column in _CSV))
    return "".join(f"{line}\n" for line in lines)


def cell(value: str) -> str:
    """Return the value as a cell in quotes, on one line, that is no formula."""
    line = _BLANKS.sub(" ", value)
    guarded = f"'{line}" if _FORMULA.match(line) else line
    return '"' + guarded.replace('"', '""') + '"'


def markdown(run: Run, counts: Counts, rows: Sequence[Row]) -> str:
    """Return all users as one table, below what there is to say of the run."""
    users, reached = counts.total("declared"), counts.total("total")
    outcomes = counts.outcomes
    changed = sum(bool(row.get("changed")) for row in rows)
    failed = sum(bool(row.get("failed")) for row in rows)
    both = sum(bool(row.get("changed") and row.get("failed")) for row in rows)
    excluded = outcomes["excluded"]
    idle = reached - excluded - changed - failed + both
    lines = [f"# Password {'verification' if run.verify else 'rotation'}", ""]
    lines += ["This is a plan: nothing was sent.", ""] if run.plan else []
    lines += [
        f"{run.finished[:16].replace('T', ' ')} UTC, {reached} of {users} users reached:",
        f"{changed} {'would change' if run.plan else 'changed'},",
        f"{idle} unchanged or deferred,{f' {excluded} left out by policy,' if excluded else ''}",
        f"{failed} failed,",
        f"of which {outcomes['unknown']} unknown.",
        "",
    ]
    told = [
        f"- {text(customer.label)}: {_not_reached(customer.not_reached, text(customer.customer.problem))}"
        for customer in counts.customers
        if customer.not_reached
    ]
    told += [f"- {text(host)}: no report of this customer" for host in counts.silent]
    lines += [*told, ""] if told else []
    lines.append(_line([column.title.lower() for column in _MARKDOWN]))
    lines.append("|---" * len(_MARKDOWN) + "|")
    lines += [_line([text(column.said(row)) for column in _MARKDOWN]) for row in rows]
    lines += [] if rows else [_line(["no users", *[""] * (len(_MARKDOWN) - 1)])]
    return "".join(f"{line}\n" for line in lines)


def text(value: str) -> str:
    """Return the value as Markdown that shows it as it is."""
    return _BLANKS.sub(" ", _MARKS.sub(r"\\\1", value.translate(_HTML)))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _not_reached(number: int, problem: str) -> str:
    users = f"{number} user{'' if number == 1 else 's'} not reached"
    return f"{users}: {problem}" if problem else users
