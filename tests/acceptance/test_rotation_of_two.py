# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two rotations of the same users at the same time, which differ in id, clock, machine, gateway or store."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driver import GATEWAYS, ids, sent
from rotating import Vaulted, Witness

pytestmark = pytest.mark.rotation

USERS = 12
OUTCOMES = {"applied", "resumed", "unchanged", "deferred", "unknown"}


def other_gateway(play: Any) -> dict[str, str]:
    return {"PARTNERCENTER_GATEWAY": GATEWAYS[1]}


def other_machine(play: Any) -> dict[str, str]:
    """A home of its own: nothing is shared but the store."""
    home = play.folder / "another-home"
    home.mkdir()
    return {"HOME": str(home)}


def clock_ahead(play: Any) -> dict[str, str]:
    """A clock that is ten minutes ahead, for the run and all its processes, by libfaketime."""
    package = importlib.util.find_spec("libfaketime")
    assert package and package.origin, "the package libfaketime is missing: the session `rotation` installs it"
    library = Path(package.origin).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
    changes = {"LD_PRELOAD": str(library), "FAKETIME": "+600s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    command = [sys.executable, "-c", "import time; print(time.time())"]
    told = subprocess.run(command, env=os.environ | changes, capture_output=True, text=True, check=True, timeout=60)
    assert float(told.stdout) > time.time() + 500, "the clock was not moved"
    return changes


SAME_MACHINE = {
    "only the rotation id": (),
    "the gateway": (other_gateway,),
    "the clock": (clock_ahead,),
    "gateway and clock": (other_gateway, clock_ahead),
}
TWO_MACHINES = {
    "machine": (other_machine,),
    "machine and clock": (other_machine, clock_ahead),
    "machine, clock and gateway": (other_machine, clock_ahead, other_gateway),
}
Change = Callable[[Any], dict[str, str]]


def differing(play: Any, changes: tuple[Change, ...]) -> dict[str, str]:
    return {name: value for change in changes for name, value in change(play).items()}


def two_at_once(emulator: Any, play: Any, vaulted: Vaulted, changes: tuple[Change, ...]) -> None:
    people = [ids(emulator, number) for number in range(USERS)]
    witness = Witness(emulator, play, vaulted)
    initial = {person["user_id"]: witness.live(person) for person in people}
    emulator.knobs(latency_ms=30)
    other = vaulted.environment | differing(play, changes)
    environments = {"r1": vaulted.environment, "r2": other}
    started = [
        play.start(vaulted.task("rotate", people, rotation_id=name), environment=environment)
        for name, environment in environments.items()
    ]
    rows = [row for running in started for row in running.finish()["rotate"]["users"]]

    assert len(rows) == 2 * USERS and {row["outcome"] for row in rows} <= OUTCOMES
    for person in people:
        witness.assert_nothing_is_lost(person, initial[person["user_id"]])
        assert len(set(sent(emulator, person))) <= 2, "one password for each rotation id"

    last = play(vaulted.task("rotate", people, rotation_id="r3"), environment=vaulted.environment)
    assert last["rotate"]["failed"] is False
    again = play(vaulted.task("rotate", people, rotation_id="r3"), environment=vaulted.environment)
    if again["rotate"]["changed"]:  # what was left open was finished first, and the rotation itself by the next run
        again = play(vaulted.task("rotate", people, rotation_id="r3"), environment=vaulted.environment)
    assert again["rotate"]["changed"] is False
    for person in people:
        witness.assert_current_is_live(person)
        assert len(set(sent(emulator, person))) <= 3


@pytest.mark.parametrize("changes", SAME_MACHINE.values(), ids=SAME_MACHINE)
def test_two_runs_over_one_folder_lose_nothing(
    emulator: Any, play: Any, vaulted: Vaulted, changes: tuple[Change, ...]
) -> None:
    two_at_once(emulator, play, vaulted, changes)


@pytest.mark.parametrize("changes", TWO_MACHINES.values(), ids=TWO_MACHINES)
def test_two_machines_over_one_network_store_lose_nothing(
    emulator: Any, play: Any, networked: Vaulted, changes: tuple[Change, ...]
) -> None:
    two_at_once(emulator, play, networked, changes)


@pytest.mark.parametrize("changes", [(), (clock_ahead,)], ids=["same clock", "a clock ahead"])
def test_two_stores_have_the_live_password_between_them(
    emulator: Any, play: Any, vaulted: Vaulted, networked: Vaulted, changes: tuple[Change, ...]
) -> None:
    """Two declarations of one user do not know of each other: the later reset counts, and its store has it."""
    people = [ids(emulator, number) for number in range(USERS)]
    emulator.knobs(latency_ms=30)
    stores = [(vaulted, vaulted.environment), (networked, networked.environment | differing(play, changes))]
    started = [
        play.start(store.task("rotate", people, rotation_id="r1"), environment=environment)
        for store, environment in stores
    ]
    for running in started:
        result = running.finish()["rotate"]
        assert result["failed"] is False and result["summary"]["changed"] == USERS
    for person in people:
        live = Witness(emulator, play, vaulted).live(person)
        assert live in {store.passwords(person)["current"] for store, _environment in stores}
        assert len(set(sent(emulator, person))) == 2
