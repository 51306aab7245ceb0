# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The common part of connections to all services: how many calls go on, and one connection for each process."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from .gates import Gates
from .settings import Settings


@dataclass(frozen=True)
class Traffic:
    """The part of a connection that the engines look at while they work: the calls that go on, and throttling."""

    settings: Settings
    gates: Gates

    @property
    def concurrency(self) -> int:
        return self.settings.concurrency

    @property
    def throttled(self) -> int:
        return self.gates.throttled

    def is_open(self, customer_id: str) -> bool:
        return self.gates.is_open(customer_id)


Made = TypeVar("Made")


@dataclass(frozen=True)
class PerProcess(Generic[Made]):
    """The connections of this process, by what they were made from. Loop items share tokens, sockets and gates.

    A forked process makes its own, because it must not share sockets and locks with its parent.
    """

    _made: dict[Hashable, Made] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        own = os.getpid(), key
        with self._lock:
            if own not in self._made:
                self._made[own] = make()
            return self._made[own]
