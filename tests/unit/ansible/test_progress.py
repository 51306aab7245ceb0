# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A line every few seconds, with counts only."""

from __future__ import annotations

from ansible_collections.csp.partnercenter.plugins.module_utils._password.apply import Progress
from ansible_collections.csp.partnercenter.plugins.plugin_utils._progress import ProgressLine


def test_a_long_task_shows_a_line_every_five_seconds() -> None:
    now, lines = [100.0], list[str]()
    line = ProgressLine(lines.append, clock=lambda: now[0])
    for second in range(12):
        now[0] = 100.0 + second
        line(Progress(done=second, failed=1, remaining=20 - second, throttled=3))
    assert lines == [
        "partnercenter: 5 done, 1 failed, 3 throttled answers, 15 remaining",
        "partnercenter: 10 done, 1 failed, 3 throttled answers, 10 remaining",
    ]


def test_the_end_is_the_results_to_show() -> None:
    lines = list[str]()
    ProgressLine(lines.append, clock=iter([0.0, 9.0]).__next__)(Progress(5, 0, 0, 0))
    assert lines == []
