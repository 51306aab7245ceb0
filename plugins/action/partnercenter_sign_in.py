# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signs in from the controller's process: there is the screen, and there are Ansible's vault secrets."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments_sign_in import sign_in as spec
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.sign_in import sign_in
from ansible_collections.csp.partnercenter.plugins.plugin_utils._run_action import run_action


class ActionModule(ActionBase):
    """See the module of the same name for its options."""

    _supports_check_mode = True
    _supports_async = True  # run_action refuses it, with the reason
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(None, task_vars)
        return result | run_action(self, spec(), sign_in)
