# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible's users rely on: defaults of the group, environments, loops, time limits, clear refusals."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from driver import MODULE, MOSTLY_IN_PROCESS, ids, live, password, patches, set_password, some

MINE = ("api_url", "authority_url", "ca_path", "tenant_id", "client_id", "client_secret", "refresh_token")


def without_credentials(play: Any) -> dict[str, None]:
    return dict.fromkeys(play.credentials())


@MOSTLY_IN_PROCESS
def test_credentials_by_group_defaults_and_environments(emulator: Any, play: Any, path: str) -> None:
    """``module_defaults`` for the action group, then the environment of the play, then that of a task, which wins."""
    options = {name: getattr(emulator, name) for name in MINE}
    defaults = {"group/csp.partnercenter.all": options}
    task = set_password("reset", **ids(emulator, 0), password=password())
    run = play(task, path=path, environment=without_credentials(play), play={"module_defaults": defaults})
    assert run["reset"]["outcome"] == "applied", run["reset"]

    variables = {**play.credentials(), "PARTNERCENTER_API_URL": "https://127.0.0.1:1"}
    right = {"PARTNERCENTER_API_URL": emulator.api_url, "PARTNERCENTER_LEDGER": str(play.folder / "mine")}
    run = play(
        set_password("reset", **ids(emulator, 1), password=password(), task={"environment": right}),
        path=path,
        environment=without_credentials(play),
        play={"environment": variables},
    )
    assert run["reset"]["outcome"] == "applied", run["reset"]
    assert len(list((play.folder / "mine").glob("*.json"))) == 1

    # An option wins over the environment, and one credential of a kind silences the environment's others.
    run = play(
        set_password("wrong", **ids(emulator, 2), password=password(), api_url="https://127.0.0.1:1", timeout=1),
        set_password("token", **ids(emulator, 2), password=password(), access_token=emulator.access_token),
        path=path,
        environment={"PARTNERCENTER_TIMEOUT": "5"},
    )
    assert run["wrong"]["failed"] and "no connection could be made" in run["wrong"]["msg"]
    assert run["token"]["outcome"] == "applied"


def test_async(emulator: Any, play: Any) -> None:
    """Refused with a reason inside the controller, done by the module elsewhere."""
    task = set_password("reset", **ids(emulator, 0), password=password(), task={"async": 60, "poll": 1})
    run = play(task)
    assert run["reset"]["failed"]
    assert run["reset"]["msg"].startswith("async cannot be used where the module runs inside the controller")
    assert emulator.counters()["requests"] == 0
    folder = str(play.folder / "async")
    run = play(task, path="module", variables={"ansible_async_dir": folder, "ansible_remote_tmp": folder})
    assert run["reset"]["outcome"] == "applied", run["reset"]
    assert live(emulator, ids(emulator, 0)) == password()


def test_a_task_that_runs_out_of_time(emulator: Any, play: Any) -> None:
    """No further user is begun; what was sent is recorded, and the next run goes on from there."""
    users = some(emulator, range(30))
    options = {"customer_id": emulator.customers[0]["id"], "users": users, "concurrency": 2, "rotation_id": "one"}
    emulator.fault("slow_body", method="PATCH", seconds=0.5, count=99)
    began = time.monotonic()
    run = play(set_password("slow", **options, task={"timeout": 3}))
    told = ("imed out", "failed to execute in the expected time frame")  # the second one by ansible-core 2.18
    assert run["slow"]["failed"] and any(text in run["slow"]["msg"] for text in told), run["slow"]["msg"]
    assert time.monotonic() - began < 15
    sent = len(patches(emulator))
    assert 1 <= sent < len(users)
    emulator.clear_faults()
    run = play(set_password("rest", **options))
    assert not run["rest"]["failed"]
    by_user: dict[str, set[str]] = {}
    for entry in patches(emulator):
        by_user.setdefault(entry["path"], set()).add(entry["request_id"])
    assert len(by_user) == len(users) and all(len(found) == 1 for found in by_user.values())
    assert len(patches(emulator)) <= len(users) + 2


def test_a_loop_finishes_and_its_items_stand_alone(emulator: Any, play: Any) -> None:
    customer = emulator.customers[0]
    names = [user["user_principal_name"] for user in customer["users"][:3]]
    options = {"customer_id": customer["id"], "user_principal_name": "{{ item }}", "password": password("loop")}
    run = play({"name": "loop", MODULE: options, "loop": [*names, f"nobody@{customer['domain']}"]})
    items = run["loop"]["results"]
    assert [item["outcome"] for item in items] == ["applied", "applied", "applied", "rejected"]
    assert [item["changed"] for item in items] == [True, True, True, False]


def test_becoming_another_user_is_done_by_the_module(emulator: Any, play: Any) -> None:
    """Or the file of the ledger would belong to the wrong one. Here nobody else can be become, so it fails."""
    run = play(
        set_password("reset", **ids(emulator, 0), password=password(), task={"become": True, "become_user": "nobody"}),
        environment={"ANSIBLE_BECOME_EXE": "/nowhere"},
    )
    assert run["reset"]["failed"]
    assert emulator.counters()["requests"] == 0


def test_documentation_shows_every_option(play: Any) -> None:
    from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.password import specification

    program = str(Path(sys.executable).parent / "ansible-doc")
    environment = play.environment({"ANSIBLE_NOCOLOR": "true"})
    command = [program, MODULE]
    text = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    for name, rules in specification().items():
        assert f"- {name} " in text or f"- {name}\n" in text or f"= {name}\n" in text, name
        assert all(inner in text for inner in rules.get("options", {}))
    for heading in ("ATTRIBUTES", "EXAMPLES", "RETURN VALUES", "action_group", "check_mode", "diff_mode", "idempotent"):
        assert heading in text, heading
