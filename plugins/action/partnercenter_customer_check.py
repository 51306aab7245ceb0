# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs in the controller's process where that is the target, and as a module everywhere else.

A check of all hosts of the play, and the page of the report, are made in the controller's process only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.customer_check import (
    check_customers,
    specification,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.plugin_utils._entrance_action import EntranceAction, runs_here


def check_and_report(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Return the rows of the customers, after the page is written where one is wanted."""
    result = check_customers(params, context)
    if params["report_folder"] and "customers" in result:
        from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.readiness import write_readiness

        result["report"] = write_readiness(params["report_folder"], [("", row) for row in result["customers"]])
    return result


class ActionModule(EntranceAction):
    """See the module of the same name for its options."""

    entrance = (specification, check_and_report)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        if boolean(self._task.args.get("hosts_of_play", False), strict=False):
            # Imported here: most tasks name their customers.
            from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_check import check_play

            begun: dict[str, Any] = super(EntranceAction, self).run(None, task_vars)
            return begun | check_play(self, task_vars or {})
        if self._task.args.get("report_folder") and not runs_here(self):
            message = "report_folder: needs a task in the controller's process (connection: local, no become)"
            return {"changed": False, "failed": True, "msg": message}
        return super().run(tmp, task_vars)
