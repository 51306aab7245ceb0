# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets or rotates the passwords of all hosts of a play in one task. For the roles of this collection."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import yaml
from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import password, rotation
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.intents import (
    generated_password,
    given_password,
)
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_action import PlayAction, with_known
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_customers import Role

_MODULE = "csp.partnercenter.partnercenter_user_password"
ROLES = {
    role.name: role
    for role in (
        Role("user_password_reset", _MODULE, password.specification(), password.set_passwords, given_password),
        Role(
            "user_password_rotation",
            f"{_MODULE}_rotation",
            rotation.specification(),
            rotation.rotate_passwords,
            generated_password,
        ),
    )
}
#: Variables that the tasks of a role set.
_OWN = ("turn", "hook", "ledger_key")


class ActionModule(ActionBase):  # type: ignore[misc]
    """See the module of the same name for its options."""

    _supports_check_mode = True
    _supports_async = True  # refused, with the reason
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(None, task_vars)
        role = ROLES[self._task.args["role"]]
        role = with_known(role, _names(self._task._role._role_path, role.prefix))
        return result | PlayAction(self, task_vars or {}, role).run()


def _names(folder: str, prefix: str) -> Iterator[str]:
    """The names of the role's variables: declared ones, its own, and those that its tasks set."""
    with open(os.path.join(folder, "meta", "argument_specs.yml"), encoding="utf-8") as file:
        yield from yaml.safe_load(file)["argument_specs"]["main"]["options"]
    with open(os.path.join(folder, "vars", "main.yml"), encoding="utf-8") as file:
        yield from yaml.safe_load(file)
    yield from (prefix + name for name in _OWN)
