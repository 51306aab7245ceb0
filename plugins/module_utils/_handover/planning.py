# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for a handover: the step for one user's document, and why. Pure.

The ticket is the ``rotation_id``. Under one ticket, one password is set.
"""

from __future__ import annotations

from datetime import datetime

from .._base.moments import in_words
from .._directory.records import Certainty
from .._password.outcome import Reason
from .._password.plan import Plan, Step
from .._stores.document import Document
from .._stores.records import State
from .link_desk import open_until


def decide(document: Document | None, ticket: str, now: datetime) -> Plan:
    """Return the plan.

    ``RESET``: a new password behind a new link. ``PROMOTE``: find out what became of an earlier request, and never send
    again, because nobody has its password any more. ``KEEP``: the password of this ticket is set.
    """
    pending = document.pending if document else None
    if document is not None and pending is not None and pending.may_be_live:
        if pending.rotation_id == ticket:
            return Plan(Step.PROMOTE, Reason.RESUMED)
        if pending.state is State.APPLIED:
            return Plan(Step.RESET, Reason.ROTATION_ID)
        if until := open_until(pending, now):
            return Plan(Step.HOLD, message=_WAIT.format(pending.rotation_id, in_words(until)))
        return Plan(Step.RESET, Reason.ROTATION_ID)
    current, previous = (document.current, document.previous) if document else (None, None)
    if current is not None and current.rotation_id == ticket:
        return Plan(Step.HOLD, message=UNKNOWN) if in_doubt(document) else Plan(Step.KEEP)
    if previous is not None and previous.rotation_id == ticket:
        return Plan(Step.HOLD, message=_USED)
    return Plan(Step.RESET, Reason.NO_LEDGER if current is None else Reason.ROTATION_ID)


def in_doubt(document: Document | None) -> bool:
    """Return whether a password of an earlier run may be the live one, and nothing tells."""
    if document is None:
        return False
    assumed = document.current is not None and document.current.evidence == Certainty.ASSUMED.value
    return assumed or (document.pending is not None and document.pending.may_be_live)


UNKNOWN = (
    "it is not known whether the password behind the link took effect. The link may or may not hold the live password, "
    "and is kept: let the user try it, or take another rotation_id, such as the ticket with a number behind it, for a "
    "new password"
)
_WAIT = (
    "the request of rotation_id {} had no answer and may still take effect, so nothing was sent. Run again with that "
    "rotation_id, which asks what became of it, or after {} with this one"
)
_USED = (
    "a password was set under this rotation_id before, and a later one has replaced it; nothing was sent: take another "
    "rotation_id, such as the ticket with a number behind it"
)
