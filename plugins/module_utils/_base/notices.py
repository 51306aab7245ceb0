# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notices for the person who runs a task, although the task goes on: collected here, shown at the boundary.

Each text comes once in a process: workers and loop items would repeat it. Texts are our own, with names of options and
files in them, never values.
"""

from __future__ import annotations

import threading

_lock = threading.Lock()
_known: set[str] = set()
_waiting: list[str] = []


def add(text: str) -> None:
    """Note a text that was not noted before in this process."""
    with _lock:
        if text not in _known:
            _known.add(text)
            _waiting.append(text)


def take() -> list[str]:
    """Return what was noted since the last call, in order."""
    with _lock:
        taken = list(_waiting)
        _waiting.clear()
        return taken
