# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check of the customers of all hosts of a play as one task. Hosts with equal settings share a sign-in."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import telling
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.boundary import guarded
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.customer_check import (
    Row,
    check_customers,
    result_of,
    sentence,
    specification,
    wanted_customers,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.environment import with_environment
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.paths import with_absolute_paths
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import validated
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, PartnerCenterError
from ansible_collections.csp.partnercenter.plugins.plugin_utils._base_folder import base_folder
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_customers import settings_text
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_hosts import HostVariables, PlayHosts
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_outcome import MOST_BYTES, Told, keep
from ansible_collections.csp.partnercenter.plugins.plugin_utils._run_action import (
    in_thread,
    plain_environment,
    task_context,
)
from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import untrusted

_MODULE = "csp.partnercenter.partnercenter_customer_check"
#: Options of the module, and what the variables of a host are called that stand for them.
_PLACE, _OURS = "customers[0].", "partnercenter_"


@dataclass(frozen=True)
class Host:
    """A host of the play with its customer, and what its task would be. ``settings`` is equal for hosts of one task."""

    name: str
    customer: Mapping[str, Any]
    params: Mapping[str, Any] = field(repr=False)
    context: TaskContext
    settings: str = field(repr=False)


def check_play(action: ActionBase, task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of the task, and leave each host its own sentence."""
    if action._task.async_val:
        return {"changed": False, "failed": True, "msg": "async cannot be used with hosts_of_play"}
    cancelled = threading.Event()
    gatherer = _Gatherer(action, task_vars, cancelled)
    hosts, problems = gatherer.gathered()
    result = in_thread(lambda: guarded(lambda: _checked(hosts, problems)), cancelled)
    if "hosts" not in result:
        problems = dict.fromkeys(gatherer.names, str(result.get("msg")))
    folder = os.path.join(constants.DEFAULT_LOCAL_TMP, "partnercenter-customer_check")
    rows: dict[str, Row] = result.pop("rows", {})
    told = {host: Told(telling.one_line(said), failed=True) for host, said in problems.items()}
    keep(folder, told | {host: Told(sentence(row), failed=not row["ready"]) for host, row in rows.items()})
    return {name: untrusted(value) for name, value in {**result, "outcomes": folder}.items()}


class _Gatherer:
    """Reads what the hosts of the play say about their customers."""

    def __init__(self, action: ActionBase, task_vars: Mapping[str, Any], cancelled: threading.Event) -> None:
        self._action = action
        self._cancelled = cancelled
        self._hosts = PlayHosts(action, task_vars)
        # A task of each host, without run_once or in the strategy free, is about its own host.
        shared = self._hosts.in_step and action._task.run_once
        self.names = self._hosts.batch if shared else [self._hosts.own]

    def gathered(self) -> tuple[list[Host], dict[str, str]]:
        """Return the hosts in the order of the play, and why others cannot be looked at."""
        hosts, problems = [], {}
        for name in self.names:
            try:
                hosts.append(self._host(name, self._hosts.of(name)))
            except PartnerCenterError as error:
                problems[name] = str(error).replace(_PLACE, _OURS).replace("use customer", f"use {_OURS}customer")
            except Exception as error:
                problems[name] = f"its variables cannot be read ({type(error).__name__})"
        return hosts, problems

    def _own_arguments(self) -> dict[str, Any]:
        """Return what the task itself says: ``module_defaults`` may give another value on each host."""
        defaults = self._hosts.defaults_for(_MODULE, self._hosts.of(self._hosts.own))
        given = self._action._task.args
        return {name: value for name, value in given.items() if name not in defaults or defaults[name] != value}

    def _host(self, name: str, variables: HostVariables) -> Host:
        arguments = self._hosts.defaults_for(_MODULE, variables) | self._own_arguments()
        if named := [option for option in ("customer_id", "customer_domain", "customers") if arguments.get(option)]:
            raise InputError(named[0], "cannot be given together with hosts_of_play")
        base = base_folder(variables.raw)
        spec = specification()
        context = task_context(
            self._action, base, plain_environment(self._hosts.environment_for(variables)), self._cancelled
        )
        customer_id, domain, title = (
            variables.get(f"{_OURS}customer_{part}") or None for part in ("id", "domain", "name")
        )
        if not (customer_id or domain):
            raise InputError(
                f"{_OURS}customer_id", f"neither it nor {_OURS}customer_domain is defined: a host is a customer"
            )
        customer = {"customer_id": customer_id, "customer_domain": None if customer_id else domain, "name": title}
        params = with_absolute_paths(validated({**arguments, "customers": [customer]}, spec), spec, base)
        wanted_customers(params)
        shared = with_environment({**params, "customers": None}, context.environment)
        return Host(name, params["customers"][0], shared, context, settings_text(shared, context))


def _checked(hosts: Sequence[Host], problems: dict[str, str]) -> dict[str, Any]:
    """Return the result for all hosts. ``problems`` takes up why hosts have no row."""
    groups: dict[str, list[Host]] = {}
    for host in hosts:
        groups.setdefault(host.settings, []).append(host)
    rows: dict[str, Row] = {}
    warnings: list[str] = []
    throttled = 0
    for group in groups.values():
        params = {**group[0].params, "customers": [host.customer for host in group]}
        result = check_customers(params, group[0].context)
        warnings += result.get("warnings", [])
        if "customers" not in result:
            problems.update(dict.fromkeys((host.name for host in group), str(result["msg"])))
            continue
        throttled += result["summary"]["throttled"]
        rows |= {host.name: row for host, row in zip(group, result["customers"], strict=True)}
    rows = {host.name: rows[host.name] for host in hosts if host.name in rows}
    return _told(hosts, rows, problems, throttled) | {"warnings": list(dict.fromkeys(warnings))}


def _told(
    hosts: Sequence[Host], rows: Mapping[str, Row], problems: Mapping[str, str], throttled: int
) -> dict[str, Any]:
    named = [{**row, "name": host} for host, row in rows.items()]
    result = result_of(named, throttled=throttled, others=problems)
    del result["customers"]
    shown, left_out = _bounded(rows)
    result |= {"rows": rows, "hosts": shown, "left_out": left_out}
    place = hosts[0].params["report_folder"] if hosts else None
    if place and rows:
        from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.readiness import write_readiness

        result["report"] = write_readiness(place, rows.items())
        result["lines"].append(telling.one_line(f"report: {result['report']}"))
    return result | {"msg": result["lines"][0]}


def _bounded(rows: Mapping[str, Row]) -> tuple[dict[str, Row], int]:
    """Return as many rows as an event of AWX may hold, those of customers that are not ready first."""
    room, shown = MOST_BYTES, {}
    for host, row in _urgent_first(rows):
        room -= len(json.dumps([host, row])) + 2
        if room >= 0:
            shown[host] = row
    return {host: row for host, row in rows.items() if host in shown}, len(rows) - len(shown)


def _urgent_first(rows: Mapping[str, Row]) -> Iterator[tuple[str, Row]]:
    yield from sorted(rows.items(), key=lambda item: bool(item[1]["ready"]))
