# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to the module, where the target is another machine."""

from __future__ import annotations

import os
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import Spec
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.connecting import check_places
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.password import guarded
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.paths import with_absolute_paths
from ansible_collections.csp.partnercenter.plugins.module_utils._base import hosts
from ansible_collections.csp.partnercenter.plugins.plugin_utils._returned import returned
from ansible_collections.csp.partnercenter.plugins.plugin_utils._run_action import task_environment
from ansible_collections.csp.partnercenter.plugins.plugin_utils._task_arguments import task_arguments


def run_elsewhere(action: ActionBase, spec: Spec, task_vars: dict[str, Any] | None) -> dict[str, Any]:
    """The result of the module, as it would be here.

    What does not fit is refused before the module sees it: AnsibleModule quotes the value, which may be a password in
    the wrong place, and ``invocation`` repeats all of them. So is a host that secrets must not go to: the environment
    of a process over there may come from the task, so it does not decide.
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
    """Has the module allow what is allowed here, whatever play and task say."""
    ours = {hosts.VARIABLE: os.environ.get(hosts.VARIABLE, "")}
    others = [one for one in action._task.environment or () if one != ours]
    action._task.environment = [*others, ours]
