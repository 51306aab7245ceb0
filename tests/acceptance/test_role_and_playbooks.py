# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the playbooks by their full names with the example inventories, and what the documentation shows."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import cores
import pytest
import yaml
from driver import MODULE, ids, live, password, patches, some
from rotating import Vaulted

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
RESET = "csp.partnercenter.reset_user_passwords"


def arguments(play: Any, inventory: str) -> list[str]:
    """The example inventory with its vault password, which its README tells."""
    vault = play.folder / "vault-password"
    vault.write_text("example")
    return ["-i", str(EXAMPLES / inventory), "--vault-password-file", str(vault)]


def test_example_inventory_of_customers(emulator: Any, play: Any) -> None:
    """Twice for real after a check: predicted, done, nothing left to do; then another rotation for all."""
    options = {"playbook": RESET, "arguments": arguments(play, "inventory")}
    predicted = play(**options, check=True, diff=True)
    assert predicted.rc == 0, predicted.stdout + predicted.stderr
    assert predicted.screen.count("7 of 7 would be set") == 3 and "21 of 21 passwords would be set" in predicted.screen
    assert patches(emulator) == []

    first = play(**options)
    assert first.rc == 0, first.stdout + first.stderr
    assert first.screen.count("7 of 7 set") == 3 and "21 of 21 passwords set" in first.screen
    assert len(patches(emulator)) == 21
    changed = [user for user in emulator.passwords().values() if len(user["history"]) == 2]
    assert len(changed) == len({user["current"] for user in changed}) == 21
    for user in changed:
        assert user["current"] not in first.stdout + first.stderr

    second = play(**options)
    assert second.rc == 0
    assert second.screen.count("7 of 7 unchanged") == 3
    assert "nothing was due: 21 of 21 passwords are current" in second.screen
    assert len(patches(emulator)) == 21
    ledger = play.home / ".ansible" / "partnercenter" / "ledger"
    assert {path.stem for path in ledger.glob("*.json")} == {customer["id"] for customer in emulator.customers}


def test_example_inventory_of_users(emulator: Any, play: Any) -> None:
    options = {"playbook": f"{RESET}_of_hosts", "arguments": arguments(play, "users_as_hosts")}
    first = play(**options)
    assert first.rc == 0, first.stdout + first.stderr
    assert first.screen.count('"1 of 1 set"') == 3
    assert play(**options).screen.count('"1 of 1 unchanged"') == 3
    assert len(patches(emulator)) == 3


@pytest.mark.parametrize("core", ["2.18", "2.19"])
def test_a_host_without_a_password_is_told(emulator: Any, play: Any, core: str) -> None:
    programs = cores.programs(core)
    if programs is None:
        pytest.skip(f"no Python for ansible-core {core} here")
    name = emulator.customers[0]["users"][0]["user_principal_name"]
    inventory = play.folder / "hosts.ini"
    inventory.write_text(f"{name} partnercenter_customer_id={emulator.customers[0]['id']}\n")
    run = play(
        playbook=f"{RESET}_of_hosts",
        arguments=["-i", str(inventory)],
        program=str(programs / "ansible-playbook"),
    )
    assert run.rc == 2 and f"password: is needed for {name}, and is missing or empty" in run.screen, run.screen


