# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job in the environments of others: each row of one table runs it twice, and the second time sets nothing."""

from __future__ import annotations

import json
import os
import pty
import re
import stat
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from canary import Hunt
from driver import live, patches, programs, sent
from rotating import Vaulted

PLAYBOOK = """\
- name: Rotate
  import_playbook: csp.partnercenter.rotate_user_passwords
- name: Rotate again
  import_playbook: csp.partnercenter.rotate_user_passwords
"""
PLAIN: Mapping[str, str | None] = {"LANG": "C.UTF-8"}


@dataclass(frozen=True)
class Place:
    """Where a run takes place: changes to an environment that holds only PATH, HOME and LANG, and the folder."""

    environment: Mapping[str, str | None] = field(default_factory=dict)
    folder: str = "home"
    here: str = ""
    umask: int = 0o022
    terminal: bool = False
    warnings: tuple[str, ...] = ("a new one was made",)


PLACES = {
    "an empty environment and a pipe": Place(),
    "a terminal": Place({"TERM": "xterm-256color", "COLUMNS": "80"}, terminal=True),
    "LANG=C": Place({"LANG": "C"}),
    "no LANG, and another time zone": Place({"LANG": None, "TZ": "Asia/Kathmandu"}),
    "umask 0000": Place(umask=0, warnings=("a new one was made", "can be written by everybody")),
    "umask 0077": Place(umask=0o077),
    "folders with blanks, quotes and umlauts": Place(folder="Kunden & \"Größen\" ${x} 'ü'"),
    "a working folder that nobody can write": Place(here="/proc"),
    "no HOME": Place({"HOME": None, "ANSIBLE_HOME": "ansible"}),
    "a HOME that is not there yet": Place({"HOME": "missing/home"}),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_the_main_job_is_done_once_wherever_it_runs(emulator: Any, play: Any, place: Place) -> None:
    customer = emulator.customers[0]
    users = [{"customer_id": customer["id"], "user_id": user["id"]} for user in customer["users"][:2]]
    folder = play.folder / place.folder
    folder.mkdir(exist_ok=True)
    store = {"type": "file", "path": str(folder / "store")}
    vaulted = Vaulted(play, store)
    inventory = {"partnercenter_customer_id": customer["id"], "partnercenter_users": [_named(user) for user in users]}
    variables = {"user_password_rotation_rotation_id": "2026-11", "user_password_rotation_store": store}
    (folder / "inventory.json").write_text(json.dumps({"all": {"hosts": {"contoso": inventory}, "vars": variables}}))
    (folder / "play.yml").write_text(PLAYBOOK)

    code, shown = _run(_environment(play, folder, place, vaulted), folder, place)

    assert code == 0, shown[-3000:]
    assert re.findall(r"contoso\s+: ok=\d+\s+changed=(\d+)", shown) == ["1"], shown[-3000:]
    assert "Traceback" not in shown
    warned = [shown.count(words) for words in ("[WARNING]", *place.warnings)]
    assert warned == [len(place.warnings), *(1 for _words in place.warnings)], shown[-3000:]
    assert len(patches(emulator)) == len(users)
    for user in users:
        assert vaulted.passwords(user) == {"current": live(emulator, user)} and len(sent(emulator, user)) == 1
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (folder / "store").rglob("*")} == {0}
    hunt = Hunt({f"password {number}": live(emulator, user) for number, user in enumerate(users)})
    hunt.content("the screen", shown)
    assert not hunt.leaks


def _named(user: Mapping[str, str]) -> dict[str, str]:
    return {"user_id": user["user_id"]}


def _environment(play: Any, folder: Path, place: Place, vaulted: Vaulted) -> dict[str, str]:
    """Return the variables of the run; what is named as a folder lies in the folder of the run."""
    folders = {name: str(folder / value) for name, value in place.environment.items() if value and "HOME" in name}
    merged: dict[str, str | None] = {
        "PATH": f"{programs()}:/usr/bin:/bin",
        "HOME": str(folder),
        "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
        **vaulted.environment,
        **play.credentials(),
        "PARTNERCENTER_REFRESH_TOKEN": None,
        "PARTNERCENTER_REFRESH_TOKEN_FILE": str(folder / "token"),
        **PLAIN,
        **place.environment,
        **folders,
    }
    (folder / "token").write_text(play.emulator.refresh_token)
    (folder / "token").chmod(0o600)
    return {name: value for name, value in merged.items() if value is not None}


def _run(environment: Mapping[str, str], folder: Path, place: Place) -> tuple[int, str]:
    """Return the exit status, and all that was shown."""
    command = [str(programs() / "ansible-playbook")]
    command += ["-i", str(folder / "inventory.json"), str(folder / "play.yml")]
    begin: Callable[..., Any] = subprocess.Popen
    options: dict[str, Any] = {"env": environment, "cwd": place.here or folder, "umask": place.umask}
    if not place.terminal:
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        process = begin(command, stdin=subprocess.DEVNULL, text=True, encoding="utf-8", **both, **options)
        shown, _errors = process.communicate(timeout=300)
        return process.returncode, shown
    reads, writes = pty.openpty()
    process = begin(command, stdin=writes, stdout=writes, stderr=writes, start_new_session=True, **options)
    os.close(writes)
    parts = []
    while part := _read(reads):
        parts.append(part)
    os.close(reads)
    colours = re.compile(r"\x1b\[[0-9;]*m")
    return process.wait(timeout=300), colours.sub("", b"".join(parts).decode())


def _read(descriptor: int) -> bytes:
    """Return what a terminal shows next; nothing at its end."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""
