# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting until a witness has seen what became of attempts."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from .records import Sighting, Sought

Sightings = dict[tuple[str, str], Sighting]
Told = TypeVar("Told")

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 10.0


def wait_for(
    look: Callable[[Sequence[Sought]], Sightings],
    sought: Sequence[Sought],
    *,
    timeout: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> Sightings:
    """Look once, and again at growing intervals until every attempt is seen or ``timeout`` seconds are over.

    If the first look took all of that time, there is a second one, for what could not be read at the first.
    """
    deadline = clock() + timeout
    settled: Sightings = {}
    unseen = list(sought)
    looks_left = 2 if timeout > 0 else 1
    pause = _FIRST_PAUSE
    while unseen:
        settled |= look(unseen)
        unseen = [attempt for attempt in unseen if attempt.key not in settled]
        looks_left -= 1
        left = max(0.0, deadline - clock())
        if not left and looks_left <= 0:
            break
        if unseen:
            sleep(min(pause, left))
            pause = min(pause * 2, _LONGEST_PAUSE)
    return settled


def of_each_customer(
    sought: Sequence[Sought], look: Callable[[str, list[Sought]], dict[tuple[str, str], Told]]
) -> dict[tuple[str, str], Told]:
    """Look at the attempts of one customer after another. A customer whose records cannot be read is left out.

    That holds for every error: passwords may have been sent, and their rows must not be lost.
    """
    told: dict[tuple[str, str], Told] = {}
    for customer_id in {attempt.customer_id for attempt in sought}:
        with contextlib.suppress(Exception):
            told |= look(customer_id, [attempt for attempt in sought if attempt.customer_id == customer_id])
    return told
