# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows as the modules return them, runs, and names that try to act upon a report."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.run import Run

CUSTOMER_ID = "11111111-1111-1111-1111-111111111111"
NASTY = "\"><img src=x onerror=alert(1)>{{ 7 * 7 }}{% raw %}</script><script>alert(2)</script>'\u2028&amp;|`*x*"
FORMULA = '\t=HYPERLINK("http://example.com")'


def run(run_id: str = "this-run", **options: Any) -> Run:
    times = {"started": "2026-11-28T10:00:00+00:00", "finished": "2026-11-28T10:03:20+00:00"}
    return Run(**{"id": run_id, **times, **options})


def row(user: str = "svc@contoso.example", outcome: str = "unchanged", **options: Any) -> dict[str, Any]:
    """A row of a module, with host and customer. ``error`` may be the message alone."""
    found: dict[str, Any] = {
        "host": "contoso",
        "customer": "Contoso Ltd",
        "customer_id": CUSTOMER_ID,
        "user_id": None,
        "user_principal_name": user,
        "outcome": outcome,
        "changed": outcome in ("applied", "resumed", "unknown"),
        "failed": outcome in ("rejected", "unknown"),
        "reason": None,
        "certainty": None,
        "attempts": 0,
        "request_id": None,
        "correlation_id": None,
        "set_at": None,
    }
    if isinstance(options.get("error"), str):
        options["error"] = {"message": options["error"]}
    return found | options


def data_of(place: Path) -> dict[str, Any]:
    """Return the data for the script of the page."""
    page = (place / "index.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def column_of(place: Path, key: str) -> list[str]:
    """The values of a column of the page."""
    packed = data_of(place)["values"][key]
    return [packed["of"][at] for at in packed["at"]] if isinstance(packed, dict) else list(packed)


def text_of(place: Path) -> str:
    """Return the text that a person without scripts reads."""
    page = (place / "index.html").read_text(encoding="utf-8")
    body = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())
