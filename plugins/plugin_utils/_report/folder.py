# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder of a report: files that are complete or not there, and one writer at a time."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ansible_collections.csp.partnercenter.plugins.module_utils._base import safe_folders

#: The owner writes, the group reads, and nobody else does: reports hold names of users.
_FOLDER, _FILE = 0o750, 0o640


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Make the folder where it is missing, and hold it: slices of a job write one after another."""
    data = os.path.join(path, "data")
    _make(os.path.abspath(data))
    descriptor = os.open(os.path.join(data, ".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make(path: str) -> None:
    if os.path.isdir(path):
        return
    _make(os.path.dirname(path))
    with suppress(FileExistsError):
        os.mkdir(path, _FOLDER)
        os.chmod(path, _FOLDER)


def write(path: str, text: str) -> None:
    """Put the text in the place of the file, so that a reader sees the old one or the new one, whatever happens."""
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{secrets.token_hex(4)}")
    descriptor = safe_folders.new_file(temporary)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
            file.flush()
            with suppress(PermissionError):
                os.fchmod(file.fileno(), _FILE)
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    safe_folders.sync(folder)


def lines(path: str) -> list[str]:
    """Return the lines of the file; none where there is no file."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().split("\n")
    except FileNotFoundError:
        return []
