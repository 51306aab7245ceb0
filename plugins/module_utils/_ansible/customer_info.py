# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entrance ``partnercenter_customer_info``: reads customers, all or by id, domain, or start of the name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._base import identifiers
from .._base.errors import InputError, NotFoundError
from .._directory.directory import Customers
from .._directory.records import Customer
from .arguments import Spec, connection, credentials
from .boundary import guarded
from .connecting import open_connection
from .environment import with_environment
from .rows import customer_row
from .task_context import TaskContext

_WAYS = ("customer_id", "customer_domain", "name_prefix")


def specification() -> Spec:
    """All options of the module."""
    return {way: {"type": "str"} for way in _WAYS} | credentials() | connection()


def read_customers(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Return the matching customers, sorted by domain. Never raises."""
    return guarded(lambda: _read(with_environment(params, context.environment), context))


def _read(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    given = [way for way in _WAYS if params[way]]
    if len(given) > 1:
        raise InputError(given[1], f"cannot be given together with {given[0]}")
    customer_id, wanted_domain = params["customer_id"], params["customer_domain"]
    customer_id = identifiers.customer_id(customer_id, "customer_id") if customer_id else None
    wanted_domain = identifiers.customer_domain(wanted_domain, "customer_domain") if wanted_domain else None
    service = open_connection(params, context)
    try:
        customers = list(_matching(service.customers, customer_id, wanted_domain, params["name_prefix"]))
    except NotFoundError:
        customers = []  # an answer, not a fault: there is no such customer
    rows = sorted((customer_row(customer) for customer in customers), key=_order)
    return {"changed": False, "failed": False, "customers": rows, "msg": f"{len(rows)} customers"}


def _matching(
    customers: Customers, customer_id: str | None, wanted_domain: str | None, name_prefix: str | None
) -> Iterable[Customer]:
    if customer_id:
        return [customers.get(customer_id)]
    if wanted_domain:
        return [customers.find(wanted_domain)]
    return customers.list(name_prefix=name_prefix)


def _order(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["customer_domain"], row["customer_id"]
