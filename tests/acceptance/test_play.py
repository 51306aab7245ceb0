# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The play is the unit of work: one task for all hosts, each of which tells its own outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from driver import CANARY, Run, password, patches, recap, sent
from rotating import Vaulted

RESET, ROTATION = "user_password_reset", "user_password_rotation"


@dataclass
class Estate:
    """Customers of the emulator as hosts, in an inventory of their own, and plays on them."""

    emulator: Any
    play: Any
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.vaulted = Vaulted(self.play, {"type": "file", "path": str(self.play.folder / "store")})
        for number, customer in enumerate(self.emulator.customers):
            users = [
                {"user_principal_name": user["user_principal_name"], "password": password(user["id"])}
                for user in customer["users"][:2]
            ]
            name = f"customer-{number + 1}"
            self.hosts[name] = {"partnercenter_customer_id": customer["id"], "partnercenter_users": users}

    def users(self, host: str) -> list[dict[str, Any]]:
        users: list[dict[str, Any]] = self.hosts[host]["partnercenter_users"]
        return users

    def __call__(
        self, *arguments: str, role: str = RESET, play: Mapping[str, Any] | None = None, **variables: Any
    ) -> Run:
        """Runs the role on all hosts. Variables are named without the role's prefix, unless they have another one."""
        inventory = self.play.folder / "hosts.json"
        if role == ROTATION:
            for host in self.hosts.values():
                for user in host.get("partnercenter_users", ()):
                    user.pop("password", None)
        inventory.write_text(json.dumps({"all": {"hosts": self.hosts}}))
        known = {"rotation_id": "r1"} | variables
        named = {
            name if name.startswith(("partnercenter_", "ansible_")) else f"{role}_{name}": value
            for name, value in known.items()
        }
        if role == ROTATION:
            named |= {f"{role}_store": dict(self.vaulted.options)}
        content = {"hosts": "all", "connection": "local", "ignore_errors": False, "tasks": [imported(role)]}
        run: Run = self.play(
            play=content | dict(play or {}),
            variables=named,
            arguments=["-i", str(inventory), *arguments],
            environment=self.vaulted.environment,
        )
        return run


def imported(role: str = RESET, how: str = "import_role", *, tasks: str = "main", **more: Any) -> dict[str, Any]:
    options = {"name": f"csp.partnercenter.{role}", "tasks_from": tasks, "rolespec_validate": False}
    return {"name": "role", f"ansible.builtin.{how}": options, **more}


@pytest.fixture
def estate(emulator: Any, play: Any) -> Estate:
    return Estate(emulator, play)


def told(run: Run, host: str) -> str:
    return str(run.of_host(host, "Tell the outcome of each customer")["msg"])


SAME, SET, FAILED = (0, 0), (1, 0), (0, 1)


@pytest.mark.parametrize("role", [RESET, ROTATION])
def test_each_host_tells_its_own_outcome_and_all_share_a_sign_in(estate: Estate, emulator: Any, role: str) -> None:
    assert recap(estate("--limit", "customer-2", role=role)) == {"customer-2": SET}
    run = estate(role=role)
    assert recap(run) == {"customer-1": SET, "customer-2": SAME, "customer-3": SET}
    assert [told(run, f"customer-{number}") for number in (1, 2, 3)] == [
        "2 of 2 set",
        "2 of 2 unchanged",
        "2 of 2 set",
    ]
    assert emulator.counters()["token_requests"] == 2 and len(patches(emulator)) == 6
    assert set(recap(estate(role=role)).values()) == {SAME}
    assert len(patches(emulator)) == 6


def test_check_mode_predicts_for_each_host_and_shows_differences(estate: Estate, emulator: Any) -> None:
    run = estate("--check", "--diff")
    assert set(recap(run).values()) == {SET} and told(run, "customer-1") == "2 of 2 would be set"
    assert sum(line.startswith("diff ") and "-> r1" in line for line in run["Show the outcome"]["msg"]) == 6
    assert patches(emulator) == []


