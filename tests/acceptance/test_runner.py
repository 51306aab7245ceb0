# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: ansible-runner, credentials injected by the collection's own credential type, job events.

ansible-runner writes the environment into ``artifacts/*/command``, and this is documented not to be published. Nothing
else that a job leaves behind may hold a secret.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from driver import password, patches
from jobs import Jobs, events, stats, told
from process_tree import kill_family
from rotating import vault_password_file


@pytest.fixture
def inventory(emulator: Any) -> dict[str, Any]:
    hosts = {}
    for customer in emulator.customers[:2]:
        users = [{"user_principal_name": user["user_principal_name"]} for user in customer["users"][:3]]
        hosts[customer["domain"]] = {"partnercenter_customer_id": customer["id"], "partnercenter_users": users}
    return {"all": {"hosts": hosts}}


def kill_within(process: subprocess.Popen[str], emulator: Any, patches_before: int) -> None:
    """Waits until a reset is under way, and kills all processes of the job."""
    assert emulator.wait(patches=patches_before + 1, timeout=60)
    kill_family(process)


def test_given_passwords(emulator: Any, inventory: dict[str, Any], tmp_path: Path) -> None:
    """An apply that is killed, and another one: the ledger and its key outlive the containers."""
    people = [user for host in inventory["all"]["hosts"].values() for user in host["partnercenter_users"]]
    for number, user in enumerate(people):
        user["password"] = password(number)
    lasting = {"PARTNERCENTER_LEDGER": str(tmp_path / "ledger"), "PARTNERCENTER_LEDGER_KEY": "ab" * 32}
    jobs = Jobs(emulator, tmp_path, lasting, inventory, {"user_password_reset_rotation_id": "2026-11"})

    emulator.fault("timeout_after", method="PATCH", seconds=60, count=6)
    process, private = jobs.start("reset_user_passwords")
    kill_within(process, emulator, 0)
    jobs.assert_nothing_left(private)
    emulator.clear_faults()

    status, again = jobs("reset_user_passwords")
    assert status == 0 and stats(again, "changed") == 2
    assert told(again) == "6 of 6 passwords set"
    names = {user["id"]: user["user_principal_name"] for customer in emulator.customers for user in customer["users"]}
    sent = {names[key]: set(user["history"][1:]) for key, user in emulator.passwords().items() if key in names}
    assert all(sent[user["user_principal_name"]] == {user["password"]} for user in people)


def test_rotation(emulator: Any, inventory: dict[str, Any], tmp_path: Path) -> None:
    """Plan, apply that is killed, resume, apply, verify: the store outlives the containers, no password is lost.

    As in a workflow, what the plan hands on is a variable of all jobs that follow. Another plan is not applied.
    """
    lasting = {"ANSIBLE_VAULT_PASSWORD_FILE": vault_password_file(tmp_path)}
    store = {"type": "file", "path": str(tmp_path / "passwords")}
    variables = {"user_password_rotation_rotation_id": "2026-11", "user_password_rotation_store": store}
    jobs = Jobs(emulator, tmp_path, lasting, inventory, variables)

    status, plan = jobs("rotate_user_passwords", "--check", "--diff")
    assert (status, patches(emulator)) == (0, []), told(plan)
    assert told(plan) == "6 of 6 passwords would be set"

    handed_on = plan[-1]["event_data"]["artifact_data"]
    assert list(handed_on) == ["user_password_rotation_approved_plan"]
    (users,) = [host["partnercenter_users"] for host in list(inventory["all"]["hosts"].values())[:1]]
    users.append({"user_principal_name": emulator.customers[0]["users"][3]["user_principal_name"]})
    status, refused = jobs("rotate_user_passwords", **handed_on)
    assert status != 0 and patches(emulator) == []
    assert "7 resets are due, and they are not those that were approved; nothing was sent" in told(refused)
    users.pop()

    emulator.fault("timeout_after", method="PATCH", seconds=60, count=6)
    process, private = jobs.start("rotate_user_passwords", **handed_on)
    kill_within(process, emulator, 0)
    jobs.assert_nothing_left(private)
    emulator.clear_faults()

    status, resumed = jobs("rotate_user_passwords", user_password_rotation_operation="resume", **handed_on)
    assert status == 0, told(resumed)
    status, applied = jobs("rotate_user_passwords")
    assert status == 0, told(applied)
    sent = {key: set(user["history"][1:]) for key, user in emulator.passwords().items() if user["history"][1:]}
    assert len(sent) == 6 and all(len(passwords) == 1 for passwords in sent.values())

    status, verified = jobs("verify_user_passwords", **handed_on)
    assert status == 0 and stats(verified, "changed") == 0 and stats(verified, "failures") == 0


def test_slices(emulator: Any, tmp_path: Path) -> None:
    """Four jobs at once, each with its share of the hosts: nobody is missed, and nobody is done twice."""
    customers = emulator.customers
    hosts = {
        f"part-{number:02}": {
            "partnercenter_customer_id": customers[number % len(customers)]["id"],
            "partnercenter_users": [
                {"user_principal_name": user["user_principal_name"]}
                for user in customers[number % len(customers)]["users"][number * 2 : number * 2 + 2]
            ],
        }
        for number in range(12)
    }
    lasting = {"ANSIBLE_VAULT_PASSWORD_FILE": vault_password_file(tmp_path)}
    variables = {
        "user_password_rotation_rotation_id": "2026-11",
        "user_password_rotation_store": {"type": "file", "path": str(tmp_path / "store")},
        "user_password_rotation_event_log": str(tmp_path / "events.jsonl"),
    }
    names = list(hosts)
    shares = [{"all": {"hosts": {name: hosts[name] for name in names[number::4]}}} for number in range(4)]
    for turn in range(2):
        jobs = [
            Jobs(emulator, tmp_path / f"turn-{turn}-slice-{number}", lasting, share, variables)
            for number, share in enumerate(shares)
        ]
        started = [job.start("rotate_user_passwords") for job in jobs]
        outputs = [process.communicate(timeout=300)[0] for process, _private in started]
        assert [process.returncode for process, _private in started] == [0] * 4, outputs
        changed = sum(stats(events(private), "changed") for _process, private in started)
        assert changed == (12 if turn == 0 else 0), "each host tells its own outcome"
        sent = [user["history"][1:] for user in emulator.passwords().values() if user["history"][1:]]
        assert len(sent) == 24 and all(len(passwords) == 1 for passwords in sent)
