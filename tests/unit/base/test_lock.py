# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock: one holder at a time, whatever comes and goes, and none after the death of a process."""

from __future__ import annotations

import errno
import fcntl
import gc
import os
import signal
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import lock as module
from ansible_collections.csp.partnercenter.plugins.module_utils._base.lock import Lock


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def locked(folder: int, seconds: float) -> Lock:
    return Lock("user.lock", seconds, folder=folder, remove=True)


def test_there_is_one_holder_at_a_time(folder: int, tmp_path: Path) -> None:
    holders, most = [0], [0]

    def work(_worker: int) -> None:
        for _turn in range(100):
            with locked(folder, 30):
                holders[0] += 1
                most[0] = max(most[0], holders[0])
                holders[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert most == [1]
    assert os.listdir(tmp_path) == []


def test_a_file_that_lost_its_name_is_no_lock(folder: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The holder before removes the file while the next one has it open already."""
    real, opened = os.open, threading.Event()

    def slow(path: str, flags: int, *arguments: int, **named: int) -> int:
        descriptor = real(path, flags, *arguments, **named)
        if path == "user.lock" and not opened.is_set():
            opened.set()
            (tmp_path / "user.lock").unlink()
        return descriptor

    monkeypatch.setattr(os, "open", slow)
    with locked(folder, 5):
        assert (tmp_path / "user.lock").exists()
        with pytest.raises(TimeoutError), locked(folder, 0):
            pass


def test_a_killed_process_holds_nothing(folder: int) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        with locked(folder, 5):
            os.write(writer, b"x")
            signal.pause()
    os.read(reader, 1)
    with pytest.raises(TimeoutError), locked(folder, 0):
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with locked(folder, 5):
        pass


def test_shared_locks_keep_out_an_exclusive_one(tmp_path: Path) -> None:
    shared = [Lock(str(tmp_path / "lock"), 0, shared=True) for _run in range(2)]
    with pytest.raises(TimeoutError):
        Lock(str(tmp_path / "lock"), 0)
    for lock in shared:
        lock.release()
    Lock(str(tmp_path / "lock"), 0).release()


def test_a_lock_is_waited_for(tmp_path: Path) -> None:
    held = Lock(str(tmp_path / "lock"), 0)
    waits: list[float] = []

    def until_released(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            held.release()

    Lock(str(tmp_path / "lock"), 60, sleep=until_released).release()
    assert waits == [module._FIRST_PAUSE * 2**turn for turn in range(3)], "first often, then more and more rarely"


def test_a_lock_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    held = Lock(str(tmp_path / "lock"), 0)
    with pytest.raises(TimeoutError, match=f"{tmp_path}/lock is held by another run"):
        Lock(str(tmp_path / "lock"), 0, sleep=lambda _seconds: None)
    held.release()
    Lock(str(tmp_path / "lock"), 0).release()


def test_a_lock_that_is_shared_stays_as_a_file(tmp_path: Path) -> None:
    """Removing it would let another run in while others still hold the lock."""
    with Lock(str(tmp_path / "lock"), 0, shared=True):
        pass
    assert os.listdir(tmp_path) == ["lock"]


def test_a_lock_is_closed_to_others(tmp_path: Path) -> None:
    with Lock(str(tmp_path / "lock"), 0):
        assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o600


def test_a_lock_whose_file_is_gone_is_released(folder: int, tmp_path: Path) -> None:
    with locked(folder, 0):
        (tmp_path / "user.lock").unlink()
    with locked(folder, 0):
        pass


def test_a_link_is_no_lock(tmp_path: Path) -> None:
    os.symlink(tmp_path / "elsewhere", tmp_path / "lock")
    with pytest.raises(OSError) as caught:
        Lock(str(tmp_path / "lock"), 0)
    assert caught.value.errno == errno.ELOOP and not (tmp_path / "elsewhere").exists()


def test_what_fails_leaves_no_file_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()  # what other tests have left open is closed now, and not while this one counts
    before = len(os.listdir("/proc/self/fd"))
    held = Lock(str(tmp_path / "lock"), 0)
    with pytest.raises(TimeoutError):
        Lock(str(tmp_path / "lock"), 0, sleep=lambda _seconds: None)
    held.release()

    def broken(*_arguments: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", broken)
    with pytest.raises(OSError, match="No locks available"):
        Lock(str(tmp_path / "lock"), 0)
    assert len(os.listdir("/proc/self/fd")) == before
