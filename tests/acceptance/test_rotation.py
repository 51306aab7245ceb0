# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rotating passwords that are kept in a store: twice, at once, verified, rolled back, read by others."""

from __future__ import annotations

from typing import Any

import pytest
from driver import ids, over_both_gateways, patches, special
from rotating import ROTATION, Vaulted, Witness

pytestmark = over_both_gateways(pytest.mark.rotation)


@pytest.fixture
def witness(emulator: Any, play: Any, vaulted: Vaulted) -> Witness:
    return Witness(emulator, play, vaulted)


def test_the_second_run_sends_nothing_and_verify_says_so(
    emulator: Any, play: Any, vaulted: Vaulted, witness: Witness
) -> None:
    people = [ids(emulator, number) for number in range(5)]
    run = play(
        vaulted.task("first", people, rotation_id="r1"),
        vaulted.task("second", people, rotation_id="r1"),
        vaulted.task("verified", people, rotation_id="r1", operation="verify"),
        vaulted.task("not verified", people, rotation_id="r2", operation="verify"),
        environment=vaulted.environment,
    )
    assert run["first"]["summary"]["changed"] == 5
    assert run["second"]["summary"] | {"changed": 0, "unchanged": 5} == run["second"]["summary"]
    store = f"verified in file store {play.folder / 'passwords'}: nothing is due and nothing is pending"
    assert run["verified"]["failed"] is False
    assert run["verified"]["msg"].endswith(f"{store} (the service was not asked)")
    assert run["not verified"]["failed"] is True and "a rotation is due (rotation_id)" in run["not verified"]["msg"]
    assert len(patches(emulator)) == 5
    for user in people:
        witness.assert_current_is_live(user)
    witness.assert_one_event_for_each_request(people)


def test_check_mode_makes_no_password(emulator: Any, play: Any, vaulted: Vaulted) -> None:
    run = play(
        vaulted.task("plan", [ids(emulator, 0)], rotation_id="r1"),
        check=True,
        diff=True,
        environment=vaulted.environment,
    )
    assert run["plan"]["users"][0]["outcome"] == "would_reset"
    assert run["plan"]["diff"][0]["after"]["rotation_id"] == "r1"
    assert vaulted.passwords(ids(emulator, 0)) == {}
    assert patches(emulator) == []


def test_rollback_restores_the_previous_password_and_says_why(
    emulator: Any, play: Any, vaulted: Vaulted, witness: Witness
) -> None:
    user = ids(emulator, 0)
    play(vaulted.task("first", [user], rotation_id="r1"), environment=vaulted.environment)
    first = witness.live(user)
    run = play(
        vaulted.task("second", [user], rotation_id="r2"),
        vaulted.task("back", [user], rotation_id="b1", operation="rollback"),
        vaulted.task("back again", [user], rotation_id="b1", operation="rollback"),
        vaulted.task("as declared", [user], rotation_id="r2"),
        environment=vaulted.environment,
    )
    assert run["back"]["users"][0]["reason"] == "rollback"
    assert run["back again"]["changed"] is False
    assert run["as declared"]["changed"] is False
    assert witness.live(user) == first
    witness.assert_current_is_live(user)


def test_a_rollback_by_the_id_that_is_applied_is_refused(emulator: Any, play: Any, vaulted: Vaulted) -> None:
    user = ids(emulator, 0)
    run = play(
        vaulted.task("first", [user], rotation_id="r1"),
        vaulted.task("back", [user], rotation_id="r1", operation="rollback"),
        environment=vaulted.environment,
    )
    assert run["back"]["failed"] is True and "nothing was rolled back" in run["back"]["users"][0]["error"]["message"]
    assert len(patches(emulator)) == 1


def test_runs_at_once_make_one_request_for_each_user(
    emulator: Any, play: Any, vaulted: Vaulted, witness: Witness
) -> None:
    at_once(emulator, play, vaulted, witness, runs=3)


@pytest.mark.rotation
def test_eight_runs_at_once(emulator: Any, play: Any, vaulted: Vaulted, witness: Witness) -> None:
    at_once(emulator, play, vaulted, witness, runs=8)


