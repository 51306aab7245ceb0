# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event log: one good line for each event, whatever power cuts, full disks and other processes do."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import resource
import signal
import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import random_id
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation import event_log as module
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.event_log import EventLog
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Event, Operation, Subject
from ansible_collections.csp.partnercenter.tests.unit.support.kits import NOW, new_subject

SUBJECT = new_subject()
FORK = multiprocessing.get_context("fork")


def event() -> Event:
    return Event(random_id(), Operation.ROTATE, random_id(), "2026-11", random_id(), NOW, "exact")


def ids(path: Path) -> list[str]:
    """Return the ids of complete lines."""
    found = []
    for line in path.read_text().splitlines():
        try:
            found.append(json.loads(line)["id"])
        except ValueError:
            continue
    return found


def test_a_torn_event_is_delivered_again_and_takes_none_with_it(tmp_path: Path) -> None:
    path, first, torn, last = tmp_path / "events.jsonl", event(), event(), event()
    log = EventLog(str(path))
    log.deliver(SUBJECT, [first, torn], again=False)
    path.write_bytes(path.read_bytes()[:-40])
    log.deliver(SUBJECT, [torn], again=True)
    log.deliver(SUBJECT, [last], again=False)
    assert ids(path) == [first.id, torn.id, last.id]


def test_a_whole_event_is_not_delivered_again(tmp_path: Path) -> None:
    path, one = tmp_path / "events.jsonl", event()
    for again in (False, True, True):
        EventLog(str(path)).deliver(SUBJECT, [one], again=again)
    assert ids(path) == [one.id]


@pytest.mark.parametrize("line", ["[" * 100_000, "x" * 200_000, "{}", "\x00\xff"])
def test_lines_of_others_are_left_alone(tmp_path: Path, line: str) -> None:
    path, one = tmp_path / "events.jsonl", event()
    path.write_text(line + f'"id":"{one.id}"\n')
    before = path.read_bytes()
    EventLog(str(path)).deliver(SUBJECT, [one], again=True)
    assert path.read_bytes().startswith(before) and path.read_text().splitlines()[-1].startswith(f'{{"id":"{one.id}"')


def test_folder_and_file_are_closed_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        EventLog(str(tmp_path / "a" / "b" / "events.jsonl")).deliver(SUBJECT, [event()], again=False)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "a/b", "a/b/events.jsonl")]
    assert modes == [0o700, 0o700, 0o600]


def test_a_folder_that_everybody_can_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(StoreError, match=r"chmod o-w .*; the events are kept"):
        EventLog(str(tmp_path / "events.jsonl")).deliver(SUBJECT, [event()], again=False)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="the events are kept"):
        EventLog(str(tmp_path / "events.jsonl")).deliver(SUBJECT, [event()], again=False)
    assert not (tmp_path / "elsewhere").exists()


def test_a_log_that_somebody_keeps_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*_arguments: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr(module.GroupAppender, "flush", held)
    with pytest.raises(StoreError, match="another run has held it for too long"):
        EventLog(str(tmp_path / "events.jsonl")).deliver(SUBJECT, [event()], again=False)


def _deliver(path: str, subject: Subject, wanted: list[Event]) -> None:
    log = EventLog(path)
    for one in wanted:
        log.deliver(subject, [one], again=False)


def test_many_processes_take_nothing_from_each_other(tmp_path: Path) -> None:
    path, wanted = tmp_path / "events.jsonl", [event() for _number in range(200)]
    others = [FORK.Process(target=_deliver, args=(str(path), SUBJECT, wanted[start::4])) for start in range(4)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    assert sorted(ids(path)) == sorted(one.id for one in wanted)


def _deliver_to_a_full_disk(path: str, room: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    log = EventLog(path)
    for _try in range(50):
        with pytest.raises(StoreError, match=os.strerror(errno.EFBIG)):
            log.deliver(SUBJECT, [event()], again=False)


def test_a_full_disk_takes_only_the_line_that_did_not_fit(tmp_path: Path) -> None:
    """The process whose disk is full takes back its own line, while another appends to the same file."""
    path, wanted = tmp_path / "events.jsonl", [event() for _number in range(50)]
    EventLog(str(path)).deliver(SUBJECT, [event()], again=False)
    full = FORK.Process(target=_deliver_to_a_full_disk, args=(str(path), path.stat().st_size + 10))
    full.start()
    _deliver(str(path), SUBJECT, wanted)
    full.join()
    assert full.exitcode == 0
    assert len(path.read_text().splitlines()) == len(ids(path)) == 51, "no line is torn"
    assert {one.id for one in wanted} <= set(ids(path))
