# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The old way, kept here only: a task for each host. What the roles of the first releases did for each customer.

They wrote reports as well, by two module processes for each file of each customer. That is left out here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ways import PASSWORD_MODULE, ROTATION_MODULE

Task = Mapping[str, Any]

_OPTIONS = (
    "force_change_password",
    "rotation_id",
    "not_before",
    "max_age",
    "window",
    "endpoint",
    "evidence",
    "audit_timeout",
    "check_user",
    "allow_synced",
    "allow_privileged",
    "on_refused",
    "concurrency",
    "on_error",
    "max_resets",
)
_OF = {
    "user_password_reset": (PASSWORD_MODULE, ["update_password", "ledger", "ledger_key"]),
    "user_password_rotation": (ROTATION_MODULE, ["operation", "store", "generator", "orphan_after", "event_log"]),
}


def bare(role: str) -> list[Task]:
    """The least that a host can do: the module and nothing else. No outcome is told, and no variable is checked."""
    users = {"customer_id": "{{ partnercenter_customer_id }}", "users": "{{ partnercenter_users }}"}
    settings = {option: _given(role, option) for option in ("concurrency", "rotation_id")}
    return _play([{"name": "Set", _OF[role][0]: users | settings, "no_log": True}])


def as_roles_did(role: str) -> list[Task]:
    """The tasks that the roles of the first releases had for each customer."""
    module, own = _OF[role]
    names = f"query('ansible.builtin.varnames', '^{role}_') | map('regex_replace', '^{role}_', '') | list"
    counted = "turns.results | selectattr('summary', 'defined') | map(attribute='summary')"
    known = ["said", *own, *_OPTIONS, *(["report_folder"] if "store" in own else [])]
    tasks = [
        # Ansible itself puts this task before those of a role.
        {
            "name": "Validate the arguments",
            "ansible.builtin.validate_argument_spec": {"argument_spec": _specification(role), "provided_arguments": {}},
        },
        {
            "name": "Check the variables",
            "ansible.builtin.assert": {"that": f"{names} | difference(known) | length == 0", "quiet": True},
            "vars": {"known": known},
        },
        {
            "name": "Find the users",
            "ansible.builtin.set_fact": {"asked": "{{ partnercenter_users | length }}"},
            "no_log": True,
        },
        {
            "name": "Check that nobody is asked for in vain",
            "ansible.builtin.assert": {"that": "asked | int > 0", "quiet": True},
            "run_once": True,
        },
        *_hooks(role, "before"),
        {
            "name": "Set the passwords",
            module: {
                "customer_id": "{{ partnercenter_customer_id | default(omit, true) }}",
                "customer_domain": "{{ partnercenter_customer_domain | default(omit, true) }}",
                "users": "{{ partnercenter_users }}",
                **{option: _given(role, option) for option in (*_OPTIONS, *own)},
            },
            "loop": "{{ range(0, [asked | int, 1] | min) | list }}",
            "register": "turns",
            "failed_when": False,
            "no_log": True,
        },
        *_counts(role, counted),
        {
            "name": "Show the outcome",
            "ansible.builtin.debug": {"msg": "{{ turns.results | map(attribute='msg') | list }}"},
            "when": "turns.results | length > 0",
        },
        *_hooks(role, "after"),
        {
            "name": "Fail if a user failed",
            "ansible.builtin.fail": {"msg": "some failed"},
            "when": f"{counted} | map(attribute='failed') | sum > 0",
        },
    ]
    return _play(tasks)


def _specification(role: str) -> dict[str, Any]:
    """The options of the role of today: a few more than those of the first releases."""
    file = Path(__file__).resolve().parents[2] / "roles" / role / "meta" / "argument_specs.yml"
    specification: dict[str, Any] = yaml.safe_load(file.read_text())["argument_specs"]["main"]["options"]
    return specification


def _given(role: str, option: str) -> str:
    return f"{{{{ {role}_{option} | default(omit) }}}}"


def _play(tasks: list[Task]) -> list[Task]:
    here = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    shared = {"hosts": "all", "connection": "local", "gather_facts": False, "vars": here}
    return [{"name": "Play", **shared, "tasks": tasks}]


def _hooks(role: str, when: str) -> list[Task]:
    if role != "user_password_rotation":
        return []
    hooks = f"{role}_hooks_{when} | default([], true) | map('expanduser') | map('ansible.builtin.path_join') | list"
    name = f"Run what comes {when}"
    return [{"name": name, "ansible.builtin.include_tasks": "{{ item }}", "loop": f"{{{{ {hooks} }}}}"}]


def _counts(role: str, counted: str) -> list[Task]:
    if role != "user_password_rotation":
        return []
    keys = ("total", "changed", "unchanged", "failed", "unknown", "excluded", "throttled")
    sums = ", ".join(f"'{key}': {counted} | map(attribute='{key}') | sum" for key in keys)
    return [{"name": "Count the outcomes", "ansible.builtin.set_fact": {"counts": f"{{{{ {{{sums}}} }}}}"}}]
