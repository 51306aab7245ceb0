# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets or rotates the passwords of all hosts of a play in one task. For the roles of this collection."""

from __future__ import annotations

import importlib
from typing import Any

from ansible.plugins.action import ActionBase

_WORK = "ansible_collections.csp.partnercenter.plugins.plugin_utils._play_action"


class ActionModule(ActionBase):  # type: ignore[misc]
    """See the module of the same name for its options.

    The engine is imported by the one process that does the work, and not by Ansible's main process: that starts a
    process for each host and task that follows, and would copy it each time.
    """

    _supports_check_mode = True
    _supports_async = True  # refused, with the reason
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(None, task_vars)
        return result | importlib.import_module(_WORK).run_role(self, task_vars or {})
