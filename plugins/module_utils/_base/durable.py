# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Functions that write a file: replace it, make it once, or append to it. The content is on disk when they return.

Stores, ledgers, the ledger's key, event logs and token files follow the same rules: no symbolic link is followed, a new
file is 0600 whatever the umask, and a write that fails leaves nothing behind. Functions raise :class:`OSError`, and
:class:`Unsafe` for a file or folder that must not be used.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from . import lock, notices, safe_folders
from .safe_folders import CLOSED_FILE, READABLE_FILE, Unsafe

#: How long another process may take to append to the same file.
_APPEND_SECONDS = 60.0


class Durability:
    """Make the changes of a folder durable. Of many threads that wait, one calls ``fsync`` for all."""

    def __init__(self) -> None:
        self._asking, self._syncing = threading.Lock(), threading.Lock()
        self._asked = self._durable = 0

    def sync(self, folder: int) -> None:
        """Return when everything that this thread has done in the folder is on disk."""
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


@dataclass(frozen=True)
class Mark:
    """Inode, size in bytes and time of change of a file. A later file with the same name has another mark."""

    inode: int
    size: int
    changed_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Mark:
        return cls(status.st_ino, status.st_size, status.st_mtime_ns)


def read(
    path: str,
    *,
    largest: int,
    folder: int | None = None,
    shown: str | None = None,
    allowed: int = CLOSED_FILE,
    notice: str | None = None,
) -> bytes | None:
    """Return the content of a file, or None where there is no file.

    ``path`` may be relative to an open ``folder``; ``shown`` is what messages call it. Permissions that are not
    ``allowed`` are taken away, with the ``notice`` where every user of the machine could read the file.
    """
    shown = shown or path
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError:
        safe_folders.refuse_link(path, folder, shown)
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unsafe(f"{shown} is not a regular file")
        if status.st_size > largest:
            raise Unsafe(f"{shown} is larger than such a file can be ({os.strerror(errno.EFBIG)})")
        mode = safe_folders.close_to_others(descriptor, allowed, shown)
        if notice and mode & stat.S_IROTH:
            notices.add(notice)
        return b"".join(iter(lambda: os.read(descriptor, status.st_size + 1), b""))
    finally:
        os.close(descriptor)


def replace(
    folder: int, name: str, content: bytes, durability: Durability | None = None, *, mode: int = CLOSED_FILE
) -> Mark:
    """Replace a file, and return the mark of the new one. After a crash, the old or the new file is there, complete.

    ``folder`` is an open descriptor, so that nobody can exchange the folder. The caller keeps other writers out.
    """
    temporary = f".{name}.new"
    with _written(folder, temporary, content, mode) as written:
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    (durability or Durability()).sync(folder)
    return written


def mark_of(folder: int, name: str) -> Mark | None:
    """Return the mark of a file as it is now; None where there is none."""
    try:
        return Mark.of(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return None


def create(folder: int, name: str, content: bytes) -> None:
    """Make a file if there is none. Where several processes try it at the same time, the first one wins."""
    temporary = f".{name}.{secrets.token_hex(4)}.new"
    with _written(folder, temporary, content), contextlib.suppress(FileExistsError):
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    os.unlink(temporary, dir_fd=folder)
    os.fsync(folder)


@contextlib.contextmanager
def _written(folder: int, temporary: str, content: bytes, mode: int = CLOSED_FILE) -> Iterator[Mark]:
    """Write a new file with a temporary name, give its mark, and remove it where this or the ``with`` fails."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(temporary, flags, CLOSED_FILE, dir_fd=folder)
    except FileExistsError:  # a run that was killed has left it
        os.unlink(temporary, dir_fd=folder)
        descriptor = os.open(temporary, flags, CLOSED_FILE, dir_fd=folder)
    try:
        try:
            _write(descriptor, content)
            status = os.fstat(descriptor)
            if stat.S_IMODE(status.st_mode) != mode:
                with contextlib.suppress(PermissionError):  # a share without permissions of its own
                    os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        yield Mark.of(status)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def _write(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


class GroupAppender:
    """A file of lines that many threads and processes append to. Lines that arrive during a write go together into the
    next one.

    The file is made at the first write, and is open only during a write, because a run has one for each customer.
    Lines that could not be written completely are removed from the file and stay queued. A torn line, which a power cut
    leaves, is ended before the next line. A closed appender raises :class:`OSError`.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._queue: list[str] = []
        self._queued = self._written = 0
        self._writing = self._closed = False
        self._changed = threading.Condition()

    @property
    def waits(self) -> bool:
        """Return whether anything is queued."""
        return bool(self._queue)

    def queue(self, text: str) -> int:
        """Take whole lines; return the ticket with which :meth:`flush` waits for them."""
        with self._changed:
            self._queue.append(text)
            self._queued += 1
            return self._queued

    def flush(self, ticket: int | None = None, *, durable: bool = True) -> None:
        """Return when everything up to the ticket (None: all) is on disk.

        Without ``durable``, the lines survive the end of the process, but not a crash of the machine.
        """
        with self._changed:
            ticket = self._queued if ticket is None else ticket
            while self._writing and self._written < ticket:
                self._changed.wait()
            if self._written >= ticket:
                return
            if self._closed:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            texts, self._queue, last, self._writing = self._queue, [], self._queued, True
        try:
            append(self._path, "".join(texts), durable=durable)
            texts, self._written = [], last
        finally:
            with self._changed:
                self._queue, self._writing = texts + self._queue, False
                self._changed.notify_all()

    def close(self) -> None:
        """Wait until nobody writes; refuse every later write."""
        with self._changed:
            while self._writing:
                self._changed.wait()
            self._closed = True


def append(path: str, text: str, *, durable: bool = True) -> None:
    """Append whole lines to a file that several processes append to; see :class:`GroupAppender`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, CLOSED_FILE)
    try:
        safe_folders.close_to_others(descriptor, READABLE_FILE, path)
        if not os.fstat(descriptor).st_size:
            safe_folders.sync(os.path.dirname(path) or ".")
        lock.hold(descriptor, path, _APPEND_SECONDS)
        try:
            _append(descriptor, text.encode(), durable)
        finally:
            lock.let_go(descriptor)
    finally:
        os.close(descriptor)


def _append(descriptor: int, content: bytes, durable: bool) -> None:
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        content = b"\n" + content
    try:
        _write(descriptor, content)
        if durable:
            os.fsync(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, size)
        raise
