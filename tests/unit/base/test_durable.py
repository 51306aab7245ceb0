# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that are read, replaced, made once and appended to, durably and without following links."""

from __future__ import annotations

import errno
import fcntl
import gc
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import durable, notices


def failing(code: int) -> Any:
    def fail(*_arguments: Any, **_named: Any) -> Any:
        raise OSError(code, os.strerror(code))

    return fail


def spied(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[str]:
    """The calls of the operating system, in order."""
    order: list[str] = []
    for name in names:
        real = getattr(os, name)

        def spy(*arguments: Any, _name: str = name, _real: Any = real, **named: Any) -> Any:
            order.append(_name)
            return _real(*arguments, **named)

        monkeypatch.setattr(os, name, spy)
    return order


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


@pytest.fixture(params=[0o000, 0o022, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_that_is_not_there_is_not_an_empty_one(tmp_path: Path, folder: int) -> None:
    assert durable.read(str(tmp_path / "none"), largest=9) is None
    (tmp_path / "empty").write_text("")
    assert durable.read(str(tmp_path / "empty"), largest=9) == b""
    assert durable.read("empty", folder=folder, largest=9) == b""


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, make: Any) -> None:
    make(tmp_path / "place")
    gc.collect()  # what other tests have left open is closed now, and not while this one counts
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(durable.Unsafe, match=f"{tmp_path}/place is not a regular file"):
        durable.read(str(tmp_path / "place"), largest=9)
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("12345")
    assert durable.read(str(tmp_path / "file"), largest=5) == b"12345"
    with pytest.raises(durable.Unsafe, match=r"file is larger than such a file can be \(File too large\)"):
        durable.read(str(tmp_path / "file"), largest=4)


@pytest.mark.parametrize(
    ("before", "allowed", "after", "told"),
    [
        (0o644, 0o600, 0o600, True),
        (0o640, 0o600, 0o600, False),
        (0o666, 0o644, 0o644, True),
        (0o600, 0o644, 0o600, False),
    ],
)
def test_a_file_that_is_open_to_others_is_closed(
    tmp_path: Path, before: int, allowed: int, after: int, told: bool
) -> None:
    path = tmp_path / "file"
    path.write_text("1")
    path.chmod(before)
    notices.take()
    assert durable.read(str(path), largest=9, allowed=allowed, notice=f"{path} was open") == b"1"
    assert (mode(path), notices.take() == [f"{path} was open"]) == (after, told)


def test_a_file_that_cannot_be_closed_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("1")
    (tmp_path / "file").chmod(0o644)
    monkeypatch.setattr(os, "fchmod", failing(errno.EPERM))
    with pytest.raises(durable.Unsafe, match="called so is open to other users"):
        durable.read(str(tmp_path / "file"), largest=9, shown="called so")


def test_replacing_is_durable_and_whole(tmp_path: Path, folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    order = spied(monkeypatch, "write", "fsync", "rename")
    durable.replace(folder, "file", b"new")
    assert order == ["write", "fsync", "rename", "fsync"]
    assert path.read_text() == "new" and os.listdir(tmp_path) == ["file"]
    assert mode(path) == 0o600


@pytest.mark.parametrize("make", [durable.replace, durable.create])
def test_a_new_file_is_closed_whatever_the_umask(tmp_path: Path, folder: int, umask: None, make: Any) -> None:
    make(folder, "file", b"new")
    assert mode(tmp_path / "file") == 0o600


def _other_file(path: Path) -> None:
    (path.parent / "other").write_bytes(b"one")
    (path.parent / "other").replace(path)


def _longer(path: Path) -> None:
    path.write_bytes(b"longer")


def _later(path: Path) -> None:
    """The same content again; the test sets a time that is a nanosecond younger."""


@pytest.mark.parametrize("change", [_other_file, _longer, _later])
def test_a_replacement_returns_what_tells_it_from_a_later_file(
    tmp_path: Path, folder: int, change: Callable[[Path], None]
) -> None:
    mark = durable.replace(folder, "file", b"new")
    assert durable.mark_of(folder, "file") == mark
    path = tmp_path / "file"
    written = path.stat().st_mtime_ns
    change(path)
    os.utime(path, ns=(written, written + (change is _later)))
    assert durable.mark_of(folder, "file") != mark


def test_the_mark_of_a_link_is_not_that_of_its_file(tmp_path: Path, folder: int) -> None:
    durable.replace(folder, "file", b"new")
    (tmp_path / "link").symlink_to("file")
    assert durable.mark_of(folder, "link") != durable.mark_of(folder, "file")
    assert durable.mark_of(folder, "none") is None


@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
def test_a_failed_replacement_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, folder: int, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    (tmp_path / "file").write_text("old")
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing(errno.ENOSPC))
        with pytest.raises(OSError):
            durable.replace(folder, "file", b"new")
    assert (tmp_path / "file").read_text() == "old" and os.listdir(tmp_path) == ["file"]


def test_what_a_kill_has_left_of_a_replacement_is_not_in_the_way(tmp_path: Path, folder: int) -> None:
    (tmp_path / ".file.new").write_text("half")
    durable.replace(folder, "file", b"new")
    assert (tmp_path / "file").read_text() == "new" and os.listdir(tmp_path) == ["file"]


def test_replacements_of_many_threads_share_the_sync_of_their_folder(folder: int) -> None:
    """While one sync runs, all other threads wait for the next one."""
    durability, syncs, begun = durable.Durability(), [0], threading.Barrier(8)

    def sync(descriptor: int) -> None:
        begun.wait()
        durability.sync(descriptor)

    def counted(descriptor: int) -> None:
        syncs[0] += 1
        threading.Event().wait(0.05)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", counted)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(sync, [folder] * 8))
    assert 1 <= syncs[0] < 8


def test_each_change_of_a_folder_is_synced(folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    durability = durable.Durability()
    order = spied(monkeypatch, "fsync")
    for _change in range(3):
        durability.sync(folder)
    assert order == ["fsync"] * 3


def test_a_file_is_made_once(tmp_path: Path, folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    order = spied(monkeypatch, "write", "fsync", "link")
    durable.create(folder, "file", b"first")
    assert order == ["write", "fsync", "link", "fsync"]
    durable.create(folder, "file", b"second")
    assert (tmp_path / "file").read_text() == "first" and os.listdir(tmp_path) == ["file"]


def test_of_many_that_make_a_file_one_wins(tmp_path: Path, folder: int) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: durable.create(folder, "file", b"%d" % number * 1000), range(8)))
    content = (tmp_path / "file").read_text()
    assert content == content[0] * 1000 and os.listdir(tmp_path) == ["file"]


def test_appending_is_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order = spied(monkeypatch, "write", "fsync")
    durable.append(str(tmp_path / "journal"), "one\n")
    durable.append(str(tmp_path / "journal"), "two\n")
    assert order == ["fsync", "write", "fsync", "write", "fsync"], "the first one is of the name of the file"
    assert (tmp_path / "journal").read_text() == "one\ntwo\n"
    assert stat.S_IMODE((tmp_path / "journal").stat().st_mode) == 0o600


def test_a_file_in_the_folder_of_the_process_is_durable_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    durable.append("journal", "one\n")
    assert synced == [str(tmp_path), str(tmp_path / "journal")]


def test_a_file_that_cannot_be_closed_is_not_appended_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    path.write_text("")
    path.chmod(0o666)
    monkeypatch.setattr(os, "fchmod", failing(errno.EPERM))
    with pytest.raises(durable.Unsafe, match=f"{path} is open to other users"):
        durable.append(str(path), "one\n")
    assert path.read_text() == ""


def test_a_file_that_another_one_appends_to_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    with path.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        monkeypatch.setattr(durable, "_APPEND_SECONDS", 0.0)
        with pytest.raises(TimeoutError, match=f"{path} is held by another run"):
            durable.append(str(path), "one\n")
        monkeypatch.setattr(durable, "_APPEND_SECONDS", 60.0)
        waiting = threading.Thread(target=lambda: durable.append(str(path), "one\n"))
        waiting.start()
        waiting.join(0.05)
        assert path.read_text() == ""
        fcntl.flock(other, fcntl.LOCK_UN)
        waiting.join()
    assert path.read_text() == "one\n"


def test_a_short_write_goes_on_where_it_stopped(tmp_path: Path, folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data[:3])))
    durable.replace(folder, "file", b"one two three")
    assert (tmp_path / "file").read_text() == "one two three"


