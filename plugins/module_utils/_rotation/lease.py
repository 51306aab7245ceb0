# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How runs on several machines keep out of each other's way: a pending password is leased to the run that began it."""

from __future__ import annotations

from datetime import UTC, datetime

from .._base.moments import lies_ahead
from .._stores.base import Hold
from .._stores.document import LEASE
from .._stores.records import Pending


def is_leased(hold: Hold, pending: Pending, now: datetime) -> bool:
    """Whether a run on another machine may be at it. A lease from a clock that was ahead is not believed."""
    believed = not lies_ahead(pending.leased_until - LEASE, now)
    return believed and not hold.may_resume(pending, now)


def leased(pending: Pending) -> str:
    """Why the user is left alone, and until when."""
    until = f"{pending.leased_until.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return (
        "a run on another machine has begun a rotation of this user, and it is not known whether that run is alive; "
        f"its password is pending. Run again after {until}, which finishes it"
    )
