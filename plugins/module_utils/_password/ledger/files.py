# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The three things that the ledger does with files: read text, append durably, replace durably."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import threading
import time
from collections.abc import Callable

_LOCK_SECONDS = 1800.0
_POLL_SECONDS = 0.05

#: Some hundred thousand users of one customer.
LARGEST = 256 * 1024 * 1024


def read_text(path: str) -> str | None:
    """The text of a file, or None where there is no file; raises :class:`OSError` or :class:`UnicodeDecodeError`."""
    try:
        descriptor = _open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, encoding="utf-8") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        if status.st_size > LARGEST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return file.read()


def replace(path: str, text: str) -> None:
    """Puts a new file in the place of the old one; after a crash it is the one or the other, whole."""
    temporary = f"{path}.new"
    descriptor = _open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        _write(descriptor, text)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(temporary, path)
    sync_folder(os.path.dirname(path))


class Appender:
    """A file that only grows. What could not be written whole is taken back."""

    def __init__(self, path: str) -> None:
        self._descriptor = _open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        sync_folder(os.path.dirname(path))

    def append(self, text: str, *, durable: bool = True) -> None:
        """Returns when the text is on disk, or (not ``durable``) would outlive the process, but not the machine."""
        size = os.fstat(self._descriptor).st_size
        try:
            _write(self._descriptor, text)
            if durable:
                os.fsync(self._descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, size)
            raise

    def close(self) -> None:
        os.close(self._descriptor)


class GroupAppender:
    """A file that many threads append to: what comes while one of them writes becomes durable together.

    It is made when it is first written to. What could not be written stays queued. Once closed, it takes nothing.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._appender: Appender | None = None
        self._queue: list[str] = []
        self._queued = self._written = 0
        self._writing = self._closed = False
        self._changed = threading.Condition()

    @property
    def waits(self) -> bool:
        """Whether anything is queued."""
        return bool(self._queue)

    def queue(self, text: str) -> int:
        """The ticket with which :meth:`flush` waits for it."""
        with self._changed:
            self._queue.append(text)
            self._queued += 1
            return self._queued

    def flush(self, ticket: int | None = None, *, durable: bool = True) -> None:
        """Returns when everything up to the ticket, or all, is in the file; raises :class:`OSError`."""
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
            self._appender = self._appender or Appender(self._path)
            self._appender.append("".join(texts), durable=durable)
            texts, self._written = [], last
        finally:
            with self._changed:
                self._queue, self._writing = texts + self._queue, False
                self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            appender, self._appender, self._closed = self._appender, None, True
        if appender is not None:
            appender.close()


class Lock:
    """An advisory lock between processes, held until ``release`` or the end of the process."""

    def __init__(self, path: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        """Waits for it; raises :class:`TimeoutError` after half an hour."""
        self._descriptor = _open(path, os.O_RDWR | os.O_CREAT)
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(self._descriptor)
                    raise TimeoutError(f"{path} is held by another run") from None
                sleep(_POLL_SECONDS)

    def release(self) -> None:
        os.close(self._descriptor)


def sync_folder(folder: str) -> None:
    """Makes the names in the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open(path: str, flags: int) -> int:
    """Never through a symbolic link; readable by its owner only."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _write(descriptor: int, text: str) -> None:
    rest = memoryview(text.encode())
    while rest:
        rest = rest[os.write(descriptor, rest) :]
