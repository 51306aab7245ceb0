# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of credentials resets a user, through MSAL; wrong ones end in the sentence. Assertions are verified."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from credential_kinds import BAD, GOOD, SECRET, Kit
from driver import ids, live, password, set_password
from signing import ALONE, closed, newest, opened, vault


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=1, users=20) as emulator:
        yield emulator


@pytest.fixture
def kit(emulator: Any, tmp_path: Path) -> Kit:
    return Kit(emulator, tmp_path)


@pytest.mark.parametrize("names", [list(GOOD)], ids=["all"])
def test_each_kind_resets_a_user(emulator: Any, play: Any, kit: Kit, path: str, names: list[str]) -> None:
    tasks = []
    for number, name in enumerate(names):
        options, environment = GOOD[name](kit)
        task = {"environment": environment}
        tasks.append(set_password(name, **ids(emulator, number), password=password(name), **options, task=task))
    run = play(*tasks, path=path, variables=kit.variables(), environment=ALONE)
    for number, name in enumerate(names):
        assert run[name].get("outcome") == "applied", f"{name}: {run[name].get('msg')}"
        assert live(emulator, ids(emulator, number)) == password(name)
    grants = [entry["grant_type"] for entry in emulator.token_journal()]
    assert grants == ["refresh_token"] * (len(names) - 1)
    assert Path(kit.folder / "refresh").read_text().strip().endswith(newest(emulator))


def test_an_encrypted_file_stays_encrypted(emulator: Any, play: Any, kit: Kit, tmp_path: Path) -> None:
    environment = ALONE | vault(tmp_path)
    file = kit.file("refresh", closed(tmp_path, emulator.new_refresh_token()))
    task = set_password("reset", **ids(emulator, 0), password=password(), **SECRET, refresh_token_file=file)
    emulator.knobs(refresh_token_rotation="strict")
    for _number in range(2):
        run = play(task, variables=kit.variables(), environment=environment)
        assert not run["reset"].get("failed"), run["reset"]["msg"]
    # nothing was due in the second run, but the user was looked up
    assert opened(tmp_path, Path(file).read_text()).endswith(newest(emulator))
    assert "warnings" not in run["reset"]
    closed_to_it = play(task, variables=kit.variables(), environment=ALONE)
    assert "vault passwords of this run" in closed_to_it["reset"]["msg"]
    elsewhere = play(task, variables=kit.variables(), environment=environment, path="module")
    assert "in the controller's process" in elsewhere["reset"]["msg"]


def test_wrong_ones_end_in_the_sentence(emulator: Any, play: Any, kit: Kit) -> None:
    tasks = []
    for name, (make, _words, _number) in BAD.items():
        options, environment = make(kit)
        task = {"environment": environment}
        tasks.append(set_password(name, **ids(emulator, 0), password=password(), **options, task=task))
    run = play(*tasks, variables=kit.variables(), environment=ALONE)
    for name, (_make, words, number) in BAD.items():
        result = run[name]
        assert result["failed"], name
        assert words in result["msg"], f"{name}: {result['msg']}"
        error = result.get("error") or {}
        assert error.get("code") == number or number is None, f"{name}: {error}"
    assert emulator.counters()["patches"] == 0


def test_warnings_come_once(emulator: Any, play: Any, kit: Kit) -> None:
    """A file that everybody can read; a new refresh token that has no place."""
    secret = kit.file("assertion", kit.emulator.federated_assertion(), mode=0o644)
    options = {"client_assertion_file": secret, "refresh_token": "{{ token }}"}
    tasks = [set_password(str(n), **ids(emulator, n), password=password(n), **options) for n in range(3)]
    run = play(*tasks, variables=kit.variables(), environment=ALONE)
    assert run.rc == 0, run.screen
    assert run.screen.count("every user of this machine can read the file") == 1
    assert run.screen.count("there is no place to save it") == 1
