# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit log as evidence: no local state at all. The service itself is the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .._service.audit import AuditRecord
from .._service.errors import EvidenceError, InputError, PartnerCenterError, UnclearEvidenceError
from .attempt import correlation_id
from .evidence import Attempt, Known
from .intent import Account, Policy, Trigger, at
from .outcome import Applied, Certainty
from .targets import Target
from .trail import REACH, Records, Trail


class AuditEvidence:
    """Reads the log of each customer once. What it is told it does not keep: the service writes its own log."""

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
        records = self._records[target.customer_id]
        mine = records.by_user.get(target.user.id, [])
        latest = max((record.at for record in mine), default=None)
        if trigger.policy is Policy.WHEN_ROTATED and trigger.rotation_id:
            correlation = correlation_id(target, trigger.rotation_id)
            exact = records.by_correlation.get(correlation)
            failed = records.failed.get(correlation, 0)
            if exact is not None:
                since = [record.at for record in mine if _is_another_of_ours(record, exact)]
                if since:
                    attempt = failed + records.succeeded[correlation] + 1
                    return Known(Applied(max(since)), certainty=Certainty.AUDIT, attempt=attempt)
                return Known(Applied(exact.at, trigger.rotation_id), certainty=Certainty.AUDIT)
            if records.unattributed or any(record.correlation_id is None for record in mine):
                raise UnclearEvidenceError(
                    "the audit log holds a reset that may be this rotation and does not carry its correlation id: "
                    "use evidence: ledger, or max_age instead of rotation_id"
                )
            if correlation in records.open and not failed:
                raise UnclearEvidenceError(
                    "the audit log says that this rotation is in progress: run again when it shows how that ended"
                )
            return Known(Applied(latest) if latest else None, certainty=Certainty.AUDIT, attempt=failed + 1)
        if records.unattributed:
            raise UnclearEvidenceError(
                "the audit log holds resets that do not say which user they were about: use evidence: ledger"
            )
        return Known(Applied(latest) if latest else None, certainty=Certainty.AUDIT)

    def sending(self, attempt: Attempt) -> None:
        """The service records it."""

    def applied(self, target: Target, at: datetime, certainty: Certainty) -> None:
        """The service has recorded it."""

    def refused(self, target: Target, *, answered: bool) -> None:
        """The service has recorded it."""

    def close(self) -> list[str]:
        self._records = {}
        return []


def _is_another_of_ours(record: AuditRecord, exact: AuditRecord) -> bool:
    """A later reset by the same account for something else: the rotation id has been another one meanwhile."""
    ours = record.caller.lower() == exact.caller.lower()
    return ours and record.at > exact.at and record.correlation_id not in (None, exact.correlation_id)


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
