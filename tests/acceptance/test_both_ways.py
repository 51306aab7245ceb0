# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ways in return the same for the same input, but for times and for ids that are drawn by lot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from driver import MODULE, PATHS, ids, password, set_password, special

#: What Ansible adds to a failed module, and only there.
ADDED = {"exception", "stdout", "stderr", "stdout_lines", "stderr_lines", "rc", "_ansible_no_log"}
DRAWN = {"set_at", "request_id", "correlation_id"}
#: For an hour, three days ahead.
CLOSED = {"days": [(datetime.now(UTC) + timedelta(days=3)).strftime("%a").lower()], "from": "11:00", "to": "12:00"}


def comparable(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: "there" if key in DRAWN and inner else comparable(inner)
            for key, inner in value.items()
            if key not in ADDED
        }
    if isinstance(value, list):
        return [comparable(inner) for inner in value]
    return value


def test_results_are_equal(emulator: Any, play: Any) -> None:
    customer = emulator.customers[0]
    fresh, other = ids(emulator, 0), ids(emulator, 1)
    rotated = {"rotation_id": "2026-11"}
    users = [
        {"user_id": other["user_id"], "password": password(1)},
        {"user_principal_name": customer["users"][2]["user_principal_name"], "password": password(2)},
        {"user_id": special(emulator, "federated")["user_id"], "password": password(3)},
        {"user_id": customer["id"], "password": password(4)},
        {"user_id": customer["users"][3]["id"], "password": password(5), "window": CLOSED},
    ]
    tasks = [
        set_password("single", **fresh, password=password(0), **rotated, task={"diff": True}),
        set_password("again", **fresh, password=password(0), **rotated),
        set_password("check", **other, password=password(1), **rotated, task={"check_mode": True, "diff": True}),
        set_password("list", customer_id=customer["id"], users=users, **rotated),
        set_password("limit", customer_domain=customer["domain"], users=users, rotation_id="2026-12", max_resets=1),
        set_password("invalid", **fresh, password="Ka-1"),
        {
            "name": "loop",
            MODULE: {"customer_id": customer["id"], "user_id": "{{ item }}", "password": password(6), **rotated},
            "loop": [customer["users"][number]["id"] for number in (4, 5)],
        },
    ]
    results: dict[str, dict[str, Any]] = {}
    request_ids = set()
    for way in PATHS:
        emulator.reset()
        play.new_home()
        # A module redeems the refresh token for each item of a loop, and says each time that a new one is not saved.
        token = {**dict.fromkeys(play.credentials()), "PARTNERCENTER_ACCESS_TOKEN": emulator.access_token}
        where = {name: play.credentials()[name] for name in ("PARTNERCENTER_API_URL", "PARTNERCENTER_CA_PATH")}
        run = play(*tasks, path=way, environment=token | where)
        request_ids.add(run["single"]["request_id"])
        results[way] = {task["name"]: comparable(run[task["name"]]) for task in tasks}
    for task in tasks:
        assert results["in_process"][task["name"]] == results["module"][task["name"]], task["name"]
    assert results["module"]["single"]["outcome"] == "applied"
    assert results["module"]["single"]["diff"]
    assert len(request_ids) == len(PATHS), "each application of a rotation has ids that nobody can foresee"
