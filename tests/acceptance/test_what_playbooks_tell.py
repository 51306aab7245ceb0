# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbooks refuse, and what the screen says: nothing done is not success, and the worst is never hidden."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import cores
import pytest
from driver import password, patches
from rotating import Vaulted


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
    """It counts all customers of the play."""
    run = customers(**own(customers, max_resets=5, batch_size=2))
    assert run.rc == 2 and patches(emulator) == []
    assert "max_resets: is 5, and 6 resets are due; nothing was sent" in run.screen
    assert customers(**own(customers, max_resets=6)).rc == 0 and len(patches(emulator)) == 6


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
    assert "".join(told).count("the user is federated") == 1 and "see users" not in run.screen
    assert run["Tell the outcome of each customer"]["msg"].startswith("2 set, 4 rejected, 1 not known: ")
    assert "Entra ID gave a new refresh token" in run.screen

    skipping = plain | {"user_password_rotation_on_refused": "skip", "user_password_rotation_operation": "verify"}
    run = rotate(hosts=hosts, **skipping)
    assert "left out by policy: the user is federated" in run.screen and "1 of 7 users failed" in run.screen
    idle = [{"user_id": user["id"]} for user in customer["users"][1:3]]
    run = rotate(hosts={"contoso": {**hosts["contoso"], "partnercenter_users": idle}}, **plain)
    assert run.rc == 0 and "nothing was due: 2 of 2 passwords are current (rotation_id r1)" in run.screen
