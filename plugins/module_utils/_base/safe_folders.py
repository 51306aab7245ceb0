# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folders in which this collection keeps files: made for the owner alone, and refused where everybody can write.

Stores, ledgers, the ledger's key, event logs and token files follow the same rules. A file in an open folder is reached
by the folder's descriptor, so that nobody can exchange the folder. Functions raise :class:`OSError`, and
:class:`Unsafe` for a file or folder that must not be used.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from . import notices

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
CLOSED_FOLDER = 0o700
CLOSED_FILE = 0o600

#: The mode of a file that others may read but not write, such as a ledger in git.
READABLE_FILE = 0o644


class Unsafe(Exception):
    """A file or folder must not be used. The text names it and says why."""


def make(path: str) -> bool:
    """Make the folder and its missing parents, 0700 whatever the umask. Return whether the folder was missing.

    The new folders are on disk when this returns.
    """
    path = os.path.abspath(path)
    if os.path.isdir(path):
        return False
    parent = os.path.dirname(path)
    make(parent)
    try:
        os.mkdir(path, CLOSED_FOLDER)
    except FileExistsError:
        return False
    with suppress(PermissionError):  # a share without permissions; a folder that is open to all is refused later
        os.chmod(path, CLOSED_FOLDER)  # the umask may have taken the owner's bits as well
    with suppress(PermissionError):  # a parent that may be written, but not read
        sync(parent)
    return True


def sync(folder: str) -> None:
    """Make the changes of the folder's entries durable."""
    descriptor = os.open(folder, _FOLDER)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def opened(path: str, name: str | None = None, *, create: bool = False) -> Iterator[int]:
    """Open a folder, or the folder ``name`` in it, and give its descriptor.

    A folder that everybody can write is refused. With ``create``, missing folders are made. ``name`` must not be a
    link.
    """
    if create:
        make(path)
    descriptor = os.open(path, _FOLDER)
    try:
        _refuse_shared(descriptor, path)
        _tell_of_parent(path)
        if name is None:
            yield descriptor
            return
        inner = _open_inner(descriptor, name, create)
        try:
            close_to_others(inner, CLOSED_FOLDER, os.path.join(path, name))
            yield inner
        finally:
            os.close(inner)
    finally:
        os.close(descriptor)


def check(path: str, *, create: bool = False) -> None:
    """Make the checks of :func:`opened`, for callers that need the path only. A missing folder passes."""
    with suppress(FileNotFoundError), opened(path, create=create):
        pass


def _refuse_shared(descriptor: int, shown: str) -> None:
    """Refuse an open folder that everybody can write; warn about one that its group can write."""
    mode = os.fstat(descriptor).st_mode
    if mode & stat.S_IWOTH:
        raise Unsafe(f"{shown} can be written by everybody: chmod o-w {shown}")
    if mode & stat.S_IWGRP:
        notices.add(f"{shown} can be written by its whole group: chmod g-w {shown}")


def _tell_of_parent(path: str) -> None:
    """Warn about a parent that everybody can write, such as one made under a umask of 0; not about /tmp."""
    parent = os.path.dirname(os.path.abspath(path))
    mode = os.stat(parent).st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        notices.add(f"{parent} can be written by everybody, who can replace {path} by another: chmod o-w {parent}")


def _open_inner(folder: int, name: str, create: bool) -> int:
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    except FileNotFoundError:
        if not create:
            raise
    except OSError:
        refuse_link(name, folder, name)
        raise
    with suppress(FileExistsError):
        os.mkdir(name, CLOSED_FOLDER, dir_fd=folder)
        with suppress(PermissionError):  # a share without permissions, as in make()
            os.chmod(name, CLOSED_FOLDER, dir_fd=folder)  # the umask may have taken the owner's bits as well
    os.fsync(folder)
    return _open_inner(folder, name, create=False)


def refuse_link(path: str, folder: int | None, shown: str) -> None:
    """Raise :class:`Unsafe` where a path, perhaps relative to an open folder, is a symbolic link."""
    with suppress(OSError):
        if stat.S_ISLNK(os.lstat(path, dir_fd=folder).st_mode):
            raise Unsafe(f"{shown} is a symbolic link, and links are not followed here")


def close_to_others(descriptor: int, wanted: int, shown: str) -> int:
    """Remove the permissions that are not ``wanted``; return the mode before. Raises :class:`Unsafe`."""
    mode = os.fstat(descriptor).st_mode
    if mode & 0o777 & ~wanted:
        try:
            os.fchmod(descriptor, mode & wanted)
        except OSError:
            raise Unsafe(
                f"{shown} is open to other users, and this one may not change that: chmod go= {shown}"
            ) from None
    return mode
