# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report of a run costs: CPU to write it, size of its files, seconds to open its page in a browser."""

from __future__ import annotations

import importlib.util
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Of a hundred users: set, rejected, unknown, left out; nothing was due for the others.
MIX = (("applied", 30), ("rejected", 6), ("unknown", 2), ("excluded", 3))
_USERS_OF_A_CUSTOMER = 5


def rows(users: int) -> list[dict[str, Any]]:
    """Rows as the modules return them, of customers with few users; the same ones each time."""
    chance = random.Random(0)
    return [_row(number, chance) for number in range(users)]


def _row(number: int, chance: random.Random) -> dict[str, Any]:
    customer = number // _USERS_OF_A_CUSTOMER
    of_hundred = chance.random() * 100
    outcome = "unchanged"
    for name, share in MIX:
        of_hundred -= share
        if of_hundred < 0:
            outcome = name
            break
    found: dict[str, Any] = {
        "host": f"customer-{customer:05}",
        "customer": f"Company {customer} GmbH & Co. KG",
        "customer_id": f"00000000-0000-0000-0000-{customer:012}",
        "user_id": f"{chance.getrandbits(32):08x}-0000-0000-0000-{number:012}",
        "user_principal_name": f"service-{number:06}@customer-{customer:05}.onmicrosoft.com",
        "outcome": outcome,
        "changed": outcome in ("applied", "unknown"),
        "failed": outcome in ("rejected", "unknown"),
        "reason": None if outcome == "unchanged" else "rotation_id",
        "certainty": "exact" if outcome == "applied" else "ledger",
        "attempts": int(outcome != "unchanged"),
        "request_id": f"{chance.getrandbits(64):032x}",
        "correlation_id": f"{chance.getrandbits(64):032x}",
        "set_at": f"2026-{1 + number % 10:02}-11T10:{number % 60:02}:00+00:00",
        "next_due": f"2026-12-{1 + number % 28:02}T10:00:00+00:00",
    }
    if found["failed"]:
        ids = {key: found[key] for key in ("request_id", "correlation_id")}
        found["error"] = {"message": "the service refused the password", "status": 400, "code": 3000, **ids}
    return found


def measure(users: int, place: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Write the report twice, so that it has a history, and measure the second time."""
    from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.run import Run
    from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.writing import write_report

    found = rows(users)
    for run_id in ("before", "measured"):
        began = time.process_time()
        written = write_report(str(place), ["html", "md", "csv"], Run(run_id, "2026-11-28T10:00:00+00:00"), found)
        cpu = time.process_time() - began
    sizes = {kind: Path(path).stat().st_size for kind, path in written.items()}
    say(f"{users:,} users: {cpu:.1f} s of CPU to write the report (at most 10 s wanted)")
    say(", ".join(f"{kind} {size / 1e6:.1f} MB" for kind, size in sizes.items()))
    seconds = _opened(Path(written["html"]))
    say(f"opened in {seconds:.1f} s (at most 2 s wanted)" if seconds else "not opened: no Chromium, or no playwright")
    return {"users": users, "cpu": cpu, "sizes": sizes, "opened": seconds}


def _opened(page: Path) -> float | None:
    """Seconds until the first rows of the table can be seen; the median of three."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser or importlib.util.find_spec("playwright") is None:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        times = []
        for _attempt in range(3):
            tab = started.new_page()
            began = time.perf_counter()
            tab.goto(page.as_uri())
            tab.locator(".users tbody tr").first.wait_for()
            times.append(time.perf_counter() - began)
            tab.close()
        started.close()
    return sorted(times)[1]
