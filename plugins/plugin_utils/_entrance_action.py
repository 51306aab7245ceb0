# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin behind every module: the work is done here where it can be, and by the module elsewhere.

In the controller's process a task needs no process of its own, and may use what only the controller has.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import Spec
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.boundary import guarded
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.connecting import check_places
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.paths import with_absolute_paths
from ansible_collections.csp.partnercenter.plugins.module_utils._base import hosts
from ansible_collections.csp.partnercenter.plugins.plugin_utils._run_action import Work, run_action, task_environment
from ansible_collections.csp.partnercenter.plugins.plugin_utils._task_arguments import task_arguments
from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import returned


class EntranceAction(ActionBase):  # type: ignore[misc]
    """Base of the action plugins.

    :cvar entrance: the argument specification and the work of the module.
    :cvar _requires_connection: False if the work is always done in the controller's process.
    """

    _supports_check_mode = True
    _supports_async = True  # run_action refuses it, with the reason
    entrance: ClassVar[tuple[Callable[[], Spec], Work]]

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(None, task_vars)
        specification, work = self.entrance
        if not self._requires_connection or runs_here(self):
            return result | run_action(self, specification(), work)
        return result | run_elsewhere(self, specification(), task_vars)


def runs_here(action: ActionBase) -> bool:
    """Return whether the target is the controller itself, as the user who runs the playbook."""
    return action._connection.transport == "local" and not action._task.become


def run_elsewhere(action: ActionBase, spec: Spec, task_vars: dict[str, Any] | None) -> dict[str, Any]:
    """Return the result of the module on another machine, in the same shape as here.

    Arguments are checked before, because AnsibleModule and ``invocation`` quote a value that does not fit, which may be
    a password in the wrong option. A host that must not receive secrets is refused here, too: over there, the task
    itself could allow it by its environment.
    """

    def check() -> dict[str, Any]:
        params = task_arguments(action, spec)
        with_absolute_paths(params, spec, base=None)
        check_places(params, task_environment(action))
        return {}

    checked = guarded(check)
    if checked.get("failed"):
        return returned(action, checked)
    _hand_over_hosts(action)
    result: dict[str, Any] = action._execute_module(task_vars=task_vars, wrap_async=bool(action._task.async_val))
    result.pop("invocation", None)
    if warnings := [*checked.get("warnings", []), *result.get("warnings", [])]:
        result["warnings"] = warnings
    return returned(action, result)


def _hand_over_hosts(action: ActionBase) -> None:
    """Let the module allow the same hosts as the controller, whatever play and task say."""
    ours = {hosts.VARIABLE: os.environ.get(hosts.VARIABLE, "")}
    others = [part for part in action._task.environment or () if part != ours]
    action._task.environment = [*others, ours]
