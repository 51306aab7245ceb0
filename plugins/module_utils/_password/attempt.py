# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ids of one attempt to set a password.

The correlation id is made anew for each application of a rotation: nobody can make the service record it before, and no
record of an earlier attempt has it. It names the rotation all the same, so that a run without any local
state finds what was applied in the records of the service.
"""

from __future__ import annotations

from datetime import datetime

from .._base.errors import Trace
from .._base.identifiers import derived_id, is_named, named_id
from .evidence import Attempt, Known
from .targets import Target


def correlation_id(target: Target, rotation: str | None) -> str:
    """A new id under which a rotation is applied, and by which it can be recognised."""
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
