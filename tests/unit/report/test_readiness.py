# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of customers: parts of a run come together, and nothing of a foreign text acts."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import PartnerCenterError
from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.readiness import COLUMNS, write_readiness
from ansible_collections.csp.partnercenter.tests.unit.support.report import CUSTOMER_ID, FORMULA, NASTY


def row(*problems: str, **more: Any) -> dict[str, Any]:
    return {
        "customer_id": CUSTOMER_ID,
        "customer_domain": None,
        "name": "Contoso",
        "ready": not problems,
        "relationship": "active",
        "relationship_ends": "2027-02-01T00:00:00+00:00",
        "relationship_extends": False,
        "roles": ["User Administrator"],
        "consented": None,
        "multi_factor": True,
        "reads_users": True,
        "reads_audit_log": False,
        "newest_record": None,
        "throttled": 0,
        "problems": [{"check": "roles", "message": problem, "to_do": "do this"} for problem in problems],
        "not_known": [],
        **more,
    }


def table(place: Path) -> dict[str, dict[str, str]]:
    """The CSV file, by customer."""
    text = (place / "customers.csv").read_text(encoding="utf-8")
    return {line["customer"]: line for line in csv.DictReader(text.splitlines())}


def cells(place: Path) -> list[str]:
    page = (place / "customers.html").read_text(encoding="utf-8")
    return re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", page.partition("<tbody>")[2], re.DOTALL)


def test_a_row_says_what_there_is(tmp_path: Path) -> None:
    unknown = [{"check": "roles", "message": "no", "to_do": "", "needed": False}]
    rows = [
        ("contoso", row("wrong")),
        ("fabrikam", row(roles=None, not_known=unknown, relationship_extends=True)),
    ]
    path = write_readiness(str(tmp_path), rows)
    page = Path(path).read_text(encoding="utf-8")
    assert path == str(tmp_path / "customers.html") and "1 customer is not ready" in page
    found = table(tmp_path)
    assert list(found) == ["contoso", "fabrikam"]
    contoso, fabrikam = found.values()
    assert (contoso["ready"], contoso["problems"], contoso["to_do"]) == ("no", "wrong", "do this")
    assert (contoso["multi_factor"], contoso["reads_audit_log"], contoso["consented"]) == ("yes", "no", "")
    assert (contoso["relationship_ends"], contoso["roles"]) == ("2027-02-01", "User Administrator")
    assert (fabrikam["ready"], fabrikam["roles"], fabrikam["not_known"]) == ("yes", "not known", "roles")
    assert fabrikam["relationship_ends"] == "2027-02-01, extends itself"
    assert cells(tmp_path)[: len([column for column in COLUMNS if column.shown])][0] == "contoso"


def test_parts_come_together_and_the_newest_answer_counts(tmp_path: Path) -> None:
    write_readiness(str(tmp_path), [("a", row("wrong")), ("b", row("wrong"))])
    write_readiness(str(tmp_path), [("b", row()), ("c", row())])
    assert {host: line["ready"] for host, line in table(tmp_path).items()} == {"a": "no", "b": "yes", "c": "yes"}


def test_an_answer_of_long_ago_is_forgotten_and_what_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    write_readiness(str(tmp_path), [("old", row()), ("kept", row())])
    data = tmp_path / "data" / "customers.jsonl"
    lines = [json.loads(line) for line in data.read_text().splitlines()]
    lines[0]["checked_at"] = "2020-01-01T00:00:00+00:00"
    texts = [*map(json.dumps, lines), "{", "[]", '{"checked_at": 5}', '{"checked_at": "2999-01-01T00:00:00+00:00"}']
    data.write_text("\n".join(texts))
    write_readiness(str(tmp_path), [("new", row())])
    assert set(table(tmp_path)) == {"kept", "new"}


@pytest.mark.parametrize("text", [NASTY, FORMULA])
def test_a_foreign_text_is_only_text(tmp_path: Path, text: str) -> None:
    rows = [(text, row(text, name=text, roles=[text], relationship=text, newest_record=text))]
    page = Path(write_readiness(str(tmp_path), rows)).read_text(encoding="utf-8")
    assert "<script" not in page and "<img" not in page and "script-src" not in page
    (line,) = table(tmp_path).values()
    assert not any(re.match(r"\s*[=+@-]", value) for value in line.values())
    assert json.loads((tmp_path / "data" / "customers.jsonl").read_text())["host"]


def test_nothing_else_of_a_row_is_written(tmp_path: Path) -> None:
    secret = "Kanarie-77"
    write_readiness(str(tmp_path), [("a", row("wrong", access_token=secret, error={"message": secret}))])
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and secret in path.read_text(errors="replace")]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PartnerCenterError, match=r"cannot be written into .*choose another folder"):
        write_readiness(str(tmp_path / "file"), [("a", row())])


def test_where_all_is_well_the_page_says_so(tmp_path: Path) -> None:
    page = Path(write_readiness(str(tmp_path), [("", row())])).read_text(encoding="utf-8")
    assert "All customers are ready" in page and '<h2 id="attention">' not in page
    assert list(table(tmp_path)) == ["Contoso"]