def test_a_host_that_cannot_be_read_fails_alone(estate: Estate, emulator: Any) -> None:
    """The sentence names the host and the variable, and nothing of what stands there."""
    estate.users("customer-1")[0]["password"] = f"{CANARY}-beside {{{{ nowhere }}}}"
    estate.hosts["customer-4"] = {"partnercenter_users": [{"user_principal_name": "a@b.example", "password": CANARY}]}
    run = estate()
    assert run.rc == 2
    assert told(run, "customer-1").startswith("customer-1: partnercenter_users: cannot be read: a template in it fails")
    assert told(run, "customer-4").startswith("customer-4: users[0].customer_id: exactly one of")
    assert recap(run) == {"customer-1": FAILED, "customer-2": SET, "customer-3": SET, "customer-4": FAILED}
    assert len(patches(emulator)) == 4

    run = estate(rotation_id="r2", on_error="stop")
    assert recap(run)["customer-2"] == SAME and "not attempted, because customer-1" in told(run, "customer-2")
    assert len(patches(emulator)) == 4


def test_a_vaulted_password_that_cannot_be_decrypted(estate: Estate, emulator: Any, play: Any) -> None:
    text = f"$ANSIBLE_VAULT;1.1;AES256\n{'6638616634633963' * 5}\n"
    estate.users("customer-3")[1]["password"] = {"__ansible_vault": text}
    run = estate()
    assert recap(run) == {"customer-1": SET, "customer-2": SET, "customer-3": FAILED}
    assert told(run, "customer-3").startswith("customer-3: partnercenter_users: cannot be read")


def test_the_same_user_under_two_hosts(estate: Estate, emulator: Any) -> None:
    """Refused by name before anything is sent; who says exactly the same says it once."""
    estate.hosts["twin"] = json.loads(json.dumps(estate.hosts["customer-1"]))
    estate.users("twin")[1]["password"] = password("another")
    run = estate()
    name = estate.users("twin")[1]["user_principal_name"]
    assert run.rc == 2 and patches(emulator) == []
    for host in estate.hosts:
        assert told(run, host).startswith(f"twin: users[1]: {name} is declared under customer-1 as well")
    estate.users("twin")[1]["password"] = estate.users("customer-1")[1]["password"]
    run = estate()
    assert run.rc == 0 and len(patches(emulator)) == 6 and told(run, "twin") == "2 of 2 set"

    # By another name of the customer it is known when the users are looked up.
    twin = estate.hosts["twin"]
    twin.pop("partnercenter_customer_id")
    twin["partnercenter_customer_domain"] = emulator.customers[0]["domain"]
    run = estate(rotation_id="r2")
    assert run.rc == 2 and len(patches(emulator)) == 6
    assert "twin: users[0]: is the same user as customer-1: users[0]" in told(run, "customer-2")


def test_groups_of_hosts_share_the_limits(estate: Estate, emulator: Any) -> None:
    """Two ledgers are two tasks; a slash at the end makes no other one. Nothing is sent where the sum is too large."""
    folder = estate.play.folder / "ledger"
    for number, place in enumerate((folder, f"{folder}/", estate.play.folder / "another"), 1):
        estate.hosts[f"customer-{number}"][f"{RESET}_ledger"] = str(place)
    run = estate(max_resets=5)
    assert run.rc == 2 and patches(emulator) == []
    assert "max_resets: is 5, and 6 resets are due; nothing was sent" in told(run, "customer-3")
    run = estate(max_resets=6)
    assert run.rc == 0 and len(patches(emulator)) == 6
    assert run["Show the outcome"]["msg"][0] == "4 of 4 passwords set", "two tasks: one of four users, one of two"
    assert emulator.counters()["token_requests"] == 2
    assert len(list(folder.glob("*.json"))) == 2


def test_customers_one_after_another_share_the_limits(estate: Estate, emulator: Any) -> None:
    run = estate(play={"serial": 1}, max_resets=5)
    assert run.rc == 2 and patches(emulator) == [] and "6 resets are due" in run.screen
    run = estate(play={"serial": 1}, max_resets=6)
    assert recap(run) == dict.fromkeys(estate.hosts, SET)