def at_once(emulator: Any, play: Any, vaulted: Vaulted, witness: Witness, runs: int) -> None:
    people = [ids(emulator, number) for number in range(10)]
    emulator.knobs(latency_ms=50)
    task = vaulted.task("rotate", people, rotation_id="r1")
    started = [play.start(task, environment=vaulted.environment) for _run in range(runs)]
    results = [running.finish()["rotate"] for running in started]
    assert not any(result["failed"] for result in results)
    assert sum(result["summary"]["changed"] for result in results) == len(people)
    assert len(patches(emulator)) == len(people)
    for user in people:
        witness.assert_current_is_live(user)


def test_lookup_and_vars_files_give_the_live_password(
    emulator: Any, play: Any, vaulted: Vaulted, witness: Witness
) -> None:
    user = ids(emulator, 0)
    play(vaulted.task("rotate", [user], rotation_id="r1"), environment=vaulted.environment)
    stored = play.folder / "passwords" / user["customer_id"] / f"{user['user_id']}.yml"
    lookup = (
        f"lookup('csp.partnercenter.partnercenter_password', '{user['user_id']}', "
        f"customer_id='{user['customer_id']}', store=store)"
    )
    run = play(
        {
            "name": "compare",
            "ansible.builtin.assert": {"that": [f"partnercenter_password == {lookup}"], "quiet": True},
            "no_log": True,
        },
        play={"vars_files": [str(stored)], "vars": {"store": dict(vaulted.options)}},
        environment=vaulted.environment,
    )
    assert run.rc == 0
    live = witness.live(user)
    for path in play.folder.rglob("*"):
        if path.is_file():
            assert live.encode() not in path.read_bytes(), f"the live password is in {path}"


def test_those_who_must_not_be_rotated_are_refused_by_name(emulator: Any, play: Any, vaulted: Vaulted) -> None:
    people = [ids(emulator, 0), *(special(emulator, kind) for kind in ("federated", "synced", "deleted", "privileged"))]
    result = play(vaulted.task("rotate", people, rotation_id="r1"), environment=vaulted.environment)["rotate"]
    assert [row["outcome"] for row in result["users"]] == ["applied", *["rejected"] * 4]
    # Graph does not tell who is federated: it refuses to set the password.
    assert len(patches(emulator)) == (2 if play.gateway == "graph" else 1)


BAD = {
    "no intent": ({}, "rotation_id"),
    "a store of no kind": ({"store": {"type": "cupboard"}}, "store.type"),
    "an option of another store": ({"store": {"type": "file", "url": "https://x.example"}}, "store.url"),
    "no vault of that id": ({"store": {"type": "file", "vault_id": "none"}}, "store.vault_id"),
    "a generator that breaks the rules": ({"generator": {"length": 4}}, "generator.length"),
    "a window that never opens": ({"window": {"from": "10:00", "to": "10:00"}}, "window"),
    "too many": ({"max_resets": 1}, "max_resets"),
    "rollback without a name": ({"operation": "rollback", "rotation_id": None}, "rotation_id"),
}


def test_bad_input_names_the_option_and_sends_nothing(emulator: Any, play: Any, vaulted: Vaulted) -> None:
    people = [ids(emulator, 0), ids(emulator, 1)]
    tasks = []
    for name, (options, _place) in BAD.items():
        given = {"users": people, "store": dict(vaulted.options), "rotation_id": "r1", **options}
        if name == "no intent":
            del given["rotation_id"]
        tasks.append({"name": name, ROTATION: {key: value for key, value in given.items() if value is not None}})
    run = play(*tasks, environment=vaulted.environment)
    for name, (_options, place) in BAD.items():
        assert run[name]["failed"] is True and place in run[name]["msg"], run[name]
    assert patches(emulator) == []


def test_a_wrong_vault_password_is_said_before_anything_is_sent(emulator: Any, play: Any, vaulted: Vaulted) -> None:
    user = ids(emulator, 0)
    play(vaulted.task("rotate", [user], rotation_id="r1"), environment=vaulted.environment)
    wrong = play.folder / "wrong-password"
    wrong.write_text("wrong")
    environment = {**vaulted.environment, "ANSIBLE_VAULT_PASSWORD_FILE": str(wrong)}
    result = play(vaulted.task("rotate", [user], rotation_id="r2"), environment=environment)["rotate"]
    assert result["failed"] is True and "vault password" in result["msg"]
    assert len(patches(emulator)) == 1
