# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The validated arguments of a task. Before ansible-core 2.19 a template hides the type of its result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible import template
from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import Spec
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import validated

_KEEPS_TYPES = hasattr(template, "trust_as_template")
_OPTION = "rotation_id"


def task_arguments(action: ActionBase, spec: Spec) -> dict[str, Any]:
    """Return the validated arguments; raises :class:`InputError`."""
    arguments = dict(action._task.args)
    if not _KEEPS_TYPES and _may_be_a_fraction(arguments.get(_OPTION)):
        arguments[_OPTION] = _with_its_type(action, arguments[_OPTION])
    return validated(arguments, spec)


def _may_be_a_fraction(value: Any) -> bool:
    """Return whether the text may have been a number with a fraction. Only then its type matters."""
    try:
        return isinstance(value, str) and "." in value and repr(float(value)) == value
    except ValueError:
        return False


def _with_its_type(action: ActionBase, rendered: Any) -> Any:
    """Render the template of the playbook again and keep its type. Return ``rendered`` if that is not possible."""
    task = action._task.get_ds() or {}
    written = next((task[name] for name in (action._task.action, "args") if isinstance(task.get(name), Mapping)), {})
    if _OPTION not in written:
        return rendered

    environment = type("Environment", (template.AnsibleEnvironment,), {"concat": staticmethod(_joined)})
    try:
        return action._templar.copy_with_new_env(environment_class=environment).template(written[_OPTION])
    except Exception:
        return rendered


def _joined(nodes: Iterable[Any]) -> Any:
    parts = list(nodes)
    return parts[0] if len(parts) == 1 else "".join(map(str, parts))
