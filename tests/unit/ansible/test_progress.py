# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A line every few seconds: how many of how many, of which customer, and what is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.progress import (
    ProgressLine,
    WitnessWait,
    progress_of,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._password.batch import Progress
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, OTHER_CUSTOMER, intent


def test_a_long_task_shows_a_line_every_five_seconds() -> None:
    now, lines = [100.0], list[str]()
    line = ProgressLine(lines.append, clock=lambda: now[0])
    for second in range(12):
        now[0] = 100.0 + second
        line(Progress(done=second, failed=1, remaining=20 - second, throttled=3, customer="contoso.example"))
    throttled = "1 of them failed; the service throttled 3 requests"
    assert lines == [
        f"partnercenter: contoso.example: 5 of 20 users done, {throttled}",
        f"partnercenter: contoso.example: 10 of 20 users done, {throttled}",
    ]


def test_what_did_not_happen_is_not_told() -> None:
    lines = list[str]()
    ProgressLine(lines.append, clock=iter([0.0, 9.0]).__next__)(Progress(4, 0, 1, 0))
    assert lines == ["partnercenter: 4 of 5 users done"]


def test_the_end_is_the_results_to_show() -> None:
    lines = list[str]()
    ProgressLine(lines.append, clock=iter([0.0, 9.0]).__next__)(Progress(5, 0, 0, 0))
    assert lines == []


@pytest.mark.parametrize(("other", "named"), [({}, CUSTOMER), ({"customer_id": OTHER_CUSTOMER}, None)])
def test_one_customer_is_named_and_many_are_not(other: dict[str, Any], named: str | None) -> None:
    seen = list[Progress]()
    progress_of([intent(1), intent(2, **other)], TaskContext({}, progress=seen.append))(Progress(1, 0, 1, 0))
    assert seen == [Progress(1, 0, 1, 0, named)]


def test_waiting_for_the_audit_log_is_told_and_not_each_time() -> None:
    now, lines, slept = [0.0], list[str](), list[float]()
    wait = WitnessWait(TaskContext({}, show=lines.append), 120.0, "audit log", clock=lambda: now[0], sleep=slept.append)
    for moment in (0.0, 1.0, 29.0, 30.0, 45.0):
        now[0] = moment
        wait(2.0)
    assert lines == ["partnercenter: waiting up to 120 s for the audit log"] * 2
    assert slept == [2.0] * 5
