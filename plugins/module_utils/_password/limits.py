# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The limits of a task: more than this is due, so nothing is sent. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .._base.errors import InputError
from .lookup import Target

_NAMES_SHOWN = 10


def check_limits(due: Sequence[Target], *, most: int, each: int, counted: str) -> None:
    """Raise :class:`InputError` where more is due than ``most`` for the task, or ``each`` for a customer.

    0 means no limit. ``counted``: what is counted, as in the names of the options.
    """
    if 0 < most < len(due):
        raise InputError(
            f"max_{counted}",
            f"is {most}, and {len(due)} {counted} are due; nothing was sent. Raise it if that is meant",
        )
    counts = Counter(target.customer_id for target in due)
    over = [(customer_id, count) for customer_id, count in counts.most_common() if count > each > 0]
    if over:
        names = {target.customer_id: target.intent.account.customer for target in due}
        told = ", ".join(f"{names[customer_id]} ({count})" for customer_id, count in over[:_NAMES_SHOWN])
        more = f" and {len(over) - _NAMES_SHOWN} more" if len(over) > _NAMES_SHOWN else ""
        raise InputError(
            f"max_{counted}_per_customer",
            f"is {each}, and more {counted} are due for {told}{more}; nothing was sent to any customer. "
            "Raise it if that is meant",
        )
