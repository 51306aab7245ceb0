# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A library that writes on its own: no run hangs, as ansible-core 2.18 did, and nothing of it is seen."""

from __future__ import annotations

import os
from typing import Any

import cores
import pytest
from driver import ids, password, set_password

NOISE = "Canary-of-a-library-7"

#: Python imports it at its start: from then on, each request is accompanied by all that a library may write.
NOISY = f"""
import logging, sys, warnings
import urllib3

sent = urllib3.HTTPConnectionPool.urlopen

def send(*arguments, **named):
    logging.getLogger("azure.identity").error({NOISE!r})
    warnings.warn({NOISE!r})
    print({NOISE!r})
    print({NOISE!r}, file=sys.stderr, flush=True)
    return sent(*arguments, **named)

urllib3.HTTPConnectionPool.urlopen = send
"""


@pytest.mark.parametrize("core", ["2.18", "2.19"])
def test_what_libraries_write(emulator: Any, play: Any, core: str) -> None:
    programs = cores.programs(core)
    if programs is None:
        pytest.skip(f"no Python for ansible-core {core} here")
    (play.folder / "sitecustomize.py").write_text(NOISY)
    path = os.pathsep.join([str(play.folder), os.environ.get("PYTHONPATH", "")])
    run = play(
        set_password("reset", **ids(emulator, 0), password=password()),
        environment={"PYTHONPATH": path, "PYTHONWARNINGS": "always"},
        program=str(programs / "ansible-playbook"),
    )
    assert run["reset"]["outcome"] == "applied", run.screen
    log = next(play.folder.glob("run-*/log")).read_text()
    assert not any(NOISE in text for text in (run.screen, log))
