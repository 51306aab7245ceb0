# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each situation of the table of outcomes: in single and in list form, in check mode and for real."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from driver import (
    MOSTLY_IN_PROCESS,
    ids,
    live,
    over_both_gateways,
    password,
    patches,
    reset_of,
    sent,
    set_password,
)

#: Applied, and the answer is a gateway's page: nobody knows, and there is no use in trying again.
LOST = {"name": "html", "status": 200, "applied": True}
#: What the service says of a user who is not there.
MISSING = {"partner_center": 60002, "graph": "Request_ResourceNotFound"}
#: A later run is told by the audit log what an earlier one did. The time in the directory may be anybody's: the same
#: request goes out again.
SETTLED = {"partner_center": ("resumed", "audit", 1), "graph": ("applied", "exact", 2)}
NOW = datetime.now(UTC)
#: Three days ahead, for an hour.
CLOSED = {"days": [(NOW + timedelta(days=3)).strftime("%a").lower()], "from": "11:00", "to": "12:00"}
OPEN = {"time_zone": "Europe/Berlin"}


both_gateways = over_both_gateways(pytest.mark.truth)


def lost(play: Any, user: dict[str, str], **members: Any) -> None:
    play.emulator.fault(**{**LOST, **reset_of(play.gateway, user), **members})


def summary(run: Any, task: str) -> tuple[Any, ...]:
    result = run[task]
    return result["changed"], result["failed"], result["summary"]


@both_gateways
@MOSTLY_IN_PROCESS
def test_single_form_check_mode_first(emulator: Any, play: Any, path: str) -> None:
    """What check mode predicts is what happens; it sends GETs only and leaves no file."""
    fresh, deferred, refused, kept = (ids(emulator, number) for number in range(4))
    tasks = [
        set_password("fresh", **fresh, password=password("fresh"), rotation_id="one", window=OPEN),
        set_password("deferred", **deferred, password=password("deferred"), window=CLOSED),
        set_password("missing", **{**refused, "user_id": kept["customer_id"]}, password=password("missing")),
    ]
    predicted = play(*tasks, path=path, check=True, diff=True)
    assert patches(emulator) == []
    assert not list(play.home.rglob("ledger*"))
    assert (predicted["fresh"]["outcome"], predicted["fresh"]["changed"]) == ("would_reset", True)
    assert predicted["fresh"]["reason"] == "no_ledger"
    assert "would reset" in predicted["fresh"]["msg"]
    (difference,) = predicted["fresh"]["diff"]
    assert difference["before"] == {}
    assert set(difference["after"]) == {"set_at", "rotation_id", "force_change_password"}
    assert difference["after"]["rotation_id"] == "one"

    done = play(*tasks, path=path, diff=True)
    assert (done["fresh"]["outcome"], done["fresh"]["changed"]) == ("applied", True)
    assert done["fresh"]["diff"][0]["after"]["set_at"] == done["fresh"]["set_at"]
    for run in (predicted, done):
        assert (run["deferred"]["outcome"], run["deferred"]["changed"]) == ("deferred", False)
        assert run["deferred"]["reason"] == "no_ledger"
        missing = run["missing"]
        assert (missing["outcome"], missing["failed"], missing["changed"]) == ("rejected", True, False)
        assert missing["error"]["code"] == MISSING[play.gateway]
    assert len(patches(emulator)) == 1

    again = play(*tasks, path=path, check=True, diff=True)
    assert (again["fresh"]["outcome"], again["fresh"]["changed"]) == ("unchanged", False)
    assert again["fresh"]["diff"] == []
    assert len(patches(emulator)) == 1


