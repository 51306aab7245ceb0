# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A witness that another one may contradict: Partner Center's audit log, and the time that Microsoft Graph tells."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from .._base.moments import in_words
from .directory import History, Witness
from .records import Sighting, Sought
from .waiting import Sightings, wait_for


class TwoWitnesses:
    """``first`` belongs to the service that sets passwords, and is called ``name``. ``second`` is asked only about lost
    answers that the first one would settle. Where it cannot be asked, the word of the first one counts."""

    def __init__(
        self,
        first: Witness,
        name: str,
        second: Witness,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._first = first
        self._name = name
        self._second = second
        self._clock = clock
        self._sleep = sleep

    def now(self) -> datetime:
        return self._first.now()

    def history(self, customer_id: str, user_ids: Sequence[str]) -> History:
        return self._first.history(customer_id, user_ids)

    def disputes(
        self, sought: Sequence[Sought], seen: Mapping[tuple[str, str], Sighting]
    ) -> dict[tuple[str, str], str]:
        return self._first.disputes(sought, seen)

    def settle(self, sought: Sequence[Sought], *, timeout: float) -> Sightings:
        """Return what the first witness has seen, and mark what the second one contradicts until the time is over.

        A contradiction is waited for, because another replica may have answered.
        """
        begun = self._clock()
        seen = self._first.settle(sought, timeout=timeout)
        disputes: dict[tuple[str, str], str] = {}

        def undisputed(attempts: Sequence[Sought]) -> Sightings:
            nonlocal disputes
            disputes = self._second.disputes(attempts, seen)
            return {attempt.key: seen[attempt.key] for attempt in attempts if attempt.key not in disputes}

        lost = [attempt for attempt in sought if attempt.key in seen and not attempt.accepted]
        left = max(0.0, timeout - (self._clock() - begun))
        wait_for(undisputed, lost, timeout=left, clock=self._clock, sleep=self._sleep)
        return seen | {key: replace(seen[key], disputed=self._both(seen, key, says)) for key, says in disputes.items()}

    def _both(self, seen: Sightings, key: tuple[str, str], says: str) -> str:
        first = f"the {self._name} says that the reset took effect at {in_words(seen[key].at)}"
        return f"two witnesses contradict each other: {first}, but {says}"
