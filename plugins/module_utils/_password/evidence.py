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
from .._base.identifiers import derived_id, is_named, named_id
from .._base.secret import Secret
from .._directory.records import Certainty, Sought
from .lookup import Target
from .outcome import Applied


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

    @property
    def sought(self) -> Sought:
        """What the service is asked for where the answer was lost."""
        key, sent_at, begun_at = self.target.key, self.sent_at, self.begun_at
        return Sought(*key, self.trace, sent_at, begun_at, alone=self.alone, unique=self.unique)


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


def correlation_id(target: Target, rotation: str | None) -> str:
    """A new id under which a rotation is applied, and by which it can be recognised.

    It is made anew each time: nobody can make the service record it before, and no record of an earlier attempt has it.
    It names the rotation all the same, so that a run without any local state finds what was applied.
    """
    return named_id(*target.key, rotation or "")


def names(value: str | None, key: tuple[str, str], rotation: str) -> bool:
    """Whether a correlation id is of this rotation of this user, also where release 0.1.0 has made it."""
    return value is not None and (value == published_id(key, rotation) or is_named(value, *key, rotation))


def published_id(key: tuple[str, str], rotation: str) -> str:
    """The correlation id that release 0.1.0 gave to a rotation, whatever the evidence (``uuid5``)."""
    return derived_id(*key, rotation)


def is_unique(key: tuple[str, str], rotation: str | None, trace: Trace) -> bool:
    """Whether the ids belong to one application only: those of 0.1.0 are the same each time."""
    return rotation is None or trace.correlation_id != published_id(key, rotation)


def ids(correlation: str, attempt: int) -> Trace:
    """The ids of an attempt where they are recorded: another number means another request."""
    return Trace(derived_id(correlation, str(attempt)), correlation)


def make_attempt(target: Target, known: Known, now: datetime) -> Attempt:
    """A new attempt, with the ids that the evidence asks for, or with new ones."""
    intent = target.intent
    return Attempt(
        target=target,
        password=target.password,
        force_change_password=intent.force_change_password,
        rotation_id=intent.trigger.rotation_id,
        attempt=known.attempt,
        trace=known.next_trace or ids(correlation_id(target, intent.trigger.rotation_id), known.attempt),
        sent_at=now,
        begun_at=now,
        alone=known.unfinished is None,
    )


def resume_attempt(target: Target, known: Known, now: datetime) -> Attempt:
    """The unfinished attempt once more: the same ids, the same body."""
    unfinished = known.unfinished
    if unfinished is None:
        return make_attempt(target, known, now)
    return Attempt(
        target=target,
        password=target.password,
        force_change_password=unfinished.force_change_password,
        rotation_id=unfinished.rotation_id,
        attempt=unfinished.attempt,
        trace=unfinished.trace,
        sent_at=unfinished.sent_at,
        begun_at=now,
        resumed=True,
        alone=unfinished.alone,
        unique=is_unique(target.key, unfinished.rotation_id, unfinished.trace),
    )
