# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other ways through the collection: roles with report and hooks, inventory, signing in, looking around."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from credential_kinds import Kit
from driver import PATHS, ids, password, set_password, some
from leak_cases import YESTERDAY
from leaking import SCREENS, Trial, both_gateways, both_ways, in_full
from rotating import VAULT_PASSWORD, Vaulted
from signing import ALONE, sign_in

COLLECTION = "csp.partnercenter"
PLUGIN = f"{COLLECTION}.partnercenter"
SHOW = "ansible.builtin.debug"


def role(name: str, which: str, **variables: Any) -> dict[str, Any]:
    return {"name": name, "ansible.builtin.include_role": {"name": f"{COLLECTION}.{which}"}, "vars": variables}


@in_full
@both_ways
@pytest.mark.parametrize("screen", SCREENS)
@both_gateways
def test_role_of_given_passwords(emulator: Any, trial: Trial, path: str, screen: str) -> None:
    """Applied, refused with a quote, given twice; each way to print results."""
    if screen == "json" and not os.environ.get("AWX_COLLECTION_PATH"):
        pytest.skip("AWX_COLLECTION_PATH is not set: the callback ansible.posix.json is not here")
    trial.screen = screen
    customer = list(PATHS).index(path)
    users = some(emulator, range(5)) if customer == 0 else some_of_second(emulator, range(5))
    wrong = [{**users[0], "user_id": emulator.customers[customer]["id"]}]
    emulator.fault("status", method="PATCH", status=400, description="{password}")
    variables = {
        "partnercenter_customer_id": emulator.customers[customer]["id"],
        "user_password_reset_ledger_key": "{{ key }}",
    }
    trial.secrets["the given key"] = "5e" * 32
    run = trial(
        role("first", "user_password_reset", partnercenter_users="{{ listed }}", **variables),
        role("second", "user_password_reset", partnercenter_users="{{ listed }}", **variables),
        role("wrong", "user_password_reset", partnercenter_users="{{ wrong }}", **variables),
        path=path,
        variables={"listed": users, "wrong": wrong, "key": "5e" * 32},
    )
    told = [str(line["result"].get("msg")) for line in run.results if line["status"] == "failed"]
    assert [text.partition(":")[0] for text in told] == ["4 set, 1 rejected", "1 of 1 rejected"], told
    assert any("no such " in str(line["result"].get("msg")) for line in run.results)
    assert emulator.counters()["passwords_set"] == 5


def some_of_second(emulator: Any, numbers: Any) -> list[dict[str, str]]:
    people = [ids(emulator, number, 1) for number in numbers]
    return [{"user_id": user["user_id"], "password": password(user["user_id"][:8])} for user in people]


@in_full
@both_gateways
def test_role_of_rotations(emulator: Any, trial: Trial) -> None:
    """With report, history, event log, and everything that is a fact afterwards."""
    vaulted = Vaulted(trial.play, {"type": "file"})
    trial.secrets["the vault password"] = VAULT_PASSWORD
    report = trial.play.folder / "report"
    emulator.fault("status", method="PATCH", status=400, description="{password}")
    variables = {
        "partnercenter_users": [ids(emulator, number) for number in range(5)],
        "user_password_rotation_event_log": str(trial.play.folder / "events.jsonl"),
        "user_password_rotation_report_folder": str(report),
    }
    tasks = [
        role(f"rotate {name}", "user_password_rotation", user_password_rotation_rotation_id=name)
        for name in ("r1", "r2")
    ]
    facts = [{"name": f"show {name}", SHOW: {"var": name}} for name in ("hostvars[inventory_hostname]", "vars")]
    run = trial(*tasks, *facts, variables=variables, environment=vaulted.environment)
    assert emulator.counters()["passwords_set"] == 9
    assert (report / "index.html").exists() and (trial.play.folder / "events.jsonl").exists(), run.screen[-2000:]


@in_full
@both_ways
@both_gateways
def test_signing_in_and_looking_around(emulator: Any, trial: Trial, kit: Kit, path: str) -> None:
    """A token that is saved in the clear, one that is encrypted, and one in a store."""
    emulator.knobs(device_code_approval="automatic", device_code_interval=1)
    vaulted = Vaulted(trial.play, {"type": "file"})
    trial.secrets["the vault password"] = VAULT_PASSWORD
    customer = {"customer_id": emulator.customers[0]["id"]}
    clear, closed = str(trial.given / "token"), str(trial.play.folder / "closed")
    kept = {"refresh_token_store": {"type": "file", "path": str(trial.play.folder / "tokens")}}
    tasks = [
        sign_in("clear", refresh_token_file=clear, encrypt=False),
        sign_in("closed", refresh_token_file=closed),
        sign_in("stored", **kept),
        sign_in("check", operation="check", refresh_token_file=closed, **customer),
        sign_in("no secret", operation="check", refresh_token_file=clear, client_secret=password("wrong")),
        {"name": "customers", f"{PLUGIN}_customer_info": {"refresh_token_file": clear}},
        {"name": "users", f"{PLUGIN}_user_info": {**customer, "roles": True, "refresh_token_file": clear}},
        {"name": "audit", f"{PLUGIN}_audit_info": {"start": YESTERDAY, "refresh_token_file": clear}},
        {"name": "use", f"{PLUGIN}_user_info": {**customer, **kept}},
        set_password("reset", **ids(emulator, 3), password=password("reset"), refresh_token_file=closed),
    ]
    environment = vaulted.environment | {"PARTNERCENTER_REFRESH_TOKEN": None}
    run = trial(*tasks, path=path, environment=environment)
    failed = {line["task"] for line in run.results if line["status"] == "failed"}
    # Only in the controller's process there are vault passwords, and people to talk to.
    assert failed == {"no secret"} if path == "in_process" else {"no secret"} < failed, run.screen[-3000:]
    assert emulator.issued()["refresh_token"][1:]


@in_full
def test_inventory(emulator: Any, trial: Trial) -> None:
    """Read, cached, refused, misspelt; by the program for inventories and in a play that shows all variables."""
    cache = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(trial.play.folder / "c"),
    }
    right = {"users": "details", "refresh_token": emulator.refresh_token, **cache}
    sources = {
        "right": right,
        "secret": {**right, "client_secret": password("of the client"), "cache": False},
        "token": {**right, "access_token": password("as a token"), "cache": False},
        "misspelt": {**right, "refreshtoken": password("misspelt")},
        "type": {**right, "timeout": password("timeout")},
        "cloud": {**right, "cloud": password("cloud"), "cache": False},
        "page": {**right, "refresh_token": password("of the page"), "cache": False},
    }
    arguments = []
    for name, options in sources.items():
        path = trial.given / f"{name}.partnercenter.yml"
        path.write_text(json.dumps({"plugin": PLUGIN, **options}))
        arguments += ["-i", str(path)]
    environment = ALONE | {"PARTNERCENTER_CLIENT_SECRET": emulator.client_secret}
    listed = trial(program="ansible-inventory", playbook="--list", arguments=arguments, environment=environment)
    # The inventory in a file is what was given; what it holds is listed, and the credentials are not.
    assert len(json.loads(listed.stdout[listed.stdout.index("{\n") :])["_meta"]["hostvars"]) == 2
    for name in sources.keys() - {"right", "secret"}:
        assert f"{name}.partnercenter.yml" in listed.stderr, name
    show = {"name": "show", SHOW: {"var": "hostvars[inventory_hostname]"}}
    run = trial(show, play={"hosts": "all"}, arguments=arguments, environment=environment)
    assert run.rc == 0 and len(run.results) == 2
