# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person must see while a play runs comes through a pipe at once, as in a pipeline or behind ``| tee``."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from typing import Any

import cores
import pytest
from driver import Running, ids, set_password, some
from signing import Browser, sign_in

#: What a machine may have set, and a user's has not: it would hide that something is held back.
BUFFERED = {"PYTHONUNBUFFERED": None}
SECONDS = 60.0


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=1, users=40, knobs={"device_code_interval": 1}) as emulator:
        yield emulator


@pytest.fixture(params=cores.PYTHONS)
def program(request: pytest.FixtureRequest) -> str:
    programs = cores.programs(request.param)
    if programs is None:
        pytest.skip(f"no Python for ansible-core {request.param} here")
    return str(programs / "ansible-playbook")


class Watched:
    """Both streams of a run, read as they come."""

    def __init__(self, running: Running) -> None:
        self._process = running.process
        self._text = ""
        self._more = threading.Condition()
        for stream in (running.process.stdout, running.process.stderr):
            assert stream is not None
            threading.Thread(target=self._read, args=(stream.fileno(),), daemon=True).start()

    def _read(self, descriptor: int) -> None:
        while data := os.read(descriptor, 65536):
            with self._more:
                self._text += data.decode()
                self._more.notify_all()

    def seen_while_it_runs(self, pattern: str) -> re.Match[str]:
        with self._more:
            found = self._more.wait_for(lambda: re.search(pattern, self._text), SECONDS)
        assert found, f"{pattern} was not shown\n{self._text}"
        assert self._process.poll() is None, f"{pattern} came with the end\n{self._text}"
        return found


def test_the_code_of_a_sign_in(emulator: Any, play: Any, tmp_path: Any, program: str) -> None:
    """Nobody can type a code that is shown when the time for it is over."""
    task = sign_in("sign in", refresh_token_file=str(tmp_path / "token"), encrypt=False)
    environment = {**BUFFERED, "PARTNERCENTER_REFRESH_TOKEN": None}
    started = play.start(task, environment=environment, program=program)
    watched = Watched(started)
    shown = watched.seen_while_it_runs(r"open (https://\S+) in any browser and enter the code (\w+) ")
    assert Browser(emulator).post(shown[1], code=shown[2])[0] == 200
    assert started.process.wait(SECONDS) == 0


def test_how_far_a_long_task_is(emulator: Any, play: Any, program: str) -> None:
    """The users are done one after the other, slowly, until the line was seen."""
    emulator.knobs(latency_ms=1000)
    customer = emulator.customers[0]["id"]
    task = set_password("many", customer_id=customer, users=some(emulator, range(40)), concurrency=1, check_user=False)
    started = play.start(task, environment=BUFFERED, program=program)
    watched = Watched(started)
    watched.seen_while_it_runs(rf"partnercenter: {customer}: [1-9][0-9]* of 40 users done\n")
    emulator.knobs(latency_ms=0)
    assert started.process.wait(SECONDS) == 0


def test_that_the_audit_log_is_waited_for(emulator: Any, play: Any) -> None:
    """The log shows nothing, and the task would wait for an hour."""
    emulator.knobs(audit_delay=36000)
    options = {"update_password": "when_older", "max_age": "30d", "evidence": "audit_log", "audit_timeout": 3600}
    started = play.start(
        set_password("one", **ids(emulator, 0), password="Kanarie-4711", **options), environment=BUFFERED
    )
    Watched(started).seen_while_it_runs(r"partnercenter: waiting up to 3600 s for the audit log\n")
    started.kill()
