# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``kill -9`` at every step of a rotation: the live password is always in the store, and one more run finishes it."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from driver import ids, name_of, over_both_gateways, patches
from rotating import Vaulted, Witness

#: stage, mark sent, mark applied, promote, deliver the event
WRITES = range(1, 6)


@pytest.fixture
def in_git(play: Any) -> Vaulted:
    remote = play.folder / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", remote], check=True)
    return Vaulted(play, {"type": "git", "repository": str(remote)})


def kill_before(vaulted: Vaulted, write: int, where: Mapping[str, str] | None = None) -> dict[str, str]:
    where = where or {"KILL_FOLDER": str(vaulted.options["path"])}
    return vaulted.killing(KILL_BEFORE=str(write), **where)


def killed_before_a_write(
    emulator: Any, play: Any, vaulted: Vaulted, write: int, where: Mapping[str, str] | None = None
) -> None:
    user = ids(emulator, write)
    task = vaulted.task("rotate", [user], rotation_id="r1")
    witness = Witness(emulator, play, vaulted)
    initial = witness.live(user)

    killed = play.start(task, environment=kill_before(vaulted, write, where)).finish()
    assert killed.rc == -9
    witness.assert_nothing_is_lost(user, initial)

    second = play(task, environment=vaulted.environment)
    row = second["rotate"]["users"][0]
    assert row["outcome"] == ("applied" if write == 1 else "unchanged" if write == 5 else "resumed")
    witness.assert_current_is_live(user)
    witness.assert_one_password_was_sent(user)
    witness.assert_one_event_for_each_request([user])
    # Killed between the PATCH and its record, the same request is made again; everywhere else one is enough.
    requests = [name_of(entry) for entry in patches(emulator)]
    assert requests == requests[:1] * (2 if write == 3 else 1)

    third = play(task, environment=vaulted.environment)
    assert third["rotate"]["changed"] is False
    assert len(patches(emulator)) == len(requests)


@over_both_gateways(pytest.mark.rotation)
@pytest.mark.parametrize("write", WRITES)
def test_killed_before_each_write_of_the_file_store(emulator: Any, play: Any, vaulted: Vaulted, write: int) -> None:
    killed_before_a_write(emulator, play, vaulted, write)


@pytest.mark.places
def test_the_policy_of_the_guide_is_enough(
    emulator: Any, play: Any, networked: Vaulted, figure: Callable[[str], None]
) -> None:
    people = [ids(emulator, number) for number in range(20)]
    task = networked.task("rotate", people, rotation_id="r1")
    began = time.monotonic()
    first = play(task, environment=networked.environment)
    seconds = time.monotonic() - began
    second = play(task, environment=networked.environment)
    assert first["rotate"]["summary"]["changed"] == 20 and second["rotate"]["changed"] is False
    witness = Witness(emulator, play, networked)
    for person in people:
        witness.assert_current_is_live(person)
    figure(f"OpenBao, with the policy of the guide: 20 users in {seconds:.1f} s, a second run changed nobody")


@pytest.mark.rotation
@over_both_gateways()
@pytest.mark.places
@pytest.mark.parametrize("write", WRITES)
def test_killed_before_each_write_of_a_network_store(
    emulator: Any, play: Any, networked: Vaulted, vault: Any, write: int
) -> None:
    killed_before_a_write(emulator, play, networked, write, {"KILL_PORT": vault.url.rpartition(":")[2]})


@over_both_gateways(pytest.mark.rotation)
@pytest.mark.parametrize(
    "write",
    [
        write if write == 3 else pytest.param(write, marks=(pytest.mark.rotation, pytest.mark.places))
        for write in WRITES
    ],
)
def test_killed_before_each_push_of_the_git_store(emulator: Any, play: Any, in_git: Vaulted, write: int) -> None:
    killed_before_a_write(emulator, play, in_git, write, {"KILL_PUSH": "yes"})


