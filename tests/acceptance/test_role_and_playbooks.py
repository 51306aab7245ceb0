# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the playbooks by their full names with the example inventories, and what the documentation shows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
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
    assert predicted.screen.count("7 of 7 passwords would be set") == 3
    assert patches(emulator) == []

    first = play(**options)
    assert first.rc == 0, first.stdout + first.stderr
    assert first.screen.count("7 of 7 passwords set") == 3
    assert len(patches(emulator)) == 21
    changed = [user for user in emulator.passwords().values() if len(user["history"]) == 2]
    assert len(changed) == len({user["current"] for user in changed}) == 21
    for user in changed:
        assert user["current"] not in first.stdout + first.stderr

    second = play(**options)
    assert second.rc == 0
    assert second.screen.count("nothing was due: 7 of 7 passwords are current") == 3
    assert len(patches(emulator)) == 21
    ledger = play.home / ".ansible" / "partnercenter" / "ledger"
    assert {path.stem for path in ledger.glob("*.json")} == {customer["id"] for customer in emulator.customers}


def test_example_inventory_of_users(emulator: Any, play: Any) -> None:
    options = {"playbook": f"{RESET}_of_hosts", "arguments": arguments(play, "users_as_hosts")}
    first = play(**options)
    assert first.rc == 0, first.stdout + first.stderr
    assert first.screen.count("@customer-001.example.com: password set") == 3
    assert play(**options).screen.count("@customer-001.example.com: nothing was due") == 3
    assert len(patches(emulator)) == 3


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
    assert run["Show the outcome"]["msg"] == ["5 of 5 passwords set", f"password set: {', '.join(names)}"]
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
    assert run["Fail if a user failed"]["msg"].startswith("1 of 6 users failed; who and why stands above")
    assert len(patches(emulator)) == 5

    # What is misspelt is found by the module: Ansible would quote it, and a missing blank makes a key of a password.
    for wrong, told in (
        ({**users[0], "pasword": password("misspelt")}, "users.pasword: no such option"),
        ({"user_id": users[0]["user_id"], f"password:{password('key')}": None}, "users.(not a name): no such option"),
        ({**users[0], "force_change_password": password("value")}, "users[0].force_change_password: must be of the"),
    ):
        run = play(role, variables=variables | {"partnercenter_users": [wrong]}, play={"ignore_errors": False})
        assert run.rc == 2 and told in run.screen, run.screen
    assert len(patches(emulator)) == 5


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
    each = [f"localhost-{customer['id']}.{kind}" for customer in customers for kind in ("csv", "md")]
    assert reports == (sorted(each) if role == "rotation" else [])


@dataclass(frozen=True)
class Customers:
    """An inventory of the emulator's customers, by one of the playbooks of the collection."""

    emulator: Any
    play: Any
    playbook: str
    program: str | None = None

    @property
    def names(self) -> list[str]:
        """Of the first customer's users."""
        return [user["user_principal_name"] for user in self.emulator.customers[0]["users"]]

    def __call__(self, *arguments: str, hosts: dict[str, Any] | None = None, **variables: Any) -> Any:
        known = {
            customer["domain"]: {
                "partnercenter_customer_id": customer["id"],
                "partnercenter_users": [
                    {"user_principal_name": user["user_principal_name"]}
                    | ({} if "rotate" in self.playbook else {"password": password(user["id"])})
                    for user in customer["users"][:3]
                ],
            }
            for customer in self.emulator.customers[:2]
        }
        inventory = self.play.folder / "customers.json"
        inventory.write_text(json.dumps({"all": {"hosts": known if hosts is None else hosts}}))
        vaulted = Vaulted(self.play, {"type": "file", "path": str(self.play.folder / "passwords")})
        return self.play(
            playbook=f"csp.partnercenter.{self.playbook}",
            arguments=["-i", str(inventory), *arguments],
            environment=vaulted.environment,
            variables={"user_password_rotation_store": dict(vaulted.options), **variables},
            **({"program": self.program} if self.program else {}),
        )


@pytest.fixture(params=["reset_user_passwords", "rotate_user_passwords"])
def customers(request: pytest.FixtureRequest, emulator: Any, play: Any) -> Customers:
    return Customers(emulator, play, request.param)


def own(customers: Customers, **variables: Any) -> dict[str, Any]:
    """Variables of the role that the playbook runs."""
    role = "user_password_reset" if "reset" in customers.playbook else "user_password_rotation"
    return {f"{role}_{name}": value for name, value in ({"rotation_id": "r1"} | variables).items()}


def test_users_who_are_asked_for(customers: Customers, emulator: Any) -> None:
    """As a person types them into a survey; nobody else is touched, and a name that nobody has stops all."""
    first, second, third = customers.names[:3]
    run = customers(**own(customers), partnercenter_only_users=f"{first.upper()},\n {second}")
    assert run.rc == 0 and len(patches(emulator)) == 2, run.screen
    assert "2 of 2 passwords set" in run.screen and "of 3 passwords" not in run.screen

    for wrong in (f"{third} nobody@contoso.com", "nobody@contoso.com", [], None):
        run = customers(**own(customers), partnercenter_only_users=wrong)
        assert run.rc == 2 and "partnercenter_only_users: " in run.screen, run.screen
        assert "nobody@contoso.com is declared for no customer" in run.screen or not wrong
    assert len(patches(emulator)) == 2

    # One user once more, for a help desk.
    if customers.playbook == "reset_user_passwords":
        again = own(customers, update_password="always")
        assert customers(**again, partnercenter_only_users=first).rc == 0 and len(patches(emulator)) == 3


