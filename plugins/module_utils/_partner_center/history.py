# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resets of one customer in the audit log (contract section 3, audit record)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .._base.errors import UnclearEvidenceError
from .._base.identifiers import folded, is_own_id
from .._base.moments import lies_ahead
from .._directory.records import Certainty, LastReset
from .audit import RESET, AuditRecord


@dataclass
class History:
    """The resets of one customer.

    * ``account``: the principal name of the account that runs the job.
    * ``now``: returns the time by the service's clock, which dates the log. This machine's clock may be wrong.
    * ``by_user``: successful resets of any account, by user id; ``unattributed``: those that name no user.
    * ``ours``: resets of ``account``, by user id; ``succeeded``: the successful ones of them, by correlation id.
    * ``has_ids``: a record has a correlation id; ``has_own_ids``: one that this collection made, so that the log
      shows the ids that its callers send.
    """

    account: str | None
    now: Callable[[], datetime]
    by_user: dict[str, list[AuditRecord]] = field(default_factory=dict)
    unattributed: list[AuditRecord] = field(default_factory=list)
    ours: dict[str | None, list[AuditRecord]] = field(default_factory=dict)
    succeeded: dict[str, list[AuditRecord]] = field(default_factory=dict)
    has_ids: bool = False
    has_own_ids: bool = False

    def add(self, record: AuditRecord) -> None:
        if record.operation != RESET:
            return
        ours, correlation_id = self.is_ours(record), record.correlation_id
        self.has_ids = self.has_ids or correlation_id is not None
        self.has_own_ids = self.has_own_ids or (ours and _is_own(record))
        if ours:
            self.ours.setdefault(record.user_id, []).append(record)
        if record.status != "succeeded":
            return
        if correlation_id and ours:
            self.succeeded.setdefault(correlation_id, []).append(record)
        if record.user_id:
            self.by_user.setdefault(record.user_id, []).append(record)
        else:
            self.unattributed.append(record)

    def is_ours(self, record: AuditRecord) -> bool:
        """Return whether the account that runs the job did it."""
        return bool(self.account) and folded(record.caller) == folded(self.account or "")

    def last(self, user_id: str, is_named: Callable[[str], bool] | None = None) -> LastReset:
        """Return the last reset by any account; with ``is_named``, the last by this account that it recognises.

        Raises :class:`UnclearEvidenceError` where the log does not tell.
        """
        now, resets = self.now(), self.by_user.get(user_id, [])
        if any(lies_ahead(record.at, now) for record in resets):
            raise UnclearEvidenceError(
                "the audit log holds a reset of this user that lies ahead of the clock: look at this machine's clock"
            )
        if is_named is not None:
            return self._last_named(user_id, is_named)
        if self.unattributed:
            raise UnclearEvidenceError(
                "the audit log holds resets that do not say which user they were about: use evidence: ledger"
            )
        return LastReset(Certainty.AUDIT, _youngest(resets), clock=now)

    def _last_named(self, user_id: str, is_named: Callable[[str], bool]) -> LastReset:
        if not self.account:
            raise UnclearEvidenceError(
                "the access token does not name its account, so that the audit log cannot be searched for what this "
                "account did: use evidence: ledger"
            )
        resets = [record for record in self.by_user.get(user_id, []) if self.is_ours(record)]
        about = self.ours.get(user_id, []) + self.ours.get(None, [])
        named = [record for record in about if record.correlation_id and is_named(record.correlation_id)]
        failures = sum(record.status == "failed" for record in named)
        applied = [record for record in named if record.status == "succeeded"]
        if not applied:
            self._check_clear(resets, in_progress=len(named) > 0 and not failures)
            return LastReset(Certainty.AUDIT, _youngest(resets), refused=failures)
        last = max(record.at for record in applied)
        later = [record for record in resets if record.at > last and record.correlation_id and record not in applied]
        if later:
            return LastReset(Certainty.AUDIT, _youngest(later), refused=failures)
        return LastReset(Certainty.AUDIT, last, named=True)

    def _check_clear(self, resets: Sequence[AuditRecord], *, in_progress: bool) -> None:
        nameless = [record for record in self.unattributed if self.is_ours(record) and not _is_own(record)]
        if nameless or any(record.correlation_id is None for record in resets):
            raise UnclearEvidenceError(
                "the audit log holds a reset that may be this rotation and does not carry its correlation id: "
                "use evidence: ledger, or max_age instead of rotation_id"
            )
        if resets and not self.has_own_ids:
            raise UnclearEvidenceError(
                "the audit log holds a reset of this user by this account under a correlation id that no request of "
                "this collection had, so that it may be this rotation: use evidence: ledger, or max_age instead of "
                "rotation_id; where the log does show the ids of requests, run once with update_password: always"
            )
        if in_progress:
            raise UnclearEvidenceError(
                "the audit log says that this rotation is in progress: run again when it shows how that ended"
            )


def _youngest(records: Sequence[AuditRecord]) -> datetime | None:
    return max((record.at for record in records), default=None)


def _is_own(record: AuditRecord) -> bool:
    return record.correlation_id is not None and is_own_id(record.correlation_id)
