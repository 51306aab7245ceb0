# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit log as evidence: no local state at all. The service itself is the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .._service.audit import AuditRecord
from .._service.errors import EvidenceError, InputError, PartnerCenterError, Trace, UnclearEvidenceError
from .._service.identifiers import is_own_id, random_id
from .attempt import correlation_id, published_id
from .evidence import Attempt, Known
from .intent import Account, Policy, Trigger, at
from .moments import lies_ahead
from .outcome import Applied, Certainty
from .targets import Target
from .trail import REACH, Records, Trail


class AuditEvidence:
    """Reads the log of each customer once. What it is told it does not keep: the service writes its own log.

    Ages are told by the service's clock, which dates the log: this machine's may be wrong.
    """

    def __init__(self, trail: Trail) -> None:
        self._trail = trail
        self._records: dict[str, Records] = {}

    def open(self, customer_ids: Sequence[str]) -> None:
        for customer_id in sorted(set(customer_ids)):
            try:
                self._records[customer_id] = self._trail.read(customer_id)
            except PartnerCenterError as error:
                raise EvidenceError(f"the audit log cannot be read, and it is the evidence: {error}") from None

    def known(self, target: Target) -> Known:
        trigger = target.intent.trigger
        records, now = self._records[target.customer_id], self._trail.now()
        if trigger.policy is Policy.ALWAYS:
            # Named like the rotation, so that a later run finds it applied.
            named = trigger.rotation_id and records.account
            return _Rotated(records, target, trigger.rotation_id or "").override() if named else Known()
        resets = records.by_user.get(target.user.id, [])
        if any(lies_ahead(record.at, now) for record in resets):
            raise UnclearEvidenceError(
                "the audit log holds a reset of this user that lies ahead of the clock: look at this machine's clock"
            )
        if trigger.policy is Policy.WHEN_ROTATED and trigger.rotation_id:
            return _Rotated(records, target, trigger.rotation_id).known()
        if records.unattributed:
            raise UnclearEvidenceError(
                "the audit log holds resets that do not say which user they were about: use evidence: ledger"
            )
        return Known(_youngest(resets), certainty=Certainty.AUDIT, clock=now)

    def sending(self, attempt: Attempt) -> None:
        """The service records it."""

    def applied(self, target: Target, at: datetime, certainty: Certainty) -> None:
        """The service has recorded it."""

    def refused(self, target: Target, *, answered: bool) -> None:
        """The service has recorded it."""

    def answered(self, target: Target) -> None:
        """Each run has request ids of its own."""

    def close(self) -> list[str]:
        self._records = {}
        return []


class _Rotated:
    """What the log says of one rotation of one user: only what this account did counts."""

    def __init__(self, records: Records, target: Target, rotation_id: str) -> None:
        if not records.account:
            raise UnclearEvidenceError(
                "the access token does not name its account, so that the audit log cannot be searched for what this "
                "account did: use evidence: ledger"
            )
        self._records = records
        self._target = target
        self._rotation_id = rotation_id
        self._resets = [record for record in records.by_user.get(target.user.id, []) if records.is_ours(record)]

    def known(self) -> Known:
        """Applied, or due; raises :class:`UnclearEvidenceError` where that cannot be told."""
        ids, applied = self._applications()
        if not applied:
            self._check_clear(ids)
            return self._due(_youngest(self._resets), ids)
        last = max(applied, key=lambda record: record.at)
        later = [one for one in self._resets if one.at > last.at and one.correlation_id not in (None, *ids)]
        if later:
            return self._due(_youngest(later), ids)
        return Known(Applied(last.at, self._rotation_id), certainty=Certainty.AUDIT)

    def override(self) -> Known:
        """Due, whatever is known."""
        ids, _applied = self._applications()
        return Known(next_trace=Trace(random_id(), ids[-1]), next_is_unique=False)

    def _applications(self) -> tuple[list[str], list[AuditRecord]]:
        """The ids that the rotation had, the next one last; and the records of its having been applied."""
        ids = [published_id(self._target.key, self._rotation_id), correlation_id(self._target, self._rotation_id)]
        applied = self._succeeded(ids[0])
        while found := self._succeeded(ids[-1]):
            applied += found
            ids.append(correlation_id(self._target, self._rotation_id, len(ids)))
        return ids, applied

    def _succeeded(self, correlation: str) -> list[AuditRecord]:
        return self._records.of(self._records.succeeded, correlation, self._target.user.id)

    def _due(self, applied: Applied | None, ids: Sequence[str]) -> Known:
        """A request id of its own: nothing tells whether an earlier one was answered."""
        failed = self._records.of(self._records.failed, ids[-1], self._target.user.id)
        trace = Trace(random_id(), ids[-1])
        certainty = Certainty.AUDIT
        return Known(applied, certainty=certainty, attempt=len(failed) + 1, next_trace=trace, next_is_unique=False)

    def _check_clear(self, ids: Sequence[str]) -> None:
        records, user_id = self._records, self._target.user.id
        nameless = [one for one in records.unattributed if records.is_ours(one) and not _is_own(one)]
        if nameless or any(record.correlation_id is None for record in self._resets):
            raise UnclearEvidenceError(
                "the audit log holds a reset that may be this rotation and does not carry its correlation id: "
                "use evidence: ledger, or max_age instead of rotation_id"
            )
        if self._resets and not records.has_own_ids:
            raise UnclearEvidenceError(
                "the audit log holds a reset of this user by this account under a correlation id that no request of "
                "this collection had, so that it may be this rotation: use evidence: ledger, or max_age instead of "
                "rotation_id; where the log does show the ids of requests, run once with update_password: always"
            )
        started = [one for correlation in ids for one in records.of(records.open, correlation, user_id)]
        ended = [one for correlation in ids for one in records.of(records.failed, correlation, user_id)]
        if started and not ended:
            raise UnclearEvidenceError(
                "the audit log says that this rotation is in progress: run again when it shows how that ended"
            )


def _youngest(records: Sequence[AuditRecord]) -> Applied | None:
    latest = max((record.at for record in records), default=None)
    return Applied(latest) if latest else None


def _is_own(record: AuditRecord) -> bool:
    return record.correlation_id is not None and is_own_id(record.correlation_id)


def check_trigger(account: Account, trigger: Trigger, now: datetime) -> None:
    """Raises :class:`InputError` where the audit log cannot answer what the trigger asks."""
    place = account.place
    if trigger.policy is Policy.WHEN_CHANGED:
        raise InputError(
            at(place, "evidence"),
            "audit_log cannot tell whether a password differs: give rotation_id, not_before or max_age, or use ledger",
        )
    if trigger.max_age is not None and trigger.max_age > REACH:
        raise InputError(at(place, "max_age"), "is more than the audit log's 90 days; use evidence: ledger")
    if trigger.not_before is not None and now - trigger.not_before > REACH:
        raise InputError(at(place, "not_before"), "is further back than the audit log's 90 days; use evidence: ledger")
