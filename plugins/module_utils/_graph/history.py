# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The last change of each user's password, as the directory tells it (Graph contract, consistency)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from .._base.errors import UnclearEvidenceError
from .._base.moments import lies_ahead
from .._directory.records import Certainty, LastReset


class History:
    """``changes`` holds the time for each user who is there; ``now`` tells the time by the service's clock."""

    def __init__(self, changes: Mapping[str, datetime | None], now: Callable[[], datetime]) -> None:
        self._changes = changes
        self._now = now

    def last(self, user_id: str, is_named: Callable[[str], bool] | None = None) -> LastReset:
        """Return the last change by anybody. The directory keeps no ids of requests, so that none is recognised."""
        if user_id not in self._changes:
            raise UnclearEvidenceError("the directory does not list this user: look at the user id, and run again")
        at, now = self._changes[user_id], self._now()
        if at is not None and lies_ahead(at, now):
            raise UnclearEvidenceError(
                "the directory holds a change of this user's password that lies ahead of the clock: look at this "
                "machine's clock"
            )
        return LastReset(Certainty.DIRECTORY, at, clock=now)
