# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names, messages and causes are text in each form of the report, whatever stands in them."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.plugin_utils._report import tables
from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.columns import COLUMNS
from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.run import Customer
from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.writing import write_report
from ansible_collections.csp.partnercenter.tests.unit.support.report import (
    FORMULA,
    NASTY,
    column_of,
    row,
    run,
    text_of,
)

#: Clears a screen, gives it another title, turns the direction of writing, and is half a character.
ACTING = "x\x1b[2J\x1b]0;pwned\x07\u202egnp\u2066\x00\x7f\x85\ud800"


@pytest.fixture
def nasty(tmp_path: Path) -> Path:
    rows = [
        row(NASTY, "rejected", error=NASTY, host=NASTY, customer=NASTY),
        row(FORMULA, "rejected", error=FORMULA),
        row("plain", "unknown", left="orphaned", error="-1"),
        row("#jinja2: variable_start_string:'[['\n[[ 7 * 7 ]]", "unchanged"),
        row(ACTING, "unchanged", host=ACTING, customer=ACTING),
    ]
    customers = [Customer("contoso", "Contoso Ltd", declared=6, problem=NASTY), Customer(ACTING, ACTING, declared=1)]
    described = run(NASTY, job=f"{NASTY}{ACTING}", rotation_id=NASTY, hosts=[NASTY, f"{NASTY}2"], limits={NASTY: 1})
    for _attempt in range(2):
        write_report(str(tmp_path), ["html", "md", "csv"], described, rows, customers)
    return tmp_path


def test_names_are_text_in_the_page(nasty: Path) -> None:
    page = (nasty / "index.html").read_text(encoding="utf-8")
    assert "<img" not in page and page.count("<script") == 2 == page.count("</script")
    assert "49" not in text_of(nasty).replace("&#", "") and "{{ 7 * 7 }}" in text_of(nasty)
    assert {NASTY, FORMULA, "plain"} < set(column_of(nasty, "user"))
    assert {NASTY, FORMULA, "-1", ""} == set(column_of(nasty, "error"))
    assert NASTY in column_of(nasty, "customer")


def test_no_cell_of_the_csv_is_a_formula(nasty: Path) -> None:
    with (nasty / "report.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 6 and lines[-1]["outcome"] == "not_reached"
    named = {line["user_principal_name"]: line for line in lines}
    assert named["plain"]["error"] == "'-1" and named["plain"]["left"] == "orphaned"
    assert '\' =HYPERLINK("http://example.com")' in named
    assert not any(value.strip().startswith(tuple("=+-@")) for line in lines for value in line.values())
    assert NASTY.replace("\u2028", " ") in named


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t=", " @", "\n=", "\r+", "\u00a0=", "\uff1d", "\uff0b", "\uff20"]
)
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(start: str) -> None:
    assert tables.cell(f"{start}1").startswith("\"'")


def test_names_are_text_in_the_markdown(nasty: Path) -> None:
    content = (nasty / "report.md").read_text(encoding="utf-8")
    table = [line for line in content.splitlines() if line.startswith("|")]
    titles = [column for column in COLUMNS if column.markdown]
    assert len(table) == 2 + 5
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {len(titles) + 1}
    assert "<img" not in content and "{{ 7 \\* 7 }}" in content


def test_nothing_acts_upon_a_screen(nasty: Path) -> None:
    for path in nasty.rglob("*"):
        content = path.read_text(encoding="utf-8") if path.is_file() else ""
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|u001b|u202e|ud800", content), path
    assert "x\ufffd[2J\ufffd]0;pwned" in column_of(nasty, "user")[-1]


def test_a_run_keeps_one_line_whatever_its_id(nasty: Path) -> None:
    assert len((nasty / "history.jsonl").read_text().splitlines()) == 1
