# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rotates passwords in the controller's process: only there are Ansible's vault secrets."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import user_password_rotation
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.rotation import rotate_passwords
from ansible_collections.csp.partnercenter.plugins.plugin_utils._run_action import run_action
from ansible_collections.csp.partnercenter.plugins.plugin_utils._vault_cipher import vault_cipher


class ActionModule(ActionBase):
    """See the module of the same name for its options."""

    _supports_check_mode = True
    _supports_async = True  # run_action refuses it, with the reason
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(None, task_vars)
        loader = self._loader
        return result | run_action(
            self,
            user_password_rotation(),
            lambda params, context: rotate_passwords(params, context, lambda vault_id: vault_cipher(loader, vault_id)),
        )