def test_max_resets_is_a_limit(customers: Customers, emulator: Any) -> None:
    run = customers(**own(customers, max_resets=2, batch_size=2))
    assert run.rc == 2 and patches(emulator) == []
    assert "max_resets: is 2, and 3 resets are due; nothing was sent" in run.screen
    assert customers(**own(customers, max_resets=3)).rc == 0 and len(patches(emulator)) == 6


def test_nothing_done_is_not_success(customers: Customers, emulator: Any) -> None:
    """Five ways to be green with nothing done."""
    domain = emulator.customers[0]["domain"]
    nobody = {"partnercenter_customer_domain": domain, "partnercenter_users": []}
    for told, arguments, options in (
        ("no host of the inventory fits 'contosso'", [], {"partnercenter_hosts": "contosso"}),
        ("no host fits both", ["--limit", emulator.customers[1]["domain"]], {"partnercenter_hosts": domain}),
        ("the inventory holds no host", [], {"hosts": {}}),
        ("nobody is declared: partnercenter_users is empty for all 2 cus", [], {"hosts": {"a": nobody, "b": nobody}}),
        ("contoso: partnercenter_users is not defined", [], {"hosts": {"contoso": {}}}),
        ("max_reset is no variable of the role", [], own(customers, max_reset=1)),
        ("s meant?", [], {name.replace("password_r", "pasword_r"): 1 for name in own(customers, max_resets=1)}),
    ):
        run = customers(*arguments, **own(customers) | options)
        assert run.rc != 0 and told in run.screen, run.screen
        assert len(run.screen) < 12_000, "the specification of the role is no message"
    assert patches(emulator) == []

    users = [{"user_principal_name": customers.names[0], "password": password("one")}]
    if "rotate" in customers.playbook:
        users[0].pop("password")
    run = customers(**own(customers), hosts={"a": nobody, "b": nobody | {"partnercenter_users": users}})
    assert run.rc == 0 and len(patches(emulator)) == 1, run.screen
    assert "partnercenter_users is empty: there is nobody to work on" in run.screen


@pytest.mark.parametrize("core", ["2.18", "2.19"])
def test_what_the_screen_says(emulator: Any, play: Any, core: str) -> None:
    """The worst first, causes once, differences and warnings on every core, and an idle run that reads like success."""
    programs = cores.programs(core)
    if programs is None:
        pytest.skip(f"no Python for ansible-core {core} here")
    rotate = Customers(emulator, play, "rotate_user_passwords", str(programs / "ansible-playbook"))
    customer = emulator.customers[0]
    federated = emulator.add_users(customer["id"], "federated", 4)
    lost = customer["users"][0]
    users = [{"user_id": user["id"]} for user in (*federated, lost, *customer["users"][1:3])]
    hosts = {"contoso": {"partnercenter_customer_id": customer["id"], "partnercenter_users": users}}
    emulator.fault("html", method="PATCH", path=f"/v1/customers/{customer['id']}/users/{lost['id']}", status=200)
    plain = {"user_password_rotation_rotation_id": "r1", "user_password_rotation_audit_timeout": 0}
    run = rotate("--diff", hosts=hosts, **plain)
    assert run.rc == 2, run.screen
    told = run["Show the outcome"]["msg"]
    assert told[0] == "5 of 7 users failed, 2 passwords set"
    assert told[1].startswith(f"{lost['user_principal_name']}: it is not known whether")
    assert told[2].startswith("4 users: the user is federated")
    assert all(user["user_principal_name"] in told[2] for user in federated)
    assert told[3].startswith("password set: ")
    assert sum(line.startswith("diff ") and "-> r1" in line for line in told) == 2
    assert run.screen.count("the user is federated") == 1 and "see users" not in run.screen
    assert "Entra ID gave a new refresh token" in run.screen

    skipping = plain | {"user_password_rotation_on_refused": "skip", "user_password_rotation_operation": "verify"}
    run = rotate(hosts=hosts, **skipping)
    assert "left out by policy: the user is federated" in run.screen and "1 of 7 users failed" in run.screen
    idle = [{"user_id": user["id"]} for user in customer["users"][1:3]]
    run = rotate(hosts={"contoso": {**hosts["contoso"], "partnercenter_users": idle}}, **plain)
    assert run.rc == 0 and "nothing was due: 2 of 2 passwords are current (rotation_id r1)" in run.screen


def test_examples_of_the_module(emulator: Any, play: Any) -> None:
    """They are run as they stand: twice, and the second run changes nothing."""
    source = (ROOT / "plugins" / "modules" / f"{MODULE.rpartition('.')[2]}.py").read_text()
    examples = yaml.safe_load(re.search(r'(?s)\nEXAMPLES = r"""\n(.*?)"""', source)[1])
    assert len(examples) == 3
    customer = emulator.customers[0]
    emulator.add_users(customer["id"], name="user-001")
    variables = {
        "new_password": password("new"),
        "partnercenter_customer_id": customer["id"],
        "partnercenter_users": some(emulator, range(3)),
    }
    tasks = [{**task, "register": f"result_{number}"} for number, task in enumerate(examples)]
    show = {
        "name": "show",
        "ansible.builtin.debug": {"msg": "{{ [result_0, result_1, result_2] | map(attribute='msg') }}"},
    }
    first = play(*tasks, show, variables=variables)
    assert first["show"]["msg"][:2] == ["user-001@customer-001.example.com: password set", "3 of 3 passwords set"]
    # The rotation before is in the audit log, so nothing is older than 80 days.
    idle = "nothing was due: 3 of 3 passwords are current"
    assert first["show"]["msg"][2] == idle
    second = play(*tasks, show, variables=variables)
    expected = ["user-001@customer-001.example.com: nothing was due", f"{idle} (rotation_id 2026-11)", idle]
    assert second["show"]["msg"] == expected
    assert len(patches(emulator)) == 4


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
