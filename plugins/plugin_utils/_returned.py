# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an action plugin returns: nothing in it is a template, and no reason is hidden that holds no secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible import template
from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import untrusted

_HIDES_REASONS = not hasattr(template, "trust_as_template")


def returned(action: ActionBase, result: Mapping[str, Any]) -> dict[str, Any]:
    """The result for Ansible.

    Before ansible-core 2.19 ``no_log`` hides why a task failed, and its warnings. Both are sentences without secrets.
    They are shown, unless the task is judged by another one (``failed_when``), which tells them.
    """
    task = action._task
    if _HIDES_REASONS and task.no_log and not task.failed_when:
        reason = [result["msg"]] if result.get("failed") else []
        for sentence in (*reason, *result.get("warnings", ())):
            action._display.warning(f"{task.get_name()}: {sentence}")
    return {name: untrusted(value) for name, value in result.items()}
