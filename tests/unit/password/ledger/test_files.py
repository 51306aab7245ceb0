# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read, append durably, replace durably, lock."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger import files


def spied(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[str]:
    """The calls of the operating system, in order."""
    order: list[str] = []
    for name in names:
        real = getattr(os, name)

        def spy(*arguments: Any, name: str = name, real: Any = real) -> Any:
            order.append(name)
            return real(*arguments)

        monkeypatch.setattr(os, name, spy)
    return order


def test_a_file_that_is_not_there_is_not_an_empty_one(tmp_path: Path) -> None:
    assert files.read_text(str(tmp_path / "none")) is None
    (tmp_path / "empty").write_text("")
    assert files.read_text(str(tmp_path / "empty")) == ""


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError) as caught:
        files.read_text(str(tmp_path / "pipe"))
    assert (caught.value.errno, caught.value.strerror) == (errno.EINVAL, os.strerror(errno.EINVAL))


def test_what_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 4)
    (tmp_path / "file").write_text("1234")
    assert files.read_text(str(tmp_path / "file")) == "1234"
    (tmp_path / "file").write_text("12345")
    with pytest.raises(OSError) as caught:
        files.read_text(str(tmp_path / "file"))
    assert (caught.value.errno, caught.value.strerror) == (errno.EFBIG, os.strerror(errno.EFBIG))


def test_replacing_is_durable_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    order = spied(monkeypatch, "write", "fsync", "replace")
    files.replace(str(path), "new")
    assert order == ["write", "fsync", "replace", "fsync"]
    assert path.read_text() == "new" and os.listdir(tmp_path) == ["file"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_failed_replacement_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError):
        files.replace(str(path), "new")
    assert path.read_text() == "old"


def test_appending_is_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    appender = files.Appender(str(tmp_path / "journal"))
    order = spied(monkeypatch, "write", "fsync")
    appender.append("one\n")
    appender.append("two\n")
    appender.close()
    assert order == ["write", "fsync"] * 2
    assert (tmp_path / "journal").read_text() == "one\ntwo\n"
    assert stat.S_IMODE((tmp_path / "journal").stat().st_mode) == 0o600


def test_a_short_write_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data[:3])))
    files.replace(str(tmp_path / "file"), "one two three")
    assert (tmp_path / "file").read_text() == "one two three"


def test_what_could_not_be_appended_whole_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    appender = files.Appender(str(path))
    appender.append("one\n")
    write, room = os.write, [3]

    def nearly_full(descriptor: int, data: bytes) -> int:
        if not room:
            raise OSError(errno.ENOSPC, "full")
        return write(descriptor, bytes(data[: room.pop()]))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", nearly_full)
        with pytest.raises(OSError):
            appender.append("two\n")
    assert path.read_text() == "one\n"
    appender.append("three\n")
    appender.close()
    assert path.read_text() == "one\nthree\n"


def test_where_nothing_can_be_taken_back_the_first_error_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(code: int) -> Any:
        def fail(*_arguments: Any) -> Any:
            raise OSError(code, os.strerror(code))

        return fail

    appender = files.Appender(str(tmp_path / "journal"))
    monkeypatch.setattr(os, "write", failing(errno.ENOSPC))
    monkeypatch.setattr(os, "ftruncate", failing(errno.EIO))
    with pytest.raises(OSError) as caught:
        appender.append("one\n")
    assert caught.value.errno == errno.ENOSPC


def test_a_disk_that_is_full_for_real(tmp_path: Path) -> None:
    """RLIMIT_FSIZE lets the kernel refuse, in a process of its own."""
    script = f"""
import resource, signal
from {files.__name__} import Appender
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
appender = Appender({str(tmp_path / "journal")!r})
appender.append("12345\\n")
try:
    appender.append("1234567\\n")
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
    group = files.GroupAppender(str(path))
    group.flush()
    assert not path.exists(), "it is made when it is first written to"
    group.flush(group.queue("one\n"))
    group.close()
    ticket = group.queue("two\n")
    with pytest.raises(OSError) as caught:
        group.flush(ticket)
    assert (caught.value.errno, caught.value.strerror) == (errno.EBADF, os.strerror(errno.EBADF))
    assert path.read_text() == "one\n" and group.waits


def test_what_many_append_is_durable_unless_somebody_wants_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = files.GroupAppender(str(tmp_path / "journal"))
    group.flush(group.queue("one\n"))
    order = spied(monkeypatch, "write", "fsync")
    group.flush(group.queue("two\n"))
    group.flush(group.queue("three\n"), durable=False)
    group.close()
    assert order == ["write", "fsync", "write"]


def test_links_are_never_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("innocent")
    link = str(tmp_path / "link")
    os.symlink(tmp_path / "elsewhere", link)
    for action in (lambda: files.read_text(link), lambda: files.Appender(link), lambda: files.Lock(link)):
        with pytest.raises(OSError) as caught:
            action()
        assert caught.value.errno == errno.ELOOP
    os.symlink(tmp_path / "elsewhere", f"{tmp_path}/file.new")
    files.replace(f"{tmp_path}/file", "new")
    assert (tmp_path / "file").read_text() == "new" and not (tmp_path / "file").is_symlink()
    assert (tmp_path / "elsewhere").read_text() == "innocent"


def test_a_torn_line_is_ended_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_text("one\ntw")
    files.Appender(str(path)).append("three\n")
    assert path.read_text() == "one\ntw\nthree\n"


def test_what_is_taken_back_is_never_of_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one appends as soon as it can: after ours was taken back."""
    path, write = tmp_path / "events", os.write
    other = threading.Thread(target=lambda: files.Appender(str(path)).append("other\n"))

    def full(descriptor: int, data: bytes) -> int:
        if threading.current_thread() is other:
            return write(descriptor, data)
        other.start()
        write(descriptor, bytes(data[:2]))
        raise OSError(errno.ENOSPC, "full")

    appender = files.Appender(str(path))
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError):
        appender.append("ours\n")
    other.join()
    assert path.read_text() == "other\n"


def test_a_file_that_is_appended_to_is_not_kept_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    groups = [files.GroupAppender(str(tmp_path / str(number))) for number in range(50)]
    for group in groups:
        group.flush(group.queue("one\n"))
    assert len(os.listdir("/proc/self/fd")) == before


def test_shared_locks_keep_out_an_exclusive_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LOCK_SECONDS", 0.0)
    shared = [files.Lock(str(tmp_path / "lock"), shared=True) for _run in range(2)]
    with pytest.raises(TimeoutError):
        files.Lock(str(tmp_path / "lock"))
    for lock in shared:
        lock.release()
    files.Lock(str(tmp_path / "lock")).release()


def test_a_lock_is_waited_for(tmp_path: Path) -> None:
    held = files.Lock(str(tmp_path / "lock"))
    waits: list[float] = []

    def until_released(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            held.release()

    files.Lock(str(tmp_path / "lock"), sleep=until_released).release()
    assert waits == [files._POLL_SECONDS] * 3


def test_a_lock_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LOCK_SECONDS", 0.0)
    held = files.Lock(str(tmp_path / "lock"))
    with pytest.raises(TimeoutError, match=f"{tmp_path}/lock is held by another run"):
        files.Lock(str(tmp_path / "lock"), sleep=lambda _seconds: None)
    held.release()
    files.Lock(str(tmp_path / "lock")).release()


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    script = f"from {files.__name__} import Lock; lock = Lock({path!r}); print('held', flush=True); input()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        waits: list[float] = []

        def kill(seconds: float) -> None:
            waits.append(seconds)
            other.kill()
            other.wait()

        files.Lock(path, sleep=kill).release()
        assert waits