def test_role_with_its_variables(emulator: Any, play: Any) -> None:
    """A ledger in the repository, the audit log by one variable, and a failure that names who failed."""
    role = {"ansible.builtin.include_role": {"name": "csp.partnercenter.user_password_reset"}, "name": "role"}
    users = some(emulator, range(5))
    nobody = {"user_principal_name": "nobody@customer-001.example.com", "password": password("absent")}
    variables = {
        "partnercenter_customer_id": emulator.customers[0]["id"],
        "user_password_reset_rotation_id": "2026-11",
        "user_password_reset_ledger": str(play.folder / "repository"),
    }
    run = play(role, variables=variables | {"partnercenter_users": users})
    names = [user["user_principal_name"] for user in emulator.customers[0]["users"][:5]]
    lines = [line for line in run["Show the outcome"]["msg"] if not line.startswith("warning: ")]
    assert lines == ["5 of 5 passwords set", f"password set: {', '.join(names)}"]
    assert "there was no ledger yet: a new one was made" in run.screen, "a warning, or a line with ansible-core 2.18"
    assert [live(emulator, ids(emulator, n)) for n in range(5)] == [user["password"] for user in users]
    assert len(list((play.folder / "repository").glob("*.json"))) == 1

    audit = {"user_password_reset_evidence": "audit_log"}
    run = play(
        role,
        variables=variables | audit | {"partnercenter_users": [*users, nobody]},
        play={"ignore_errors": False},
    )
    assert run.rc == 2
    assert run["Show the outcome"]["msg"][:2] == [
        "1 of 6 users failed, 0 passwords set",
        "nobody@customer-001.example.com: the customer has no user of this principal name: look at user_principal_name",
    ]
    told = "5 unchanged, 1 rejected: nobody@customer-001.example.com: the customer has no user of this principal name"
    assert run["Tell the outcome of each customer"]["msg"].startswith(told)
    assert len(patches(emulator)) == 5

    # What is misspelt is found by the module: Ansible would quote it, and a missing blank makes a key of a password.
    for wrong, told in (
        ({**users[0], "pasword": password("misspelt")}, "users[0].pasword: no such option"),
        (
            {"user_id": users[0]["user_id"], f"password:{password('key')}": None},
            "users[0].(not a name): no such option",
        ),
        ({**users[0], "force_change_password": password("value")}, "users[0].force_change_password: must be of the"),
    ):
        run = play(role, variables=variables | {"partnercenter_users": [wrong]}, play={"ignore_errors": False})
        assert run.rc == 2 and told in run.screen, run.screen
    assert len(patches(emulator)) == 5


def test_where_relative_places_begin(emulator: Any, play: Any) -> None:
    """The store and the report at the inventory, hooks at the playbook; customers of two inventories share a report."""
    arguments = []
    for number, customer in enumerate(emulator.customers[:2]):
        inventory = play.folder / f"inventory-{number}" / "hosts.json"
        inventory.parent.mkdir()
        host = {
            "partnercenter_customer_id": customer["id"],
            "partnercenter_users": [{"user_id": customer["users"][0]["id"]}],
        }
        inventory.write_text(json.dumps({"all": {"hosts": {f"customer-{number}": host}}}))
        arguments += ["-i", str(inventory)]
    vaulted = Vaulted(play, {"type": "file", "path": "passwords"})
    beside = play.folder / "run-1" / "after.yml"
    role = {"ansible.builtin.import_role": {"name": "csp.partnercenter.user_password_rotation"}, "name": "role"}
    hook = {"ansible.builtin.copy": {"dest": str(beside), "content": '- ansible.builtin.debug: {msg: "the hook runs"}'}}
    run = play(
        {"name": "hook", **hook, "run_once": True},
        role,
        arguments=arguments,
        variables={
            "ansible_python_interpreter": sys.executable,
            "user_password_rotation_rotation_id": "2026-11",
            "user_password_rotation_store": dict(vaulted.options),
            "user_password_rotation_report_folder": "report",
            "user_password_rotation_report_formats": ["csv", "html"],
            "user_password_rotation_hooks_after": ["after.yml"],
        },
        environment=vaulted.environment,
        play={"hosts": "all", "ignore_errors": False},
        here=play.home,
    )
    assert run.rc == 0 and "the hook runs" in run.screen, run.screen
    first, second = play.folder / "inventory-0", play.folder / "inventory-1"
    reports = sorted(path.name for path in (first / "report").glob("*.*"))
    assert reports == ["history.jsonl", "index.html", "report.csv"]
    assert not (second / "report").exists()
    assert (first / "passwords").is_dir() and (second / "passwords").is_dir()


