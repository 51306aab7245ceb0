# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs in the controller's process where that is the target, and as a module everywhere else."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import user_password
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.password import set_passwords
from ansible_collections.csp.partnercenter.plugins.plugin_utils._run_action import run_action, runs_here
from ansible_collections.csp.partnercenter.plugins.plugin_utils._run_elsewhere import run_elsewhere


class ActionModule(ActionBase):
    """See the module of the same name for its options."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(None, task_vars)
        if runs_here(self):
            return result | run_action(self, user_password(), set_passwords)
        return result | run_elsewhere(self, user_password(), task_vars)
