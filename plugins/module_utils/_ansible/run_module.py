# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entrance for a module, which runs in a process of its own on the target."""

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
    """Writes nothing to the target's system log, and accepts only text for options that are text.

    AnsibleModule logs its arguments. It does not mask a secret in a list if ``repr`` changes it, as with a backslash or
    both kinds of quotes. ``no_log=True`` does not help, because the task's own ``no_log`` replaces it.
    """

    def log(self, msg: Any, log_args: Any = None) -> None:
        """Write nothing."""

    def _load_params(self) -> None:
        """Refuse a value that is not a text before AnsibleModule converts it."""
        super()._load_params()
        try:
            check_texts(self.params, self.argument_spec)
        except InputError as error:
            self.params.clear()  # Ansible shows them, and knows of no secret yet
            self.fail_json(msg=str(error))


def run_module(spec: Spec, work: Callable[[Mapping[str, Any], TaskContext], dict[str, Any]]) -> None:
    """Run ``work`` with the validated parameters and end the process."""
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
