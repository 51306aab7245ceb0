# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do for one user's document, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .._password import outcome
from .._password.evidence import Known
from .._password.intent import Trigger
from .._password.outcome import Reason
from .._password.plan import due
from .document import Document
from .records import State


class Mode(StrEnum):
    """What the user asks for: ``operation``."""

    ROTATE = "rotate"
    RESUME = "resume"
    VERIFY = "verify"
    ROLLBACK = "rollback"


class Move(StrEnum):
    """The next step for one user. ``HOLD`` waits for a human."""

    STAGE = "stage"
    ROLL_BACK = "roll_back"
    SEND = "send"
    PROMOTE = "promote"
    RELEASE = "release"
    KEEP = "keep"
    DEFER = "defer"
    HOLD = "hold"


@dataclass(frozen=True)
class Choice:
    """``message`` says why a user is held."""

    move: Move
    reason: Reason | None = None
    message: str | None = None

    @property
    def sends(self) -> bool:
        return self.move in (Move.STAGE, Move.ROLL_BACK, Move.SEND)

    @property
    def writes(self) -> bool:
        return self.sends or self.move in (Move.PROMOTE, Move.RELEASE)


def choose(document: Document | None, trigger: Trigger, mode: Mode, now: datetime) -> Choice:
    """A pending password of any age comes first: it is resumed, never replaced."""
    if document is not None and mode is not Mode.RESUME and document.orphaned_at is not None:
        return Choice(Move.HOLD, message=_ORPHANED)
    if document is not None and document.pending is not None:
        if document.pending.state is State.QUARANTINED and mode is not Mode.RESUME:
            return Choice(Move.HOLD, message=_QUARANTINED)
        applied = document.pending.state is State.APPLIED
        return Choice(Move.PROMOTE if applied else Move.SEND, Reason.RESUMED)
    if mode is Mode.RESUME:
        return Choice(Move.RELEASE if document is not None and document.orphaned_at is not None else Move.KEEP)
    if mode is Mode.ROLLBACK:
        return _rollback(document, trigger)
    reason = due(trigger, known(document), force_change_password=False, now=now)
    if reason is None:
        return Choice(Move.KEEP)
    if trigger.window is not None and not trigger.window.is_open(now):
        return Choice(Move.DEFER, reason)
    return Choice(Move.STAGE, reason)


def known(document: Document | None) -> Known:
    """The store's document as evidence of the last reset."""
    current = document.current if document else None
    return Known(outcome.Applied(current.set_at, current.rotation_id) if current else None)


def _rollback(document: Document | None, trigger: Trigger) -> Choice:
    current = document.current if document else None
    if current is not None and current.rotation_id == trigger.rotation_id:
        return Choice(Move.KEEP)
    if document is None or document.previous is None:
        return Choice(Move.HOLD, message="no previous password is stored, so there is nothing to roll back to")
    return Choice(Move.ROLL_BACK, Reason.ROLLBACK)


_ORPHANED = (
    "the user is orphaned after repeated failures: look at the earlier errors, then run operation: resume for this user"
)
_QUARANTINED = (
    "the pending password is quarantined: it was refused after a try that may have taken effect, so it may be the live "
    "one. Try it, then run operation: resume for this user, which sends it again"
)
