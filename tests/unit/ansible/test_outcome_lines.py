# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person reads of a run of many batches."""

from __future__ import annotations

from ansible_collections.csp.partnercenter.plugins.filter.outcome_lines import outcome_lines


def batch(msg: str, **outcomes: str) -> dict[str, object]:
    return {
        "msg": msg,
        "users": [{"user_principal_name": name, "outcome": outcome} for name, outcome in outcomes.items()],
    }


def test_messages_come_first_and_then_who_is_not_in_them() -> None:
    found = outcome_lines([batch("1 of 3 users failed: bob: no", ada="applied", bob="rejected", cy="unchanged")])
    assert found == ["1 of 3 users failed: bob: no", "ada: applied"]


def test_a_user_has_one_line_and_a_batch_that_failed_has_its_message() -> None:
    assert outcome_lines([batch("ada: set", ada="applied"), {"msg": "no token"}, {}]) == [
        "ada: set",
        "no token",
        "failed",
    ]


def test_without_a_name_the_id_serves() -> None:
    row = {"user_principal_name": None, "user_id": "22", "outcome": "would_reset"}
    assert outcome_lines([{"msg": "m", "users": [row, row]}], 1) == ["m", "22: would_reset", "and 1 more"]


def test_many_are_counted() -> None:
    found = outcome_lines([batch("m", **{f"user{number}": "applied" for number in range(5)})], 3)
    assert found == ["m", "user0: applied", "user1: applied", "user2: applied", "and 2 more"]
