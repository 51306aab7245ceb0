# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells a host what became of its users or its customer. It reads one small file: it runs once for each host."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import Spec
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_outcome import found
from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import untrusted


class ActionModule(ActionBase):  # type: ignore[misc]
    """See the module of the same name for its options."""

    _supports_check_mode = True
    _requires_connection = False

    @staticmethod
    def specification() -> Spec:
        """All options of the module."""
        roles = ["user_password_reset", "user_password_rotation", "customer_check"]
        return {"role": {"type": "str", "choices": roles, "required": True}}

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(None, task_vars)
        variables = task_vars or {}
        told = found(variables.get(f"{self._task.args['role']}_turn"), str(variables["inventory_hostname"]))
        shown = {"msg": untrusted(told.msg), "changed": told.changed, "failed": told.failed}
        return result | shown | {"_ansible_verbose_always": True}
