# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts of a play without Ansible: what they declare, and an engine that does what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_action import make_role
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_customers import Declared, Role, declared
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_hosts import HostVariables

PASSWORD = "Kanarie-4711-\\\"'x"
ADA = {"user_principal_name": "ada@contoso.com", "password": PASSWORD}
BOB = {"user_principal_name": "Bob@contoso.com", "password": PASSWORD}
CY = {"user_id": "0000000a-0000-0000-0000-000000000000", "password": PASSWORD}

RESET = make_role("user_password_reset")


class Rendered:
    """A templar for values that are no templates."""

    def template(self, value: Any) -> Any:
        return value


def declare(
    host: str = "contoso",
    *,
    role: Role = RESET,
    defaults: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    **variables: Any,
) -> Declared:
    """What a host with these variables declares. Unless they say another one, its customer is ``contoso.com``."""
    known = {"partnercenter_customer_domain": "contoso.com"} | variables
    role = replace(role, known=frozenset(known))
    context = TaskContext({"ANSIBLE_HOME": "/home/of/ansible"} | dict(environment or {}))
    return declared(role, host, HostVariables(known, Rendered()), defaults or {}, lambda _base: context)


@dataclass
class Engine:
    """The work of a role. ``due`` names the users for whom a reset is due, ``failing`` those who are rejected.

    ``tasks`` keeps the parameters of each task, and whether it only planned.
    """

    due: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    tasks: list[tuple[dict[str, Any], bool]] = field(default_factory=list)

    @property
    def role(self) -> Role:
        return replace(RESET, work=self)

    def __call__(self, params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
        self.tasks.append((dict(params), context.check_mode))
        rows = [self._row(user, context.check_mode) for user in params["users"]]
        failed = any(row["failed"] for row in rows)
        plan = " ".join(row["user_principal_name"] for row in rows if row["user_principal_name"] in self.due)
        result = {"users": rows, "failed": failed, "msg": f"{len(rows)} users", "summary": {"throttled": 0}}
        return result | {"plan": f"plan: {plan}"}

    def _row(self, user: Mapping[str, Any], plan: bool) -> dict[str, Any]:
        name = user["user_principal_name"]
        outcome = "unchanged" if name not in self.due else "would_reset" if plan else "applied"
        outcome = "rejected" if name in self.failing and not plan else outcome
        return {
            "customer_id": user["customer_id"] or user["customer_domain"],
            "user_principal_name": name,
            "outcome": outcome,
            "changed": outcome in ("applied", "would_reset"),
            "failed": outcome == "rejected",
            "attempts": int(outcome in ("applied", "rejected")),
        }
