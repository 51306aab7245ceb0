# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Locks between processes and threads of one machine: an empty file under ``flock``, gone when the lock is."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import platform
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_FIRST_PAUSE = 0.005
_LONGEST_PAUSE = 0.1


@contextmanager
def locked(folder: int, name: str, wait: float) -> Iterator[None]:
    """Holds ``name`` in the open folder; raises :class:`TimeoutError` after ``wait`` seconds, or :class:`OSError`.

    The kernel gives the lock back when the process dies. Whoever gets it makes sure that the file still has its name:
    the holder before has removed it.
    """
    deadline = time.monotonic() + wait
    pause = _FIRST_PAUSE
    while True:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
        try:
            if _taken(descriptor, folder, name):
                break
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(name, dir_fd=folder)
        os.close(descriptor)


def _taken(descriptor: int, folder: int, name: str) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), os.stat(name, dir_fd=folder, follow_symlinks=False))
    except (BlockingIOError, FileNotFoundError):
        return False


def domain_of(folder: int) -> str:
    """Names the machine and the folder in which a lock counts. Two containers have two names."""
    status = os.fstat(folder)
    seen = f"{platform.node()}/{_boot()}/{status.st_dev}/{status.st_ino}"
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


@functools.cache
def _boot() -> str:
    with suppress(OSError), open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()
    return ""


def owner_in(domain: str) -> str:
    """A name for one lock, once: domain, host, process, and a random part."""
    return f"{domain}:{platform.node()[:64]}:{os.getpid()}:{secrets.token_hex(4)}"
