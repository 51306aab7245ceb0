# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passwords in a git repository: what is pushed, two machines at once, a remote that refuses or is gone."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driver import ids, patches, sent
from rotating import Vaulted, Witness, looked_up

from ansible_collections.csp.partnercenter.tests.unit.support.repository import Repository

BRANCH = "partnercenter-passwords"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.made(tmp_path / "git", {"README.md": "of others"})


@pytest.fixture
def vaulted(play: Any, repository: Repository) -> Vaulted:
    return Vaulted(play, {"type": "git", "repository": str(repository.remote)})


def hook(repository: Repository, script: str) -> None:
    """Make the remote run this before it accepts a push."""
    program = repository.remote / "hooks" / "pre-receive"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_a_password_is_pushed_and_looked_up(emulator: Any, play: Any, vaulted: Vaulted, repository: Repository) -> None:
    user = ids(emulator, 0)
    tasks = (vaulted.task("rotate", [user], rotation_id="r1"), looked_up("look", user, vaulted.options))
    run = play(*tasks, environment=vaulted.environment)
    assert run["rotate"]["users"][0]["outcome"] == "applied" and run["look"]["failed"] is False
    Witness(emulator, play, vaulted).assert_current_is_live(user)
    place = f"partnercenter/{user['customer_id']}/{user['user_id']}.yml"
    assert repository.files(BRANCH) == [place] and repository.files("main") == ["README.md"]
    assert repository.log(BRANCH) == [f"Keep {place} [skip ci]"] * 5
    assert sent(emulator, user)[0] not in repository.everything()
    second = play(tasks[0], environment=vaulted.environment)
    assert second["rotate"]["changed"] is False and len(repository.log(BRANCH)) == 5


def test_two_machines_at_once(emulator: Any, play: Any, vaulted: Vaulted, repository: Repository) -> None:
    """Both find nothing stored. The remote holds their first pushes until both are there, and lets the first one in."""
    user = ids(emulator, 0)
    task = vaulted.task("rotate", [user], rotation_id="r1")
    hook(
        repository,
        f"if mkdir {play.folder}/first 2>/dev/null; then while [ ! -d {play.folder}/second ]; do sleep 0.05; done\n"
        f"elif mkdir {play.folder}/second 2>/dev/null; then\n"
        f"until git rev-parse --quiet --verify refs/heads/{BRANCH} >{play.folder}/tip; do sleep 0.05; done; fi",
    )
    machines = [
        play.start(task, environment={**vaulted.environment, "ANSIBLE_HOME": str(play.folder / machine)})
        for machine in ("one", "other")
    ]
    runs = [machine.finish() for machine in machines]
    outcomes = [run["rotate"]["users"][0]["outcome"] for run in runs]
    assert sorted(outcomes) == ["applied", "deferred"], [run.screen for run in runs]
    message = runs[outcomes.index("deferred")]["rotate"]["users"][0]["message"]
    assert "another run" in message, message
    assert len(sent(emulator, user)) == 1
    Witness(emulator, play, vaulted).assert_current_is_live(user)
    assert len(repository.log(BRANCH)) == 5


def test_a_remote_that_refuses_the_push(emulator: Any, play: Any, vaulted: Vaulted, repository: Repository) -> None:
    hook(repository, "echo 'protected: canary' >&2; exit 1")
    run = play(vaulted.task("rotate", [ids(emulator, 0)], rotation_id="r1"), environment=vaulted.environment)
    assert run["rotate"]["failed"] and patches(emulator) == []
    assert "it refuses the push: let the account push to this branch" in run.screen
    assert "protected: canary" not in run.screen and repository.branches() == ["main"]


def test_a_remote_that_is_gone(emulator: Any, play: Any, vaulted: Vaulted, repository: Repository) -> None:
    shutil.rmtree(repository.remote)
    run = play(vaulted.task("rotate", [ids(emulator, 0)], rotation_id="r1"), environment=vaulted.environment)
    assert run["rotate"]["failed"] and patches(emulator) == []
    assert "there is no repository: check the option repository" in run.screen


def test_a_url_with_a_token(emulator: Any, play: Any, vaulted: Vaulted) -> None:
    vaulted.options = {"type": "git", "repository": "https://oauth2:canary-git-token@127.0.0.1:9/passwords.git"}
    task = vaulted.task("rotate", [ids(emulator, 0)], rotation_id="r1")
    run = play(task, environment=vaulted.environment)
    assert run["rotate"]["failed"] and emulator.counters()["requests"] == 0
    assert "store.repository" in run["rotate"]["msg"] and "canary-git-token" not in run["rotate"]["msg"]


@pytest.mark.places
def test_how_long_many_users_take(
    emulator: Any, play: Any, vaulted: Vaulted, repository: Repository, figure: Callable[[str], None]
) -> None:
    people = [ids(emulator, number) for number in range(20)]
    task = vaulted.task("rotate", people, rotation_id="r1")
    began = time.monotonic()
    first = play(task, environment=vaulted.environment)
    seconds = time.monotonic() - began
    second = play(task, environment=vaulted.environment)
    assert first["rotate"]["summary"]["changed"] == 20 and second["rotate"]["changed"] is False
    witness = Witness(emulator, play, vaulted)
    for person in people:
        witness.assert_current_is_live(person)
    assert len(repository.log(BRANCH)) == 5 * 20
    figure(f"git, on the same disk: 20 users with 100 pushes in {seconds:.1f} s, a second run changed nobody")
