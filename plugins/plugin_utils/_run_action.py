# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way in for an action plugin: in the worker process of the controller, without AnsiballZ.

It does itself what a module gets for free: validation by the same argument spec, the environment of play and task,
check mode, diff, ``timeout``, a refusal of ``async``.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import Spec
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.boundary import guarded
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.surroundings import Surroundings
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.token_stores import token_store
from ansible_collections.csp.partnercenter.plugins.module_utils._service.errors import InputError
from ansible_collections.csp.partnercenter.plugins.plugin_utils._progress import ProgressLine
from ansible_collections.csp.partnercenter.plugins.plugin_utils._returned import returned
from ansible_collections.csp.partnercenter.plugins.plugin_utils._task_arguments import task_arguments
from ansible_collections.csp.partnercenter.plugins.plugin_utils._vault_cipher import vault_cipher

Work = Callable[[Mapping[str, Any], Surroundings], dict[str, Any]]


def runs_here(action: ActionBase) -> bool:
    """Whether the target is the controller itself, as the user who runs the playbook."""
    return action._connection.transport == "local" and not action._task.become


def run_action(action: ActionBase, spec: Spec, work: Work) -> dict[str, Any]:
    """The result of ``work`` with validated parameters. Raises only what ends the task from outside (``timeout``)."""
    if action._task.async_val:
        message = "async cannot be used where the module runs inside the controller: use users with concurrency"
        return {"changed": False, "failed": True, "msg": message}
    cancelled = threading.Event()
    try:
        around = _surroundings(action, cancelled)
    except InputError as error:
        return {"changed": False, "failed": True, "msg": str(error)}
    except Exception:
        message = "environment: is not a dictionary, or cannot be templated; look at that of the play and of the task"
        return {"changed": False, "failed": True, "msg": message}
    result = _in_thread(lambda: guarded(lambda: work(task_arguments(action, spec), around)), cancelled)
    return returned(action, result)


def _surroundings(action: ActionBase, cancelled: threading.Event) -> Surroundings:
    environment: dict[str, Any] = {}
    action._compute_environment_string(environment)
    loader = action._loader
    return Surroundings(
        {**os.environ, "ANSIBLE_HOME": constants.config.get_config_value("ANSIBLE_HOME"), **_text(environment)},
        check_mode=action._task.check_mode,
        diff=action._task.diff,
        cancelled=cancelled,
        progress=ProgressLine(action._display.display),
        show=action._display.display,
        cipher=lambda vault_id: vault_cipher(loader, vault_id),
        token_store=token_store,
    )


def _in_thread(work: Callable[[], dict[str, Any]], cancelled: threading.Event) -> dict[str, Any]:
    """Runs the engine beside the main thread, in which ``timeout`` raises its exception at any line.

    Then no further user is begun; calls in flight end by themselves, and what they do is in the ledger as sent.
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


def _text(environment: Mapping[str, Any]) -> dict[str, str]:
    """Whatever is text, or has one way to be written as one: a list would become a secret as Python writes it."""
    for name, value in environment.items():
        if str(name).startswith("PARTNERCENTER_") and isinstance(value, (list, tuple, Mapping)):
            raise InputError(f"environment.{name}", "must be a text, and is a list or a dictionary")
    return {str(name): str(value) for name, value in environment.items()}
