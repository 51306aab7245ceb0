# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job: given passwords for one user or many, of one customer or several, named by id, domain or name."""

from __future__ import annotations

from typing import Any

from driver import MODULE, MOSTLY_IN_PROCESS, ids, live, password, patches, set_password

ROW = {
    "customer_id",
    "user_id",
    "user_principal_name",
    "outcome",
    "changed",
    "failed",
    "reason",
    "certainty",
    "attempts",
    "request_id",
    "correlation_id",
    "set_at",
}


@MOSTLY_IN_PROCESS
def test_all_ways_to_name_users(emulator: Any, play: Any, path: str) -> None:
    first, second = emulator.customers[:2]
    names = [user["user_principal_name"] for user in first["users"]]
    people = [ids(emulator, number) for number in range(6)]
    run = play(
        set_password("by ids", **people[0], password=password(0)),
        set_password("by names", customer_domain=first["domain"], user_principal_name=names[1], password=password(1)),
        set_password(
            "in capitals",
            customer_domain=first["domain"].upper(),
            user_principal_name=names[2].upper(),
            password=password(2),
            force_change_password=False,
        ),
        set_password(
            "list",
            customer_id=first["id"],
            password=password("default"),
            concurrency=4,
            users=[
                {"user_id": first["users"][3]["id"].upper(), "password": password(3), "force_change_password": False},
                {"user_principal_name": names[4]},
                {"customer_domain": second["domain"], "user_id": second["users"][0]["id"]},
            ],
        ),
        set_password("no check", **people[5], password=password(5), check_user=False, endpoint="update"),
        path=path,
    )

    assert run.rc == 0, run.stdout + run.stderr
    passwords, state = emulator.passwords(), emulator.state()
    for number in (0, 1, 2, 3, 5):
        assert passwords[people[number]["user_id"]]["current"] == password(number)
    for user in (people[4], ids(emulator, 0, customer=1)):
        assert live(emulator, user) == password("default")
    assert [state[user["user_id"]]["force_change_password"] for user in people] == [
        True,
        True,
        False,
        False,
        True,
        True,
    ]

    single = run["by ids"]
    assert set(single) >= ROW
    assert single["outcome"] == "applied" and single["certainty"] == "exact" and single["reason"] == "no_ledger"
    assert single["user_principal_name"] == names[0]
    assert "users" not in single
    many = run["list"]
    assert many["changed"] and "outcome" not in many and "results" not in many
    assert many["summary"] == {
        "total": 3,
        "changed": 3,
        "unchanged": 0,
        "failed": 0,
        "unknown": 0,
        "excluded": 0,
        "throttled": 0,
    }
    assert all(set(row) == ROW and row["outcome"] == "applied" and row["attempts"] == 1 for row in many["users"])
    assert [row["user_principal_name"] for row in many["users"][:2]] == names[3:5]

    by_user = {entry["path"].lower().split("/")[5]: entry for entry in patches(emulator)}
    assert by_user[people[0]["user_id"]]["request_id"] == single["request_id"]
    assert by_user[people[0]["user_id"]]["correlation_id"] == single["correlation_id"]
    assert by_user[people[0]["user_id"]]["path"].endswith("/resetpassword")
    assert not by_user[people[5]["user_id"]]["path"].endswith("/resetpassword")
    assert emulator.counters()["patches"] == 7


def test_a_loop_shares_one_token_and_one_connection(emulator: Any, play: Any) -> None:
    customer = emulator.customers[0]
    play(
        {
            "name": "loop",
            MODULE: {
                "customer_id": customer["id"],
                "user_principal_name": "{{ item }}",
                "password": password("loop"),
            },
            "loop": [user["user_principal_name"] for user in customer["users"][:5]],
        }
    )
    counters = emulator.counters()
    assert counters["patches"] == 5
    assert counters["token_requests"] == 1
    assert counters["connections"] <= 2


def test_results_are_small(emulator: Any, play: Any) -> None:
    """AWX drops events that are too large: a user's row stays below 600 bytes."""
    users = [{"user_id": user["id"], "password": password(user["id"])} for user in emulator.customers[0]["users"]]
    run = play(set_password("many", customer_id=emulator.customers[0]["id"], users=users, rotation_id="x" * 40))
    assert len(str(run["many"])) / len(users) < 600
