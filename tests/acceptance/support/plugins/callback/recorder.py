# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what each task returned as a line of JSON: tests read results, not screens."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: recorder
type: notification
short_description: Records results of tasks
description: Appends a line of JSON for each result to the file that the environment variable RECORDER_PATH names.
"""


class CallbackModule(CallbackBase):
    """One line for each task and host; a loop is one result."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "recorder"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_ok(self, result: Any) -> None:
        self._record("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._record("failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._record("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._record("unreachable", result)

    def _record(self, status: str, result: Any) -> None:
        # ansible-core before 2.19 knows the underscored names only
        content = result.result if hasattr(result, "result") else result._result
        task = result.task if hasattr(result, "task") else result._task
        host = result.host if hasattr(result, "host") else result._host
        # Ansible leaves the key out where nothing failed
        content = {**content, "failed": status == "failed"}
        line = {"task": task.name, "host": host.name, "status": status, "result": content}
        with open(os.environ["RECORDER_PATH"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")
