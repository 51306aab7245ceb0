# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role's work for all hosts of the play: gather what they declare, do it as one task, tell each host its outcome."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml
from ansible import constants
from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import password, rotation
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.boundary import guarded
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.intents import (
    generated_password,
    given_password,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, PartnerCenterError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import folded
from ansible_collections.csp.partnercenter.plugins.plugin_utils import _play_outcome as outcome
from ansible_collections.csp.partnercenter.plugins.plugin_utils._asked_users import names_of
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_customers import LIMITS, Declared, Role, declared
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_hosts import HostVariables, PlayHosts
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_run import Done, run
from ansible_collections.csp.partnercenter.plugins.plugin_utils._run_action import (
    in_thread,
    plain_environment,
    task_context,
)
from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import untrusted

_MODULE = "csp.partnercenter.partnercenter_user_password"
ROLES = (
    Role("user_password_reset", _MODULE, password.specification(), password.set_passwords, given_password),
    Role(
        "user_password_rotation",
        f"{_MODULE}_rotation",
        rotation.specification(),
        rotation.rotate_passwords,
        generated_password,
    ),
)
_ONLY = "partnercenter_only_users"
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Gathered:
    """What the hosts that take part declare, and why some cannot be worked on."""

    hosts: list[Declared]
    problems: dict[str, str]

    @property
    def working(self) -> list[Declared]:
        return [host for host in self.hosts if host.users]


class PlayAction:
    """One run of a role's task. Everything of Ansible is asked in its own thread, before the work begins."""

    def __init__(self, action: ActionBase, task_vars: Mapping[str, Any], role: Role) -> None:
        self._action = action
        self._role = role
        self._hosts = PlayHosts(action, task_vars)
        self._looped = "ansible_loop_var" in task_vars
        self._cancelled = threading.Event()

    def run(self) -> dict[str, Any]:
        """Return the result of the task. It never fails: each host tells its own outcome afterwards."""
        known = {host: self._hosts.of(host) for host in self._hosts.batch}
        names = [host for host in known if self._takes_part(host, known[host])]
        everybody = Gathered([], {})
        try:
            self._refuse_other_ways()
            everybody = self._gathered(names, known)
            self._check_names(everybody, names)
            later = self._later(everybody)
        except PartnerCenterError as error:
            return self._told(names, everybody, Done(), str(error))
        done = Done()
        problem = _stopping(everybody)
        result: dict[str, Any] = {}
        if everybody.working and not problem:

            def work() -> dict[str, Any]:
                return {"done": run(self._role, everybody.working, later)}

            result = in_thread(lambda: guarded(work), self._cancelled)
            done = result.get("done", done)
        return self._told(names, everybody, done, problem or str(result.get("msg", "")), result.get("warnings", ()))

    def _takes_part(self, host: str, variables: HostVariables) -> bool:
        """Whether the host has come as far as this task. Before that it sets a variable, which the task's result replaces."""
        if not self._hosts.in_step:
            return host == self._hosts.own
        turn = variables.raw.get(f"{self._role.prefix}turn")
        return turn is not None and not (isinstance(turn, Mapping) and "outcomes" in turn)

    def _refuse_other_ways(self) -> None:
        task = self._action._task
        if task.async_val:
            raise InputError("async", "cannot be used with this role: it works on many users at once by itself")
        if task.delegate_to and task.delegate_to not in _LOCAL:
            raise InputError("delegate_to", "cannot be used with this role, which works in the controller's process")

    def _gathered(self, names: Iterable[str], known: Mapping[str, HostVariables]) -> Gathered:
        found = Gathered([], {})
        for host in names:
            try:
                found.hosts.append(self._declared(host, known[host]))
            except PartnerCenterError as error:
                said = str(error)
                found.problems[host] = said if said.startswith(f"{host}: ") else f"{host}: {said}"
            except Exception as error:
                found.problems[host] = f"{host}: its variables cannot be read ({type(error).__name__})"
        return found

    def _declared(self, host: str, variables: HostVariables) -> Declared:
        defaults = self._hosts.defaults_for(self._role.module, variables)
        environment = plain_environment(self._hosts.environment_for(variables))

        def context(base: str | None) -> TaskContext:
            return task_context(self._action, base, environment, self._cancelled)

        return declared(self._role, host, variables, defaults, context)

    def _check_names(self, everybody: Gathered, names: Sequence[str]) -> None:
        """Raise :class:`InputError` where nobody is declared, or a name was asked for that no host of the play has."""
        hosts = everybody.hosts
        asked = [name for host in hosts for name in host.asked.names or ()]
        if asked and self._looped:
            raise InputError(_ONLY, "cannot be used where the role runs in a loop; give partnercenter_users just these users")
        known = frozenset[str]().union(*(host.names for host in hosts))
        missing = [name for name in dict.fromkeys(asked) if folded(name) not in known]
        idle = not self._looped and hosts and not any(host.declared for host in hosts)
        if everybody.problems or not (missing or idle):
            return
        others = [host for host in (*self._hosts.batch, *self._hosts.later) if host not in names]
        for host in others:
            of_host = self._names_declared(host)
            missing = [name for name in missing if folded(name) not in of_host]
            idle = idle and not of_host
        if missing:
            who = f"{missing[0]} is" if len(missing) == 1 else f"{', '.join(missing)} are"
            raise InputError(_ONLY, f"{who} declared for no customer of this play; nothing was sent")
        if idle:
            number = len(hosts) + len(others)
            whose = "the only customer of this play" if number == 1 else f"all {number} customers of this play"
            raise InputError("nobody is declared", f"partnercenter_users is empty for {whose}")

    def _names_declared(self, host: str) -> frozenset[str]:
        """Names of the users of a host whose turn is another time; what is wrong there is told then."""
        try:
            users = self._hosts.of(host).get("partnercenter_users")
        except Exception:
            return frozenset()
        return frozenset().union(*map(names_of, users)) if isinstance(users, list) else frozenset()

    def _later(self, everybody: Gathered) -> list[Declared]:
        """Return what hosts declare whose turn comes later in the play, where a limit counts their users."""
        limited = [name for name in LIMITS if any(host.limit(name) for host in everybody.working)]
        if limited and not self._hosts.in_step:
            raise InputError(
                limited[0],
                "counts the whole play, and with this strategy hosts do not wait for each other: use the strategy linear",
            )
        if not limited or self._looped:
            return []
        later = self._hosts.later
        return self._gathered(later, {host: self._hosts.of(host) for host in later}).working

    def _told(
        self, names: Sequence[str], everybody: Gathered, done: Done, problem: str, warnings: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Leave each host its outcome, and return what is told of all."""
        outcomes: dict[str, outcome.Told] = {}
        declared_by = {host.host: host for host in everybody.hosts}
        for host in names:
            if host in everybody.problems:
                outcomes[host] = outcome.Told(everybody.problems[host], failed=True)
            elif host in done.rows:
                outcomes[host] = outcome.told(done.rows[host])
            elif host in declared_by and not declared_by[host].users and not problem:
                outcomes[host] = outcome.Told(_idle(declared_by[host]))
            else:
                said = done.problems.get(host) or problem or "nothing was done"
                outcomes[host] = outcome.Told(said, failed=not said.startswith("not attempted"))
        folder = os.path.join(constants.DEFAULT_LOCAL_TMP, f"partnercenter-{self._role.name}")
        outcome.keep(folder, outcomes)
        told = [line for result in done.results for line in outcome.lines(result)]
        told += [problem] if problem else []
        told += list(everybody.problems.values())[:50]
        said = [*warnings, *(warning for result in done.results for warning in result.get("warnings", ()))]
        hosts, left_out = outcome.bounded(done.rows)
        result = {
            "changed": any(each.changed for each in outcomes.values()),
            "msg": told[0] if told else "there was nobody to work on",
            "lines": told,
            "hosts": hosts,
            "left_out": left_out,
            "outcomes": folder,
            "warnings": list(dict.fromkeys(said)),
        }
        return {name: untrusted(value) for name, value in result.items()}


def _stopping(everybody: Gathered) -> str:
    """Return why nobody is worked on, where one host cannot be and another one wants to stop then."""
    if everybody.problems and any(host.params["on_error"] == "stop" for host in everybody.working):
        return f"not attempted, because {next(iter(everybody.problems))} failed and on_error is stop"
    return ""


def _idle(host: Declared) -> str:
    if not host.declared:
        return "partnercenter_users is empty: there is nobody to work on"
    return f"none of {host.declared} users is asked for"


def run_role(action: ActionBase, task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of the task of a role."""
    role = next(role for role in ROLES if role.name == action._task.args["role"])
    known = frozenset(_names(action._task._role._role_path, role.prefix))
    return PlayAction(action, task_vars, replace(role, known=known)).run()


def _names(folder: str, prefix: str) -> Iterator[str]:
    """The names of the role's variables: declared ones, its own, and those that its tasks set."""
    with open(os.path.join(folder, "meta", "argument_specs.yml"), encoding="utf-8") as file:
        yield from yaml.safe_load(file)["argument_specs"]["main"]["options"]
    with open(os.path.join(folder, "vars", "main.yml"), encoding="utf-8") as file:
        yield from yaml.safe_load(file)
    yield from (prefix + name for name in ("turn", "hook", "ledger_key"))
