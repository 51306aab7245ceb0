# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ledgers, stores and event logs that a released version wrote are read, and runs go on from them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from driver import live, patches, sent, set_password
from rotating import Vaulted, looked_up

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
PASSWORDS = {5: "Kanarie\"four\\'7", 6: "Kanarie\"five\\'7", 7: "Kanarie\"six\\'7", 8: "Kanarie\"seven\\'7"}


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    """The population for which the fixtures were made."""
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=1, users=8, seed=10) as emulator:
        yield emulator


@pytest.fixture(params=sorted(folder.name for folder in FIXTURES.iterdir() if folder.is_dir()))
def truth(request: pytest.FixtureRequest, emulator: Any, play: Any) -> Any:
    """A controller on which that version ran, and a service with the passwords that it left there."""
    place = play.home / ".ansible" / "partnercenter"
    shutil.copytree(FIXTURES / request.param, place)
    for entry in (place, *place.rglob("*")):
        entry.chmod(0o700 if entry.is_dir() else 0o600)
    known = json.loads((place / "truth.json").read_text())
    (place / "truth.json").unlink()
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {emulator.access_token}"
        for user, password in known["live"].items():
            profile = {"password": password, "forceChangePassword": False}
            answer = session.patch(
                f"{emulator.api_url}/v1/customers/{known['customer']}/users/{user}/resetpassword",
                json={"passwordProfile": profile, "attributes": {"objectType": "CustomerUser"}},
                verify=emulator.ca_path,
                timeout=30,
            )
            assert answer.status_code == 200
    return known


@pytest.fixture
def vaulted(play: Any) -> Vaulted:
    place = play.home / ".ansible" / "partnercenter" / "passwords"
    return Vaulted(play, {"type": "file", "path": str(place)}, vault_password="correct horse")


def user(truth: Any, number: int) -> dict[str, str]:
    return {"customer_id": truth["customer"], "user_id": truth["users"][number - 1]}


def test_a_store_is_read_and_its_rotations_go_on(emulator: Any, play: Any, truth: Any, vaulted: Vaulted) -> None:
    before = len(patches(emulator))
    users = [user(truth, number) for number in range(1, 5)]
    stored = truth["store"]
    tasks = [
        *(looked_up(f"look {number}", user(truth, number), vaulted.options) for number in range(1, 5)),
        looked_up("look at previous", users[0], vaulted.options, version="previous"),
        vaulted.task("rotate", users, rotation_id="2026-11"),
        vaulted.task("again", users[:2], rotation_id="2026-11"),
        vaulted.task("resume", users[2:], operation="resume"),
    ]
    run = play(*tasks, environment=vaulted.environment)
    assert all(not run[f"look {number}"]["failed"] for number in range(1, 5))
    assert not run["look at previous"]["failed"]
    first, pending, quarantined, orphaned = run["rotate"]["users"]
    assert first["outcome"] == "unchanged"
    assert pending["outcome"] == "resumed"
    assert live(emulator, users[1]) == stored[users[1]["user_id"]]["pending"]
    assert (quarantined["outcome"], quarantined["left"]) == ("unknown", "quarantined")
    assert (orphaned["outcome"], orphaned["left"]) == ("rejected", "orphaned")
    assert [row["outcome"] for row in run["again"]["users"]] == ["unchanged", "unchanged"]
    assert run["resume"]["users"][0]["outcome"] == "resumed"
    assert live(emulator, users[2]) == stored[users[2]["user_id"]]["pending"]
    assert len(patches(emulator)) == before + 2


def test_what_was_stored_is_stored_after_it_was_written_anew(
    emulator: Any, play: Any, truth: Any, vaulted: Vaulted
) -> None:
    users = [user(truth, number) for number in range(1, 3)]
    run = play(vaulted.task("rotate", users, rotation_id="2026-12"), environment=vaulted.environment)
    assert [row["outcome"] for row in run["rotate"]["users"]] == ["applied", "resumed"]
    for one in users:
        assert vaulted.passwords(one)["current"] == live(emulator, one)
    assert vaulted.passwords(users[0])["previous"] == truth["store"][users[0]["user_id"]]["current"]


def test_a_ledger_is_read_and_its_resets_go_on(emulator: Any, play: Any, truth: Any) -> None:
    before = len(patches(emulator))
    declared = {5: {}, 6: {"rotation_id": "2026-11"}, 8: {"rotation_id": "2026-11"}}
    tasks = [
        set_password(f"set {number}", **user(truth, number), password=PASSWORDS[number], **options)
        for number, options in declared.items()
    ]
    run = play(*tasks)
    assert [run[f"set {number}"]["outcome"] for number in (5, 6)] == ["unchanged", "unchanged"]
    assert (run["set 8"]["changed"], run["set 8"]["failed"], run["set 8"]["reason"]) == (True, False, "resumed")
    assert set(sent(emulator, user(truth, 8))) == {PASSWORDS[8]}
    assert len(patches(emulator)) <= before + 1
    again = play(*tasks)
    assert [again[f"set {number}"]["outcome"] for number in declared] == ["unchanged"] * 3


def test_the_age_of_an_old_entry_counts(play: Any, truth: Any) -> None:
    written = truth.get("written", "2026-11-28T14:33:00Z")
    run = play(
        set_password("young", **user(truth, 7), password=PASSWORDS[7], max_age="36500d"),
        set_password("old", **user(truth, 7), password=PASSWORDS[7], not_before=written, check_user=False),
        check=True,
    )
    assert run["young"]["outcome"] == "unchanged"
    assert (run["old"]["outcome"], run["old"]["reason"]) == ("would_reset", "age")


def test_an_event_log_is_continued(emulator: Any, play: Any, truth: Any, vaulted: Vaulted) -> None:
    log = play.home / ".ansible" / "partnercenter" / "events.jsonl"
    earlier = log.read_text()
    play(vaulted.task("rotate", [user(truth, 1)], rotation_id="2026-12"), environment=vaulted.environment)
    assert log.read_text().startswith(earlier)
    (added,) = log.read_text().removeprefix(earlier).splitlines()
    assert json.loads(added)["rotation_id"] == "2026-12"
