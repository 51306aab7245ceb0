# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets or rotates the passwords of all hosts of a play in one task. For the roles of this collection."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import Spec, connection, credentials


class ActionModule(ActionBase):  # type: ignore[misc]
    """See the module of the same name for its options."""

    _supports_check_mode = True
    _supports_async = True  # refused, with the reason
    _requires_connection = False

    @staticmethod
    def specification() -> Spec:
        """All options of the module. Those besides ``role`` are read as ``module_defaults`` give them to each host."""
        roles = ["user_password_reset", "user_password_rotation"]
        step = {"type": "str", "choices": ["look", "work"], "default": "work"}
        return (
            {"role": {"type": "str", "choices": roles, "required": True}, "step": step} | credentials() | connection()
        )

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        # Imported here, by the one process that does the work. Ansible's main process starts one for each host and task
        # that follows, and would copy the engine each time.
        if self._task.args.get("step") == "look":
            from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_hosts import look as work
        else:
            from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_action import run_role as work

        result: dict[str, Any] = super().run(None, task_vars)
        return result | work(self, task_vars or {})
