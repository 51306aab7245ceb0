# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ending the sessions of users whose reset took effect, where that is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .._base.errors import CallError, PartnerCenterError
from .._base.workers import for_each
from .._directory.directory import Sessions
from .outcome import Outcome, UserResult

_TOOK_EFFECT = frozenset({Outcome.APPLIED, Outcome.RESUMED})


class Ending:
    """Each user once. Safe under threads. Never raises: a password is set whether the sessions end or not."""

    def __init__(self, sessions: Sessions | None) -> None:
        self._sessions = sessions
        self._ended: dict[tuple[str, str], str | None] = {}

    @property
    def wanted(self) -> bool:
        return self._sessions is not None

    def of(self, row: UserResult) -> None:
        """End the sessions of one user, if the row tells that the reset took effect."""
        if self._sessions is None or row.outcome not in _TOOK_EFFECT or not (row.customer_id and row.user_id):
            return
        key = row.customer_id, row.user_id
        if key in self._ended:
            return
        failure = None
        try:
            self._sessions.end_sessions(*key)
        except PartnerCenterError as error:
            failure = str(error)
        except Exception as error:
            failure = str(CallError(f"an internal error of the collection ({type(error).__name__})"))
        self._ended[key] = failure

    def of_rest(self, rows: Mapping[tuple[str, str], UserResult], *, workers: int) -> dict[tuple[str, str], UserResult]:
        """End those of all users who are left, and return the rows with what became of it."""
        if not self.wanted:
            return dict(rows)
        for_each(self.of, list(rows.values()), workers=workers, lane=lambda row: row.customer_id or "")
        ended = {key: failure is None for key, failure in self._ended.items()}
        return {key: replace(row, sessions_revoked=ended.get(key)) for key, row in rows.items()}

    def warnings(self) -> list[str]:
        """Return a sentence for each kind of failure, with the number of users."""
        failures = [failure for failure in self._ended.values() if failure]
        return [
            f"the sessions of {failures.count(failure)} users whose password was set could not be ended: {failure}"
            for failure in sorted(set(failures))
        ]
