# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock between processes and threads of one machine: a file under ``flock``, with a limit for the wait."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

_FIRST_PAUSE = 0.005
_LONGEST_PAUSE = 0.1


class Lock:
    """A lock that is held until :meth:`release`, or until the process ends: then the kernel releases it.

    ``path`` may be relative to an open ``folder``. Several holders may have a ``shared`` lock at the same time. With
    ``remove``, the release deletes the file as well; use it for locks that are never shared.
    """

    def __init__(
        self,
        path: str,
        seconds: float,
        *,
        folder: int | None = None,
        shared: bool = False,
        remove: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Wait for the lock; raises :class:`TimeoutError` after ``seconds``, and never follows a symbolic link."""
        self._path, self._folder, self._remove = path, folder, remove
        for _try in _tries(path, seconds, sleep):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
            try:
                if _taken(descriptor, shared) and self._has_its_name(descriptor):
                    self._descriptor = descriptor
                    return
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def release(self) -> None:
        """Release the lock."""
        if self._remove:
            with suppress(OSError):
                os.unlink(self._path, dir_fd=self._folder)
        os.close(self._descriptor)

    def __enter__(self) -> Lock:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()

    def _has_its_name(self, descriptor: int) -> bool:
        """Return whether the open file still has its name: the last holder may have removed it."""
        try:
            named = os.stat(self._path, dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return os.path.samestat(os.fstat(descriptor), named)


def hold(descriptor: int, path: str, seconds: float) -> None:
    """Lock an open file itself until it is closed or :func:`let_go`; raises :class:`TimeoutError`."""
    for _try in _tries(path, seconds, time.sleep):
        if _taken(descriptor, shared=False):
            return


def let_go(descriptor: int) -> None:
    """Release a lock of :func:`hold`."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def _tries(path: str, seconds: float, sleep: Callable[[float], None]) -> Iterator[None]:
    """Give one turn after another, with growing pauses; raises :class:`TimeoutError` when the time is over."""
    deadline = time.monotonic() + seconds
    pause = _FIRST_PAUSE
    while True:
        yield
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} is held by another run")
        sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _taken(descriptor: int, shared: bool) -> bool:
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
