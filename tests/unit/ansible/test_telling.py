# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The texts about many users."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.telling import (
    WORDS,
    changes,
    failures,
    one_line,
    others,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Outcome


def row(name: str, outcome: str, message: str | None = None, **more: Any) -> dict[str, Any]:
    failed = outcome in ("rejected", "unknown")
    told = {"error": {"message": message}} if failed else {"message": message} if message else {}
    return {"user_principal_name": name, "outcome": outcome, "failed": failed, **told, **more}


def test_the_worst_come_first_and_equal_causes_once() -> None:
    rows = [
        *(row(f"federated{number}", "rejected", "the user is federated") for number in range(3)),
        row("lost", "unknown", "no answer"),
        row("left alone", "rejected", "orphaned", left="orphaned"),
        row("doubtful", "unknown", "quarantined", left="quarantined"),
        row("well", "applied"),
    ]
    assert failures(rows, most=9, names=9) == [
        "doubtful: quarantined",
        "left alone: orphaned",
        "lost: no answer",
        "3 users: the user is federated: federated0, federated1, federated2",
    ]


def test_a_cause_that_names_its_user_is_told_once_for_all() -> None:
    """Stores name the user whose document they speak of: by the name, or by the id."""
    rows = [row(name, "unknown", f"file store /s, user {name}: damaged", user_id=f"id-{name}") for name in "ab"]
    rows.append(row("c", "unknown", "file store /s, user id-c: damaged", user_id="id-c"))
    assert failures(rows, most=9, names=9) == ["3 users: file store /s: damaged: a, b, c"]


def test_many_are_counted_and_never_the_worst() -> None:
    rows = [row(f"user{number}", "rejected", f"cause {number % 100}") for number in range(5_000)]
    rows.append(row("doubtful", "unknown", "quarantined", left="quarantined"))
    told = failures(rows, most=4, names=2)
    assert told[0] == "doubtful: quarantined"
    assert told[1] == "50 users: cause 0: user0, user100 and 48 more"
    assert told[-1] == "and 4850 users more, for other causes" and len(told) == 5


def test_those_who_did_not_fail_have_a_line_for_each_outcome() -> None:
    rows = [
        row("a", "applied"),
        row("b", "unchanged"),
        row("c", "deferred", "deferred: not yet"),
        row("d", "applied"),
        row("e", "excluded", "left out by policy: federated"),
        row("f", "rejected", "no"),
        {**row("g", "unchanged", "changed by something else"), "reason": "drift"},
    ]
    assert others(rows, names=9) == [
        "password set: a, d",
        "deferred: not yet: c",
        "left out by policy: federated: e",
        "changed by something else: g",
    ]


def test_no_code_is_shown_and_each_outcome_has_its_words() -> None:
    assert {outcome.value for outcome in Outcome if not outcome.failed} == set(WORDS)
    assert not any("_" in words for words in WORDS.values())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("##vso[task.setvariable variable=A]b", "# #vso[task.setvariable variable=A]b"),
        ("x ##[group]y", "x # #[group]y"),
        ("x\n::set-env name=A::b", "x : :set-env name=A: :b"),
        ("section_start:0:a\r\x1b[0K", "section_start :0:a  [0K"),
        ("https://[::1]:8200 is down: 12:30, #3", "https://[::1]:8200 is down: 12:30, #3"),
    ],
)
def test_words_of_others_are_no_commands_to_the_runner_of_a_pipeline(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_a_difference_names_what_changes() -> None:
    diff = {"after_header": "ada (c)", "before": {"rotation_id": "a", "force": True}, "after": {"rotation_id": "b"}}
    assert list(changes([diff, diff], most=1)) == [
        "diff ada (c): rotation_id a -> b, force True -> (none)",
        "the rest of the differences is left out",
    ]


def test_what_does_not_change_is_no_difference() -> None:
    same = {"rotation_id": "a"}
    assert list(changes([{"after_header": "ada (c)", "before": same, "after": same}], most=9)) == []
