# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way in for a module: its own process on the target."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .._base.errors import InputError
from .arguments import Spec
from .boundary import guarded
from .paths import environment_with_absolute_paths, with_absolute_paths
from .task_context import TaskContext
from .validation import check_texts


class SilentModule(AnsibleModule):  # type: ignore[misc]
    """Writes nothing to the target's system log, and takes texts only where texts are wanted.

    AnsibleModule logs its arguments there, and masks a secret inside of a list only where ``repr`` does not change it:
    not one with a backslash or with both kinds of quotes. ``no_log=True`` does not help: the task's own ``no_log``
    replaces it.
    """

    def log(self, msg: Any, log_args: Any = None) -> None:
        """Nothing."""

    def _load_params(self) -> None:
        """Refuses what is no text before AnsibleModule makes one of it."""
        super()._load_params()
        try:
            check_texts(self.params, self.argument_spec)
        except InputError as error:
            self.params.clear()  # Ansible shows them, and knows of no secret yet
            self.fail_json(msg=str(error))


def run_module(spec: Spec, work: Callable[[Mapping[str, Any], TaskContext], dict[str, Any]]) -> None:
    """Runs ``work`` with the validated parameters and ends the process."""
    module = SilentModule(argument_spec=spec, supports_check_mode=True)

    def placed() -> dict[str, Any]:
        environment = environment_with_absolute_paths(os.environ, base=None)
        context = TaskContext(environment, check_mode=module.check_mode, diff=module._diff)
        return work(with_absolute_paths(module.params, spec, base=None), context)

    result = guarded(placed)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    if result.pop("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
