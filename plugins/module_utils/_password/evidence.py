# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interface of evidence: what is known of the last reset of a user, and what is recorded of new ones."""

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
    """An attempt of an earlier run whose end is not known.

    ``same_password``: this task gives the same password. ``alone``: no other attempt of the user is open.
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
    """The evidence for one user.

    * ``applied``: the reset that took effect last.
    * ``same_password``: this task gives the password that was applied last.
    * ``certainty``: how the evidence is known.
    * ``unfinished``: an attempt whose end is not known.
    * ``attempt``, ``next_trace``: number and ids for the next attempt; new ids where ``next_trace`` is None.
    * ``clock``: the time by the clock that dated ``applied``, where that is not this machine's clock.
    """

    applied: Applied | None = None
    same_password: bool = False
    certainty: Certainty = Certainty.LEDGER
    unfinished: Unfinished | None = None
    attempt: int = 1
    next_trace: Trace | None = None
    clock: datetime | None = None

    def settled(self, at: datetime) -> Known:
        """Return the evidence after the unfinished attempt was found to have taken effect."""
        if self.unfinished is None:
            return self
        applied = Applied(at, self.unfinished.rotation_id, self.unfinished.force_change_password)
        return Known(applied, same_password=self.unfinished.same_password, certainty=self.certainty)


@dataclass(frozen=True)
class Attempt:
    """One password on its way to the service.

    * ``attempt``: a number within the same rotation, from 1; it grows with each definitive refusal.
    * ``sent_at``: when it was first sent, perhaps in an earlier run and by another clock.
    * ``begun_at``: when this run sends it.
    * ``after``: when the reset before it took effect.
    * ``resumed``: it was sent by an earlier run already.
    * ``alone``: no earlier attempt of this user is open.
    * ``unique``: no other attempt can have had the same ids.
    """

    target: Target
    password: Secret = field(repr=False)
    force_change_password: bool
    rotation_id: str | None
    attempt: int
    trace: Trace
    sent_at: datetime
    begun_at: datetime
    after: datetime | None = None
    resumed: bool = False
    alone: bool = True
    unique: bool = True

    @property
    def sought(self) -> Sought:
        """Return what to ask the witness for if the answer is lost."""
        key, sent_at, begun_at = self.target.key, self.sent_at, self.begun_at
        return Sought(*key, self.trace, sent_at, begun_at, self.after, alone=self.alone, unique=self.unique)


class Evidence(Protocol):
    """The evidence. Safe under threads, apart from ``open`` and ``close``. Methods raise :class:`EvidenceError`."""

    def open(self, users: Collection[tuple[str, str]]) -> None:
        """Read the records of these users (``Target.key``). Keep other runs from their customers until ``close``."""

    def known(self, target: Target) -> Known:
        """Return what is known of this user; raises :class:`EvidenceError` where that is unclear."""

    def in_doubt(self, customer_id: str | None) -> frozenset[str]:
        """Return ids and folded names of users with an open attempt; of all customers where none is given.

        Never raises: records that cannot be read are left out.
        """

    def sending(self, attempt: Attempt) -> None:
        """Record durably that this attempt is about to be sent."""

    def applied(self, target: Target, at: datetime, certainty: Certainty) -> None:
        """Record that the last attempt, perhaps of an earlier run, took effect."""

    def refused(self, target: Target, *, answered: bool) -> None:
        """Record that the last attempt had no effect: it was refused, or (not ``answered``) never sent."""

    def answered(self, target: Target) -> None:
        """Record a refusal after a try that may have taken effect: the attempt stays open, its id is used up."""

    def close(self) -> list[str]:
        """Release what ``open`` took; return warnings for the user."""


def correlation_id(target: Target, rotation: str | None) -> str:
    """Return a new correlation id for a rotation, by which :func:`names` recognises the rotation later.

    It is new each time, so that no earlier record can have it. It still tells the rotation, so that a run without local
    state finds what was applied.
    """
    return named_id(*target.key, rotation or "")


def names(value: str | None, key: tuple[str, str], rotation: str) -> bool:
    """Return whether a correlation id belongs to this rotation of this user, also if release 0.1.0 made it."""
    return value is not None and (value == published_id(key, rotation) or is_named(value, *key, rotation))


def published_id(key: tuple[str, str], rotation: str) -> str:
    """Return the correlation id that release 0.1.0 gave to a rotation (``uuid5``)."""
    return derived_id(*key, rotation)


def is_unique(key: tuple[str, str], rotation: str | None, trace: Trace) -> bool:
    """Return whether no other attempt has these ids: release 0.1.0 used the same ids each time."""
    return rotation is None or trace.correlation_id != published_id(key, rotation)


def ids(correlation: str, attempt: int) -> Trace:
    """Return the recorded ids of an attempt: another number means another request."""
    return Trace(derived_id(correlation, str(attempt)), correlation)


def make_attempt(target: Target, known: Known, now: datetime) -> Attempt:
    """Return a new attempt, with the ids that the evidence asks for, or with new ids."""
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
        after=_set_at(known),
        alone=known.unfinished is None,
    )


def resume_attempt(target: Target, known: Known, now: datetime) -> Attempt:
    """Return the unfinished attempt once more: the same ids, the same body."""
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
        after=_set_at(known),
        resumed=True,
        alone=unfinished.alone,
        unique=is_unique(target.key, unfinished.rotation_id, unfinished.trace),
    )


def _set_at(known: Known) -> datetime | None:
    return known.applied.set_at if known.applied else None
