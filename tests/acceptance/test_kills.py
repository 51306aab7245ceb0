# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``kill -9`` for the whole family of processes while PATCHes are on their way: no password is lost."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from driver import PATHS, ids, live, name_of, over_both_gateways, password, patches, sent, set_password

USERS = 12


def test_killed_at_random_moments(emulator: Any, play: Any) -> None:
    killed_rounds(emulator, play, 4)


@pytest.mark.truth
@over_both_gateways()
def test_killed_twenty_times(emulator: Any, play: Any) -> None:
    killed_rounds(emulator, play, 20)


def killed_rounds(emulator: Any, play: Any, rounds: int) -> None:
    source = random.Random()
    for number in range(rounds):
        emulator.reset()
        play.new_home()
        emulator.knobs(latency_ms=8, answer_latency_ms=8)
        killed_once(emulator, play, list(PATHS)[number % 2], source.randint(1, USERS), source.uniform(0.0, 0.03))


def killed_once(emulator: Any, play: Any, path: str, patch: int, delay: float) -> None:
    about = f"killed {delay * 1000:.1f} ms after PATCH {patch} arrived, {path}"
    people = [ids(emulator, number) for number in range(USERS)]
    users = [{"user_id": user["user_id"], "password": password(number)} for number, user in enumerate(people)]
    for user in users[::2]:
        user["rotation_id"] = "2026-11"
    task = set_password("list", customer_id=people[0]["customer_id"], users=users, concurrency=3)

    running = play.start(task, path=path)
    assert emulator.wait(patches=patch, timeout=60)
    time.sleep(delay)
    running.kill()
    running.assert_nothing_shown()
    for number, user in enumerate(people):
        assert set(sent(emulator, user)) <= {password(number)}, about

    second = play(task, path=path)
    assert second.rc == 0, about
    rows = second["list"]["users"]
    assert {row["outcome"] for row in rows} <= {"applied", "resumed", "unchanged"}, about
    for number, user in enumerate(people):
        assert live(emulator, user) == password(number), about
        assert set(sent(emulator, user)) == {password(number)}, about
    # What was sent before the kill was recorded before: it is the same request, not another one.
    ids_by_path: dict[str, set[str]] = {}
    for entry in patches(emulator):
        ids_by_path.setdefault(entry["path"], set()).add(name_of(entry))
    assert len(ids_by_path) == USERS and all(len(found) == 1 for found in ids_by_path.values()), about

    count = len(patches(emulator))
    third = play(task, path=path)
    assert third["list"]["summary"]["changed"] == 0, about
    assert len(patches(emulator)) == count, about
