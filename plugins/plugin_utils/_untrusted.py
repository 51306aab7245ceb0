# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that come from a service or a foreign file, and results of action plugins: never templates."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from ansible import template
from ansible.plugins.action import ActionBase
from ansible.utils.unsafe_proxy import wrap_var

#: Before ansible-core 2.19 each text may be a template, and ``no_log`` hides the reason of a failure.
_BEFORE_2_19 = not hasattr(template, "trust_as_template")


def untrusted(value: Any) -> Any:
    """The same value, of which nothing will be rendered: no text, no key, nothing inside of a list, tuple or set.

    Since ansible-core 2.19 only what was declared as trusted is a template; that declaration is taken away. Before that
    every text may be one, because a text can bring its own delimiters (``#jinja2:``) and a task can choose others. So
    every text is marked, whatever is in it. The mark is visible where ansible-core 2.18 writes variables as JSON or
    YAML (``__ansible_unsafe``), and protects the value there as well: AWX keeps inventories in this form.
    """
    if isinstance(value, str):
        return wrap_var(value) if _BEFORE_2_19 else str.__str__(value)
    if isinstance(value, Mapping):
        return {untrusted(key): untrusted(member) for key, member in value.items()}
    if isinstance(value, tuple):
        return tuple(untrusted(member) for member in value)
    if isinstance(value, Set):
        return {untrusted(member) for member in value}
    return [untrusted(member) for member in value] if isinstance(value, list) else value


def returned(action: ActionBase, result: Mapping[str, Any]) -> dict[str, Any]:
    """The result for Ansible.

    Before ansible-core 2.19 ``no_log`` hides why a task failed, and its warnings. Both are sentences without secrets.
    They are shown, unless the task is judged by another one (``failed_when``), which tells them.
    """
    task = action._task
    if _BEFORE_2_19 and task.no_log and not task.failed_when:
        reason = [result["msg"]] if result.get("failed") else []
        for sentence in (*reason, *result.get("warnings", ())):
            action._display.warning(f"{task.get_name()}: {sentence}")
    return {name: untrusted(value) for name, value in result.items()}
