# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for a given password: whether a reset is due, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from .._base.moments import CLOCK_TOLERANCE, in_words, lies_ahead
from .evidence import Known, Unfinished
from .intent import Policy, Trigger
from .outcome import Applied, Reason


class Step(Enum):
    """The step for one user, for given passwords and for rotations.

    * ``RESET``: set a new password; ``RESUME``: send the password of an earlier run again.
    * ``ROLL_BACK``: set the previous password of a store again.
    * ``PROMOTE``: make the pending password the current one, because it took effect.
    * ``RELEASE``: end the state of an orphaned user.
    * ``SETTLE``: wait for evidence; ``HOLD``: wait for a human.
    * ``KEEP``: nothing is due; ``DEFER``: due, but outside of its window.
    """

    RESET = "reset"
    ROLL_BACK = "roll_back"
    RESUME = "resume"
    PROMOTE = "promote"
    RELEASE = "release"
    SETTLE = "settle"
    KEEP = "keep"
    DEFER = "defer"
    HOLD = "hold"


@dataclass(frozen=True)
class Plan:
    """The step for one user, and why. ``ahead``: it is held because a recorded time lies ahead of the clock."""

    step: Step
    reason: Reason | None = None
    message: str | None = None
    ahead: bool = False

    @property
    def sends(self) -> bool:
        return self.step in (Step.RESET, Step.ROLL_BACK, Step.RESUME)

    @property
    def writes(self) -> bool:
        """Return whether the step sends a password, or changes what is stored."""
        return self.sends or self.step in (Step.PROMOTE, Step.RELEASE)


def decide(trigger: Trigger, known: Known, *, force_change_password: bool, now: datetime) -> Plan:
    """Return the plan for one user.

    An unfinished attempt comes first, whatever is declared now. If the task gives the same password, it is sent again
    (``RESUME``); otherwise only evidence can settle it (``SETTLE``). Two declarations override it: ``always``, and
    another rotation id that is due with the same password, because a late first request does no harm then.
    """
    unfinished = None if trigger.policy is Policy.ALWAYS else known.unfinished
    if unfinished is not None and not unfinished.same_password:
        return Plan(Step.SETTLE, Reason.RESUMED)
    reason = due(trigger, known, force_change_password=force_change_password, now=now)
    if unfinished is not None and (reason is None or not _other_rotation(trigger, unfinished)):
        return Plan(Step.RESUME, Reason.RESUMED)
    if reason is None:
        return Plan(Step.KEEP)
    if trigger.window is not None and not trigger.window.is_open(now):
        return Plan(Step.DEFER, reason)
    return Plan(Step.RESET, reason)


def due(trigger: Trigger, known: Known, *, force_change_password: bool, now: datetime) -> Reason | None:
    """Return why a reset is due, or None where it is not."""
    applied = known.applied
    if trigger.policy is Policy.ALWAYS:
        return Reason.ALWAYS
    if applied is None:
        return Reason.NO_LEDGER
    if trigger.policy is Policy.WHEN_ROTATED:
        return Reason.ROTATION_ID if applied.rotation_id != trigger.rotation_id else None
    if trigger.policy is Policy.WHEN_CHANGED:
        same = known.same_password and applied.force_change_password == force_change_password
        return None if same else Reason.FINGERPRINT
    return Reason.AGE if _too_old(trigger, applied.set_at, now) else None


def with_drift(
    plan: Plan, trigger: Trigger, applied: Applied | None, changed_at: datetime | None, *, resets: bool, now: datetime
) -> Plan:
    """The plan where the directory shows a later change than the one that is recorded.

    It is told, and with ``resets`` it is a reason for a reset. Nothing is expected of users who were made to choose
    another password.
    """
    if plan != Plan(Step.KEEP) or applied is None or changed_at is None or applied.force_change_password:
        return plan
    if changed_at <= applied.set_at + CLOCK_TOLERANCE:
        return plan
    if resets:
        shut = trigger.window is not None and not trigger.window.is_open(now)
        return Plan(Step.DEFER if shut else Step.RESET, Reason.DRIFT)
    times = f"{in_words(changed_at)}, after the last reset at {in_words(applied.set_at)}"
    message = f"the directory shows that the password was changed at {times}"
    return replace(plan, reason=Reason.DRIFT, message=f"{message}: it was changed by something else")


def _other_rotation(trigger: Trigger, unfinished: Unfinished) -> bool:
    return trigger.policy is Policy.WHEN_ROTATED and unfinished.rotation_id != trigger.rotation_id


def _too_old(trigger: Trigger, set_at: datetime, now: datetime) -> bool:
    """Return whether the last reset is older than ``not_before`` or ``max_age`` allows.

    A ``not_before`` in the future asks for nothing yet; otherwise every run until then would reset. A reset in the
    future is not believed; otherwise a clock that was wrong once would stop all resets by age.
    """
    if lies_ahead(set_at, now):
        return True
    before = trigger.not_before is not None and set_at < trigger.not_before <= now
    return before or (trigger.max_age is not None and now - set_at > trigger.max_age)
