# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom not to touch, how many at most, and when to stop."""

from __future__ import annotations

import re
from typing import Any

from driver import ids, live, password, patches, set_password, some, special


def test_users_who_must_not_be_reset(emulator: Any, play: Any, path: str) -> None:
    """Each is refused by name, with what to do; the others of the list are reset."""
    customer = emulator.customers[0]
    own = ids(emulator, 0)
    emulator.knobs(signed_in_user=own["user_id"])
    kinds = ("federated", "synced", "deleted", "privileged")
    users = [special(emulator, kind)["user_id"] for kind in kinds] + [own["user_id"], ids(emulator, 1)["user_id"]]
    listed = [{"user_id": user, "password": password(number)} for number, user in enumerate(users)]
    run = play(
        set_password("check", customer_id=customer["id"], users=listed, task={"check_mode": True}),
        set_password("list", customer_id=customer["id"], users=listed),
        set_password(
            "allowed", customer_id=customer["id"], users=listed[1:5:2], allow_synced=True, allow_privileged=True
        ),
        set_password("privileged", **special(emulator, "privileged"), password=password("again")),
        path=path,
    )
    expected = ("federated", "synced.*allow_synced", "soft-deleted.*restore", "role.*allow_privileged", "own sign-in")
    for task in ("check", "list"):
        *refused, last = run[task]["users"]
        for row, pattern in zip(refused, expected, strict=True):
            assert (row["outcome"], row["changed"], row["attempts"]) == ("rejected", False, 0)
            assert re.search(pattern, row["error"]["message"]), row["error"]
        assert last["outcome"] == ("applied" if task == "list" else "would_reset")
        assert run[task]["summary"]["failed"] == 5
    assert "directory role Company Administrator" in run["privileged"]["msg"]
    # Allowed is allowed; what the service then says is its own affair: here it wants another role of ours.
    synced, privileged = run["allowed"]["users"]
    assert synced["outcome"] == "applied"
    assert privileged["error"]["code"] == 900308
    assert "Privileged Authentication Administrator" in privileged["error"]["message"]
    assert len(patches(emulator)) == 3


def test_max_resets_counts_before_the_first(emulator: Any, play: Any, path: str) -> None:
    customer = emulator.customers[0]["id"]
    two, five = some(emulator, range(2)), some(emulator, range(5))
    run = play(
        set_password("exceeded", customer_id=customer, users=five, max_resets=4),
        set_password("predicted", customer_id=customer, users=five, max_resets=4, task={"check_mode": True}),
        set_password("two", customer_id=customer, users=two, max_resets=2),
        set_password("rest", customer_id=customer, users=five, max_resets=3),
        path=path,
    )
    for task in ("exceeded", "predicted"):
        assert run[task]["failed"] and not run[task]["changed"]
        assert run[task]["msg"].startswith("max_resets: is 4, and 5 resets are due; nothing was sent")
    assert run["two"]["summary"]["changed"] == 2
    assert run["rest"]["summary"]["changed"] == 3
    assert len(patches(emulator)) == 5


def test_on_error(emulator: Any, play: Any, path: str) -> None:
    users = some(emulator, range(6))
    customer = emulator.customers[0]["id"]
    emulator.fault("status", status=400, code=3000, path=f"/v1/customers/{customer}/users/{users[2]['user_id']}")
    stop = {"customer_id": customer, "users": users, "on_error": "stop", "concurrency": 1, "check_user": False}
    run = play(set_password("stop", **stop, allow_privileged=True), path=path)
    outcomes = [row["outcome"] for row in run["stop"]["users"]]
    assert outcomes == ["applied", "applied", "rejected", "deferred", "deferred", "deferred"]
    assert run["stop"]["failed"] and run["stop"]["changed"]
    assert len(patches(emulator)) == 3

    emulator.fault("status", status=400, code=3000, path=f"/v1/customers/{customer}/users/{users[2]['user_id']}")
    options = {"customer_id": customer, "users": users, "check_user": False, "allow_privileged": True}
    run = play(set_password("continue", **options), path=path)
    outcomes = [row["outcome"] for row in run["continue"]["users"]]
    assert outcomes == ["unchanged", "unchanged", "rejected", "applied", "applied", "applied"]


def test_a_refusal_stops_before_the_first(emulator: Any, play: Any) -> None:
    customer = emulator.customers[0]["id"]
    refused = {"user_id": special(emulator, "federated")["user_id"], "password": password()}
    run = play(set_password("stop", customer_id=customer, users=[*some(emulator, [0]), refused], on_error="stop"))
    assert [row["outcome"] for row in run["stop"]["users"]] == ["deferred", "rejected"]
    assert patches(emulator) == []


def test_a_name_in_the_password_is_found_by_the_look_up(emulator: Any, play: Any) -> None:
    """By id, the principal name is known only then; nothing is sent."""
    user = ids(emulator, 0)
    before = live(emulator, user)
    run = play(set_password("name", **user, password=password("x-USER-0001-x")))
    assert run["name"]["outcome"] == "rejected"
    assert "password: must not be or contain the name before the @" in run["name"]["msg"]
    assert live(emulator, user) == before


def test_one_user_by_id_and_by_name(emulator: Any, play: Any, path: str) -> None:
    customer = emulator.customers[0]
    users = [
        {"user_id": customer["users"][0]["id"], "password": password(1)},
        {"user_principal_name": customer["users"][0]["user_principal_name"].upper(), "password": password(2)},
    ]
    run = play(set_password("twice", customer_id=customer["id"], users=users), path=path)
    assert "users[1]: is the same user as users[0]" in run["twice"]["msg"]
    assert patches(emulator) == []


def test_limits_for_each_customer_and_a_pilot(emulator: Any, play: Any, path: str) -> None:
    """Ten users of two customers: first nothing, then five of whom one is refused, then the others."""
    chosen = [ids(emulator, number, customer) for customer in (0, 1) for number in range(5)]
    users = [user | {"password": password(number)} for number, user in enumerate(chosen)]
    refused = users[7]
    place = f"/v1/customers/{refused['customer_id']}/users/{refused['user_id']}"
    plain = {"check_user": False, "allow_privileged": True}
    over = play(set_password("over", users=users, max_resets_per_customer=2, **plain), path=path)["over"]
    assert over["failed"] and not over["changed"]
    for customer in {user["customer_id"] for user in users}:
        assert f"{customer} (5)" in over["msg"]
    assert patches(emulator) == []
    emulator.fault("status", method="PATCH", path=place, status=400, code=3000)
    listed = [refused, *(user for user in users if user is not refused)]
    first = play(set_password("first", users=listed, pilot=5, **plain), path=path)["first"]
    outcomes = [row["outcome"] for row in first["users"]]
    assert (outcomes.count("applied"), outcomes.count("rejected"), outcomes.count("deferred")) == (4, 1, 5)
    assert len(patches(emulator)) == 5
    again = play(set_password("again", users=users, pilot=5, **plain), path=path)["again"]
    assert again["summary"]["failed"] == 0 and again["summary"]["changed"] == 6
