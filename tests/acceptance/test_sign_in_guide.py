# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a sign-in to the first reset, by the steps of the guide: its files are written, its commands typed."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from driver import Player, patches
from guides import GUIDES, blocks
from signing import Browser, awaited, newest, opened

GUIDE = GUIDES / "guide_authentication.rst"
BIN = Path(sys.executable).parent
SIGN_IN = "ansible-playbook csp.partnercenter.sign_in"


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=1, users=2, knobs={"device_code_interval": 1}) as emulator:
        yield emulator


def steps() -> Iterator[tuple[str, str, str]]:
    """Kind, caption and text, up to the first reset; what comes after it are variants."""
    for language, caption, text in blocks(GUIDE):
        if language == "shell" or caption == "first_reset.yml":
            yield language, caption, text


def test_the_guide_leads_to_the_first_reset(emulator: Any, play: Player, tmp_path: Path) -> None:
    environment = play.environment(
        {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "ANSIBLE_CALLBACKS_ENABLED": None, "PWD": str(tmp_path)}
    )
    del environment["PARTNERCENTER_REFRESH_TOKEN"]
    told: list[tuple[str, int]] = []
    screens = ""
    for language, caption, text in steps():
        if language == "yaml":
            (tmp_path / caption).write_text(text)
            continue
        for line in text.splitlines():
            words = shlex.split(line, comments=True)
            if not words or (words[0] == "export" and words[1].endswith("=...")):
                continue  # the values are those of the emulator, as they would be one's own
            if words[0] == "export":
                name, value = words[1].split("=", 1)
                environment[name] = value.replace("$PWD", str(tmp_path))
                continue
            screens += typed(line, emulator, tmp_path, environment)
            if words[0] == "ansible-playbook":
                told.append((line, len(patches(emulator))))
    assert told == [
        (SIGN_IN, 0),
        ("ansible-playbook first_reset.yml --check", 0),
        ("ansible-playbook first_reset.yml", 1),
    ]
    user = emulator.customers[0]["users"][0]
    history = emulator.passwords()[user["id"]]["history"]
    assert len(history) == 2
    assert "is signed in" in screens or "ok=2" in screens

    file = tmp_path / "refresh-token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = opened(tmp_path, file.read_text())
    assert kept.endswith(newest(emulator))
    left = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert not any(secret in left + screens for secret in (kept, history[-1], emulator.client_secret))


def typed(line: str, emulator: Any, folder: Path, environment: dict[str, str]) -> str:
    """What the command shows. Where it asks for a sign-in, somebody opens the page and enters the code."""
    screen = folder / "screen"
    with screen.open("w") as file:
        process = subprocess.Popen(
            ["bash", "-c", line],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        if line == SIGN_IN:
            shown = awaited(screen, r"open (https://\S+) in any browser and enter the code (\w+)(?=\W)")
            assert Browser(emulator).post(shown[1], code=shown[2])[0] == 200
        status = process.wait(120)
    text = screen.read_text()
    screen.unlink()
    assert status == 0, f"{line}\n{text}"
    return text
