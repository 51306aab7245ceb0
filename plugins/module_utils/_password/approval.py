# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a task as a short text, so that what somebody approved can be told from another plan. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

from .._base.errors import InputError
from .decision import Decision


def plan_of(due: Iterable[Decision]) -> str:
    """Return the SHA-256 of who is sent a password, why, and for which rotation. The order does not matter."""
    return _digest(
        [
            *decision.target.key,
            decision.plan.step.value,
            decision.plan.reason.value if decision.plan.reason else None,
            decision.target.intent.trigger.rotation_id,
            decision.target.intent.force_change_password,
        ]
        for decision in due
    )


def plan_of_all(plans: Sequence[str]) -> str:
    """Return one plan for several tasks, such as those of a play."""
    return plans[0] if len(plans) == 1 else _digest([plan] for plan in plans)


def check_approved(approved: str, plan: str, resets: int) -> None:
    """Raise :class:`InputError` where resets are due and the plan is not the approved one. Empty: none is asked for."""
    if approved and resets and approved != plan:
        raise InputError(
            "approved_plan",
            f"is not the plan of this run: {resets} resets are due, and they are not those that were approved; nothing "
            "was sent. Make a new plan in check mode, and have that approved",
        )


def _digest(entries: Iterable[list[object]]) -> str:
    lines = sorted(json.dumps(entry) for entry in entries)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
