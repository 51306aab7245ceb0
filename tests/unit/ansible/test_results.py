# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of a task: an allow-list of plain values, small enough for thousands of users."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import timedelta
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.results import of_report
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import (
    Applied,
    Left,
    Outcome,
    Reason,
    UserResult,
    summarise,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.report import Report
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, NOW, TRACE, user_id, user_name

KEYS = {
    *("customer_id", "user_id", "user_principal_name", "outcome", "changed", "failed", "reason", "certainty"),
    *("attempts", "request_id", "correlation_id", "set_at"),
}


def user(number: int = 1, outcome: Outcome = Outcome.APPLIED, **more: Any) -> UserResult:
    ordinary = {"reason": Reason.ROTATION_ID, "certainty": Certainty.EXACT, "attempts": 1, "trace": TRACE}
    return UserResult(CUSTOMER, user_id(number), user_name(number), outcome, **{**ordinary, "set_at": NOW, **more})


def result(*users: UserResult, single: bool = False, diff: bool = False, warnings: tuple[str, ...] = ()) -> Any:
    return of_report(Report(users, summarise(users, throttled=2), warnings), single=single, diff=diff)


def test_the_list_form_has_one_row_for_each_user() -> None:
    shown = result(user(1), user(2, Outcome.UNCHANGED))
    assert set(shown) == {"changed", "failed", "summary", "msg", "users"}
    assert set(shown["users"][0]) == KEYS
    assert (shown["changed"], shown["failed"], shown["msg"]) == (True, False, "1 of 2 passwords set")
    assert shown["summary"] == {
        "total": 2,
        "changed": 1,
        "unchanged": 1,
        "failed": 0,
        "unknown": 0,
        "excluded": 0,
        "throttled": 2,
    }


def test_the_single_form_has_the_same_keys_flat() -> None:
    shown = result(user(), single=True)
    assert set(shown) == KEYS | {"summary", "msg"}
    assert shown["msg"] == f"{user_name()}: password set"
    told = user(outcome=Outcome.UNKNOWN, message=f"file store /s, user {user_name()}: damaged")
    assert result(told)["msg"] == f"{user_name()}: file store /s: damaged"
    assert shown["set_at"] == "2026-11-02T12:00:00+00:00"
    assert result(user(outcome=Outcome.REJECTED, message="no such user"), single=True)["msg"] == (
        f"{user_name()}: no such user"
    )


def test_a_result_is_plain_json_without_the_key_that_loops_use() -> None:
    shown = result(user(), user(2, Outcome.UNKNOWN, message="?", error={"message": "?"}), diff=True, warnings=("w",))
    assert json.loads(json.dumps(shown)) == shown
    assert "results" not in shown and shown["warnings"] == ["w"]


def test_a_list_finishes_before_it_fails_and_equal_causes_are_said_once() -> None:
    refused = {"message": "refused", "error": {"message": "refused"}}
    failing = [user(number, Outcome.REJECTED, **refused) for number in range(1, 6)]
    lost = user(6, Outcome.UNKNOWN, message="lost", error={"message": "lost"}, left=Left.QUARANTINED)
    shown = result(user(9), *failing, lost)
    names = ", ".join(user_name(number) for number in range(1, 6))
    assert shown["msg"] == f"6 of 7 users failed: {user_name(6)}: lost; 5 users: refused: {names}"
    assert (shown["changed"], shown["failed"], len(shown["users"])) == (True, True, 7)
    assert result(user(9), failing[0])["msg"] == f"1 of 2 users failed: {user_name(1)}: refused"


def test_a_message_of_many_thousands_stays_short() -> None:
    failing = [
        user(number, Outcome.REJECTED, message="no", error={"message": f"no {number % 500}"}) for number in range(5_000)
    ]
    assert len(result(*failing)["msg"]) < 10_000


def test_an_idle_run_reads_like_success() -> None:
    after = Applied(NOW, "2026-11")
    idle = [user(number, Outcome.UNCHANGED, after=after) for number in (1, 2, 3)]
    assert result(*idle)["msg"] == "nothing was due: 3 of 3 passwords are current (rotation_id 2026-11)"
    assert result(user(outcome=Outcome.UNCHANGED))["msg"] == f"{user_name()}: nothing was due"
    report = Report(tuple(idle), summarise(idle, throttled=0))
    assert of_report(report, single=False, diff=False, operation="resume")["msg"] == "nothing was pending"


def test_what_is_deferred_or_left_out_is_counted_and_explained() -> None:
    users = [
        user(1),
        user(2, Outcome.DEFERRED, message="deferred: not yet"),
        user(3, Outcome.EXCLUDED, message="left out by policy: federated"),
    ]
    shown = result(*users)
    assert shown["msg"] == "1 of 3 passwords set, 1 deferred, 1 left out by policy"
    assert not shown["failed"] and shown["summary"]["excluded"] == 1 and shown["summary"]["unchanged"] == 1
    assert [row.get("message") for row in shown["users"]] == [None, users[1].message, users[2].message]


def test_unknown_is_changed_and_failed() -> None:
    shown = result(user(outcome=Outcome.UNKNOWN, message="?"), single=True)
    assert shown["changed"] and shown["failed"]


def test_check_mode_says_would() -> None:
    assert result(user(1, Outcome.WOULD_RESET), user(2, Outcome.UNCHANGED))["msg"] == "1 of 2 passwords would be set"


def test_a_row_stays_small() -> None:
    """AWX drops an event above 700,000 bytes; a batch is at most a thousand users."""
    long_name = "a" * 40 + "@customer-0001.onmicrosoft.example.com"
    row = result(UserResult(CUSTOMER, user_id(), long_name, Outcome.WOULD_RESUME, Reason.ROTATION_ID, trace=TRACE))
    assert len(json.dumps(row["users"][0])) < 600
    error = {"message": "x" * 120, "status": 403, "code": 900308}
    refused = result(user(outcome=Outcome.REJECTED, error=error))["users"][0]
    assert len(json.dumps(refused)) < 700


def test_the_diff_shows_metadata_of_those_who_change_and_no_password() -> None:
    before, after = Applied(NOW - timedelta(days=30), "2026-10", True), Applied(NOW, "2026-11", False)
    shown = result(user(before=before, after=after), user(2, Outcome.UNCHANGED), diff=True)
    assert shown["diff"] == [
        {
            "before_header": f"{user_name()} ({CUSTOMER})",
            "after_header": f"{user_name()} ({CUSTOMER})",
            "before": {
                "set_at": "2026-10-03T12:00:00+00:00",
                "rotation_id": "2026-10",
                "force_change_password": True,
            },
            "after": {"set_at": "2026-11-02T12:00:00+00:00", "rotation_id": "2026-11", "force_change_password": False},
        }
    ]
    assert result(user(after=after), diff=True)["diff"][0]["before"] == {}
    assert [field.name for field in fields(Applied)] == ["set_at", "rotation_id", "force_change_password"]


def test_what_a_rotation_adds_to_a_row() -> None:
    row = result(user(next_due=NOW, left=Left.PENDING))["users"][0]
    assert (row["next_due"], row["left"]) == ("2026-11-02T12:00:00+00:00", "pending")


def test_whether_sessions_were_ended_is_told_where_that_was_asked_for() -> None:
    rows = result(user(sessions_revoked=True), user(2, sessions_revoked=False), user(3))["users"]
    assert [row.get("sessions_revoked") for row in rows] == [True, False, None] and "sessions_revoked" not in rows[2]


def test_one_sentence_for_all_is_said_once() -> None:
    deferred = [user(number, Outcome.DEFERRED, message="deferred: not yet") for number in (1, 2)]
    assert result(*deferred)["msg"] == "2 users deferred: not yet"
