# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit log as evidence: no local state at all. The service itself is the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .._base.errors import EvidenceError, InputError, PartnerCenterError, UnclearEvidenceError
from .._base.identifiers import is_own_id
from .._base.moments import lies_ahead
from .._directory.records import AuditRecord
from .attempt import names
from .evidence import Attempt, Known
from .intent import Account, Policy, Trigger, at
from .lookup import Target
from .outcome import Applied, Certainty
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
        if trigger.policy is Policy.ALWAYS:
            return Known()
        records, now = self._records[target.customer_id], self._trail.now()
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

    def in_doubt(self, customer_id: str | None) -> frozenset[str]:
        """The service has recorded it."""
        return frozenset()

    def sending(self, attempt: Attempt) -> None:
        """The service records it."""

    def applied(self, target: Target, at: datetime, certainty: Certainty) -> None:
        """The service has recorded it."""

    def refused(self, target: Target, *, answered: bool) -> None:
        """The service has recorded it."""

    def answered(self, target: Target) -> None:
        """Each run has ids of its own."""

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
        self._rotation_id = rotation_id
        self._resets = [record for record in records.by_user.get(target.user.id, []) if records.is_ours(record)]
        about = records.about(target.user.id)
        self._named = [record for record in about if names(record.correlation_id, target.key, rotation_id)]

    def known(self) -> Known:
        """Applied, or due; raises :class:`UnclearEvidenceError` where that cannot be told."""
        applied = [record for record in self._named if record.status == "succeeded"]
        if not applied:
            self._check_clear()
            return self._due(self._resets)
        last = max(applied, key=lambda record: record.at)
        later = [one for one in self._resets if one.at > last.at and one.correlation_id and one not in applied]
        if later:
            return self._due(later)
        return Known(Applied(last.at, self._rotation_id), certainty=Certainty.AUDIT)

    def _due(self, before: Sequence[AuditRecord]) -> Known:
        return Known(_youngest(before), certainty=Certainty.AUDIT, attempt=len(self._failed()) + 1)

    def _failed(self) -> list[AuditRecord]:
        return [record for record in self._named if record.status == "failed"]

    def _check_clear(self) -> None:
        nameless = [one for one in self._records.unattributed if self._records.is_ours(one) and not _is_own(one)]
        if nameless or any(record.correlation_id is None for record in self._resets):
            raise UnclearEvidenceError(
                "the audit log holds a reset that may be this rotation and does not carry its correlation id: "
                "use evidence: ledger, or max_age instead of rotation_id"
            )
        if self._resets and not self._records.has_own_ids:
            raise UnclearEvidenceError(
                "the audit log holds a reset of this user by this account under a correlation id that no request of "
                "this collection had, so that it may be this rotation: use evidence: ledger, or max_age instead of "
                "rotation_id; where the log does show the ids of requests, run once with update_password: always"
            )
        if self._named and not self._failed():
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
