# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of outcomes: which count as changed, which as failed."""

from __future__ import annotations

from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import (
    Outcome,
    UserResult,
    summarise,
)

TABLE = {  # outcome: changed, failed
    Outcome.APPLIED: (True, False),
    Outcome.UNCHANGED: (False, False),
    Outcome.DEFERRED: (False, False),
    Outcome.RESUMED: (True, False),
    Outcome.REJECTED: (False, True),
    Outcome.UNKNOWN: (True, True),
    Outcome.EXCLUDED: (False, False),
    Outcome.WOULD_RESET: (True, False),
    Outcome.WOULD_RESUME: (True, False),
}


def test_each_outcome_is_in_the_table() -> None:
    assert {outcome: (outcome.changed, outcome.failed) for outcome in Outcome} == TABLE


def test_a_summary_counts_an_unknown_outcome_three_times() -> None:
    rows = [UserResult(None, None, None, outcome) for outcome in Outcome]
    summary = summarise(iter(rows), throttled=7)
    assert (summary.total, summary.changed, summary.unchanged) == (9, 5, 2)
    assert (summary.failed, summary.unknown, summary.excluded, summary.throttled) == (2, 1, 1, 7)


def test_a_user_is_called_by_name_else_by_id() -> None:
    assert UserResult("c", "id", "alice@contoso.example", Outcome.APPLIED).name == "alice@contoso.example"
    assert UserResult("c", "id", None, Outcome.APPLIED).name == "id"
    assert UserResult("c", None, None, Outcome.APPLIED).name == "a user"
