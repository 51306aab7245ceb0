# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of one user's handover in this run, and the tools of a handover."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from .._base.errors import PartnerCenterError
from .._directory.directory import Users
from .._directory.records import Delivery, Fate, Sought
from .._password.lookup import Target
from .._rotation.cycle import RotationDecision, sought_of
from .._stores.document import Document
from .._stores.records import Pending
from .link_desk import LinkDesk
from .record import HandoverRecord


class HandoverDecision(RotationDecision):
    """The decision for one user. ``stored``: the document that it is based on, at its revision."""

    NOUN: ClassVar[str] = "handover"
    VERB: ClassVar[str] = "set a temporary password behind a link"
    MAY_BE_LIVE: ClassVar[str] = (
        "; a password of an earlier run may be the live one: run again with its rotation_id, which tells its link"
    )


@dataclass(frozen=True)
class Desk(LinkDesk):
    """The tools of a handover, and who asks for it and why."""

    users: Users


@dataclass(frozen=True)
class Handing:
    """The state of one user's handover in this run.

    ``record``: the link of the password that is live, or may be. ``open``: the request that waits for evidence.
    ``disputed``: what witnesses say who contradict each other.
    ``error``: the link service or the store failed. ``left_alone``: why nothing was done. ``begun_at``: when this run
    began with the user, by this machine's clock.
    """

    decision: HandoverDecision
    document: Document | None
    record: HandoverRecord | None = None
    delivery: Delivery | None = None
    open: Pending | None = None
    disputed: str = ""
    error: PartnerCenterError | None = None
    left_alone: str | None = None
    warnings: tuple[str, ...] = ()
    begun_at: datetime | None = None

    @property
    def target(self) -> Target:
        return self.decision.target

    @property
    def sought(self) -> Sought | None:
        """Return what to ask the witness for."""
        if self.open is None or self.error is not None:
            return None
        return sought_of(self.target, self.open, self.document, self.begun_at if self.delivery else None)

    @property
    def concerns_all(self) -> bool:
        return self.delivery is not None and self.delivery.concerns_all

    @property
    def failed(self) -> bool:
        refused = self.delivery is not None and self.delivery.fate is not Fate.ACCEPTED
        return refused or self.error is not None or self.left_alone is not None
