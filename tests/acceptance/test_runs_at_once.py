# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several runs at once with one ledger: one PATCH for each user."""

from __future__ import annotations

from typing import Any

import pytest
from driver import PATHS, over_both_gateways, set_password, some


def test_runs_at_once(emulator: Any, play: Any) -> None:
    at_once(emulator, play, 4)


@pytest.mark.truth
@over_both_gateways()
def test_eight_runs_at_once(emulator: Any, play: Any) -> None:
    at_once(emulator, play, 8)


def at_once(emulator: Any, play: Any, runs: int) -> None:
    emulator.knobs(latency_ms=20)
    users = some(emulator, range(20))
    task = set_password("list", customer_id=emulator.customers[0]["id"], users=users)
    started = [play.start(task, path=list(PATHS)[number % 2]) for number in range(runs)]
    results = [running.finish()["list"] for running in started]
    assert emulator.counters()["patches"] == len(users)
    assert sum(result["summary"]["changed"] for result in results) == len(users)
    assert not any(result["failed"] for result in results)
    passwords = emulator.passwords()
    assert all(passwords[user["user_id"]]["current"] == user["password"] for user in users)
