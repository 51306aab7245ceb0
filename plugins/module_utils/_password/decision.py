# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision for one user, for given passwords and for rotations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from .._base.errors import PartnerCenterError
from .._directory.records import Certainty
from .lookup import Target
from .outcome import Applied
from .plan import Plan, Step


class LeftOut(str):
    """A refusal because of what the user is (such as a synced user), where the task excludes such users (``skip``)."""

    __slots__ = ()


@dataclass(frozen=True)
class Decision:
    """The plan for one user.

    * ``applied``: the reset that took effect last.
    * ``refusal``: why the plan is not carried out.
    * ``unclear``: it is not known whether an attempt of an earlier run took effect.
    * ``settled``: how it became known that such an attempt took effect.
    """

    #: Words for messages, and the sentence about an attempt that is still unclear.
    NOUN: ClassVar[str] = "reset"
    VERB: ClassVar[str] = "reset"
    MAY_BE_LIVE: ClassVar[str] = (
        "; it is not known whether the password that an earlier run sent took effect: keep it, and run again when this "
        "is mended"
    )

    target: Target
    plan: Plan
    applied: Applied | None = None
    refusal: PartnerCenterError | str | None = None
    unclear: bool = False
    settled: Certainty | None = None

    @property
    def sends(self) -> bool:
        """Return whether a password is to be sent; the limits count these users."""
        return self.refusal is None and self.plan.sends

    @property
    def moves(self) -> bool:
        """Return whether there is anything to do for the user."""
        return self.refusal is None and self.plan.writes

    @property
    def left_out(self) -> bool:
        """Return whether the task excludes the user. A user with an unclear earlier attempt fails instead."""
        return isinstance(self.refusal, LeftOut) and not self.unclear

    @property
    def failed(self) -> bool:
        """Return whether the user has failed before anything is sent."""
        return (self.refusal is not None and not self.left_out) or self.plan.step is Step.HOLD

    @property
    def before(self) -> Applied | None:
        """Return the reset that took effect last before the task."""
        return self.applied

    @property
    def certainty(self) -> Certainty:
        """Return how it is known that nothing is due."""
        return self.settled or Certainty.LEDGER

    def after(self, now: datetime) -> Applied:
        """Return the reset that would take effect if the plan were carried out."""
        intent = self.target.intent
        return Applied(now, intent.trigger.rotation_id, intent.force_change_password)
