# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The things that the ledger does with files: read text, append durably, replace durably, lock."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import threading
import time
from collections.abc import Callable

from ..._base import safe_folders

_LOCK_SECONDS = 1800.0
_POLL_SECONDS = 0.05

#: How long another process may take to append to the same file.
_APPEND_SECONDS = 60.0

#: Some hundred thousand users of one customer.
LARGEST = 256 * 1024 * 1024


def read_text(path: str) -> str | None:
    """The text of a file, or None where there is no file.

    Raises :class:`OSError`, :class:`UnicodeDecodeError`, or :class:`safe_folders.Unsafe`.
    """
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
        safe_folders.close_to_others(descriptor, safe_folders.READABLE_FILE, path)
        return file.read()


def replace(path: str, text: str) -> None:
    """Puts a new file in the place of the old one; after a crash it is the one or the other, whole."""
    temporary = f"{path}.new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    descriptor = safe_folders.new_file(temporary)
    try:
        _write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(temporary, path)
    safe_folders.sync(os.path.dirname(path))


class Appender:
    """A file that only grows, whole lines at a time, by several processes.

    What could not be written whole is taken back. A torn line, left by a power cut, is ended before the next one.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = _open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        try:
            safe_folders.close_to_others(self._descriptor, safe_folders.READABLE_FILE, path)
            if not os.fstat(self._descriptor).st_size:
                safe_folders.sync(os.path.dirname(path) or ".")
        except BaseException:
            self.close()
            raise

    def append(self, text: str, *, durable: bool = True) -> None:
        """Returns when the text is on disk, or (not ``durable``) would outlive the process, but not the machine."""
        _wait_for_lock(self._descriptor, self._path, fcntl.LOCK_EX, _APPEND_SECONDS, time.sleep)
        try:
            self._append(text.encode(), durable)
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _append(self, content: bytes, durable: bool) -> None:
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            content = b"\n" + content
        try:
            _write(self._descriptor, content)
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

    It is made when it is first written to, and open only while it is written: a run has one for each customer. What
    could not be written stays queued. Once closed, it takes nothing.
    """

    def __init__(self, path: str) -> None:
        self._path = path
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
            with contextlib.closing(Appender(self._path)) as appender:
                appender.append("".join(texts), durable=durable)
            texts, self._written = [], last
        finally:
            with self._changed:
                self._queue, self._writing = texts + self._queue, False
                self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            while self._writing:
                self._changed.wait()
            self._closed = True


class Lock:
    """An advisory lock between processes, held until ``release`` or the end of the process.

    Several processes may have a ``shared`` one at the same time.
    """

    def __init__(self, path: str, *, shared: bool = False, sleep: Callable[[float], None] = time.sleep) -> None:
        """Waits for it; raises :class:`TimeoutError` after half an hour."""
        self._descriptor = _open(path, os.O_RDWR | os.O_CREAT)
        try:
            _wait_for_lock(self._descriptor, path, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, _LOCK_SECONDS, sleep)
        except BaseException:
            os.close(self._descriptor)
            raise

    def release(self) -> None:
        os.close(self._descriptor)


def _wait_for_lock(descriptor: int, path: str, kind: int, seconds: float, sleep: Callable[[float], None]) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} is held by another run") from None
            sleep(_POLL_SECONDS)


def _open(path: str, flags: int) -> int:
    """Never through a symbolic link; readable by its owner only."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _write(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
