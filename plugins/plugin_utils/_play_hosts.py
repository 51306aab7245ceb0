# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables of the hosts of a play, as a task on each of them would see them, and which hosts take part in a role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.template import Templar

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.texts import is_vaulted
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError

_GROUP = "group/csp.partnercenter.all"
_OMITTED = object()
#: Strategies in which all hosts do one task before any of them does the next.
_IN_STEP = ("linear", "debug")


class UnreadableError(InputError):
    """A variable whose template fails. What Ansible says of it may quote a secret that stands beside it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            name,
            "cannot be read: a template in it fails, for an undefined variable or a wrong vault password. "
            "More is not shown, because secrets stand beside it",
        )


class HostVariables:
    """One host's variables, each rendered by itself when it is asked for."""

    def __init__(self, variables: Mapping[str, Any], templar: Templar) -> None:
        self.raw = variables
        self.templar = templar

    def __contains__(self, name: str) -> bool:
        return name in self.raw

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value in plain types; raises :class:`UnreadableError`, which names the variable and no value."""
        return self.rendered(name, self.raw[name], default) if name in self.raw else default

    def rendered(self, name: str, value: Any, default: Any = None) -> Any:
        """Return what the value gives for this host; ``default`` where it is ``omit``."""
        try:
            found = _plain(value if _is_as_written(value) else self.templar.template(value), self.raw.get("omit"))
        except Exception as error:
            if type(error).__name__ == "AnsibleValueOmittedError":
                return default
            raise UnreadableError(name) from None
        return default if found is _OMITTED else found


class PlayHosts:
    """The hosts of the play of a task."""

    def __init__(self, action: ActionBase, task_vars: Mapping[str, Any]) -> None:
        self._task = action._task
        self._play = action._task._parent._play
        self._loader = action._loader
        self._hosts = task_vars["hostvars"]
        self._own = task_vars

    @property
    def own(self) -> str:
        """The host that runs the task."""
        return str(self._own["inventory_hostname"])

    @property
    def in_step(self) -> bool:
        """Return whether all hosts have come to this task. With the strategy ``free`` each host goes its own way."""
        return str(self._play.strategy).endswith(_IN_STEP)

    @property
    def batch(self) -> list[str]:
        """The hosts whose turn it is, by ``serial``."""
        return list(self._own["ansible_play_batch"])

    @property
    def later(self) -> list[str]:
        """The other hosts of the play that have not failed."""
        now = set(self.batch)
        return [host for host in self._own["ansible_play_hosts"] if host not in now]

    @property
    def at_once(self) -> bool:
        """Return whether the task has all hosts of the play."""
        return self.in_step and not self.later

    @property
    def everybody(self) -> list[str]:
        """All hosts of the play, also those that have failed."""
        return list(self._own["ansible_play_hosts_all"])

    def of(self, host: str) -> HostVariables:
        """Return the variables of a host, with Ansible's own precedence."""
        variables = self._hosts._variable_manager.get_vars(
            play=self._play,
            host=self._hosts._inventory.get_host(host),
            task=self._task,
            _hosts=self._own["ansible_play_batch"],
            _hosts_all=self._own["ansible_play_hosts_all"],
        )
        if "ansible_search_path" in self._own:
            variables["ansible_search_path"] = self._own["ansible_search_path"]
        return HostVariables(variables, Templar(loader=self._loader, variables=variables))

    def is_wanted(self, variables: HostVariables) -> bool:
        """Return whether the conditions of the task hold for a host; raises :class:`InputError`."""
        conditions = self._task.when
        if not conditions:
            return True
        try:
            if hasattr(self._task, "evaluate_conditional"):  # before ansible-core 2.19
                return bool(self._task.evaluate_conditional(variables.templar, variables.raw))
            return bool(self._task._resolve_conditional(conditions, variables.raw))
        except Exception:
            raise InputError("when", "a condition of the play cannot be evaluated for this host") from None

    def defaults_for(self, module: str, variables: HostVariables) -> dict[str, Any]:
        """Return what ``module_defaults`` give the module on a host."""
        merged: dict[str, Any] = {}
        for each in self._inherited("module_defaults"):
            merged |= each
        values: dict[str, Any] = {}
        for name in (_GROUP, module):
            # The whole of them may be one template.
            values |= variables.rendered(f"module_defaults.{name}", merged.get(name)) or {}
        return values

    def environment_for(self, variables: HostVariables) -> dict[str, Any]:
        """Return the environment that play, role and block give a task on a host."""
        found: dict[str, Any] = {}
        for each in self._inherited("environment"):
            value = variables.rendered("environment", each)
            if value and not isinstance(value, Mapping):
                raise InputError("environment", "is not a dictionary; look at that of the play and of the task")
            found |= value or {}
        return found

    def _inherited(self, keyword: str) -> list[Any]:
        """Return what play, role and blocks say, as it is written: the task has its own host's values already."""
        value = self._task._get_parent_attribute(keyword, omit=True)
        return [each for each in value if isinstance(each, (str, Mapping))] if isinstance(value, list) else []


def look(action: ActionBase, task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether a host of the play names tasks that come before the work of the role."""
    hosts, name = PlayHosts(action, task_vars), f"{action._task.args['role']}_hooks_before"
    # Nothing is rendered: a template that gives no task costs a task on each host, and no more.
    return {"changed": False, "hooks": not hosts.in_step or any(hosts.of(host).raw.get(name) for host in hosts.batch)}


def _is_as_written(value: Any) -> bool:
    """Return whether there is certainly no template in the value, because rendering costs more than looking."""
    if isinstance(value, str):
        return "{" not in value and not value.startswith("#jinja2:")
    if isinstance(value, dict):
        return all(map(_is_as_written, value.values()))
    if isinstance(value, list):
        return all(map(_is_as_written, value))
    return value is None or isinstance(value, (int, float))


def _plain(value: Any, omit: Any) -> Any:
    """Read all of the value: since ansible-core 2.19 it is rendered where it is touched. What is omitted is left out.

    ``omit`` is a text before 2.19; since then Ansible itself leaves out what is omitted.
    """
    if is_vaulted(value):
        return str(value)
    if isinstance(value, str):
        return _OMITTED if omit is not None and value == omit else str.__str__(value)
    if isinstance(value, Mapping):
        members = {name: _plain(member, omit) for name, member in value.items()}
        return {name: member for name, member in members.items() if member is not _OMITTED}
    return [_plain(member, omit) for member in value] if isinstance(value, (list, tuple)) else value
