# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values that a document is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .._base.identifiers import folded


class Slot(StrEnum):
    """The places in which a password may be."""

    CURRENT = "current"
    PENDING = "pending"
    PREVIOUS = "previous"


class State(StrEnum):
    """How far a pending password has come."""

    STAGED = "staged"
    SENT = "sent"
    APPLIED = "applied"
    QUARANTINED = "quarantined"


class Operation(StrEnum):
    ROTATE = "rotate"
    ROLLBACK = "rollback"


@dataclass(frozen=True)
class Subject:
    """Whose password. The ids are GUIDs in lower case and are the identity; the name is a label, as last seen."""

    customer_id: str
    user_id: str
    user_principal_name: str | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        return self.user_principal_name or self.user_id

    def is_called(self, name: str) -> bool:
        """Whether this is the label, in any case of its ASCII letters."""
        return folded(self.user_principal_name or "") == folded(name) != ""


@dataclass(frozen=True)
class Promoted:
    """A password that was live. ``evidence`` says how that is known, in the words of the outcome's certainty."""

    version: str
    rotation_id: str
    set_at: datetime
    evidence: str


@dataclass(frozen=True)
class Pending:
    """A password on its way. ``attempts`` counts how often it was sent; ``sent_at`` is the first time.

    ``ever_ambiguous``: a request may have taken effect although no answer said so. ``owner`` is the run that works on
    it, and ``leased_until`` when other machines may take it for dead.
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
        """Whether a request with it may have left, in this run or an earlier one."""
        return self.state is not State.STAGED


@dataclass(frozen=True)
class FailedCycle:
    """Why a cycle failed: a sentence of this collection, and the service's code."""

    message: str
    at: datetime
    code: int | None = None


@dataclass(frozen=True)
class RolledBack:
    """``left`` is the rotation whose password was left, ``restored`` the one whose password is live again.

    While one of them is declared, no rotation is due.
    """

    at: datetime
    left: str
    restored: str


@dataclass(frozen=True)
class Event:
    """What happened, for the audit trail. ``id`` is the request id, so that a second delivery can be recognised."""

    id: str
    operation: Operation
    version: str
    rotation_id: str
    correlation_id: str
    at: datetime
    evidence: str
