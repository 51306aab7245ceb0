# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence that cannot be read or trusted is an error that names file and place: neither a reset nor an ``ok``."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driver import HERE, MODULE, PATHS, ids, live, over_both_gateways, password, patches, set_password, some

pytestmark = over_both_gateways(pytest.mark.truth)


def truncated(folder: Path, name: str) -> None:
    file = folder / f"{name}.json"
    file.write_text(file.read_text()[:-40])


def edited(folder: Path, name: str) -> None:
    """Somebody wants it to look older."""
    file = folder / f"{name}.json"
    file.write_text(re.sub(r'"at":"20\d\d', '"at":"2019', file.read_text()))


def newer(folder: Path, name: str) -> None:
    file = folder / f"{name}.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema": 99}))


def of_another(folder: Path, name: str) -> None:
    file = folder / f"{name}.json"
    file.write_text(file.read_text().replace(name, "0a1b2c3d-0000-4000-8000-000000000001"))


def unreadable(folder: Path, name: str) -> None:
    """A folder of that name cannot be read by root either."""
    (folder / f"{name}.json").unlink()
    (folder / f"{name}.json").mkdir()


def link(folder: Path, name: str) -> None:
    """Never followed: whoever may write into the folder could otherwise have other files written."""
    file = folder / f"{name}.json"
    file.rename(folder / "elsewhere")
    file.symlink_to(folder / "elsewhere")


def damaged_journal(folder: Path, name: str) -> None:
    (folder / f"{name}.journal").write_text('{"user_id": garbage\n{}\n')


DAMAGES: dict[Callable[[Path, str], None], str] = {
    truncated: r"line \d+: it is truncated or damaged",
    edited: r"line \d+: the entry of user [0-9a-f-]{36} was edited or damaged",
    newer: "it has schema 99.*update the collection",
    of_another: "it belongs to another customer; were two customers' ledgers mixed up",
    unreadable: "is not a regular file",
    link: "is a symbolic link, and links are not followed",
    damaged_journal: r"journal, line 1: the journal is damaged",
}


def test_damaged_ledgers(emulator: Any, play: Any, tmp_path: Path) -> None:
    user = ids(emulator, 0)
    good = tmp_path / "good"
    play(set_password("make", **user, password=password("kept"), ledger=str(good)))
    tasks = []
    for damage in DAMAGES:
        folder = tmp_path / damage.__name__
        shutil.copytree(good, folder)
        damage(folder, user["customer_id"])
        tasks.append(set_password(damage.__name__, **user, password=password("new"), ledger=str(folder)))
    other_key = {"ledger": str(good), "ledger_key": "cd" * 32}
    tasks.append(set_password("other key", **user, password=password("new"), **other_key))
    started = {
        way: play.start(*tasks[slice(first, None)], path=way) for way, first in (("in_process", 0), ("module", -2))
    }
    for way, running in started.items():
        run = running.finish()
        for damage, pattern in list(DAMAGES.items())[-1 if way == "module" else 0 :]:
            result = run[damage.__name__]
            assert result["failed"] and not result.get("changed"), result
            place = str(tmp_path / damage.__name__ / user["customer_id"])
            assert result["msg"].startswith(f"ledger {place}"), result["msg"]
            assert re.search(pattern, result["msg"]), result["msg"]
            assert "nothing is sent on such evidence" in result["msg"]
        key = run["other key"]
        assert key["failed"] and not key.get("changed")
        assert "was made with key" in key["msg"] and "PARTNERCENTER_LEDGER_KEY" in key["msg"]
    assert len(patches(emulator)) == 1
    assert live(emulator, user) == password("kept")


@pytest.mark.parametrize(("error", "words"), [("EROFS", "Read-only file system"), ("ENOSPC", "No space left")])
def test_disks_that_take_nothing(emulator: Any, play: Any, tmp_path: Path, error: str, words: str) -> None:
    """Also while a run is under way: a user of whom nothing can be recorded is not sent."""
    folder = tmp_path / "ledger"
    users = some(emulator, range(4))
    customer = emulator.customers[0]["id"]
    task = set_password("list", customer_id=customer, users=users, ledger=str(folder))
    broken = {"BROKEN_FOLDER": str(folder), "BROKEN_BY": error}
    broken["PYTHONPATH"] = f"{HERE / 'broken_disk'}{os.pathsep}{os.environ['PYTHONPATH']}"
    started = [play.start(task, path=way, environment=broken) for way in PATHS]
    for run in [running.finish() for running in started]:
        result = run["list"]
        assert result["failed"] and not result.get("changed"), result
        assert str(folder) in result["msg"] and words in result["msg"], result["msg"]
    assert patches(emulator) == []
    task[MODULE]["ledger"] = str(folder)
    assert play(task)["list"]["summary"]["changed"] == len(users)


@pytest.mark.parametrize("library", ["requests", "msal"])
def test_missing_library(emulator: Any, play: Any, library: str) -> None:
    environment = {"BROKEN_LIBRARY": library}
    environment["PYTHONPATH"] = f"{HERE / 'broken_disk'}{os.pathsep}{os.environ['PYTHONPATH']}"
    task = set_password("reset", **ids(emulator, 0), password=password())
    started = [play.start(task, path=way, environment=environment) for way in PATHS]
    for run in [running.finish() for running in started]:
        result = run["reset"]
        assert result["failed"] and not result.get("changed")
        assert f"the Python library {library} is needed" in result["msg"]
        assert f"-m pip install {library}" in result["msg"]
    assert emulator.counters()["connections"] == 0
