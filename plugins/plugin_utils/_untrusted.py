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
BEFORE_2_19 = not hasattr(template, "trust_as_template")


def untrusted(value: Any) -> Any:
    """Return the same value, marked so that Ansible renders no text in it, at any depth, keys included.

    Since ansible-core 2.19 only trusted texts are templates, so the trust is removed. Before that every text may be a
    template, even one with other delimiters (``#jinja2:``), so every text is marked. ansible-core 2.18 shows the mark
    where it writes variables as JSON or YAML (``__ansible_unsafe``). It protects the value there as well, for example
    in AWX.
    """
    if isinstance(value, str):
        return wrap_var(value) if BEFORE_2_19 else str.__str__(value)
    if isinstance(value, Mapping):
        return {untrusted(key): untrusted(member) for key, member in value.items()}
    if isinstance(value, tuple):
        return tuple(untrusted(member) for member in value)
    if isinstance(value, Set):
        return {untrusted(member) for member in value}
    return [untrusted(member) for member in value] if isinstance(value, list) else value


def returned(action: ActionBase, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result for Ansible.

    Before ansible-core 2.19 ``no_log`` hides warnings and the reason of a failure, although they hold no secret. They
    are shown here as warnings, unless another task judges this one (``failed_when``) and tells them.
    """
    task = action._task
    if BEFORE_2_19 and task.no_log and not task.failed_when:
        reason = [result["msg"]] if result.get("failed") else []
        for sentence in (*reason, *result.get("warnings", ())):
            action._display.warning(f"{task.get_name()}: {sentence}")
    return {name: untrusted(value) for name, value in result.items()}
