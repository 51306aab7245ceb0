# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What YAML and each ansible-core make of values on their way in, and of the service's names on their way out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cores
import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from driver import MODULE, ids, live, patches
from rotating import VAULT_PASSWORD

#: A backslash, both quotes, and what would be a template.
PASSWORDS = [f"Kanarie-{number}{{{{ x }}}}\"'\\" for number in range(5)]
SHOW, FACT = "ansible.builtin.debug", "ansible.builtin.set_fact"
HOSTILE = "#jinja2:variable_start_string:'[%',variable_end_string:'%]',zz: [% lookup(*['pipe','touch pwned']) %]"


#: Each ansible-core in process, and the one that changes most on its way to a module.
WAYS = [*((core, "in_process") for core in (*cores.PYTHONS, *cores.COMING)), ("2.18", "module")]


@pytest.fixture(params=WAYS, ids="-".join)
def way(request: pytest.FixtureRequest) -> dict[str, str]:
    """How a playbook is run."""
    core, path = request.param
    programs = cores.programs(core)
    if programs is None:
        pytest.skip(f"no Python for ansible-core {core} here")
    return {"program": str(programs / "ansible-playbook"), "path": path}


def encrypted(text: str) -> str:
    secret = VaultSecret(VAULT_PASSWORD.encode())
    return VaultLib([("default", secret)]).encrypt(text, secret).decode()


def test_a_password_arrives_as_it_was_written(emulator: Any, play: Any, way: Any, tmp_path: Path) -> None:
    """Vaulted in a task, a variable and a list, as text that is no template, and joined by the filter."""
    (tmp_path / "vault").write_text(VAULT_PASSWORD)
    users = [ids(emulator, number) for number in range(5)]
    vaulted = [{"__ansible_vault": encrypted(password)} for password in PASSWORDS[:4]]
    plain = {"__ansible_unsafe": PASSWORDS[4]}
    joined = "{{ [{'user_id': id}] | csp.partnercenter.with_passwords({id: third}) }}"
    tasks = [
        {"name": "task", MODULE: {**users[0], "password": vaulted[0]}},
        {"name": "variable", MODULE: {**users[1], "password": "{{ second }}"}},
        {
            "name": "list",
            MODULE: {"users": [{**users[2], "password": vaulted[2]}, {**users[4], "password": "{{ plain }}"}]},
        },
        {"name": "filter", MODULE: {"customer_id": users[3]["customer_id"], "users": joined}},
    ]
    variables = {"second": vaulted[1], "third": vaulted[3], "plain": plain, "id": users[3]["user_id"]}
    play(
        *tasks,
        **way,
        variables=variables,
        environment={"ANSIBLE_VAULT_PASSWORD_FILE": str(tmp_path / "vault")},
    )
    assert [live(emulator, user) for user in users] == PASSWORDS


#: The value as YAML reads it, and how the sentence goes on; None where it is taken.
WRITTEN = {
    "2026.10": "is a number with a fraction",
    "on": "is true or false",
    "[a]": "is a list",
    "{a: b}": "is a dictionary",
    "2026": None,
    "2026-11-28": None,
    "'2026.10'": None,
    "'2026.11'": None,
    "' 2026-11 '": None,
}


def test_a_rotation_id_is_text(emulator: Any, play: Any, way: Any, tmp_path: Path) -> None:
    """Through a template that makes text of numbers before 2.19, as those of the roles do."""
    (tmp_path / "ids.yml").write_text("".join(f"id{n}: {text}\n" for n, text in enumerate(WRITTEN)))
    tasks = [
        {
            "name": text,
            MODULE: {**ids(emulator, n), "password": "Kanarie-11", "rotation_id": f"{{{{ id{n} | default(omit) }}}}"},
        }
        for n, text in enumerate(WRITTEN)
    ]
    run = play(*tasks, **way, play={"vars_files": [str(tmp_path / "ids.yml")]})
    for text, refusal in WRITTEN.items():
        if refusal:
            assert run[text]["msg"].startswith(f"rotation_id: must be a text, and {refusal}"), run[text]
        else:
            assert run[text]["outcome"] == "applied", run[text]
    assert len(patches(emulator)) == sum(not refusal for refusal in WRITTEN.values())


def test_names_in_results_are_never_templates(emulator: Any, play: Any, way: Any) -> None:
    """As they are, as a fact, and in a loop."""
    customer = emulator.customers[0]["id"]
    user = {"customer_id": customer, "user_principal_name": f"{HOSTILE}@x", "display_name": HOSTILE}
    user_id = emulator.control("POST", "/users", user)[0]["id"]
    info = "csp.partnercenter.partnercenter_user_info"
    chosen = "{{ found.users | selectattr('user_id', 'eq', id) | first }}"
    run = play(
        {"name": "users", info: {"customer_id": customer}, "register": "found"},
        {"name": "fact", FACT: {"kept": chosen, "name": "{{ found.users | map(attribute='display_name') | list }}"}},
        {"name": "show", SHOW: {"msg": "{{ kept.display_name }}|{{ kept.user_principal_name }}|{{ name[-1] }}"}},
        {"name": "loop", SHOW: {"msg": "{{ item.display_name }}"}, "loop": "{{ found.users }}"},
        **way,
        variables={"id": user_id},
    )
    assert run["show"]["msg"].startswith(f"{HOSTILE}|{HOSTILE}@x|"), run["show"]
    assert HOSTILE in json.dumps(run["loop"]).replace("\\\\", "\\")
    assert not list(play.folder.rglob("pwned"))


DECLARED = """
version: 1
customers:
  - customer_domain: customer-001.example.com
    users:
      - user_principal_name: user-0001@customer-001.example.com
        rotation_id: 2026.10
"""


def test_declarations_are_read(play: Any, way: Any, tmp_path: Path) -> None:
    """A text that 2.18 has marked is none for libyaml; a value is what was written."""
    (tmp_path / "rotations.yml").write_text(DECLARED)
    read = "{{ lookup('ansible.builtin.file', file) | csp.partnercenter.rotation_declarations }}"
    run = play({"name": "read", SHOW: {"msg": read}}, **way, variables={"file": str(tmp_path / "rotations.yml")})
    (customer,) = run["read"]["msg"]
    assert customer["users"][0]["rotation_id"] == "2026.10"
