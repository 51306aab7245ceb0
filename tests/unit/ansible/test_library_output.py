# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No text of a library reaches a stream or a log of its own, from whichever thread it is written."""

from __future__ import annotations

import io
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.boundary import guarded
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.library_output import library_output_taken_in
from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices

pytestmark = pytest.mark.filterwarnings("ignore:Canary")

CANARY = "Canary\\ of 'a' \"library\""


def write_in_every_way() -> None:
    """Write in all ways that SDKs of the stores were seen to use, and in others that they could use."""
    for name in ("azure.identity", "msal", "urllib3.connectionpool", "botocore", "hvac", "asyncio", "of.somebody"):
        logging.getLogger(name).critical(CANARY)
    warnings.warn(CANARY, stacklevel=1)
    print(CANARY)
    print(CANARY, file=sys.stderr, flush=True)
    sys.stderr.writelines([CANARY])
    sys.stderr.buffer.write(CANARY.encode())
    sys.stdout.flush()


def in_a_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(30)
    assert not thread.is_alive(), "it waits for ever"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """A log file for everything, as Ansible has one with ``ANSIBLE_LOG_PATH``."""
    path = tmp_path / "ansible.log"
    handler = logging.FileHandler(path)
    logging.root.addHandler(handler)
    yield path
    logging.root.removeHandler(handler)
    handler.close()


@pytest.mark.parametrize("where", [lambda work: work(), in_a_thread], ids=["this thread", "a thread begun meanwhile"])
def test_nothing_of_a_library_is_seen(
    where: Callable[[Callable[[], object]], None], log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with library_output_taken_in():
        where(write_in_every_way)
    assert capfd.readouterr() == ("", "")
    assert log.read_text() == ""


def test_the_boundary_takes_it_in(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    notices.take()
    assert guarded(lambda: (write_in_every_way(), {"msg": "done"})[1]) == {"msg": "done"}
    assert capfd.readouterr() == ("", "") and log.read_text() == ""


def test_other_threads_write_as_ever(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    begin, done, stream = threading.Event(), threading.Event(), sys.stdout

    def of_ansible() -> None:
        begin.wait(30)
        print("a line of Ansible", flush=True)
        assert sys.stdout.encoding == stream.encoding
        logging.getLogger("ansible").warning("a record of Ansible")
        done.set()

    thread = threading.Thread(target=of_ansible, daemon=True)
    thread.start()
    with library_output_taken_in():
        begin.set()
        assert done.wait(30)
    thread.join()
    assert capfd.readouterr().out == "a line of Ansible\n"
    assert log.read_text() == "a record of Ansible\n"


def test_afterwards_everything_is_as_before(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = (sys.stdout, sys.stderr)
    with library_output_taken_in():
        kept = sys.stderr
    assert (sys.stdout, sys.stderr) == before and all(not handler.filters for handler in logging.root.handlers)
    kept.write("a library kept the stream\n")
    assert capfd.readouterr().err == "a library kept the stream\n"


def test_an_error_goes_through(capfd: pytest.CaptureFixture[str]) -> None:
    before = sys.stderr
    with pytest.raises(ValueError, match="ours"), library_output_taken_in():
        raise ValueError("ours")
    assert sys.stderr is before


def test_a_stream_whose_lock_is_held_for_ever_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ansible-core 2.18 leaves to a worker process: the thread that forked it holds the lock of the streams."""
    lock = threading.RLock()

    class Locked(io.StringIO):
        def write(self, text: str) -> int:
            with lock:
                return super().write(text)

        def flush(self) -> None:
            with lock:
                super().flush()

    stream = Locked()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(sys, "stdout", stream)
    results: list[object] = []

    def library() -> dict[str, object]:
        logging.getLogger("azure.identity").warning(CANARY)
        print(CANARY, flush=True)
        warnings.warn(CANARY, stacklevel=1)
        return {"msg": "done"}

    with lock:
        in_a_thread(lambda: results.append(guarded(library)))
    assert results == [{"msg": "done"}] and stream.getvalue() == ""
