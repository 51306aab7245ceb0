# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for a rotation: the step for one user's document, and why. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from .._base.moments import lies_ahead
from .._password import outcome
from .._password.evidence import Known
from .._password.intent import Policy, Trigger
from .._password.outcome import Reason
from .._password.plan import Plan, Step, due
from .._stores.document import Document
from .._stores.records import State


class Mode(StrEnum):
    """The values of ``operation``."""

    ROTATE = "rotate"
    RESUME = "resume"
    VERIFY = "verify"
    ROLLBACK = "rollback"


def decide(document: Document | None, trigger: Trigger, mode: Mode, now: datetime) -> Plan:
    """Return the plan. A pending password comes first: it is resumed, never replaced, or promoted if it took effect."""
    pending = document.pending if document else None
    if pending is not None and pending.state is State.APPLIED:
        return Plan(Step.PROMOTE, Reason.RESUMED)
    if document is not None and mode is not Mode.RESUME and document.orphaned_at is not None:
        return Plan(Step.HOLD, message=_orphaned(document))
    if document is not None and pending is not None:
        if pending.state is State.QUARANTINED and mode is not Mode.RESUME:
            return Plan(Step.HOLD, message=f"{_QUARANTINED}{_last(document)}")
        return Plan(Step.RESUME, Reason.RESUMED)
    if mode is Mode.RESUME:
        return Plan(Step.RELEASE if document is not None and document.orphaned_at is not None else Step.KEEP)
    if mode is Mode.ROLLBACK:
        return _rollback(document, trigger)
    return _rotation(document, trigger, now)


def _rotation(document: Document | None, trigger: Trigger, now: datetime) -> Plan:
    current = document.current if document else None
    back = document.rolled_back if document else None
    by_age = trigger.policy is Policy.WHEN_OLDER and (trigger.not_before or trigger.max_age)
    if current is not None and by_age and lies_ahead(current.set_at, now):
        return Plan(Step.HOLD, message=_ahead(current.set_at, now), ahead=True)
    by_id = trigger.policy is Policy.WHEN_ROTATED
    if back is not None and by_id and trigger.rotation_id in (back.left, back.restored):
        return Plan(Step.KEEP, message=f"rolled back on {_day(back.at)}; held until rotation_id changes")
    reason = due(trigger, known(document), force_change_password=False, now=now)
    if reason is None:
        return Plan(Step.KEEP, message=f"rolled back on {_day(back.at)}" if back else None)
    if trigger.window is not None and not trigger.window.is_open(now):
        return Plan(Step.DEFER, reason)
    return Plan(Step.RESET, reason)


def known(document: Document | None) -> Known:
    """Return the evidence of the last reset from the document."""
    current = document.current if document else None
    return Known(outcome.Applied(current.set_at, current.rotation_id) if current else None)


def _rollback(document: Document | None, trigger: Trigger) -> Plan:
    current = document.current if document else None
    back = document.rolled_back if document else None
    if current is not None and current.rotation_id == trigger.rotation_id:
        if back is not None:
            return Plan(Step.KEEP, message=f"rolled back on {_day(back.at)}")
        return Plan(Step.HOLD, message=_NOT_ITS_NAME)
    if document is None or document.previous is None:
        return Plan(Step.HOLD, message="no previous password is stored, so there is nothing to roll back to")
    return Plan(Step.ROLL_BACK, Reason.ROLLBACK)


def _orphaned(document: Document) -> str:
    """Return the sentence for an orphan. It begins with the cause, which documents of release 0.1.0 do not have."""
    after = f"after {document.failed_cycles} failures" if document.failed_cycles else "after repeated failures"
    since = f" since {_minute(document.failing_since)}" if document.failing_since else ""
    return f"the user is orphaned {after}{since}{_last(document)}. {_MEND}"


def _last(document: Document) -> str:
    return f"; the last: {document.last_error.message}" if document.last_error else ""


def _ahead(set_at: datetime, now: datetime) -> str:
    return (
        f"the store says that the password was set at {_minute(set_at)}, and this machine's clock says {_minute(now)}: "
        "its age cannot be told, and nothing was sent. Put the clock right; if the recorded time is wrong, rotate this "
        "user once by a rotation_id"
    )


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


_MEND = "Mend the cause, then run operation: resume for this user"
_QUARANTINED = (
    "the pending password is quarantined: it was refused after a try that may have taken effect, so it may be the live "
    "one. Try it, then run operation: resume for this user, which sends it again"
)
_NOT_ITS_NAME = (
    "rotation_id names the rotation that is applied now, so nothing was rolled back: give the rollback a name of its "
    "own, such as back-2026-11"
)
