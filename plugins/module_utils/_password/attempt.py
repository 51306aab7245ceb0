# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ids of one attempt to set a password.

The same rotation id gives the same ids on every machine and in every run, so that a request of a run that died and
its repetition are one request to the service, and the audit log names the rotation it belongs to.
"""

from __future__ import annotations

from datetime import datetime

from .._service.errors import Trace
from .._service.identifiers import derived_id, random_id
from .evidence import Attempt, Known
from .intent import Policy
from .targets import Target


def correlation_id(target: Target, rotation: str) -> str:
    """``uuid5`` over customer, user and rotation."""
    return derived_id(*target.key, rotation)


def make_attempt(target: Target, known: Known, now: datetime) -> Attempt:
    """A new attempt. Only ``when_rotated`` names a rotation that is applied once; else a random id stands for it."""
    intent = target.intent
    rotation = intent.trigger.rotation_id if intent.trigger.policy is Policy.WHEN_ROTATED else None
    rotation = rotation or random_id()
    return Attempt(
        target=target,
        password=target.password,
        force_change_password=intent.force_change_password,
        rotation_id=intent.trigger.rotation_id,
        attempt=known.attempt,
        trace=Trace(derived_id(*target.key, rotation, str(known.attempt)), correlation_id(target, rotation)),
        sent_at=now,
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
        resumed=True,
        alone=unfinished.alone,
    )
