# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often a witness is asked, and for how long."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import Trace
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty, Sighting, Sought
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.waiting import wait_for
from ansible_collections.csp.partnercenter.tests.unit.support.kits import CUSTOMER, NOW

SOUGHT = Sought(CUSTOMER, "22222222-2222-4222-8222-222222222222", Trace("1", "2"), NOW)
SIGHTING = Sighting(Certainty.AUDIT, NOW)


class Scene:
    """A clock, and a witness that needs ``seconds`` for a look and has seen the attempt at its ``nth`` one."""

    def __init__(self, seconds: float, nth: int) -> None:
        self.now, self.seconds, self.nth = 0.0, seconds, nth
        self.looks: list[float] = []

    def look(self, sought: Sequence[Sought]) -> dict[tuple[str, str], Sighting]:
        self.looks.append(self.now)
        self.now += self.seconds
        seen = len(self.looks) >= self.nth
        return {one.key: SIGHTING for one in sought} if seen else {}

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def waited(self, timeout: float) -> dict[tuple[str, str], Sighting]:
        return wait_for(self.look, [SOUGHT], timeout=timeout, clock=lambda: self.now, sleep=self.sleep)


@pytest.mark.parametrize(
    ("seconds", "timeout", "looks"),
    [
        pytest.param(0, 0, [0], id="once where there is no time to wait"),
        pytest.param(0, 20, [0, 1, 3, 7, 15, 20], id="at growing intervals, and once at the end"),
        pytest.param(5, 20, [0, 6, 13, 20], id="until the time is over"),
        pytest.param(90, 20, [0, 90], id="a second time where the first look took all of the time"),
    ],
)
def test_a_witness_that_sees_nothing_is_asked(seconds: float, timeout: float, looks: list[float]) -> None:
    scene = Scene(seconds, nth=99)
    assert scene.waited(timeout) == {}
    assert scene.looks == looks


def test_what_is_seen_at_the_second_look_counts_however_long_the_first_one_took() -> None:
    scene = Scene(90, nth=2)
    assert scene.waited(20) == {SOUGHT.key: SIGHTING}


def test_nobody_waits_for_what_is_seen() -> None:
    scene = Scene(0, nth=1)
    assert scene.waited(20) == {SOUGHT.key: SIGHTING}
    assert scene.looks == [0] and scene.now == 0
