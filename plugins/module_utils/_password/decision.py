# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was decided for one user, whichever way the password is made."""

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
    """A refusal for what a user is, which no run will change, where such users are to be passed over (``skip``)."""

    __slots__ = ()


@dataclass(frozen=True)
class Decision:
    """The plan for one user. ``applied``: what took effect last. ``refusal``: why the plan is not carried out.

    ``unclear``: nobody knows whether an attempt of an earlier run took effect. ``settled``: it was found that it did.
    """

    #: How messages name what is done, and what an attempt that is still unclear means.
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
        """Whether a password is to be sent: what limits count."""
        return self.refusal is None and self.plan.sends

    @property
    def moves(self) -> bool:
        """Whether there is anything to do for the user."""
        return self.refusal is None and self.plan.writes

    @property
    def left_out(self) -> bool:
        """Whether policy leaves the user out. Where an earlier attempt is unclear, that is a failure all the same."""
        return isinstance(self.refusal, LeftOut) and not self.unclear

    @property
    def failed(self) -> bool:
        """Whether the user has failed before anything is sent."""
        return (self.refusal is not None and not self.left_out) or self.plan.step is Step.HOLD

    @property
    def before(self) -> Applied | None:
        """What was applied last when the task began."""
        return self.applied

    @property
    def certainty(self) -> Certainty:
        """How it is known that nothing is due."""
        return self.settled or Certainty.LEDGER

    def after(self, now: datetime) -> Applied:
        """What would be applied if the plan were carried out."""
        intent = self.target.intent
        return Applied(now, intent.trigger.rotation_id, intent.force_change_password)