def test_what_could_not_be_appended_whole_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    durable.append(str(path), "one\n")
    write, room = os.write, [3]

    def nearly_full(descriptor: int, data: bytes) -> int:
        if not room:
            raise OSError(errno.ENOSPC, "full")
        return write(descriptor, bytes(data[: room.pop()]))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", nearly_full)
        with pytest.raises(OSError):
            durable.append(str(path), "two\n")
    assert path.read_text() == "one\n"
    durable.append(str(path), "three\n")
    assert path.read_text() == "one\nthree\n"


def test_where_nothing_can_be_taken_back_the_first_error_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "write", failing(errno.ENOSPC))
    monkeypatch.setattr(os, "ftruncate", failing(errno.EIO))
    with pytest.raises(OSError) as caught:
        durable.append(str(tmp_path / "journal"), "one\n")
    assert caught.value.errno == errno.ENOSPC


def test_a_disk_that_is_full_for_real(tmp_path: Path) -> None:
    """RLIMIT_FSIZE lets the kernel refuse, in a process of its own."""
    script = f"""
import resource, signal
from {durable.__name__} import append
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
append({str(tmp_path / "journal")!r}, "12345\\n")
try:
    append({str(tmp_path / "journal")!r}, "1234567\\n")
except OSError as error:
    print(error.errno)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=False, env=environment, text=True, timeout=20
    )
    assert done.stdout.strip() == str(errno.EFBIG), done.stderr
    assert (tmp_path / "journal").read_text() == "12345\n"


def test_what_many_append_takes_nothing_once_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    group = durable.GroupAppender(str(path))
    group.flush()
    assert not path.exists(), "it is made when it is first written to"
    group.flush(group.queue("one\n"))
    group.close()
    ticket = group.queue("two\n")
    with pytest.raises(OSError) as caught:
        group.flush(ticket)
    assert (caught.value.errno, caught.value.strerror) == (errno.EBADF, os.strerror(errno.EBADF))
    assert path.read_text() == "one\n" and group.waits


def test_what_many_have_queued_is_written_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    group = durable.GroupAppender(str(tmp_path / "journal"))
    first, second = group.queue("one\n"), group.queue("two\n")
    order = spied(monkeypatch, "write")
    group.flush(second)
    group.flush(first)
    assert order == ["write"] and (tmp_path / "journal").read_text() == "one\ntwo\n"


def test_what_many_append_is_durable_unless_somebody_wants_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = durable.GroupAppender(str(tmp_path / "journal"))
    group.flush(group.queue("one\n"))
    order = spied(monkeypatch, "write", "fsync")
    group.flush(group.queue("two\n"))
    group.flush(group.queue("three\n"), durable=False)
    group.close()
    assert order == ["write", "fsync", "write"]


def test_links_are_never_followed(tmp_path: Path, folder: int) -> None:
    elsewhere, link = tmp_path / "elsewhere", str(tmp_path / "link")
    elsewhere.write_text("innocent")
    os.symlink(elsewhere, link)
    with pytest.raises(durable.Unsafe, match=f"{link} is a symbolic link"):
        durable.read(link, largest=99)
    with pytest.raises(durable.Unsafe, match=r"^link is a symbolic link"):
        durable.read("link", folder=folder, largest=99)
    with pytest.raises(OSError) as caught:
        durable.append(link, "new")
    assert caught.value.errno == errno.ELOOP
    os.symlink(elsewhere, tmp_path / ".file.new")
    durable.replace(folder, "file", b"new")
    durable.create(folder, "link", b"new")
    durable.replace(folder, "link", b"new")
    assert [(tmp_path / name).read_text() for name in ("file", "link", "elsewhere")] == ["new", "new", "innocent"]
    assert not os.path.islink(link)


def test_a_torn_line_is_ended_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_text("one\ntw")
    durable.append(str(path), "three\n")
    assert path.read_text() == "one\ntw\nthree\n"


def test_what_is_taken_back_is_never_of_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one appends as soon as it can: after ours was taken back."""
    path, write = tmp_path / "events", os.write
    other = threading.Thread(target=lambda: durable.append(str(path), "other\n"))

    def full(descriptor: int, data: bytes) -> int:
        if threading.current_thread() is other:
            return write(descriptor, data)
        other.start()
        write(descriptor, bytes(data[:2]))
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError):
        durable.append(str(path), "ours\n")
    other.join()
    assert path.read_text() == "other\n"


def test_a_file_that_is_appended_to_is_not_kept_open(tmp_path: Path) -> None:
    gc.collect()  # what other tests have left open is closed now, and not while this one counts
    before = len(os.listdir("/proc/self/fd"))
    groups = [durable.GroupAppender(str(tmp_path / str(number))) for number in range(50)]
    for group in groups:
        group.flush(group.queue("one\n"))
    assert len(os.listdir("/proc/self/fd")) == before
