# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page that shows which customers are ready for unattended runs, and the same as CSV.

The folder remembers the newest answer for each customer, so that batches, slices, and checks of a few customers come
together on one page. An answer that nobody has renewed for 30 days is forgotten.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import PartnerCenterError

from . import folder
from .columns import Column, Row, of, plain
from .page import make_environment, own_file
from .run import moment
from .tables import cell

FILES = {"html": "customers.html", "csv": "customers.csv"}
_REMEMBERED = timedelta(days=30)

#: What a row may bring into the report.
_ROW = (
    *("customer_id", "customer_domain", "name", "ready", "relationship", "relationship_ends", "relationship_extends"),
    *("consented", "multi_factor", "reads_users", "reads_audit_log", "newest_record", "throttled"),
)


def _label(row: Row) -> str:
    return str(row.get("host") or row.get("name") or row.get("customer_domain") or row.get("customer_id") or "")


def _asked(key: str, check: str) -> Callable[[Row], str]:
    """Return the value in words: also that it is not known, if that is so."""

    def value(row: Row) -> str:
        found = row.get(key)
        if found is None:
            return "not known" if check in row["not_known"] else ""
        return ("yes" if found else "no") if isinstance(found, bool) else str(found)

    return value


def _roles(row: Row) -> str:
    if row["roles"] is None:
        return "not known" if "roles" in row["not_known"] else ""
    return ", ".join(row["roles"]) or "none"


def _ends(row: Row) -> str:
    ends = _asked("relationship_ends", "relationship_end")(row)
    return f"{ends[:10]}, extends itself" if row.get("relationship_extends") else ends[:10]


def _joined(key: str) -> Callable[[Row], str]:
    return lambda row: "; ".join(row[key])


COLUMNS = (
    Column("customer", "Customer", _label, shown="name"),
    Column("name", "Name", of("name"), shown="text"),
    Column("customer_id", "Customer id", of("customer_id")),
    Column("ready", "Ready", lambda row: "yes" if row["ready"] else "no", shown="outcome"),
    Column("problems", "What is wrong", _joined("problems")),
    Column("to_do", "What to do", _joined("to_do")),
    Column("relationship", "Relationship", _asked("relationship", "relationship"), shown="text"),
    Column("relationship_ends", "Ends on", _ends, shown="text"),
    Column("roles", "Roles", _roles, shown="text"),
    Column("consented", "Consent", _asked("consented", "consent"), shown="text"),
    Column("multi_factor", "Multi-factor", _asked("multi_factor", "sign_in"), shown="text"),
    Column("reads_users", "Reads users", _asked("reads_users", "users"), shown="text"),
    Column("reads_audit_log", "Reads audit log", _asked("reads_audit_log", "audit_log"), shown="text"),
    Column("newest_record", "Newest record", of("newest_record"), shown="text"),
    Column("throttled", "Throttled", of("throttled"), shown="text"),
    Column("not_known", "Not known", lambda row: ", ".join(row["not_known"]), shown="text"),
    Column("checked_at", "Checked at", of("checked_at"), shown="text"),
)


def taken_over(row: Row, host: str, checked_at: str) -> dict[str, Any]:
    """Return what the report may know of a row of the module: plain texts, numbers and truth values."""
    findings = row["problems"]
    return {
        "host": plain(host),
        "checked_at": checked_at,
        **{key: None if row[key] is None else plain(row[key]) for key in _ROW},
        "roles": None if row["roles"] is None else [plain(role) for role in row["roles"]],
        "problems": [plain(finding["message"]) for finding in findings],
        "to_do": [plain(finding["to_do"]) for finding in findings if finding["to_do"]],
        "not_known": [plain(finding["check"]) for finding in row["not_known"]],
    }


def write_readiness(place: str, rows: Iterable[tuple[str, Row]]) -> str:
    """Write the rows, each with the name of its host, into the folder, and return the path of the page."""
    now = datetime.now(UTC)
    new = [taken_over(row, host, moment(now)) for host, row in rows]
    try:
        with folder.locked(place):
            known = _joined_with(os.path.join(place, "data", "customers.jsonl"), new, moment(now - _REMEMBERED))
            ordered = sorted(known, key=lambda row: (row["ready"], _label(row)))
            folder.write(os.path.join(place, FILES["csv"]), _csv(ordered))
            path = os.path.join(place, FILES["html"])
            folder.write(path, _page(ordered, moment(now)))
            return path
    except OSError as error:
        raise PartnerCenterError(
            f"the report cannot be written into {place} ({error.strerror or error}): "
            "choose another folder, or make this one writable"
        ) from None


def _joined_with(path: str, new: Sequence[dict[str, Any]], oldest: str) -> list[dict[str, Any]]:
    rows = {}
    for line in folder.lines(path):
        try:
            row = json.loads(line) if line else None
            if isinstance(row, dict) and row["checked_at"] >= oldest and [column.text(row) for column in COLUMNS]:
                rows[_label(row)] = row
        except (ValueError, KeyError, TypeError):
            continue  # of another hand or another release
    rows |= {_label(row): row for row in new}
    folder.write(path, "".join(f"{json.dumps(row)}\n" for row in rows.values()))
    return list(rows.values())


def _csv(rows: Sequence[Row]) -> str:
    lines = [",".join(column.key for column in COLUMNS)]
    lines += [",".join(cell(column.text(row)) for column in COLUMNS) for row in rows]
    return "".join(f"{line}\n" for line in lines)


def _page(rows: Sequence[Row], written: str) -> str:
    return (
        make_environment()
        .get_template("readiness.html.j2")
        .render(
            rows=rows,
            columns=[column for column in COLUMNS if column.shown],
            unready=[row for row in rows if not row["ready"]],
            label=_label,
            written=written,
            nonce=secrets.token_hex(16),
            style=own_file("page.css"),
        )
    )