@both_gateways
@MOSTLY_IN_PROCESS
def test_unknown_then_settled(emulator: Any, play: Any, path: str) -> None:
    """``unknown`` is changed and failed at once; check mode says what the next run does; that settles it first."""
    resumed, settled = ids(emulator, 0), ids(emulator, 1)
    customer = resumed["customer_id"]
    users = [{"user_id": user["user_id"], "password": password(n)} for n, user in enumerate((resumed, settled))]
    for user in (resumed, settled):
        lost(play, user)
    task = set_password("list", customer_id=customer, users=users, audit_timeout=0)
    first = play(task, path=path)
    expected = {"total": 2, "changed": 2, "unchanged": 0, "failed": 2, "unknown": 2, "excluded": 0, "throttled": 0}
    assert summary(first, "list") == (True, True, expected)
    for row in first["list"]["users"]:
        assert (row["outcome"], row["changed"], row["failed"], row["certainty"]) == ("unknown", True, True, None)
        assert row["error"]["request_id"] == row["request_id"]
        assert row["error"]["correlation_id"] == row["correlation_id"]
    assert "Keep the password that was sent" in first["list"]["msg"]

    # Another password now would race against a late first request.
    stuck = play(
        set_password("other", **settled, password=password("other"), audit_timeout=0),
        set_password("check", **settled, password=password(1), audit_timeout=0, task={"check_mode": True}),
        set_password("found", **settled, password=password(1), task={"check_mode": True}),
        path=path,
    )
    other = stuck["other"]
    assert (other["outcome"], other["changed"], other["failed"]) == ("unknown", True, True)
    assert "another password" in other["msg"] and "update_password: always" in other["msg"]
    assert (stuck["check"]["outcome"], stuck["check"]["changed"]) == ("would_resume", True)
    assert (stuck["found"]["outcome"], stuck["found"]["changed"]) == ("would_resume", True)
    assert len(patches(emulator)) == 2

    # Without the audit log the same request goes out again; with it, none. Graph has none that knows the request.
    again = play(
        set_password("resume", **resumed, password=password(0), audit_timeout=0),
        set_password("settle", **settled, password=password(1)),
        path=path,
    )
    assert (again["resume"]["outcome"], again["resume"]["reason"]) == ("applied", "resumed")
    name = "correlation_id" if play.gateway == "graph" else "request_id"  # the other one is the service's own
    assert again["resume"][name] == first["list"]["users"][0][name]
    settle = again["settle"]
    outcome, certainty, requests = SETTLED[play.gateway]
    assert (settle["outcome"], settle["changed"], settle["certainty"]) == (outcome, True, certainty)
    assert len(patches(emulator)) == 2 + requests
    assert set(sent(emulator, resumed)) == {password(0)} and set(sent(emulator, settled)) == {password(1)}

    last = play(set_password("list", customer_id=customer, users=users), path=path)
    assert summary(last, "list")[:2] == (False, False)
    assert len(patches(emulator)) == 2 + requests


def test_a_lost_answer_is_settled_by_the_audit_log(emulator: Any, play: Any) -> None:
    """With Graph: ``test_graph.py``."""
    exact, assumed, never = (ids(emulator, number) for number in range(3))
    lost(play, exact)
    run = play(set_password("exact", **exact, password=password("exact")))
    assert (run["exact"]["outcome"], run["exact"]["certainty"]) == ("applied", "audit")
    assert not run["exact"]["failed"]

    emulator.knobs(audit_correlation_id="absent")
    lost(play, assumed)
    lost(play, never, applied=False)
    run = play(
        set_password("assumed", **assumed, password=password("assumed")),
        set_password("never", **never, password=password("never"), audit_timeout=1.5),
    )
    assert (run["assumed"]["outcome"], run["assumed"]["certainty"]) == ("applied", "assumed")
    assert (run["never"]["outcome"], run["never"]["certainty"]) == ("unknown", None)
    assert live(emulator, never) != password("never")


@both_gateways
def test_always_overrides_an_unfinished_attempt(emulator: Any, play: Any) -> None:
    user = ids(emulator, 0)
    lost(play, user)
    run = play(
        set_password("lost", **user, password=password("lost"), audit_timeout=0),
        set_password("override", **user, password=password("new"), audit_timeout=0, update_password="always"),
        set_password("after", **user, password=password("new")),
    )
    assert [run[name]["outcome"] for name in ("lost", "override", "after")] == ["unknown", "applied", "unchanged"]
    assert live(emulator, user) == password("new")


@both_gateways
def test_a_mixed_list_finishes_and_names_who_failed(emulator: Any, play: Any, path: str) -> None:
    people = [ids(emulator, number) for number in range(8)]
    users = [{"user_id": user["user_id"], "password": password(n)} for n, user in enumerate(people)]
    for user in people[1:6]:
        lost(play, user, name="status", status=400, applied=False)
    users[7]["window"] = CLOSED
    run = play(set_password("list", customer_id=people[0]["customer_id"], users=users), path=path)
    counts = {"total": 8, "changed": 2, "unchanged": 1, "failed": 5, "unknown": 0, "excluded": 0, "throttled": 0}
    assert summary(run, "list") == (True, True, counts)
    outcomes = [row["outcome"] for row in run["list"]["users"]]
    assert outcomes == ["applied", *["rejected"] * 5, "applied", "deferred"]
    message = run["list"]["msg"]
    assert message.startswith("5 of 8 users failed: 5 users: ") and message.count("user-000") == 5
