# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entrance ``partnercenter_customer_check``: tells for each customer whether unattended runs will work there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from .._base import identifiers
from .._base.errors import InputError
from .._directory.standing import Standing
from .._readiness.inspection import KnownRelationships, WantedCustomer, inspect
from . import telling
from .arguments import Spec, connection, credentials, gateway, many_users
from .boundary import guarded
from .connecting import open_relationships, open_standing
from .environment import with_environment
from .rows import readiness_row
from .task_context import TaskContext

Row = Mapping[str, Any]

_CUSTOMER = ("customer_id", "customer_domain")
_MOST_DAYS = 730
_NOBODY: Mapping[str, str] = MappingProxyType({})
_NAMES, _CAUSES = 10, 10


def specification() -> Spec:
    """All options of the module."""
    customer: Spec = {name: {"type": "str"} for name in _CUSTOMER}
    own: Spec = {
        "customers": {"type": "list", "elements": "dict", "options": customer | {"name": {"type": "str"}}},
        "hosts_of_play": {"type": "bool", "default": False},
        "days_left": {"type": "int", "default": 30},
        "report_folder": {"type": "path"},
        "concurrency": many_users()["concurrency"],
    }
    return customer | own | gateway() | credentials() | connection()


def check_customers(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Return a row for each customer, in their order. Never raises."""
    return guarded(lambda: _check(with_environment(params, context.environment), context))


def _check(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    if not 0 <= params["days_left"] <= _MOST_DAYS:
        raise InputError("days_left", f"is {params['days_left']}, and must be from 0 to {_MOST_DAYS}")
    wanted, standing = wanted_customers(params), open_standing(params, context)
    relationships, before = open_relationships(params, context), standing.throttled
    found = inspect(
        standing,
        KnownRelationships.read_from(relationships),
        _all_of(standing) if wanted is None else wanted,
        left=timedelta(days=params["days_left"]),
        now=datetime.now(UTC),
        workers=params["concurrency"],
    )
    rows = [readiness_row(readiness) for readiness in found]
    return result_of(rows, throttled=standing.throttled - before)


def wanted_customers(params: Mapping[str, Any]) -> list[WantedCustomer] | None:
    """Return the customers that the options name, None for all of the partner; raises :class:`InputError`."""
    listed, single = params["customers"], [name for name in _CUSTOMER if params[name]]
    if listed is None:
        return [_wanted(params, "")] if single else None
    if single:
        raise InputError(single[0], "cannot be given together with customers")
    if not listed:
        raise InputError("customers", "is empty: leave it out to check all customers of the partner")
    return [_wanted(customer, f"customers[{number}].") for number, customer in enumerate(listed)]


def _wanted(customer: Mapping[str, Any], place: str) -> WantedCustomer:
    given = [name for name in _CUSTOMER if customer.get(name)]
    if len(given) != 1:
        number = "both were given" if given else "none was given"
        raise InputError(f"{place}customer_id", f"exactly one of customer_id and customer_domain is needed; {number}")
    if given[0] == "customer_id":
        customer_id = identifiers.customer_id(customer["customer_id"], f"{place}customer_id")
        return WantedCustomer(customer_id, name=customer.get("name") or "")
    domain = identifiers.customer_domain(customer["customer_domain"], f"{place}customer_domain")
    return WantedCustomer(None, domain, customer.get("name") or "")


def _all_of(standing: Standing) -> list[WantedCustomer]:
    return [
        WantedCustomer(customer.id, customer.domain or None, customer.company_name) for customer in standing.customers()
    ]


def result_of(
    rows: Sequence[Row], *, throttled: int, others: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """Return the result of a task. It fails if a customer is not ready, after all of them have been looked at.

    ``others`` says by name why there is no row of a customer.
    """
    ready, total = sum(bool(row["ready"]) for row in rows), len(rows) + len(others)
    summary = {"total": total, "ready": ready, "not_ready": total - ready, "throttled": throttled}
    lines = lines_of(rows, others)
    return {
        "changed": False,
        "failed": ready < total,
        "customers": list(rows),
        "summary": summary,
        "lines": lines,
        "msg": lines[0] if len(lines) == 1 else f"{lines[0]}: {'; '.join(lines[1:])}",
    }


def label(row: Row) -> str:
    """Return the name of the customer, for people."""
    return str(row["name"] or row["customer_domain"] or row["customer_id"])


def sentence(row: Row) -> str:
    """Return whether the customer is ready, and if not, why and what to do."""
    unknown = [finding["check"] for finding in row["not_known"]]
    aside = f"; not known: {', '.join(unknown)}" if unknown else ""
    if row["ready"]:
        ends = row["relationship_ends"]
        until = f", by a relationship until {ends[:10]}" if ends and not row["relationship_extends"] else ""
        return f"ready{until}{aside}"
    return f"not ready: {'; '.join(causes(row))}{aside if row['problems'] else ''}"


def causes(row: Row) -> list[str]:
    """Return why a customer is not ready: what is wrong, or else which questions got no answer."""
    if row["problems"]:
        return [_said(finding) for finding in row["problems"]]
    unanswered = [finding for finding in row["not_known"] if finding["needed"]]
    return [f"{finding['check']} is not known: {finding['message']}" for finding in unanswered]


def _said(finding: Row) -> str:
    return f"{finding['message']}. {finding['to_do']}" if finding["to_do"] else str(finding["message"])


def lines_of(rows: Sequence[Row], others: Mapping[str, str]) -> list[str]:
    """Return how many customers are ready, and a line for each cause why others are not, the most frequent first."""
    ready = [row for row in rows if row["ready"]]
    if len(rows) == 1 and not others:
        return [telling.one_line(f"{label(rows[0])}: {sentence(rows[0])}")]
    lines = [f"{len(ready)} of {len(rows) + len(others)} customers are ready"]
    lines += _grouped([(label(row), cause) for row in rows if not row["ready"] for cause in causes(row)])
    lines += _grouped(list(others.items()))
    unknown = [(label(row), f"not known: {_checks(row)}") for row in ready if row["not_known"]]
    return [telling.one_line(line) for line in (*lines, *_grouped(unknown))]


def _checks(row: Row) -> str:
    return ", ".join(finding["check"] for finding in row["not_known"])


def _grouped(told: Sequence[tuple[str, str]]) -> list[str]:
    names: dict[str, list[str]] = {}
    for name, cause in told:
        names.setdefault(cause, []).append(name)
    ordered = sorted(names.items(), key=lambda group: -len(group[1]))
    lines = [_line(cause, concerned) for cause, concerned in ordered[:_CAUSES]]
    left = sum(len(concerned) for _cause, concerned in ordered[_CAUSES:])
    return [*lines, f"and {telling.counted(left, 'customer')} more, for other causes"] if left else lines


def _line(cause: str, names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{names[0]}: {cause}"
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return f"{len(names)} customers: {cause}: {', '.join(names[:_NAMES])}{more}"