@pytest.mark.rotation
@over_both_gateways()
@pytest.mark.places
def test_killed_between_a_push_of_the_git_store_and_the_request(emulator: Any, play: Any, in_git: Vaulted) -> None:
    """The password is at the remote before it is sent."""
    user = ids(emulator, 0)
    task = in_git.task("rotate", [user], rotation_id="r1")
    witness = Witness(emulator, play, in_git)
    initial = witness.live(user)
    killed = play.start(task, environment=kill_before(in_git, 1, {"KILL_METHOD": "PATCH"})).finish()
    assert killed.rc == -9 and patches(emulator) == []
    assert witness.live(user) == initial and set(in_git.passwords(user)) == {"pending"}
    second = play(task, environment=in_git.environment)
    assert second["rotate"]["users"][0]["outcome"] == "resumed"
    witness.assert_current_is_live(user)
    witness.assert_one_password_was_sent(user)


@over_both_gateways(pytest.mark.rotation)
@pytest.mark.parametrize("latency", ["latency_ms", "answer_latency_ms"])
def test_killed_while_the_request_is_on_its_way(emulator: Any, play: Any, vaulted: Vaulted, latency: str) -> None:
    """Before it is applied, and after."""
    user = ids(emulator, 0)
    task = vaulted.task("rotate", [user], rotation_id="r1")
    witness = Witness(emulator, play, vaulted)
    initial = witness.live(user)
    emulator.knobs(**{latency: 500})
    running = play.start(task, environment=vaulted.environment)
    assert emulator.wait(patches=1, timeout=60)
    running.kill()
    emulator.knobs(**{latency: 0})
    witness.assert_nothing_is_lost(user, initial)
    second = play(task, environment=vaulted.environment)
    assert second["rotate"]["users"][0]["outcome"] == "resumed"
    witness.assert_current_is_live(user)
    witness.assert_one_password_was_sent(user)
    witness.assert_one_event_for_each_request([user])


def test_killed_at_random_moments(emulator: Any, play: Any, tmp_path: Path) -> None:
    killed_at_random(emulator, play, tmp_path, kills=3, users=12)


@pytest.mark.rotation
@over_both_gateways()
@pytest.mark.parametrize("quarter", range(4))
def test_killed_two_hundred_times(emulator: Any, play: Any, tmp_path: Path, quarter: int) -> None:
    killed_at_random(emulator, play, tmp_path, kills=50, users=50)


def killed_at_random(emulator: Any, play: Any, tmp_path: Path, *, kills: int, users: int) -> None:
    """A rotation of many users, killed again and again; a new one as soon as one is through."""
    vaulted = Vaulted(play, {"type": "file", "path": str(tmp_path / "passwords")})
    witness = Witness(emulator, play, vaulted)
    people = [ids(emulator, number % 40, number // 40) for number in range(users)]
    initial = {person["user_id"]: witness.live(person) for person in people}
    emulator.knobs(latency_ms=10)
    source = random.Random()
    rotation = done = 0
    while done < kills:
        task = vaulted.task("rotate", people, rotation_id=f"r{rotation}", concurrency=8)
        goal = len(patches(emulator)) + source.randint(1, max(2, users // 3))
        running = play.start(task, environment=vaulted.environment)
        while running.process.poll() is None and not emulator.wait(patches=goal, timeout=0.2):
            pass
        if running.process.poll() is None:
            time.sleep(source.uniform(0.0, 0.05))
            running.kill()
            done += 1
            for person in people:
                witness.assert_nothing_is_lost(person, initial[person["user_id"]])
        else:
            assert running.finish().rc == 0
            rotation += 1
    assert play(task, environment=vaulted.environment).rc == 0
    for person in people:
        witness.assert_current_is_live(person)
    witness.assert_one_event_for_each_request(people)
    final = play(task, environment=vaulted.environment)
    assert final["rotate"]["summary"]["changed"] == 0
