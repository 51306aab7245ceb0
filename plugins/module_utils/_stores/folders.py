# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folders and files that hold secrets: no links followed, closed to others, replaced whole and durably.

Everything is done relative to open folders, so that nobody can put another folder in between. Raises
:class:`OSError`, and :class:`Unsafe` for what must not be used.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .._base import notices, safe_folders

Unsafe = safe_folders.Unsafe

_LARGEST = 1024 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def opened(root: str, name: str | None = None, *, create: bool = False) -> Iterator[int]:
    """The descriptor of the folder ``root``, or of the folder ``name`` in it; with ``create`` they are made, 0700."""
    with safe_folders.opened(root, create=create) as descriptor:
        if name is None:
            yield descriptor
            return
        inner = _open_inner(descriptor, name, create)
        try:
            _close_to_others(inner, safe_folders.CLOSED_FOLDER, os.path.join(root, name))
            yield inner
        finally:
            os.close(inner)


def read(folder: int, name: str, shown: str, *, largest: int = _LARGEST) -> bytes | None:
    """The content; None where there is no such file. ``shown`` is its path for messages."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError:
        _refuse_link(folder, name, shown)
        raise
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > largest:
            raise Unsafe(f"{shown} is not a file of this store")
        _close_to_others(descriptor, safe_folders.CLOSED_FILE, shown)
        return file.read()


class Durability:
    """Makes changes of a folder durable, for many threads at once: the first to come does it for all behind it."""

    def __init__(self) -> None:
        self._asking, self._syncing = threading.Lock(), threading.Lock()
        self._asked = self._durable = 0

    def sync(self, folder: int) -> None:
        """Returns when everything that this thread has done in the folder is on disk."""
        with self._asking:
            self._asked += 1
            ticket = self._asked
        with self._syncing:
            if self._durable >= ticket:
                return
            with self._asking:
                last = self._asked
            os.fsync(folder)
            self._durable = last


def replace(folder: int, name: str, content: bytes, durability: Durability) -> None:
    """Puts a new file in the place of the old one, 0600; after a crash it is the one or the other, whole."""
    temporary = f".{name}.new"
    with suppress(FileNotFoundError):
        os.unlink(temporary, dir_fd=folder)
    descriptor = safe_folders.new_file(temporary, folder)
    try:
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    durability.sync(folder)


def _open_inner(root: int, name: str, create: bool) -> int:
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=root)
    except FileNotFoundError:
        if not create:
            raise
    except OSError:
        _refuse_link(root, name, name)
        raise
    with suppress(FileExistsError):
        os.mkdir(name, safe_folders.CLOSED_FOLDER, dir_fd=root)
    os.fsync(root)
    return _open_inner(root, name, create=False)


def _refuse_link(folder: int, name: str, shown: str) -> None:
    with suppress(OSError):
        if stat.S_ISLNK(os.lstat(name, dir_fd=folder).st_mode):
            raise Unsafe(f"{shown} is a symbolic link, and links are not followed inside a store")


def _close_to_others(descriptor: int, wanted: int, shown: str) -> None:
    """A git checkout makes 0644: such files are mended where that is allowed, and refused where it is not."""
    mode = safe_folders.close_to_others(descriptor, wanted, shown)
    if mode & stat.S_IROTH and stat.S_ISREG(mode):
        store = os.path.dirname(os.path.dirname(shown))
        notices.add(f"{store}: every user of this machine could read files of this store; they were closed")
