# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of one user's rotation in this run, and the tools of all rotations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from .._base.errors import PartnerCenterError, Trace
from .._directory.directory import Users
from .._directory.records import Delivery, Fate, Sought
from .._password.decision import Decision
from .._password.evidence import is_unique
from .._password.lookup import Target
from .._password.outcome import Applied
from .._password.plan import Plan
from .._stores.base import Store, Stored
from .._stores.document import Document
from .._stores.records import Pending, State, Subject
from .event_log import EventLog
from .generator import Generator
from .planning import Mode, known


@dataclass(frozen=True)
class RotationDecision(Decision):
    """The decision for one user. ``stored``: the document that it is based on, at its revision."""

    NOUN: ClassVar[str] = "rotation"
    VERB: ClassVar[str] = "rotate"
    MAY_BE_LIVE: ClassVar[str] = "; the password that an earlier run sent is pending, and may be the live one"

    stored: Stored | None = None

    @property
    def document(self) -> Document | None:
        return self.stored.document if self.stored else None

    @property
    def pending(self) -> Pending | None:
        return self.document.pending if self.document else None

    @property
    def untidy(self) -> bool:
        """Return whether an event is not delivered yet, or the document has an old name of the user."""
        return self.document is not None and (bool(self.document.outbox) or self.renamed)

    @property
    def renamed(self) -> bool:
        name = self.target.user_principal_name
        return bool(name) and self.document is not None and self.document.subject.user_principal_name != name

    def after(self, now: datetime) -> Applied:
        pending = self.pending
        return Applied(now, pending.rotation_id, pending.force_change_password) if pending else super().after(now)


def make_decision(target: Target, plan: Plan, stored: Stored | None) -> RotationDecision:
    """Return the decision, with the last rotation and an unfinished one from the document."""
    document = stored.document if stored else None
    unclear = document is not None and document.pending is not None and document.pending.may_be_live
    applied = known(document).applied
    return RotationDecision(target=target, plan=plan, applied=applied, unclear=unclear, stored=stored)


@dataclass(frozen=True)
class Cycle:
    """The state of one user's rotation in this run.

    ``begun_at``: when this run began with the user, by this machine's clock.

    ``open``: the pending password waits for evidence. ``assumed``: the service recorded a reset that may be of another
    request. ``disputed``: what witnesses say who contradict each other. ``error``: the store failed. ``left_alone``:
    why nothing was done. ``more_due``: a rotation of an earlier run was finished, and what is declared now is due as
    well.
    """

    decision: RotationDecision
    document: Document | None
    delivery: Delivery | None = None
    open: Pending | None = None
    assumed: bool = False
    disputed: str = ""
    error: PartnerCenterError | None = None
    left_alone: str | None = None
    more_due: bool = False
    warning: str | None = None
    begun_at: datetime | None = None

    @property
    def target(self) -> Target:
        return self.decision.target

    @property
    def sought(self) -> Sought | None:
        """Return what to ask the witness for, by the ids that were sent: the service may answer with other ids."""
        if self.open is None or self.error is not None:
            return None
        return sought_of(self.target, self.open, self.document, self.begun_at if self.delivery else None)

    @property
    def concerns_all(self) -> bool:
        return self.delivery is not None and self.delivery.concerns_all

    @property
    def failed(self) -> bool:
        refused = self.delivery is not None and self.delivery.fate is not Fate.ACCEPTED
        return refused or self.error is not None or self.stuck

    @property
    def stuck(self) -> bool:
        """Return whether nothing was done although a pending password may be the live one."""
        return self.left_alone is not None and self.document is not None and self.document.pending is not None


@dataclass(frozen=True)
class Tools:
    """The tools and options of all cycles. ``witness``: the service is asked before a password is promoted."""

    store: Store
    users: Users
    generator: Generator
    events: EventLog
    mode: Mode
    orphan_after: int
    witness: bool
    now: Callable[[], datetime]


def subject_of(target: Target) -> Subject:
    return Subject(target.customer_id, target.user.id, target.user_principal_name)


def sought_of(target: Target, pending: Pending, document: Document | None, begun_at: datetime | None) -> Sought:
    """Return what to ask the witness for about a pending password. ``begun_at``: when this run sent it, if it did."""
    trace = Trace(pending.request_id, pending.correlation_id)
    unique = is_unique(target.key, pending.rotation_id, trace)
    after = document.current.set_at if document and document.current else None
    sent_at, accepted = pending.sent_at or pending.staged_at, pending.state is State.APPLIED
    return Sought(*target.key, trace, sent_at, begun_at, after, unique=unique, accepted=accepted)
