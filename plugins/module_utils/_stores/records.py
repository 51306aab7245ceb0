# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of a document."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .._base.identifiers import folded


class Slot(StrEnum):
    """The three places for passwords in a store."""

    CURRENT = "current"
    PENDING = "pending"
    PREVIOUS = "previous"


class State(StrEnum):
    """The states of a pending password."""

    STAGED = "staged"
    SENT = "sent"
    APPLIED = "applied"
    QUARANTINED = "quarantined"


class Operation(StrEnum):
    ROTATE = "rotate"
    ROLLBACK = "rollback"


@dataclass(frozen=True)
class Subject:
    """The user of a password. The ids (GUIDs in lower case) are the identity; the name is a label, as last seen."""

    customer_id: str
    user_id: str
    user_principal_name: str | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        return self.user_principal_name or self.user_id

    def is_called(self, name: str) -> bool:
        """Return whether this is the label; upper and lower case of ASCII letters are the same."""
        return folded(self.user_principal_name or "") == folded(name) != ""


@dataclass(frozen=True)
class Promoted:
    """A password that is or was live. ``evidence`` says how that is known: a value of ``Certainty``."""

    version: str
    rotation_id: str
    set_at: datetime
    evidence: str


@dataclass(frozen=True)
class Pending:
    """A password on its way to the service.

    * ``owner``: the run that works on it; ``leased_until``: the time from which another machine may take over.
    * ``attempts``: how often it was sent; ``sent_at``: when it was sent first.
    * ``ever_ambiguous``: a request may have taken effect although no answer said so.
    * ``applied_at``, ``evidence``: when it took effect, and how that is known (see :class:`Promoted`).
    """

    version: str
    rotation_id: str
    operation: Operation
    state: State
    request_id: str
    correlation_id: str
    force_change_password: bool
    staged_at: datetime
    owner: str
    leased_until: datetime
    attempts: int = 0
    ever_ambiguous: bool = False
    sent_at: datetime | None = None
    applied_at: datetime | None = None
    evidence: str | None = None

    @property
    def may_be_live(self) -> bool:
        """Return whether a request with it may have been sent, in this run or an earlier one."""
        return self.state is not State.STAGED


@dataclass(frozen=True)
class FailedCycle:
    """A failed rotation: a sentence of this collection, and the service's code."""

    message: str
    at: datetime
    code: int | None = None


@dataclass(frozen=True)
class RolledBack:
    """A rollback. ``left``: the rotation id of the password that was left; ``restored``: that of the live one.

    While one of these two ids is declared, no rotation is due.
    """

    at: datetime
    left: str
    restored: str


@dataclass(frozen=True)
class Event:
    """An event for the event log. ``id`` is the request id, so that a second delivery is recognised."""

    id: str
    operation: Operation
    version: str
    rotation_id: str
    correlation_id: str
    at: datetime
    evidence: str