def test_a_pilot_is_spread_over_the_hosts(estate: Estate, emulator: Any) -> None:
    """One of its two users is rejected, so nobody else is sent a password."""
    customer = emulator.customers[1]
    place = f"/v1/customers/{customer['id']}/users/{customer['users'][0]['id']}"
    emulator.fault("status", method="PATCH", path=place, status=400, code=3000)
    run = estate(pilot=2)
    assert recap(run) == {"customer-1": SET, "customer-2": FAILED, "customer-3": SAME}
    assert len(patches(emulator)) == 2
    assert told(run, "customer-1").startswith("1 set, 1 deferred")
    assert "not all 2 users of the pilot could be set" in told(run, "customer-3")


def test_hosts_that_are_left_out(estate: Estate, emulator: Any) -> None:
    """By a condition, by a failure before, by having nobody."""
    estate.hosts["customer-3"]["partnercenter_users"] = []
    before = {"name": "before", "ansible.builtin.fail": {"msg": "no"}, "when": "inventory_hostname == 'customer-2'"}
    chosen = imported(how="include_role", when="inventory_hostname != 'customer-1'")
    run = estate(play={"tasks": [before, chosen]})
    assert run.rc == 2 and patches(emulator) == []
    assert told(run, "customer-3") == "partnercenter_users is empty: there is nobody to work on"
    run = estate(play={"tasks": [chosen]})
    assert recap(run) == {"customer-1": SAME, "customer-2": SET, "customer-3": SAME}
    assert told(run, "customer-3") == "partnercenter_users is empty: there is nobody to work on"
    rescue = [{"name": "rescue", "ansible.builtin.meta": "noop"}]
    rescued = {"name": "block", "block": [before, imported(how="include_role")], "rescue": rescue}
    run = estate(play={"tasks": [rescued]}, rotation_id="r2")
    assert recap(run)["customer-2"] == SAME and recap(run)["customer-1"] == SET
    assert len(patches(emulator)) == 4


def test_conditions_hold_for_each_host_of_a_play_of_its_own(estate: Estate, emulator: Any) -> None:
    """The playbooks use the role this way, where no host has a task that says that it takes part."""
    estate.hosts["customer-1"]["wanted"], estate.hosts["customer-2"]["wanted"] = True, False
    run = estate(play={"tasks": [imported(tasks="play", when="wanted")]})
    assert recap(run) == {"customer-1": SET, "customer-2": SAME, "customer-3": FAILED}, run.screen
    assert len(patches(emulator)) == 2 and "customer-3: when: a condition of the play" in run.screen
    assert recap(estate(play={"tasks": [imported(tasks="play")]})) == {
        **dict.fromkeys(estate.hosts, SET),
        "customer-1": SAME,
    }


def test_a_condition_that_the_first_host_does_not_meet_is_told(estate: Estate, emulator: Any) -> None:
    """Ansible asks the first host alone about a task for all."""
    run = estate(play={"tasks": [imported(when="inventory_hostname != 'customer-1'")]})
    assert run.rc == 2 and patches(emulator) == []
    assert "the first host of the play left the role out" in told(run, "customer-2")


def test_a_loop_with_other_customers_on_each_host(estate: Estate, emulator: Any) -> None:
    """Each turn of the loop works for the hosts that take it, with what they say in it."""
    for host in estate.hosts.values():
        host["parts"] = [[user] for user in host.pop("partnercenter_users")]
    estate.hosts["customer-2"]["parts"].pop()
    looped = imported(how="include_role", loop="{{ parts }}", vars={"partnercenter_users": "{{ item }}"}, no_log=True)
    run = estate(play={"tasks": [looped]})
    assert run.rc == 0 and len(patches(emulator)) == 5, run.screen
    assert {host: changed for host, (changed, _failed) in recap(run).items()} == {
        "customer-1": 2,
        "customer-2": 1,
        "customer-3": 2,
    }


def test_the_strategy_free(estate: Estate, emulator: Any) -> None:
    """Each host goes its own way; what counts the whole play is refused there."""
    run = estate(play={"strategy": "free"})
    assert recap(run) == dict.fromkeys(estate.hosts, SET) and len(patches(emulator)) == 6, run.screen
    run = estate(play={"strategy": "free"}, rotation_id="r2", max_resets=100)
    assert run.rc == 2 and len(patches(emulator)) == 6
    assert "max_resets: counts the whole play" in told(run, "customer-1")


