# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role holders and the account's own user are refused by name, the others get a password; in how many requests more."""

from __future__ import annotations

from typing import Any

import pytest
from driver import ids, password, patches, set_password, special
from rotating import Vaulted

#: Directory roles in use at each of the emulator's customers.
ROLES = 6


def asked_for_roles(emulator: Any) -> int:
    return sum("directoryroles" in entry["path"] for entry in emulator.journal())


@pytest.mark.parametrize("way", ["given", "rotated"])
@pytest.mark.parametrize(
    ("others", "extra"),
    [
        # The account's own user is known without a request. So these ask about the others and the two role holders.
        (0, 2),  # one request for each of two users
        (3, 1 + 5),  # the list of roles is longer than the list of users: one request each
        (30, 1 + ROLES),  # one request for each role
    ],
)
def test_those_three_are_refused(emulator: Any, play: Any, way: str, others: int, extra: int) -> None:
    customer = emulator.customers[0]["id"]
    own = ids(emulator, 39)["user_id"]
    emulator.knobs(signed_in_user=own)
    holders = [special(emulator, "privileged")["user_id"], emulator.add_users(customer, "privileged")[0]["id"]]
    people = [ids(emulator, number)["user_id"] for number in range(others)]
    users = [{"user_id": user} for user in [*holders, own, *people]]
    if way == "given":
        run = play(set_password("set", customer_id=customer, users=users, password=password()))
    else:
        vaulted = Vaulted(play, {"type": "file"})
        task = vaulted.task("set", users, customer_id=customer, rotation_id="2026-11")
        run = play(task, environment=vaulted.environment)
    rows = run["set"]["users"]
    assert [row["outcome"] for row in rows] == ["rejected"] * 3 + ["applied"] * others, run["set"]["msg"]
    names = [row["user_principal_name"] for row in rows[:3]]
    assert all(names) and all(name in run["set"]["msg"] for name in names)
    for row in rows[:2]:
        assert "directory role Company Administrator" in row["error"]["message"]
    assert "the account that runs the job" in rows[2]["error"]["message"]
    assert len(patches(emulator)) == others
    assert asked_for_roles(emulator) == extra


def test_a_second_run_asks_for_no_role(emulator: Any, play: Any) -> None:
    """Only those who are due are asked about."""
    users = [{"user_id": ids(emulator, number)["user_id"]} for number in range(20)]
    task = set_password("set", customer_id=emulator.customers[0]["id"], users=users, password=password())
    play(task)
    assert asked_for_roles(emulator) == 1 + ROLES
    run = play(task)
    assert run["set"]["summary"]["unchanged"] == 20
    assert asked_for_roles(emulator) == 1 + ROLES
