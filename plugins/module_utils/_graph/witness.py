# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directory as a witness: was the password changed after the request was sent? (Graph contract, consistency)

A newer time proves that the password was changed. An older one proves nothing, because another replica may have
answered: so it waits, and leaves open what is not seen in time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from .._base.moments import CLOCK_TOLERANCE, in_words, lies_ahead
from .._directory.records import Certainty, Memory, Sighting, Sought
from .._directory.waiting import Sightings, of_each_customer, wait_for
from .client import Client
from .history import History
from .users import Users

MEMORY = Memory("directory", "directory")
_SECOND = timedelta(seconds=1)


class Witness:
    """Reads ``lastPasswordChangeDateTime``, in few requests for many users."""

    def __init__(
        self,
        client: Client,
        users: Users,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._users = users
        self._now = now
        self._clock = clock
        self._sleep = sleep

    def now(self) -> datetime:
        """Return the time by the service's clock; by this machine's until the service has told it."""
        return self._client.service_now() or self._now()

    def history(self, customer_id: str, user_ids: Sequence[str]) -> History:
        return History(self._users.changes(customer_id, user_ids), self.now)

    def settle(self, sought: Sequence[Sought], *, timeout: float) -> Sightings:
        """Return what the directory shows of these attempts, by ``Sought.key``; waits up to ``timeout`` seconds.

        Only attempts that this run has sent are looked for: a change after an earlier run may be anybody's. Nor is one
        whose user has an earlier attempt open: that may arrive later, and the directory keeps no ids.
        """
        recent = [attempt for attempt in sought if attempt.begun_at is not None and attempt.alone]
        return wait_for(self._look, recent, timeout=timeout, clock=self._clock, sleep=self._sleep)

    def disputes(
        self, sought: Sequence[Sought], seen: Mapping[tuple[str, str], Sighting]
    ) -> dict[tuple[str, str], str]:
        """Return whose passwords were changed last clearly before the reset that another witness has ``seen``."""

        def look(customer_id: str, mine: list[Sought]) -> dict[tuple[str, str], str]:
            changes = self._changes(customer_id, mine)
            times = {key: self._by_this_clock(changed) for key, changed in changes.items()}
            older = {key: at for key, at in times.items() if at < seen[key].at - CLOCK_TOLERANCE}
            return {
                key: f"the {MEMORY.name} says that the password was changed last at {in_words(at)}"
                for key, at in older.items()
            }

        return of_each_customer(sought, look)

    def _look(self, sought: Sequence[Sought]) -> Sightings:
        def look(customer_id: str, mine: list[Sought]) -> Sightings:
            changes = self._changes(customer_id, mine)
            own = [
                attempt.key for attempt in mine if attempt.key in changes and self._is_of(attempt, changes[attempt.key])
            ]
            return {key: Sighting(Certainty.DIRECTORY, self._by_this_clock(changes[key])) for key in own}

        return of_each_customer(sought, look)

    def _changes(self, customer_id: str, mine: Sequence[Sought]) -> dict[tuple[str, str], datetime]:
        """Return the time of the last change for the users of these attempts, as far as the directory tells it."""
        changes = self._users.changes(customer_id, [attempt.user_id for attempt in mine])
        return {(customer_id, user_id): changed for user_id, changed in changes.items() if changed is not None}

    def _is_of(self, attempt: Sought, changed: datetime) -> bool:
        """Return whether the change came after the request.

        The service's clock decides, which tells whole seconds only; the change must also be newer than what was known
        before. Without that clock it must be newer by far.
        """
        if attempt.begun_at is None or lies_ahead(changed, self.now()):
            return False
        before = self._users.changed_before(attempt)
        if before is not None and changed <= before:
            return False
        # The look-up may come from a replica that does not know the reset before. The service tells whole seconds.
        if attempt.after is not None and changed <= attempt.after - self._ahead() + _SECOND:
            return False
        if self._client.service_now() is None:
            return changed > attempt.begun_at + CLOCK_TOLERANCE
        return changed >= (attempt.begun_at - self._ahead()).replace(microsecond=0)

    def _ahead(self) -> timedelta:
        """Return how far this machine's clock is ahead of the service's."""
        return self._now() - self.now()

    def _by_this_clock(self, changed: datetime) -> datetime:
        ahead = self._ahead()
        return changed + ahead if abs(ahead) > CLOCK_TOLERANCE else changed
