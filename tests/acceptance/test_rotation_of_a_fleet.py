# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``kill -9`` in the middle of a play of many customers: one more run finishes it, and says which customers it changed.

Nothing is lost, each user gets one password, and the run after that changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from driver import Run, Running, patches, recap
from rotating import Vaulted

PLAYBOOK = "csp.partnercenter.rotate_user_passwords"
USERS = 3
SAME, SET = (0, 0), (1, 0)


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=200, users=USERS) as emulator:
        yield emulator


@dataclass
class Fleet:
    """The first customers of the emulator as hosts of the playbook."""

    emulator: Any
    play: Any
    customers: int
    users: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.vaulted = Vaulted(self.play, {"type": "file", "path": str(self.play.folder / "passwords")})
        for customer in self.emulator.customers[: self.customers]:
            ids = [{"customer_id": customer["id"], "user_id": user["id"]} for user in customer["users"]]
            self.users[customer["domain"]] = ids
        hosts = {
            host: {
                "partnercenter_customer_id": ids[0]["customer_id"],
                "partnercenter_users": [{"user_id": user["user_id"]} for user in ids],
            }
            for host, ids in self.users.items()
        }
        (self.play.folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))

    def start(self, *arguments: str) -> Running:
        options = {"rotation_id": "r1", "store": dict(self.vaulted.options), "concurrency": 16}
        running: Running = self.play.start(
            playbook=PLAYBOOK,
            arguments=["-i", str(self.play.folder / "hosts.json"), *arguments],
            variables={f"user_password_rotation_{name}": value for name, value in options.items()},
            environment=self.vaulted.environment,
        )
        return running

    def __call__(self, *arguments: str) -> Run:
        run = self.start(*arguments).finish()
        assert run.rc == 0, run.screen
        return run

    def unfinished(self) -> set[str]:
        """The hosts with a user whose rotation is not through yet."""
        return {host for host, users in self.users.items() if not all(map(self._is_through, users))}

    def _is_through(self, user: Mapping[str, str]) -> bool:
        stored = self.vaulted.load(user)
        return stored is not None and stored.document.current is not None and stored.document.pending is None

    def assert_nothing_is_lost(self, before: Mapping[str, Mapping[str, Any]]) -> None:
        """The live password of each user is the one from before, or in the store."""
        for user, after in self._passwords():
            live, earlier = after["current"], before[user["user_id"]]["current"]
            assert live == earlier or live in self.vaulted.passwords(user).values()

    def assert_each_user_got_one_password(self) -> None:
        for user, after in self._passwords():
            assert set(after["history"][1:]) == {after["current"]}
            assert self.vaulted.passwords(user)["current"] == after["current"]

    def _passwords(self) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
        passwords = self.emulator.passwords()
        return ((user, passwords[user["user_id"]]) for users in self.users.values() for user in users)


@pytest.mark.parametrize("customers", [12, pytest.param(200, marks=pytest.mark.rotation)])
def test_killed_in_the_middle_of_a_play(emulator: Any, play: Any, customers: int) -> None:
    fleet = Fleet(emulator, play, customers)
    initial = emulator.passwords()
    emulator.knobs(latency_ms=500 if customers < 100 else 50)  # so that the kill comes before the end
    killed = fleet.start()
    assert emulator.wait(patches=customers * USERS // 2, timeout=120)
    killed.kill()
    emulator.knobs(latency_ms=0)
    fleet.assert_nothing_is_lost(initial)

    unfinished = fleet.unfinished()
    assert unfinished
    left_out = max(unfinished)
    run = fleet("--limit", f"all:!{left_out}")
    others = [host for host in fleet.users if host != left_out]
    assert recap(run) == {host: SET if host in unfinished else SAME for host in others}

    assert recap(fleet()) == dict.fromkeys(fleet.users, SAME) | {left_out: SET}
    fleet.assert_each_user_got_one_password()

    requests = len(patches(emulator))
    assert recap(fleet()) == dict.fromkeys(fleet.users, SAME)
    assert len(patches(emulator)) == requests
