# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action plugins of the modules that only read have in common.

In the controller's process a look-up takes no process of its own, and may use a refresh token that is encrypted with
ansible-vault or kept in a store.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import Spec
from ansible_collections.csp.partnercenter.plugins.plugin_utils._run_action import Work, run_action, runs_here
from ansible_collections.csp.partnercenter.plugins.plugin_utils._run_elsewhere import run_elsewhere


class EntranceAction(ActionBase):  # type: ignore[misc]
    """Does the work here where the target is the controller itself, and by the module of the same name elsewhere.

    ``entrance`` is what the module is made of: its argument spec and the work.
    """

    _supports_check_mode = True
    _supports_async = True
    entrance: ClassVar[tuple[Callable[[], Spec], Work]]

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(None, task_vars)
        spec, work = self.entrance
        if runs_here(self):
            return result | run_action(self, spec(), work)
        return result | run_elsewhere(self, spec(), task_vars)
