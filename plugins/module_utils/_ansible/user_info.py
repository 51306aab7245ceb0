# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking up users of one customer: all, one, or those who were soft-deleted; with their directory roles on request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from .._base import addresses
from .._base.errors import CallError, InputError, NoSuchUserError
from .._base.identifiers import folded
from .._directory.directory import Directory
from .._directory.records import User
from .boundary import guarded
from .connecting import open_connection
from .environment import with_environment
from .rows import user_row
from .surroundings import Surroundings


def read_users(params: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    """The users that fit, by principal name. Never raises."""
    return guarded(lambda: _read(with_environment(params, around.environment), around))


def _read(params: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    for pair in (("customer_id", "customer_domain"), ("user_id", "user_principal_name")):
        if all(params[name] for name in pair):
            raise InputError(pair[1], f"cannot be given together with {pair[0]}")
    if not (params["customer_id"] or params["customer_domain"]):
        raise InputError("customer_id", "or customer_domain is needed")
    customer_id = addresses.customer_id(params["customer_id"], "customer_id") if params["customer_id"] else None
    wanted_domain = (
        addresses.customer_domain(params["customer_domain"] or "", "customer_domain") if not customer_id else ""
    )
    user_id = addresses.user_id(params["user_id"], "user_id") if params["user_id"] else None
    name = params["user_principal_name"]
    name = folded(addresses.user_principal_name(name, "user_principal_name")) if name else None
    connection = open_connection(params, around)
    customer_id = customer_id or connection.customers.find(wanted_domain).id
    single = user_id or (name if connection.users.gets_by_name and not params["deleted"] else None)
    if single:
        found = _single(connection, customer_id, single)
    else:
        found = list(_listed(connection, customer_id, name, deleted=params["deleted"]))
    rows = sorted((user_row(customer_id, user) for user in found), key=_order)
    if params["roles"]:
        _add_roles(connection, customer_id, rows)
    return {"changed": False, "failed": False, "users": rows, "msg": f"{len(rows)} users"}


def _single(connection: Directory, customer_id: str, user: str) -> list[User]:
    try:
        return [connection.users.get(customer_id, user)]
    except NoSuchUserError:
        return []  # an answer, not a fault


def _listed(connection: Directory, customer_id: str, name: str | None, *, deleted: bool) -> Iterator[User]:
    """The list, read up to the user whose name was given, if there can be only one."""
    listed = chain.from_iterable(connection.users.pages(customer_id, deleted=deleted))
    if name is None:
        return listed
    fitting = (user for user in listed if folded(user.user_principal_name) == name)
    return fitting if deleted else islice(fitting, 1)


def _add_roles(connection: Directory, customer_id: str, rows: list[dict[str, Any]]) -> None:
    held = connection.roles.held(customer_id, [row["user_id"] for row in rows])
    for row in rows:
        roles = held[row["user_id"]]
        if isinstance(roles, CallError):
            raise roles
        row["roles"] = sorted(roles)


def _order(row: Mapping[str, Any]) -> tuple[str, str]:
    return folded(row["user_principal_name"]), row["user_id"]
