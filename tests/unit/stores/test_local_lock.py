# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock: one holder at a time, whatever comes and goes, and none after the death of a process."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._stores.local_lock import (
    domain_of,
    locked,
    owner_in,
)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def test_there_is_one_holder_at_a_time(folder: int, tmp_path: Path) -> None:
    holders, most = [0], [0]

    def work(_worker: int) -> None:
        for _turn in range(100):
            with locked(folder, "user.lock", wait=30):
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
    with locked(folder, "user.lock", wait=5):
        assert (tmp_path / "user.lock").exists()
        with pytest.raises(TimeoutError), locked(folder, "user.lock", wait=0):
            pass


def test_a_killed_process_holds_nothing(folder: int) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        with locked(folder, "user.lock", wait=5):
            os.write(writer, b"x")
            signal.pause()
    os.read(reader, 1)
    with pytest.raises(TimeoutError), locked(folder, "user.lock", wait=0):
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with locked(folder, "user.lock", wait=5):
        pass


def test_an_owner_names_the_folder_in_which_the_lock_counts(folder: int, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = os.open(tmp_path / "other", os.O_RDONLY)
    assert domain_of(folder) == domain_of(folder) != domain_of(other)
    os.close(other)
    first, second = owner_in(domain_of(folder)), owner_in(domain_of(folder))
    assert first != second and first.split(":")[0] == domain_of(folder)
