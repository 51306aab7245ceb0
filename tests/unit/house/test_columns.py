# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A user's row in results, documentation, and each form of the report: the same columns in all of them."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import MagicMock

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import results, rows
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import RefusedError, Trace
from ansible_collections.csp.partnercenter.plugins.module_utils._links.link import Link
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import (
    Left,
    Outcome,
    Summary,
    UserResult,
    summarise,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.report import Report
from ansible_collections.csp.partnercenter.plugins.module_utils._users.turn import UserRow
from ansible_collections.csp.partnercenter.plugins.plugin_utils._inventory_hosts import hosts_of
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_outcome import bounded
from ansible_collections.csp.partnercenter.plugins.plugin_utils._report import columns, readiness
from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.counting import count
from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.page import page
from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.tables import csv, markdown
from ansible_collections.csp.partnercenter.tests.unit.support.documentation import (
    PLUGINS,
    documented,
    part,
    returned,
)
from ansible_collections.csp.partnercenter.tests.unit.support.report import run

PASSWORD_MODULES = ["partnercenter_user_password", "partnercenter_user_password_rotation"]


def row() -> dict[str, Any]:
    """The row of a user of whom everything is known."""
    moment = datetime(2026, 11, 28, tzinfo=UTC)
    user = UserResult(
        "customer",
        "user",
        "name",
        Outcome.UNKNOWN,
        set_at=moment,
        next_due=moment,
        message="message",
        error=RefusedError("message", status=400).details(),
        left=Left.PENDING,
        sessions_revoked=True,
    )
    report = Report((user,), summarise([user], throttled=0))
    found: dict[str, Any] = results.of_report(report, single=False, diff=False)["users"][0]
    return found


#: Only a rotation knows these.
OF_A_ROTATION = {"next_due", "left"}


@pytest.mark.parametrize("module", PASSWORD_MODULES)
def test_a_row_has_the_keys_that_are_documented(module: str) -> None:
    known = set(row()) - (set() if module.endswith("rotation") else OF_A_ROTATION)
    assert set(returned(module)["users"]["contains"]) == known


def test_a_row_of_a_changed_user_has_the_keys_that_are_documented() -> None:
    error = RefusedError("message", status=400).details()
    link = Link("https://links.example/p/1", None, "1", datetime(2026, 11, 1, tzinfo=UTC), 1)
    user = UserRow("customer", "user", "name", Outcome.UNKNOWN, message="message", error=error, left=Left.PENDING)
    user = replace(user, one_time_link=link)
    shown = results.of_changes(Report((user,), summarise([user], throttled=0)), single=False, diff=False)
    documented = returned("partnercenter_user")
    assert set(documented["users"]["contains"]) == set(shown["users"][0])
    assert set(documented["summary"]["contains"]) == set(shown["summary"])
    # The file with the links is named once it is written.
    assert set(shown) - {"changed", "failed"} == set(documented) - {"error", "link_file"}


@pytest.mark.parametrize("module", PASSWORD_MODULES)
def test_a_summary_has_the_counts_that_are_documented(module: str) -> None:
    counts = {field.name for field in fields(Summary)}
    assert set(returned(module)["summary"]["contains"]) == counts
    assert set(results.of_report(Report((), summarise([], throttled=0)), single=False, diff=False)["summary"]) == counts


#: Stands for a record with any field.
RECORD = MagicMock()
#: For each module that reads: the key of its rows, the keys of a row, and those that are there on request only.
READ = {
    "partnercenter_customer_info": ("customers", rows.customer_row(RECORD), set()),
    "partnercenter_user_info": ("users", rows.user_row("customer", RECORD), {"roles"}),
    "partnercenter_audit_info": ("records", rows.audit_row(RECORD), set()),
    "partnercenter_customer_check": ("customers", rows.readiness_row(RECORD), set()),
    "partnercenter_sign_in": ("customer", rows.reach_row(RECORD), set()),
}


@pytest.mark.parametrize("module", READ)
def test_a_row_of_what_was_read_has_the_keys_that_are_documented(module: str) -> None:
    name, known, on_request = READ[module]
    assert set(returned(module)[name]["contains"]) == set(known) | on_request


def test_a_sign_in_has_the_keys_that_are_documented() -> None:
    row = rows.signed_row(RECORD, kept_in=None, saved_at=None, valid_until=None)
    assert set(returned("partnercenter_sign_in")) == set(row) | {"msg", "customer", "consents", "error"}


def test_the_inventory_documents_the_variables_of_its_hosts() -> None:
    users = [rows.user_row("customer", RECORD) | {"user_principal_name": "user@contoso.example"}]
    customer = rows.customer_row(RECORD) | {"customer_domain": "contoso.example", "users": users, "error": "why"}
    told = set(re.findall(r"\bC\((partnercenter_\w+)\)", str(documented("inventory", "partnercenter"))))
    options = {"hostname": None, "users": "details"}
    hosts = [
        *hosts_of([customer], options | {"hosts": "users"}),
        *hosts_of([customer], options | {"hosts": "customers"}),
    ]
    assert {name for _host, variables in hosts for name in variables} == told


def test_a_play_counts_for_each_host_what_a_module_counts() -> None:
    hosts, _left_out = bounded({"host": [row()]})
    assert set(hosts["host"]["summary"]) == {field.name for field in fields(Summary)}


#: Keys of a row that have no column: they are counted, or stand in a column of another name.
COUNTED = {"changed", "failed", "attempts"}
#: The columns of the CSV file of the first release, in its order; later ones come after them.
FIRST_RELEASE = (
    "customer,customer_id,user_id,user_principal_name,outcome,left,reason,certainty,set_at,next_due,request_id,"
    "correlation_id,error"
)


def test_the_report_takes_over_each_key_of_a_row() -> None:
    assert set(columns.ROW) == set(row())
    trace = Trace("request", "correlation")
    assert set(columns.ERROR) == set(RefusedError("message", status=400, code=1, trace=trace).details())


@pytest.mark.parametrize("key", [*columns.ROW, *(f"error.{key}" for key in columns.ERROR)])
def test_each_key_of_a_row_has_a_column(key: str) -> None:
    of_error = key.partition("error.")[2]
    marked: dict[str, Any] = {"error": {of_error: "marked"}} if of_error else {key: {} if key == "error" else "marked"}
    shown = [column.key for column in columns.COLUMNS if column.text(marked) == "marked"]
    assert bool(shown) != (key in COUNTED | {"error"})


def test_the_page_of_customers_takes_over_each_key_of_a_row() -> None:
    """Each is shown as text, and its column is in the CSV file."""
    row = rows.readiness_row(RECORD)
    assert set(row) <= set(readiness.taken_over(row, "host", "now"))
    shown = {column.key for column in readiness.COLUMNS}
    assert set(row) - {"customer_domain", "relationship_extends"} <= shown


def test_each_form_of_the_report_has_the_columns_of_the_list() -> None:
    described, nothing = run(), count(run(), [], [])
    assert csv(nothing, []).strip().split(",") == [column.key for column in columns.COLUMNS if column.csv]
    heading = next(line for line in markdown(described, nothing, []).splitlines() if line.startswith("|"))
    titles = [column.title.lower() for column in columns.COLUMNS if column.markdown]
    assert [name.strip() for name in heading.strip("|").split("|")] == titles
    data = json.loads(part(page(described, nothing, [], []), 'id="data">', "</script>"))
    assert [column["key"] for column in data["columns"]] == [item.key for item in columns.COLUMNS if item.shown]


def test_the_csv_file_begins_with_the_columns_of_the_first_release() -> None:
    assert ",".join(column.key for column in columns.COLUMNS if column.csv).startswith(FIRST_RELEASE)


def test_the_page_knows_each_way_to_show_a_column() -> None:
    script = (PLUGINS / "plugin_utils/_report/page.js").read_text(encoding="utf-8")
    ways = {
        name: set(re.findall(r"^    (\w+): \(", part(script, f"const {name} = {{", "\n  };"), re.M))
        for name in ("IN_CELL", "BELOW")
    }
    assert {item.shown for item in columns.COLUMNS if item.shown and not item.below} == ways["IN_CELL"]
    assert {item.shown for item in columns.COLUMNS if item.below} == ways["BELOW"] | {"id"}
    assert {item.below for item in columns.COLUMNS if item.below} <= {
        item.key for item in columns.COLUMNS if item.shown
    }
