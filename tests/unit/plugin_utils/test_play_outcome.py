# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person reads of a play: a sentence for each host, lines for all, and rows of bounded size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Outcome
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_outcome import (
    Told,
    bounded,
    found,
    keep,
    lines,
    told,
)


def row(name: str, outcome: str, **more: Any) -> dict[str, Any]:
    meant = Outcome(outcome)
    values = {"user_principal_name": name, "outcome": outcome, "changed": meant.changed, "failed": meant.failed}
    return values | ({"error": {"message": "no"}} if outcome == "rejected" else {}) | more


def result(msg: str, **outcomes: str) -> dict[str, Any]:
    return {"msg": msg, "users": [row(name, outcome) for name, outcome in outcomes.items()]}


class TestSentenceOfAHost:
    @pytest.mark.parametrize("outcome", Outcome)
    def test_has_words_for_each_outcome(self, outcome: Outcome) -> None:
        said = told([row("ada", outcome), row("bob", outcome)])
        assert said.msg.startswith("2 of 2 ")
        assert (said.changed, said.failed) == (outcome.changed, outcome.failed)

    def test_counts_what_was_done_before_what_was_not(self) -> None:
        rows = [row("ada", "unchanged"), row("bob", "rejected"), row("cy", "applied"), row("di", "applied")]
        assert told(rows) == Told("2 set, 1 unchanged, 1 rejected: bob: no", changed=True, failed=True)

    def test_of_an_idle_run_does_not_read_like_a_failure(self) -> None:
        assert told([row("ada", "unchanged", message="anything"), row("bob", "unchanged")]) == Told("2 of 2 unchanged")

    def test_says_why_all_were_deferred(self) -> None:
        rows = [row(name, "deferred", message="deferred: until Mon") for name in ("ada", "bob")]
        assert told(rows).msg == "2 of 2 deferred: until Mon"

    def test_is_one_line_and_no_command_to_the_runner_of_a_pipeline(self) -> None:
        said = told([row("##vso[task.prependpath]/tmp", "rejected", error={"message": "a\nb\x1b[2J"})]).msg
        assert "##" not in said and said.isprintable()


class TestRowsInTheResult:
    def test_unchanged_users_are_counted_only(self) -> None:
        hosts, left_out = bounded({"a": [row("ada", "unchanged"), row("bob", "applied"), row("cy", "deferred")]})
        assert left_out == 0 and [each["user_principal_name"] for each in hosts["a"]["users"]] == ["bob", "cy"]
        assert hosts["a"]["outcomes"] == {"unchanged": 1, "applied": 1, "deferred": 1}
        assert hosts["a"]["summary"] == {
            "total": 3,
            "changed": 1,
            "unchanged": 2,
            "failed": 0,
            "unknown": 0,
            "excluded": 0,
            "throttled": 0,
        }

    def test_a_user_with_something_left_behind_has_a_row(self) -> None:
        hosts, _left_out = bounded({"a": [row("ada", "unchanged", left="quarantined")]})
        assert len(hosts["a"]["users"]) == 1

    def test_a_password_that_something_else_has_changed_is_seen(self) -> None:
        hosts, _left_out = bounded({"a": [row("ada", "unchanged", reason="drift"), row("bob", "unchanged")]})
        assert [user["user_principal_name"] for user in hosts["a"]["users"]] == ["ada"]

    @pytest.mark.parametrize("outcome", ["unchanged", "applied", "rejected"])
    def test_a_hundred_thousand_users_stay_below_the_limit_of_awx(self, outcome: str) -> None:
        more = {"request_id": "r" * 36, "correlation_id": "c" * 36, "set_at": "2026-11-28T10:00:00+00:00"}
        rows = {
            f"customer-{number:05}.onmicrosoft.com": [row(f"user-{each}", outcome, **more) for each in range(5)]
            for number in range(20_000)
        }
        hosts, left_out = bounded(rows)
        assert len(json.dumps(hosts)) < 600_000 and left_out > 0

    def test_those_who_failed_have_room_before_the_others(self) -> None:
        rows = {f"host-{number}": [row(f"user-{number}", "applied", note="x" * 400)] for number in range(2000)}
        rows["last"] = [row("broken", "rejected")]
        hosts, _left_out = bounded(rows)
        assert hosts["last"]["users"]


class TestOutcomeThatIsLeft:
    def test_each_host_finds_its_own_whatever_its_name(self, tmp_path: Path) -> None:
        folder, name = str(tmp_path / "outcomes"), "../../<a> b\udcff"
        keep(folder, {name: Told("1 of 1 set", changed=True), "other": Told("1 of 1 unchanged")})
        assert found({"outcomes": folder}, name) == Told("1 of 1 set", changed=True)
        assert len(list((tmp_path / "outcomes").iterdir())) == 2

    @pytest.mark.parametrize("turn", [None, "begun", {"skipped": True}, {"outcomes": "/nowhere"}])
    def test_none_is_a_failure(self, turn: Any) -> None:
        outcome = found(turn, "host")
        assert outcome.failed and "the first host of the play left the role out" in outcome.msg

    def test_the_reason_of_the_task_is_told(self) -> None:
        assert found({"failed": True, "msg": "timed out"}, "host") == Told("nothing was done: timed out", failed=True)


# Lines for all


def outcome_lines(results: list[dict[str, Any]], most: int = 50) -> list[str]:
    return [line for each in results for line in lines(each, most)]


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
    said = outcome_lines([result(evil, **{evil: "rejected", "b": "applied"}) | {"diff": [diff]}, {"msg": evil}])
    assert not any("##" in line for line in said) and sum("# #vso" in line for line in said) == 3


def test_differences_reach_the_screen() -> None:
    diff = {"after_header": "ada (c)", "before": {}, "after": {"rotation_id": "b"}}
    assert outcome_lines([result("m", ada="applied") | {"diff": [diff]}]) == [
        "m",
        "diff ada (c): rotation_id (none) -> b",
    ]
