# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration of each host of a play: the variables of a role as checked parameters of its module."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import Spec
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.environment import with_environment
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.intents import (
    Build,
    make_intents,
    make_options,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.paths import with_absolute_paths
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import validated
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import folded
from ansible_collections.csp.partnercenter.plugins.plugin_utils._base_folder import base_folder
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_hosts import HostVariables

#: What a task says for those of its users who do not say it themselves.
_INHERITED = ("force_change_password", "rotation_id", "not_before", "max_age", "window")
_CUSTOMER = ("customer_id", "customer_domain")
#: Options that no variable of the role gives: there are variables for them that serve both roles.
_OF_INVENTORY = (*_CUSTOMER, "users")
#: Limits count all users of the play, so they make no groups.
LIMITS = ("max_resets", "max_resets_per_customer", "pilot")
_ROLES = ("user_password_reset_", "user_password_rotation_")
_UNDECLARED = 'is not defined: list the users there, or write "users: accounts" in the file of the inventory plugin'
_BETWEEN = re.compile(r"[\s,;]+")
_KEYS = ("user_principal_name", "user_id")

Work = Callable[[Mapping[str, Any], TaskContext], dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """The names that were asked for.

    :ivar names: as they were written. None means everybody.
    :ivar problem: why they cannot be understood.
    """

    names: tuple[str, ...] | None
    problem: str = ""


#: Nobody was named.
EVERYBODY = Asked(None)


@dataclass(frozen=True)
class Role:
    """A role: its name, the module that does its work, and what checks a user of it offline."""

    name: str
    module: str
    spec: Spec
    work: Work
    build: Build
    known: frozenset[str] = frozenset()

    @property
    def prefix(self) -> str:
        return f"{self.name}_"


@dataclass(frozen=True)
class Declared:
    """The declaration of one host. ``params`` hold secrets.

    ``users`` are those who were asked for, each with all that counts for it.
    ``accounts`` says which account each user is, as far as that is known without the service, and ``settings`` is equal
    for hosts that one task can do.
    """

    host: str
    customer: str
    declared: int
    asked: Asked = EVERYBODY
    names: frozenset[str] = frozenset()
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)
    users: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    accounts: Sequence[tuple[str, str]] = ()
    context: TaskContext | None = None
    settings: str = field(default="", repr=False)

    def limit(self, name: str) -> int:
        return int(self.params.get(name) or 0)


def declared(
    role: Role,
    host: str,
    variables: HostVariables,
    defaults: Mapping[str, Any],
    make_context: Callable[[str | None], TaskContext],
) -> Declared:
    """Return what the host declares; raises :class:`InputError` with a sentence that quotes no value of a variable."""
    if mistakes := unknown_variables(variables.raw, role):
        raise InputError(host, "; ".join(mistakes))
    if "partnercenter_users" not in variables:
        raise InputError(host, f"partnercenter_users {_UNDECLARED}")
    arguments = dict(defaults)
    for option in (option for option in role.spec if option not in _OF_INVENTORY):
        value = variables.get(role.prefix + option)
        arguments |= {} if value is None else {option: value}
    customer_id = variables.get("partnercenter_customer_id") or None
    domain = variables.get("partnercenter_customer_domain") or None
    arguments |= {"customer_id": customer_id, "customer_domain": None if customer_id else domain}
    users = variables.get("partnercenter_users")
    asked = asked_for(variables.get("partnercenter_only_users", ""))
    if asked.problem:
        raise InputError("partnercenter_only_users", asked.problem)
    everybody = users if isinstance(users, list) else [] if users is None else [users]
    found = Declared(
        host,
        str(variables.get("partnercenter_customer_name") or domain or customer_id or ""),
        len(everybody),
        asked,
        frozenset().union(*map(names_of, everybody)),
    )
    if isinstance(users, list) and asked.names is not None:
        wanted = set(map(folded, asked.names))
        users = [user for user in users if wanted & names_of(user)]
    if not users:
        return found
    return _checked(role, found, arguments | {"users": users}, variables, make_context)


def _checked(
    role: Role,
    found: Declared,
    arguments: Mapping[str, Any],
    variables: HostVariables,
    make_context: Callable[[str | None], TaskContext],
) -> Declared:
    base = base_folder(variables.raw)
    context = make_context(base)
    params = with_absolute_paths(validated(arguments, role.spec), role.spec, base)
    params = with_environment(params, context.environment)
    accounts = [(intent.account.customer, folded(intent.account.name)) for intent in make_intents(params, role.build)]
    make_options(params, context)
    users = [_all_that_counts(user, params) for user in params["users"]]
    shared = {name: value for name, value in params.items() if name not in (*_INHERITED, *_CUSTOMER, "users")}
    return replace(
        found,
        params=shared | dict.fromkeys((*_INHERITED, *_CUSTOMER)),
        users=users,
        accounts=accounts,
        context=context,
        settings=settings_text(shared, context),
    )


def _all_that_counts(user: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, Any]:
    """Return the user with the task's values where it has none of its own."""
    merged = dict(user) | {name: task[name] for name in _INHERITED if user.get(name) is None}
    return merged if any(user.get(name) for name in _CUSTOMER) else merged | {name: task[name] for name in _CUSTOMER}


def settings_text(params: Mapping[str, Any], context: TaskContext) -> str:
    """Return a text that is the same for hosts whose users one task can do. It holds secrets."""
    own = {name: value for name, value in context.environment.items() if os.environ.get(name) != value}
    shared = {name: value for name, value in params.items() if name not in LIMITS}
    return json.dumps([_without_slashes(shared), own], sort_keys=True, default=str)


def _without_slashes(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_slashes(member) for name, member in value.items()}
    return value.rstrip("/") if isinstance(value, str) else value


def unknown_variables(names: Mapping[str, Any], role: Role) -> list[str]:
    """Return a sentence for each variable that is misspelt: a limit in it would be no limit."""
    sentences = []
    for name in sorted(name for name in names if name[:4].lower() == "user" and name not in role.known):
        ours = name.startswith(role.prefix)
        if not ours and name.startswith(_ROLES):
            continue  # the other role's
        near = get_close_matches(name.lower(), role.known, n=1, cutoff=0.6 if ours else 0.9)
        if ours or near:
            meant = f"; is {near[0]} meant?" if near else ""
            sentences.append(f"{name} is no variable of the role{meant}")
    return sentences


def listed(value: Any) -> list[str]:
    """Return the members of a list, or of text with commas, as it comes by ``-e``."""
    return [each.strip() for each in value.split(",") if each.strip()] if isinstance(value, str) else list(value or ())


def asked_for(wanted: Any) -> Asked:
    """Read names from a list, or from a text with blanks, commas, semicolons or line ends between them.

    An empty text means everybody. An empty list and null are refused, because a filter or an event that found nothing
    returns them.
    """
    if isinstance(wanted, str) and not wanted.strip():
        return EVERYBODY
    if isinstance(wanted, str):
        names = tuple(filter(None, _BETWEEN.split(wanted)))
    elif isinstance(wanted, Sequence):
        names = tuple(name for part in wanted for name in _BETWEEN.split(str(part)) if name)
    else:
        return Asked((), "must be principal names or object ids, as text or as a list")
    return Asked(names, "" if names else "holds no name; leave it out for all users")


def names_of(user: Any) -> set[str]:
    """Return the names and ids of a declared user."""
    return {folded(str(user[key])) for key in _KEYS if user.get(key)} if isinstance(user, Mapping) else set()
