# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far one user's rotation has come, and what it works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from .._base.errors import NO_TRACE, CallError, PartnerCenterError, StoreError, Trace
from .._directory.directory import Users
from .._directory.records import Delivery, Fate
from .._password.guards import LeftOut
from .._password.targets import Target
from .._stores.base import Store
from .._stores.document import Document
from .._stores.records import Pending, Subject
from .events import EventLog
from .generator import Generator
from .planning import Choice, Mode


@dataclass(frozen=True)
class Planned:
    """What is to be done for one user, and on what that was decided: the ``document`` at its ``revision`` in the store.

    ``refusal``: why it is not done.
    """

    target: Target
    document: Document | None
    revision: str | None
    choice: Choice
    refusal: CallError | StoreError | str | None = None

    @property
    def refused(self) -> bool:
        """Whether the refusal is a failure, and not what policy leaves out."""
        return self.refusal is not None and not isinstance(self.refusal, LeftOut)

    @property
    def moves(self) -> bool:
        """Whether something is to be sent, promoted or released: what was guarded and counted."""
        return self.refusal is None and self.choice.writes

    @property
    def untidy(self) -> bool:
        """Whether an event was left undelivered, or the document has another name than the user."""
        return self.document is not None and (bool(self.document.outbox) or self.renamed)

    @property
    def renamed(self) -> bool:
        name = self.target.user_principal_name
        return bool(name) and self.document is not None and self.document.subject.user_principal_name != name


@dataclass(frozen=True)
class Cycle:
    """How far one user has come. ``delivery`` is None where no request was made in this run.

    ``begun_at``: when this run began to work on the user, by this machine's clock.

    ``open``: the pending password waits for evidence. ``assumed``: the service recorded a reset that may be of another
    request. ``error``: the store failed. ``left_alone``: why nothing was done. ``more_due``: a rotation of an earlier
    run was finished, and what is declared now is due as well.
    """

    target: Target
    choice: Choice
    document: Document | None
    delivery: Delivery | None = None
    open: Pending | None = None
    assumed: bool = False
    error: PartnerCenterError | None = None
    left_alone: str | None = None
    more_due: bool = False
    warning: str | None = None
    begun_at: datetime | None = None

    @property
    def failed(self) -> bool:
        refused = self.delivery is not None and self.delivery.fate is not Fate.ACCEPTED
        return refused or self.error is not None or self.stuck

    @property
    def stuck(self) -> bool:
        """Nothing was done although a password is pending: it may be the live one."""
        return self.left_alone is not None and self.document is not None and self.document.pending is not None


@dataclass(frozen=True)
class Tools:
    """What every user's cycle works with. ``witness``: the service is asked before a password is promoted."""

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


def trace_of(cycle: Cycle) -> Trace:
    """The ids of what was sent, or of what is pending."""
    if cycle.delivery is not None:
        return cycle.delivery.trace
    pending = cycle.document.pending if cycle.document else None
    return Trace(pending.request_id, pending.correlation_id) if pending else NO_TRACE
