# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collects what can be seen of a run only while it lasts: process lists, and files that do not stay."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

INTERVAL = 0.01


class Watch:
    """Command lines and environments of all processes that are new, and every state of the files in some folders.

    ``marker`` is a text in the environment of every process that belongs to the run.
    """

    def __init__(self, marker: str, folders: Sequence[Path]) -> None:
        #: Of the run's own processes, and of others.
        self.own_commands: set[bytes] = set()
        self.own_environments: set[bytes] = set()
        self.others: set[bytes] = set()
        self.files: dict[str, set[bytes]] = {}
        self.looks = 0
        self._marker = marker.encode()
        self._folders = folders
        self._read: set[tuple[str, int, int, int]] = set()
        self._older = set(os.listdir("/proc"))
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(INTERVAL):
            self.looks += 1
            for pid in os.listdir("/proc"):
                if pid.isdigit() and pid not in self._older:
                    self._process(pid)
            for folder in self._folders:
                for place, _folders, names in os.walk(folder):
                    for name in names:
                        self._file(os.path.join(place, name))

    def _process(self, pid: str) -> None:
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read()
            with open(f"/proc/{pid}/environ", "rb") as file:
                environment = file.read()
        except OSError:
            return  # it has ended
        if self._marker in environment:
            self.own_commands.add(command)
            self.own_environments.add(environment)
        else:
            self.others |= {command, environment}

    def _file(self, path: str) -> None:
        try:
            status = os.stat(path, follow_symlinks=False)
            state = (path, status.st_ino, status.st_mtime_ns, status.st_size)
            if state in self._read:
                return
            with open(path, "rb") as file:
                content = file.read()
        except OSError:
            return
        self._read.add(state)
        self.files.setdefault(path, set()).add(content)
