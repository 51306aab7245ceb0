# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service as evidence, without any local state."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from .._base.errors import EvidenceError, InputError, PartnerCenterError
from .._directory.directory import History, Witness
from .._directory.records import Certainty, Memory
from .evidence import Attempt, Known, names
from .intent import Account, Policy, Trigger, at
from .lookup import Target
from .outcome import Applied


class WitnessEvidence:
    """The evidence of the witness, asked once for each customer. Nothing is recorded: the service does that."""

    def __init__(self, witness: Witness, memory: Memory) -> None:
        self._witness = witness
        self._memory = memory
        self._histories: dict[str, History] = {}

    def open(self, users: Collection[tuple[str, str]]) -> None:
        customers: dict[str, list[str]] = {}
        for customer_id, user_id in sorted(set(users)):
            customers.setdefault(customer_id, []).append(user_id)
        for customer_id, user_ids in customers.items():
            try:
                self._histories[customer_id] = self._witness.history(customer_id, user_ids)
            except PartnerCenterError as error:
                name = self._memory.name
                raise EvidenceError(f"the {name} cannot be read, and it is the evidence: {error}") from None

    def known(self, target: Target) -> Known:
        trigger = target.intent.trigger
        if trigger.policy is Policy.ALWAYS:
            return Known()
        history, rotation = self._histories[target.customer_id], trigger.rotation_id
        if trigger.policy is not Policy.WHEN_ROTATED or rotation is None:
            last = history.last(target.user.id)
        else:
            last = history.last(target.user.id, lambda correlation: names(correlation, target.key, rotation))
        applied = Applied(last.at, rotation if last.named else None) if last.at else None
        return Known(applied, certainty=last.certainty, attempt=last.refused + 1, clock=last.clock)

    def in_doubt(self, customer_id: str | None) -> frozenset[str]:
        """Return nobody: nothing is recorded locally."""
        return frozenset()

    def sending(self, attempt: Attempt) -> None:
        """Do nothing: the service records it."""

    def applied(self, target: Target, at: datetime, certainty: Certainty) -> None:
        """Do nothing: the service has recorded it."""

    def refused(self, target: Target, *, answered: bool) -> None:
        """Do nothing: the service has recorded it."""

    def answered(self, target: Target) -> None:
        """Do nothing: each run has its own ids."""

    def close(self) -> list[str]:
        self._histories = {}
        return []


def check_trigger(account: Account, trigger: Trigger, memory: Memory, now: datetime) -> None:
    """Raise :class:`InputError` where a service with this memory cannot answer what the trigger asks."""
    place, longest = account.place, memory.longest
    if trigger.policy is Policy.WHEN_CHANGED:
        raise InputError(
            at(place, "evidence"),
            f"{memory.option} cannot tell whether a password differs: give rotation_id, not_before or max_age, or use "
            "ledger",
        )
    if trigger.policy is Policy.WHEN_ROTATED and not memory.names_requests:
        raise InputError(
            at(place, "evidence"),
            f"{memory.option} does not know rotation_id: give not_before or max_age, or use ledger",
        )
    if longest is None:
        return
    limit = f"the {memory.name}'s {longest / timedelta(days=1):.0f} days; use evidence: ledger"
    if trigger.max_age is not None and trigger.max_age > longest:
        raise InputError(at(place, "max_age"), f"is more than {limit}")
    if trigger.not_before is not None and now - trigger.not_before > longest:
        raise InputError(at(place, "not_before"), f"is further back than {limit}")