@pytest.mark.parametrize("core", ["2.18", "2.19"])
@pytest.mark.parametrize("role", ["reset", "rotation"])
def test_a_role_in_a_loop(emulator: Any, play: Any, role: str, core: str) -> None:
    """Over customers, with options that came as text, as they do by -e, from a survey, and by any template of 2.18."""
    programs = cores.programs(core)
    if programs is None:
        pytest.skip(f"no Python for ansible-core {core} here")
    name = f"user_password_{role}"
    customers = [
        {"id": customer["id"], "users": [{"user_id": user["id"]} for user in customer["users"][:3]]}
        for customer in emulator.customers[:2]
    ]
    if role == "reset":
        customers = [
            {**customer, "users": [{**user, "password": password(user["user_id"])} for user in customer["users"]]}
            for customer in customers
        ]
    vaulted = Vaulted(play, {"type": "file", "path": str(play.folder / "passwords")})
    run = play(
        {
            "name": "role",
            "ansible.builtin.include_role": {"name": f"csp.partnercenter.{name}"},
            "loop": "{{ customers }}",
            "vars": {"partnercenter_customer_id": "{{ item.id }}", "partnercenter_users": "{{ item.users }}"},
            "no_log": True,
        },
        variables={
            "customers": customers,
            f"{name}_max_resets": "3",
            f"{name}_rotation_id": "2026-11",
            "user_password_rotation_store": dict(vaulted.options),
            "user_password_rotation_report_folder": str(play.folder / "report"),
            "user_password_rotation_report_formats": "csv,md",
        },
        environment=vaulted.environment,
        play={"ignore_errors": False},
        program=str(programs / "ansible-playbook"),
    )
    assert run.rc == 0, run.screen
    assert len(patches(emulator)) == 6
    reports = sorted(path.name for path in (play.folder / "report").glob("*.*"))
    assert reports == (["history.jsonl", "report.csv", "report.md"] if role == "rotation" else [])
    if role == "rotation":
        content = (play.folder / "report" / "report.csv").read_text()
        assert all(customer["id"] in content for customer in customers), "customers of a loop are one run"


def test_examples_of_the_module(emulator: Any, play: Any) -> None:
    """They are run as they stand: twice, and the second run changes nothing."""
    source = (ROOT / "plugins" / "modules" / f"{MODULE.rpartition('.')[2]}.py").read_text()
    examples = yaml.safe_load(re.search(r'(?s)\nEXAMPLES = r"""\n(.*?)"""', source)[1])
    assert len(examples) == 4
    customer = emulator.customers[0]
    emulator.add_users(customer["id"], name="user-001")
    variables = {
        "new_password": password("new"),
        "partnercenter_customer_id": customer["id"],
        "partnercenter_users": some(emulator, range(3)),
        "users_of_all_customers": [
            {**ids(emulator, number, customer=1), "password": password(number)} for number in range(2)
        ],
    }
    tasks = [{**task, "register": f"result_{number}"} for number, task in enumerate(examples)]
    show = {
        "name": "show",
        "ansible.builtin.debug": {"msg": "{{ [result_0, result_1, result_2, result_3] | map(attribute='msg') }}"},
    }
    first = play(*tasks, show, variables=variables)
    done = ["user-001@customer-001.example.com: password set", "3 of 3 passwords set", "2 of 2 passwords set"]
    assert first["show"]["msg"][:3] == done
    # The rotation before is in the audit log, so nothing is older than 80 days.
    idle = "nothing was due: 3 of 3 passwords are current"
    assert first["show"]["msg"][3] == idle
    second = play(*tasks, show, variables=variables)
    once = " (rotation_id 2026-11)"
    expected = ["user-001@customer-001.example.com: nothing was due", f"{idle}{once}", f"{idle}{once}", idle]
    assert second["show"]["msg"] == [*expected[:2], expected[2].replace("3 of 3", "2 of 2"), idle]
    assert len(patches(emulator)) == 6


def test_example_of_the_readme(emulator: Any, play: Any) -> None:
    customer = emulator.customers[0]
    for name in ("ada", "bob"):
        emulator.add_users(customer["id"], name=name)
    text = (ROOT / "README.md").read_text()
    block = re.search(r"(?s)```yaml\n(- name: Reset passwords\n.*?)```", text)
    assert block
    playbook = play.folder / "readme.yml"
    playbook.write_text(block[1].replace("contoso.onmicrosoft.com", customer["domain"]))
    variables = {"vault_password_of_ada": password("one"), "vault_password_of_bob": password("two")}
    run = play(playbook=str(playbook), variables=variables)
    assert run.rc == 0, run.stdout + run.stderr
    assert sorted(user["current"] for user in emulator.passwords().values() if len(user["history"]) > 1) == sorted(
        variables.values()
    )
