# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person reads of a run of one customer or of many."""

from __future__ import annotations

from ansible_collections.csp.partnercenter.plugins.filter.outcome_lines import outcome_lines


def result(msg: str, **outcomes: str) -> dict[str, object]:
    rows = [
        {
            "user_principal_name": name,
            "outcome": outcome,
            "failed": outcome == "rejected",
            **({"error": {"message": "no"}} if outcome == "rejected" else {}),
        }
        for name, outcome in outcomes.items()
    ]
    return {"msg": msg, "users": rows}


def test_numbers_come_first_then_causes_then_who_was_changed() -> None:
    assert outcome_lines([result("m", ada="applied", bob="rejected", cy="unchanged")]) == [
        "1 of 3 users failed, 1 password set",
        "bob: no",
        "password set: ada",
    ]
    assert outcome_lines([result("m", ada="would_reset", bob="rejected")])[0] == (
        "1 of 2 users failed, 1 password would be set"
    )


def test_without_a_failure_the_message_is_the_headline() -> None:
    assert outcome_lines([result("2 of 2 passwords set", ada="applied", bob="applied")]) == [
        "2 of 2 passwords set",
        "password set: ada, bob",
    ]


def test_what_is_true_of_all_is_said_once() -> None:
    rows = [{"user_principal_name": name, "outcome": "deferred", "message": "deferred: until Mon"} for name in "ab"]
    assert outcome_lines([{"msg": "2 users deferred: until Mon", "users": rows}]) == [
        "2 users deferred: until Mon: a, b"
    ]
    assert outcome_lines([result("m", ada="rejected", bob="rejected")]) == [
        "2 of 2 users failed",
        "2 users: no: ada, bob",
    ]


def test_one_user_has_one_line_and_a_task_that_failed_has_its_message() -> None:
    assert outcome_lines([result("ada: set", ada="applied"), {"msg": "no token"}, {}]) == [
        "ada: set",
        "no token",
        "failed",
    ]


def test_without_a_name_the_id_serves_and_many_are_counted() -> None:
    row = {"user_principal_name": None, "user_id": "22", "outcome": "would_reset"}
    assert outcome_lines([{"msg": "m", "users": [row, row]}], 1) == ["m", "password would be set: 22 and 1 more"]


def test_no_line_is_a_command_to_the_runner_of_a_pipeline() -> None:
    evil = "##vso[task.prependpath]/tmp"
    diff = {"after_header": evil, "before": {}, "after": {"rotation_id": evil}}
    lines = outcome_lines([result(evil, **{evil: "rejected", "b": "applied"}) | {"diff": [diff], "warnings": [evil]}])
    lines += outcome_lines([{"msg": evil}])
    assert not any("##" in line for line in lines) and sum("# #vso" in line for line in lines) == 4


def test_differences_and_warnings_reach_the_screen() -> None:
    diff = {"after_header": "ada (c)", "before": {}, "after": {"rotation_id": "b"}}
    assert outcome_lines([result("m", ada="applied") | {"diff": [diff], "warnings": ["soon"]}]) == [
        "m",
        "diff ada (c): rotation_id (none) -> b",
        "warning: soon",
    ]
