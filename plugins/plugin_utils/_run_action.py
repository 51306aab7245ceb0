# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entrance for an action plugin, which runs in a worker process of the controller, without AnsiballZ.

It does itself what Ansible does for a module: validation, environment of play and task, check mode, diff, and
``timeout``. ``async`` is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import Spec
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.boundary import guarded
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.paths import with_absolute_paths
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.progress import ProgressLine
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.plugin_utils._base_folder import base_folder
from ansible_collections.csp.partnercenter.plugins.plugin_utils._controller import controller_context
from ansible_collections.csp.partnercenter.plugins.plugin_utils._task_arguments import task_arguments
from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import returned

Work = Callable[[Mapping[str, Any], TaskContext], dict[str, Any]]


def run_action(action: ActionBase, spec: Spec, work: Work) -> dict[str, Any]:
    """Return the result of ``work`` with validated parameters. Raises only what ends the task from outside."""
    if action._task.async_val:
        message = "async cannot be used where the module runs inside the controller: use users with concurrency"
        return {"changed": False, "failed": True, "msg": message}
    cancelled = threading.Event()
    try:
        environment = task_environment(action)
    except InputError as problem:
        return {"changed": False, "failed": True, "msg": str(problem)}
    base = base_folder(action._templar.available_variables)

    def placed() -> dict[str, Any]:
        params = with_absolute_paths(task_arguments(action, spec), spec, base)
        return work(params, task_context(action, base, environment, cancelled))

    return returned(action, in_thread(lambda: guarded(placed), cancelled))


def task_environment(action: ActionBase) -> dict[str, str]:
    """Return the environment of play and task; raises :class:`InputError`."""
    environment: dict[str, Any] = {}
    try:
        action._compute_environment_string(environment)
    except Exception:
        raise InputError(
            "environment", "is not a dictionary, or cannot be templated; look at that of the play and of the task"
        ) from None
    return plain_environment(environment)


def plain_environment(environment: Mapping[str, Any]) -> dict[str, str]:
    """The same as texts; raises :class:`InputError`."""
    for name, value in environment.items():
        # A list would become a secret as Python writes it.
        if str(name).startswith("PARTNERCENTER_") and isinstance(value, (list, tuple, Mapping)):
            raise InputError(f"environment.{name}", "must be a text, and is a list or a dictionary")
    return {str(name): str(value) for name, value in environment.items()}


def task_context(
    action: ActionBase, base: str | None, environment: Mapping[str, str], cancelled: threading.Event
) -> TaskContext:
    """The context of a task in the controller's process; raises :class:`InputError`."""
    display = action._display

    def show(line: str) -> None:
        """Write to standard error at once. Standard output in a pipe or file would wait for the end of the play.

        Ansible itself writes the line, in its main process.
        """
        display.display(line, stderr=True)

    return replace(
        controller_context(action._loader, base, environment),
        check_mode=action._task.check_mode,
        diff=action._task.diff,
        cancelled=cancelled,
        progress=ProgressLine(show),
        show=show,
    )


def in_thread(work: Callable[[], dict[str, Any]], cancelled: threading.Event) -> dict[str, Any]:
    """Run the engine beside the main thread, because ``timeout`` raises its exception there at any line.

    After a time-out no further user is begun. Calls in flight end by themselves, and the ledger has them as sent.
    """
    results: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: results.append(work()), daemon=True)
    thread.start()
    try:
        thread.join()
    except BaseException:
        cancelled.set()
        raise
    return results[0] if results else {"changed": False, "failed": True, "msg": "the work ended without a result"}
