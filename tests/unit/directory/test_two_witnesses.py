# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two witnesses of one reset: the second one is asked about lost answers only, and may contradict the first one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import Trace
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty, Sighting, Sought
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.two_witnesses import TwoWitnesses
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, user_id
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
FIRST, SECOND = (
    Sought(CUSTOMER, user_id(number), Trace("request", "correlation"), AT, begun_at=AT) for number in (1, 2)
)


class Seen:
    """A witness that has seen what it is told to."""

    def __init__(self, *attempts: Sought) -> None:
        self._seen = {attempt.key: Sighting(Certainty.AUDIT, AT) for attempt in attempts}

    def settle(self, sought: Sequence[Sought], *, timeout: float) -> dict[tuple[str, str], Sighting]:
        return {attempt.key: self._seen[attempt.key] for attempt in sought if attempt.key in self._seen}


class Doubts:
    """A witness that contradicts these attempts, each time that it is asked for ``times``."""

    def __init__(self, *attempts: Sought, times: int = 99) -> None:
        self._doubts = {attempt.key for attempt in attempts}
        self._times = times
        self.asked: list[list[str]] = []

    def disputes(
        self, sought: Sequence[Sought], seen: Mapping[tuple[str, str], Sighting]
    ) -> dict[tuple[str, str], str]:
        assert all(attempt.key in seen for attempt in sought)
        self.asked.append([attempt.user_id for attempt in sought])
        told = len(self.asked) <= self._times
        return {attempt.key: "the directory says no" for attempt in sought if told and attempt.key in self._doubts}


def settle(first: Seen, second: Doubts, *sought: Sought, timeout: float = 0) -> dict[tuple[str, str], Sighting]:
    clock = FakeClock()
    both: Any = (first, "audit log", second)
    return TwoWitnesses(*both, clock=clock, sleep=clock.sleep).settle(sought, timeout=timeout)


def test_a_contradiction_is_told_with_what_both_say() -> None:
    seen = settle(Seen(FIRST, SECOND), Doubts(SECOND), FIRST, SECOND)
    assert seen[FIRST.key] == Sighting(Certainty.AUDIT, AT)
    assert seen[SECOND.key].disputed == (
        "two witnesses contradict each other: the audit log says that the reset took effect at 2026-11-01 12:00:00 "
        "UTC, but the directory says no"
    )


@pytest.mark.parametrize("sought", [replace(FIRST, accepted=True), SECOND], ids=["accepted", "not seen"])
def test_the_second_one_is_not_asked_about_the_rest(sought: Sought) -> None:
    second = Doubts(FIRST, SECOND)
    seen = settle(Seen(FIRST), second, sought, timeout=30)
    assert not any(sighting.disputed for sighting in seen.values()) and second.asked == []


def test_a_contradiction_that_goes_away_in_time_is_none() -> None:
    """Another replica may have answered."""
    second = Doubts(SECOND, times=2)
    seen = settle(Seen(FIRST, SECOND), second, FIRST, SECOND, timeout=30)
    assert not seen[SECOND.key].disputed
    assert second.asked == [[user_id(1), user_id(2)], [user_id(2)], [user_id(2)]]