def test_a_failure_ends_the_play_where_that_is_wanted(estate: Estate, emulator: Any) -> None:
    estate.users("customer-1").append({"user_principal_name": "nobody@contoso.example", "password": password("n")})
    after = {"name": "after", "ansible.builtin.debug": {"msg": "goes on"}}
    run = estate(play={"tasks": [imported(), after], "any_errors_fatal": True})
    assert run.rc == 2 and "goes on" not in run.screen and len(patches(emulator)) == 6
    assert told(run, "customer-1").startswith("2 set, 1 rejected: nobody@contoso.example: the customer has no user")
    run = estate(play={"tasks": [imported(), after]})
    assert run.screen.count('"goes on"') == 2
    assert told(run, "customer-1").startswith("2 unchanged, 1 rejected: ")


@pytest.mark.parametrize("tasks", ["main", "play"])
def test_hooks_see_the_rows_of_their_host(estate: Estate, emulator: Any, tasks: str) -> None:
    """Only those hosts that have any pay for them; a host whose hook fails takes no part."""
    before, after = estate.play.folder / "before.yml", estate.play.folder / "after.yml"
    before.write_text("- ansible.builtin.fail: {msg: the hook says no}\n")
    shown = "{{ user_password_rotation_users | map(attribute='user_principal_name') | list }}"
    # A comparison, because ansible-core 2.18 makes a text of a number.
    counted = "{{ user_password_rotation_summary.changed == 2 }}"
    after.write_text(json.dumps([{"name": "hook", "ansible.builtin.debug": {"msg": [shown, counted]}}]))
    estate.hosts["customer-2"][f"{ROTATION}_hooks_after"] = [str(after)]
    estate.hosts["customer-3"][f"{ROTATION}_hooks_before"] = str(before)
    rescue = [{"name": "rescue", "ansible.builtin.meta": "noop"}]
    content = {"tasks": [imported(ROTATION, tasks="play")]}
    if tasks == "main":
        content = {"tasks": [{"name": "all", "block": [imported(ROTATION)], "rescue": rescue}]}
    run = estate(role=ROTATION, play=content)
    names = [user["user_principal_name"] for user in estate.users("customer-2")]
    assert run["hook"]["msg"] == [names, True]
    assert "the hook says no" in run.screen
    assert len(patches(emulator)) == 4


def test_credentials_and_environments_of_each_host(estate: Estate, emulator: Any) -> None:
    """As a task on each of them would get them: hosts with other credentials are a group of their own."""
    estate.hosts["customer-1"]["token"] = "Kanarie-wrong-token"
    environment = {"PARTNERCENTER_REFRESH_TOKEN": f"{{{{ token | default('{emulator.refresh_token}') }}}}"}
    run = estate(play={"environment": environment})
    assert recap(run) == {"customer-1": FAILED, "customer-2": SET, "customer-3": SET}, run.screen
    defaults = {"group/csp.partnercenter.all": {"tenant_id": "{{ tenant | default(omit) }}"}}
    estate.hosts["customer-2"]["tenant"] = "nonsense/../tenant"
    run = estate(play={"module_defaults": defaults}, rotation_id="r2")
    assert recap(run) == {"customer-1": SET, "customer-2": FAILED, "customer-3": SET}, run.screen
    assert sent(emulator, {"user_id": emulator.customers[1]["users"][0]["id"]}) == [
        estate.users("customer-2")[0]["password"]
    ]


def test_names_that_look_like_templates_are_data(estate: Estate, emulator: Any) -> None:
    customer = emulator.customers[0]
    evil = {"customer_id": customer["id"], "user_principal_name": "{{7*7}}@x.example", "display_name": "{{ 7 * 7 }}"}
    made = emulator.control("POST", "/users", evil)[0]
    estate.hosts = {"customer-1": estate.hosts["customer-1"]}
    estate.hosts["customer-1"]["partnercenter_users"] = [{"user_id": made["id"], "password": password("evil")}]
    run = estate()
    assert run.rc == 0 and "49@x.example" not in run.screen and "{{7*7}}@x.example" in run.screen, run.screen


def test_delegation_and_async_are_refused(estate: Estate, emulator: Any) -> None:
    run = estate(play={"tasks": [imported(delegate_to="bastion")]})
    assert run.rc == 2 and "delegate_to: cannot be used with this role" in run.screen
    assert emulator.journal() == []
