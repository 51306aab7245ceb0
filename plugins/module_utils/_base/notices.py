# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Warnings for the person who runs a task that goes on: collected here, shown by ``_ansible/boundary.py``.

A process shows each text once, because workers and loop items would repeat it. Texts hold names of options and files,
never values.
"""

from __future__ import annotations

import threading

_lock = threading.Lock()
_known: set[str] = set()
_waiting: list[str] = []


def add(text: str) -> None:
    """Keep a text that this process has not had before."""
    with _lock:
        if text not in _known:
            _known.add(text)
            _waiting.append(text)


def take() -> list[str]:
    """Return the texts since the last call, in order."""
    with _lock:
        taken = list(_waiting)
        _waiting.clear()
        return taken
