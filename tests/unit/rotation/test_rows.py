# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user's row says is left to do: for the next run, or for a human."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.cycle import Cycle
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.rows import of_cycle
from ansible_collections.csp.partnercenter.tests.unit.rotation.service import World


def left(cycle: Cycle) -> str | None:
    return of_cycle(cycle, datetime.now(UTC)).left


def test_nothing_is_left_of_a_rotation_that_succeeded_or_was_refused_for_certain(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert left(world.run("r1")) is None
    world.users.answers = ["refused"]
    assert left(world.run("r2")) is None


def test_a_lost_answer_leaves_a_pending_password_and_a_refusal_after_it_a_quarantined_one(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.users.answers = ["late", "refused"]
    assert left(world.run()) == "pending"
    assert left(world.run()) == "quarantined"


def test_repeated_failures_leave_the_user_orphaned(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.users.answers = ["refused", "refused"]
    assert left(world.run("r1", orphan_after=2)) is None
    assert left(world.run("r2", orphan_after=2)) == "orphaned"
