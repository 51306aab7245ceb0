# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role's work for all hosts of the play: gather what they declare, do it as one task, tell each host its outcome."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible import constants
from ansible.module_utils.common.yaml import yaml_load
from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.boundary import guarded
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.intents import (
    generated_password,
    given_password,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, PartnerCenterError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import folded
from ansible_collections.csp.partnercenter.plugins.plugin_utils import _play_outcome as outcome
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_customers import (
    LIMITS,
    Declared,
    Role,
    declared,
    names_of,
)
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_hosts import HostVariables, PlayHosts
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_report import PlayReport, wanted_report
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_run import Done, run
from ansible_collections.csp.partnercenter.plugins.plugin_utils._run_action import (
    in_thread,
    plain_environment,
    task_context,
)
from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import BEFORE_2_19, untrusted

_MODULE = "csp.partnercenter.partnercenter_user_password"
_ONLY = "partnercenter_only_users"
_SHOWN = 50


@dataclass
class Gathered:
    """The declarations of the hosts that take part, and why some cannot be worked on.

    ``later`` are hosts whose turn comes afterwards, and ``hooks`` says whether one has tasks that come after the work.
    """

    names: list[str] = field(default_factory=list)
    hosts: list[Declared] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    later: list[Declared] = field(default_factory=list)
    report: PlayReport | None = None
    hooks: bool = False

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
        self._folder = os.path.join(constants.DEFAULT_LOCAL_TMP, f"partnercenter-{role.name}")
        self._gathered = Gathered()

    def run(self) -> dict[str, Any]:
        """Return the result of the task. It never fails: each host tells its own outcome afterwards."""
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        result: dict[str, Any] = {}
        try:
            self._gather()
            self._refuse_other_ways()
            self._check_names()
            self._look_ahead()
            problem = self._stopping()
        except PartnerCenterError as error:
            problem = str(error)
        except Exception as error:
            problem = f"an internal error of the collection ({type(error).__name__}); please report it"
        if self._gathered.working and not problem:
            result = in_thread(lambda: guarded(self._work), self._cancelled)
            problem = str(result.get("msg", ""))
        done = result.get("done", Done())
        warnings = [*result.get("warnings", ()), *(each for one in done.results for each in one.get("warnings", ()))]
        return self._told(done, problem, warnings)

    def _work(self) -> dict[str, Any]:
        return {"done": run(self._role, self._gathered.working, self._gathered.later)}

    def _gather(self) -> None:
        """Read what each host declares. Its variables are let go of one after another: a play may have many hosts."""
        for host in self._hosts.batch:
            variables = self._hosts.of(host)
            if self._takes_part(host, variables):
                self._gathered.names.append(host)
                if len(self._gathered.names) == 1:
                    self._gathered.report = wanted_report(self._role.prefix, variables, self._folder)
                self._gathered.hooks = self._gathered.hooks or self._has_hooks(variables)
                self._read(host, variables, self._gathered.hosts, self._gathered.problems)

    def _takes_part(self, host: str, variables: HostVariables) -> bool:
        """Return whether the host has come to this task. A task before it sets a variable, which its result replaces.

        In a play of the role's own there is no such task: hosts are left out by conditions only.
        """
        if not self._hosts.in_step:
            return host == self._hosts.own
        if not variables.raw.get(f"{self._role.prefix}marked"):
            return self._is_wanted(host, variables)
        turn = variables.raw.get(f"{self._role.prefix}turn")
        return turn is not None and not (isinstance(turn, Mapping) and "outcomes" in turn)

    def _is_wanted(self, host: str, variables: HostVariables) -> bool:
        try:
            return self._hosts.is_wanted(variables)
        except PartnerCenterError as error:
            self._gathered.names.append(host)
            self._gathered.problems[host] = f"{host}: {error}"
            return False

    def _has_hooks(self, variables: HostVariables) -> bool:
        try:
            return not self._hosts.in_step or bool(variables.get(f"{self._role.prefix}hooks_after"))
        except PartnerCenterError:
            return True  # the task that needs them says what is wrong

    def _read(self, host: str, variables: HostVariables, hosts: list[Declared], problems: dict[str, str]) -> None:
        try:
            hosts.append(self._declared(host, variables))
        except PartnerCenterError as error:
            said = str(error)
            problems[host] = said if said.startswith(f"{host}: ") else f"{host}: {said}"
        except Exception as error:
            problems[host] = f"{host}: its variables cannot be read ({type(error).__name__})"

    def _declared(self, host: str, variables: HostVariables) -> Declared:
        defaults = self._hosts.defaults_for(self._role.module, variables)
        environment = plain_environment(self._hosts.environment_for(variables))

        def context(base: str | None) -> TaskContext:
            return task_context(self._action, base, environment, self._cancelled)

        return declared(self._role, host, variables, defaults, context)

    def _refuse_other_ways(self) -> None:
        task = self._action._task
        if task.async_val:
            raise InputError("async", "cannot be used with this role: it works on many users at once by itself")
        if task.delegate_to and task.delegate_to not in ("localhost", "127.0.0.1", "::1"):
            raise InputError("delegate_to", "cannot be used with this role, which works in the controller's process")

    def _check_names(self) -> None:
        """Raise :class:`InputError` where nobody is declared, or a name was asked for that no host of the play has."""
        hosts = self._gathered.hosts
        asked = [name for host in hosts for name in host.asked.names or ()]
        if asked and self._looped:
            raise InputError(
                _ONLY, "cannot be used where the role runs in a loop; give partnercenter_users just these users"
            )
        known = frozenset[str]().union(*(host.names for host in hosts))
        missing = [name for name in dict.fromkeys(asked) if folded(name) not in known]
        idle = bool(hosts) and not self._looped and not any(host.declared for host in hosts)
        if self._gathered.problems or not (missing or idle):
            return
        others = [host for host in (*self._hosts.batch, *self._hosts.later) if host not in self._gathered.names]
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

    def _look_ahead(self) -> None:
        """Read what hosts declare whose turn comes later in the play, where a limit counts their users."""
        limited = [name for name in LIMITS if any(host.limit(name) for host in self._gathered.working)]
        if limited and not self._hosts.in_step:
            raise InputError(
                limited[0],
                "counts the whole play, and with this strategy hosts do not wait for each other: use linear",
            )
        if any(host.params.get("approved_plan") for host in self._gathered.working) and not self._hosts.at_once:
            raise InputError("approved_plan", "is that of a whole play: use the strategy linear, and no serial")
        if limited and not self._looped:
            later: list[Declared] = []
            for host in self._hosts.later:
                self._read(host, self._hosts.of(host), later, {})
            self._gathered.later = [host for host in later if host.users]

    def _stopping(self) -> str:
        """Return why nobody is worked on, where one host cannot be and another one wants to stop then."""
        problems = self._gathered.problems
        if problems and any(host.params["on_error"] == "stop" for host in self._gathered.working):
            return f"not attempted, because {next(iter(problems))} failed and on_error is stop"
        return ""

    def _told(self, done: Done, problem: str, warnings: Sequence[str]) -> dict[str, Any]:
        """Leave each host its outcome, write the report, and return what is told of all."""
        declared_by = {host.host: host for host in self._gathered.hosts}
        outcomes = {host: self._told_of(host, declared_by.get(host), done, problem) for host in self._gathered.names}
        lines = [line for result in done.results for line in outcome.lines(result)]
        lines += [problem] if problem else []
        lines += list(self._gathered.problems.values())[:_SHOWN]
        lines += [f"warning: {warning}" for warning in warnings] if BEFORE_2_19 else []
        failed = {host: told.msg for host, told in outcomes.items() if host not in done.rows and told.failed}
        try:
            if self._gathered.report and self._gathered.hosts:
                lines.append(self._report(self._gathered.report, done, failed))
        except PartnerCenterError as error:
            lines.append(str(error))
            first = self._gathered.names[0]
            outcomes[first] = replace(outcomes[first], msg=f"{outcomes[first].msg}; {error}", failed=True)
        outcome.keep(self._folder, outcomes)
        hosts, left_out = outcome.bounded(done.rows, throttled=done.throttled)
        result = {
            "changed": any(told.changed for told in outcomes.values()),
            "msg": lines[0] if lines else "there was nobody to work on",
            "lines": lines,
            "hosts": hosts,
            "left_out": left_out,
            "hooks": self._gathered.hooks,
            "plan": done.plan,
            "outcomes": self._folder,
            "warnings": list(dict.fromkeys(warnings)),
        }
        if self._action._task.check_mode and self._hosts.at_once and done.plan:
            # As set_stats does: a workflow of AWX hands it on to its next jobs.
            result["ansible_stats"] = {"data": {f"{self._role.prefix}approved_plan": done.plan}, "per_host": False}
        return {name: untrusted(value) for name, value in result.items()}

    def _told_of(self, name: str, host: Declared | None, done: Done, problem: str) -> outcome.Told:
        if name in self._gathered.problems:
            return outcome.Told(self._gathered.problems[name], failed=True)
        if name in done.rows:
            return outcome.told(done.rows[name])
        if host and not host.users and not problem:
            return outcome.Told(outcome.idle(host.declared))
        said = done.problems.get(name) or problem or "nothing was done"
        return outcome.Told(said, failed=not said.startswith("not attempted"))

    def _report(self, report: PlayReport, done: Done, failed: Mapping[str, str]) -> str:
        everybody = self._hosts.everybody
        return f"report: {report.write(self._gathered.hosts, done, failed, everybody, self._action._task.check_mode)}"


def make_role(name: str) -> Role:
    """Return the role of this name. Nothing is imported that only the other role needs."""
    if name == "user_password_reset":
        from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import password

        return Role(name, _MODULE, password.specification(), password.set_passwords, given_password)
    from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import rotation

    return Role(name, f"{_MODULE}_rotation", rotation.specification(), rotation.rotate_passwords, generated_password)


def run_role(action: ActionBase, task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of the task of a role."""
    role = make_role(action._task.args["role"])
    known = frozenset(_names(action._task._role._role_path, role.prefix))
    return PlayAction(action, task_vars, replace(role, known=known)).run()


def _names(folder: str, prefix: str) -> Iterator[str]:
    """The names of the role's variables: declared ones, its own, and those that its tasks set."""
    with open(os.path.join(folder, "meta", "argument_specs.yml"), encoding="utf-8") as file:
        yield from yaml_load(file)["argument_specs"]["main"]["options"]
    with open(os.path.join(folder, "vars", "main.yml"), encoding="utf-8") as file:
        yield from yaml_load(file)
    yield from (prefix + name for name in ("turn", "hook", "look", "marked", "ledger_key"))
