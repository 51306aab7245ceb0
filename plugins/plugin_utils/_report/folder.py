# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder of a report: files that are complete or not there, and one writer at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ansible_collections.csp.partnercenter.plugins.module_utils._base import durable
from ansible_collections.csp.partnercenter.plugins.module_utils._base.lock import Lock

#: The owner writes, the group reads, and nobody else does: reports hold names of users.
_FOLDER, _FILE = 0o750, 0o640
#: How long another part of the run may take to write.
_SECONDS = 600.0


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Make the folder where it is missing, and hold it: slices of a job write one after another."""
    data = os.path.join(os.path.abspath(path), "data")
    _make(data)
    with Lock(os.path.join(data, ".lock"), _SECONDS):
        yield


def _make(path: str) -> None:
    if os.path.isdir(path):
        return
    _make(os.path.dirname(path))
    with suppress(FileExistsError):
        os.mkdir(path, _FOLDER)
        os.chmod(path, _FOLDER)


def write(path: str, text: str) -> None:
    """Put the text in the place of the file, so that a reader sees the old one or the new one, whatever happens."""
    place, name = os.path.split(path)
    folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        durable.replace(folder, name, text.encode("utf-8", "replace"), mode=_FILE)
    finally:
        os.close(folder)


def lines(path: str) -> list[str]:
    """Return the lines of the file; none where there is no file."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().split("\n")
    except FileNotFoundError:
        return []
