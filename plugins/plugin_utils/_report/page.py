# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one page that works from the file system. What it shows goes in as text: Jinja escapes each value."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import OUTCOMES

from . import words
from .columns import COLUMNS, Row
from .counting import CUSTOMERS, Counts, command, needs_of
from .memory import FIGURES
from .run import Run
from .tables import FORMULA

_HERE = Path(__file__).parent

#: So many runs are drawn, customers shown at first, and customers listed at all: each is a dozen elements to open.
_RUNS, _SHOWN_CUSTOMERS, _LISTED_CUSTOMERS, _SILENT = 30, 12, 1000, 50
#: A column whose values repeat is written as its different values, and their places.
_REPEATED = 4

_COLUMNS = [column for column in COLUMNS if column.shown]


def make_environment() -> Environment:
    """Return what renders the templates of this folder."""
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"number": _number, "plural": _plural, "minute": _minute, "took": _took}
    return environment


def page(run: Run, counts: Counts, rows: Sequence[Row], past: Sequence[Mapping[str, Any]]) -> str:
    """Return the page."""
    return (
        make_environment()
        .get_template("page.html.j2")
        .render(
            run=run,
            counts=counts,
            outcomes=counts.outcomes,
            declared=counts.total("declared"),
            reached=counts.total("total"),
            needs=counts.total("needs"),
            overdue=counts.total("overdue"),
            done=counts.number((*words.SET, *words.WOULD_SET)),
            kinds={kind: (told, _advice(told, run), _command(run, counts, kind)) for kind, told in words.KINDS.items()},
            words=words,
            set_now=(*words.SET, *words.WOULD_SET),
            past=list(past)[-_RUNS:],
            figures=FIGURES,
            age_of=lambda stamp: (datetime.fromisoformat(run.finished) - datetime.fromisoformat(stamp)).days,
            most={"customers": CUSTOMERS, "shown": _SHOWN_CUSTOMERS, "listed": _LISTED_CUSTOMERS, "silent": _SILENT},
            nonce=secrets.token_hex(16),
            style=own_file("page.css"),
            script=own_file("page.js"),
            data=_for_script(_data(run, rows)),
        )
    )


def own_file(name: str) -> Markup:
    """Return a file of this folder as it is."""
    return Markup((_HERE / name).read_text(encoding="utf-8"))


def _advice(kind: words.Kind, run: Run) -> Markup:
    advice = kind.verify if run.verify and kind.verify else kind.plan if run.plan and kind.plan else kind.advice
    return Markup(advice)


def _command(run: Run, counts: Counts, kind: str) -> str:
    operation = words.KINDS[kind].operation
    return command(run, counts.concerns[kind].hosts, operation) if operation and not (run.plan or run.verify) else ""


def _data(run: Run, rows: Sequence[Row]) -> dict[str, Any]:
    """Return what the script needs: the columns as they are shown, and their values."""
    return {
        "now": run.finished,
        "file": "plan" if run.plan else "report",
        "formula": FORMULA,
        "columns": [
            {
                "key": column.key,
                "title": column.title,
                "shown": column.shown,
                "below": column.below,
                "choices": column.choices,
                "words": {str(code): word.shown for code, word in column.words.items()},
            }
            for column in _COLUMNS
        ],
        "outcomes": {str(outcome): word.badge for outcome, word in OUTCOMES.items()},
        "groups": {"set": words.SET, "would": words.WOULD_SET},
        "kinds": {kind: told.heading.lower() for kind, told in words.KINDS.items()},
        "rows": len(rows),
        "values": {column.key: _packed([column.text(row) for row in rows]) for column in _COLUMNS},
        "needs": _packed([needs_of(row) for row in rows]),
        "new": [number for number, row in enumerate(rows) if row.get("new")],
    }


def _packed(values: list[str]) -> list[str] | dict[str, Any]:
    places: dict[str, int] = {}
    at = [places.setdefault(value, len(places)) for value in values]
    return {"of": list(places), "at": at} if len(places) * _REPEATED <= len(values) else values


def _for_script(data: Any) -> Markup:
    """Return JSON that cannot end the element it stands in."""
    text = json.dumps(data, separators=(",", ":"))
    for letter in "&<>":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)


def _number(value: int) -> str:
    return f"{value:,}"


def _plural(value: int, noun: str) -> str:
    return f"{value:,} {noun}{'' if value == 1 else 's'}"


def _minute(stamp: str) -> str:
    return stamp[:16].replace("T", " ")


def _took(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return (
        f"{minutes // 60} h {minutes % 60} min"
        if minutes >= 60
        else f"{minutes} min {rest} s"
        if minutes
        else f"{rest} s"
    )
