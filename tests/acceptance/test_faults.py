# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that go wrong: up to two more runs converge, and one password is ever sent for a rotation."""

from __future__ import annotations

from typing import Any

from driver import PATHS, ids, live, password, patches, sent, set_password

#: By name: the faults of this user's PATCHes, in order, and the outcome of the first run.
SCENARIOS: dict[str, tuple[list[dict[str, Any]], set[str]]] = {
    "timed out, was applied": ([{"name": "timeout_after"}], {"applied"}),
    "timed out each time, was applied": ([{"name": "timeout_after", "count": 5}], {"applied"}),
    "timed out each time, was lost": ([{"name": "timeout_before", "count": 5}], {"unknown"}),
    "500 after it was applied": ([{"name": "status", "status": 500, "applied": True, "count": 5}], {"applied"}),
    "500 and nothing applied": ([{"name": "status", "status": 500, "count": 5}], {"unknown"}),
    "late, after the retry": ([{"name": "late", "seconds": 2}], {"applied"}),
    "late, each time": ([{"name": "late", "seconds": 3, "count": 5}], {"applied"}),
    "timed out, applied, then rejected": (
        [{"name": "timeout_after"}, {"name": "status", "status": 403, "code": 900308, "count": 99}],
        {"applied"},
    ),
    "late, then rejected": (
        [{"name": "late", "seconds": 2}, {"name": "status", "status": 403, "code": 900308, "count": 99}],
        {"applied", "unknown"},
    ),
    "lost, then rejected": (
        [{"name": "timeout_before"}, {"name": "status", "status": 403, "code": 900308}],
        {"unknown"},
    ),
    "clean rejection": ([{"name": "status", "status": 400, "code": 3000}], {"rejected"}),
    "throttled": ([{"name": "throttle", "seconds": 1}], {"applied"}),
    "connection lost before": ([{"name": "reset_connection_before"}], {"applied"}),
    "connection lost after": ([{"name": "reset_connection_after"}], {"applied"}),
    "page of a gateway": ([{"name": "html", "status": 200}], {"unknown"}),
    "empty": ([{"name": "empty"}], {"applied"}),
    "malformed": ([{"name": "malformed"}], {"applied"}),
    "truncated": ([{"name": "truncated"}], {"applied"}),
    "slow body": ([{"name": "slow_body", "seconds": 4}], {"applied"}),
    "redirect": ([{"name": "redirect"}], {"unknown"}),
}


def test_each_fault(emulator: Any, play: Any) -> None:
    """Both ways in at once, each with a customer of its own."""
    people = {way: {name: ids(emulator, n, customer) for n, name in enumerate(SCENARIOS)} for customer, way in WAYS}
    for users in people.values():
        for name, (faults, _unused) in SCENARIOS.items():
            user = users[name]
            for fault in faults:
                place = f"/v1/customers/{user['customer_id']}/users/{user['user_id']}"
                emulator.fault(**{"seconds": 30, **fault, "method": "PATCH", "path": place})

    first = run_both(play, people)
    for rows in first.values():
        for name, (_unused, expected) in SCENARIOS.items():
            assert rows[name]["outcome"] in expected, (name, rows[name])
            assert rows[name]["failed"] == (rows[name]["outcome"] in ("unknown", "rejected"))
        assert rows["timed out, was applied"]["attempts"] == 2
        assert rows["500 after it was applied"]["certainty"] == "audit"
    assert all(summary["throttled"] >= 1 for summary in SUMMARIES)

    second = run_both(play, people)
    for way, rows in second.items():
        for name, row in rows.items():
            before = first[way][name]["outcome"]
            assert row["outcome"] == ("unchanged" if before == "applied" else row["outcome"]), (name, row)
            assert row["outcome"] in {"unknown": ("applied", "resumed"), "rejected": ("applied",)}.get(
                before, ("unchanged",)
            )
        # A definitive answer ends an attempt; without one it is the same request for ever.
        rejected = first[way]["clean rejection"]
        assert rows["clean rejection"]["request_id"] != rejected["request_id"]
        assert rows["clean rejection"]["correlation_id"] == rejected["correlation_id"]
        lost = "timed out each time, was lost"
        assert rows[lost]["request_id"] == first[way][lost]["request_id"]
        assert rows[lost]["reason"] == "resumed"

    count = len(patches(emulator))
    third = run_both(play, people)
    assert {row["outcome"] for rows in third.values() for row in rows.values()} == {"unchanged"}
    assert len(patches(emulator)) == count
    for users in people.values():
        for name, user in users.items():
            assert live(emulator, user) == password(name), name
            assert set(sent(emulator, user)) == {password(name)}, name


WAYS = list(enumerate(PATHS))
SUMMARIES: list[dict[str, int]] = []


def run_both(play: Any, people: dict[str, dict[str, dict[str, str]]]) -> dict[str, dict[str, dict[str, Any]]]:
    started = {}
    for way, users in people.items():
        listed = [{"user_id": user["user_id"], "password": password(name)} for name, user in users.items()]
        customer = next(iter(users.values()))["customer_id"]
        options = {"customer_id": customer, "rotation_id": "2026-11", "concurrency": 32, "timeout": 1}
        started[way] = play.start(set_password("list", users=listed, audit_timeout=4, **options), path=way)
    rows = {}
    SUMMARIES.clear()
    for way, running in started.items():
        result = running.finish()["list"]
        SUMMARIES.append(result["summary"])
        rows[way] = dict(zip(people[way], result["users"], strict=True))
    return rows
