# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When and what was last applied to a user: what every kind of evidence answers, and is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from .._base.errors import Trace
from .._base.secret import Secret
from .._directory.records import Certainty
from .outcome import Applied
from .targets import Target


@dataclass(frozen=True)
class Unfinished:
    """An attempt of an earlier run whose end is not known. ``same_password``: the caller brings its password again.

    ``alone``: it did not override an earlier one whose end is not known either.
    """

    trace: Trace
    sent_at: datetime
    rotation_id: str | None
    attempt: int
    force_change_password: bool
    same_password: bool
    alone: bool = True


@dataclass(frozen=True)
class Known:
    """What is known of one user. ``same_password`` compares the caller's password with the one applied.

    ``next_trace``: the ids that the next attempt must have; new ones where it is None. ``clock``: the time by the clock
    that dated what is ``applied``, where that is another one than this machine's.
    """

    applied: Applied | None = None
    same_password: bool = False
    certainty: Certainty = Certainty.LEDGER
    unfinished: Unfinished | None = None
    attempt: int = 1
    next_trace: Trace | None = None
    clock: datetime | None = None

    def settled(self, at: datetime) -> Known:
        """The same with the unfinished attempt known to have taken effect."""
        if self.unfinished is None:
            return self
        applied = Applied(at, self.unfinished.rotation_id, self.unfinished.force_change_password)
        return Known(applied, same_password=self.unfinished.same_password, certainty=self.certainty)


@dataclass(frozen=True)
class Attempt:
    """One password on its way. ``attempt`` counts definitive refusals of the same rotation, from 1.

    ``sent_at`` is the first time, perhaps in an earlier run and by another clock; ``begun_at`` is when this run sends
    it. ``alone``: no earlier attempt of this user is open. ``unique``: no earlier one can have had the same ids.
    """

    target: Target
    password: Secret = field(repr=False)
    force_change_password: bool
    rotation_id: str | None
    attempt: int
    trace: Trace
    sent_at: datetime
    begun_at: datetime
    resumed: bool = False
    alone: bool = True
    unique: bool = True


class Evidence(Protocol):
    """Safe under threads, apart from ``open`` and ``close``. Every method raises :class:`EvidenceError`."""

    def open(self, users: Collection[tuple[str, str]]) -> None:
        """Reads what there is about these users, given by their keys, and keeps other runs away from their customers
        until ``close``."""

    def known(self, target: Target) -> Known:
        """What is known of this user; raises :class:`EvidenceError` where that is unclear."""

    def in_doubt(self, customer_id: str | None) -> frozenset[str]:
        """Ids and folded names of users for whom an attempt is open, of all customers where none is given.

        Never raises: what cannot be read tells nothing.
        """

    def sending(self, attempt: Attempt) -> None:
        """Returns when it is recorded durably that this attempt is about to leave."""

    def applied(self, target: Target, at: datetime, certainty: Certainty) -> None:
        """The attempt that was sent last, perhaps by an earlier run, took effect."""

    def refused(self, target: Target, *, answered: bool) -> None:
        """The attempt that was sent last cannot have taken effect: it was refused, or (not ``answered``) never sent."""

    def answered(self, target: Target) -> None:
        """The request was refused after a try that may have taken effect: its id is used up, the attempt stays open."""

    def close(self) -> list[str]:
        """Gives back what ``open`` took; the sentences it returns are warnings for the user."""
