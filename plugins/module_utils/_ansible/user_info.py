# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entrance ``partnercenter_user_info``: reads users of one customer: all, one, or the soft-deleted ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from .._base import identifiers
from .._base.errors import CallError, InputError, NoSuchUserError
from .._base.identifiers import folded
from .._directory.directory import Directory
from .._directory.records import User
from .arguments import Spec, account, connection, credentials, gateway, many_users
from .boundary import guarded
from .connecting import open_connection
from .environment import with_environment
from .rows import user_row
from .task_context import TaskContext


def specification() -> Spec:
    """All options of the module."""
    own: Spec = {
        "deleted": {"type": "bool", "default": False},
        "roles": {"type": "bool", "default": False},
        "concurrency": many_users()["concurrency"],
    }
    return account() | own | gateway() | credentials() | connection()


def read_users(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Return the matching users, sorted by principal name. Never raises."""
    return guarded(lambda: _read(with_environment(params, context.environment), context))


def _read(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    for pair in (("customer_id", "customer_domain"), ("user_id", "user_principal_name")):
        if all(params[name] for name in pair):
            raise InputError(pair[1], f"cannot be given together with {pair[0]}")
    if not (params["customer_id"] or params["customer_domain"]):
        raise InputError("customer_id", "exactly one of customer_id and customer_domain is needed; none was given")
    customer_id = identifiers.customer_id(params["customer_id"], "customer_id") if params["customer_id"] else None
    wanted_domain = (
        identifiers.customer_domain(params["customer_domain"] or "", "customer_domain") if not customer_id else ""
    )
    user_id = identifiers.user_id(params["user_id"], "user_id") if params["user_id"] else None
    name = params["user_principal_name"]
    name = folded(identifiers.user_principal_name(name, "user_principal_name")) if name else None
    service = open_connection(params, context)
    customer_id = customer_id or service.customers.find(wanted_domain).id
    single = user_id or (name if service.users.gets_by_name and not params["deleted"] else None)
    if single:
        users = _single(service, customer_id, single)
    else:
        users = list(_listed(service, customer_id, name, deleted=params["deleted"]))
    rows = sorted((user_row(customer_id, user) for user in users), key=_order)
    if params["roles"]:
        _add_roles(service, customer_id, rows)
    return {"changed": False, "failed": False, "users": rows, "msg": f"{len(rows)} users"}


def _single(service: Directory, customer_id: str, user: str) -> list[User]:
    try:
        return [service.users.get(customer_id, user)]
    except NoSuchUserError:
        return []  # an answer, not a fault


def _listed(service: Directory, customer_id: str, name: str | None, *, deleted: bool) -> Iterator[User]:
    """Read the list of users: up to the named user, if there can be only one."""
    listed = chain.from_iterable(service.users.pages(customer_id, deleted=deleted))
    if name is None:
        return listed
    fitting = (user for user in listed if folded(user.user_principal_name) == name)
    return fitting if deleted else islice(fitting, 1)


def _add_roles(service: Directory, customer_id: str, rows: list[dict[str, Any]]) -> None:
    held = service.roles.held(customer_id, [row["user_id"] for row in rows])
    for row in rows:
        roles = held[row["user_id"]]
        if isinstance(roles, CallError):
            raise roles
        row["roles"] = sorted(roles)


def _order(row: Mapping[str, Any]) -> tuple[str, str]:
    return folded(row["user_principal_name"]), row["user_id"]
