# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sums of the rows of a run: for the page, the Markdown and the history. Pure; each row is looked at once."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import telling
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import OUTCOMES, Outcome

from . import words
from .columns import Row, cause_of, name_of
from .run import Customer, Run, moment

#: How many causes, customers of a cause, and users of a customer are named.
CAUSES, CUSTOMERS, NAMES = 10, 8, 5
#: A command names at most so many hosts.
_HOSTS_IN_COMMAND = 20
_PLAIN_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass
class Cause:
    """One cause, and whom it concerns: names of users by customer. The first names only, ``counts`` has all."""

    message: str
    names: dict[str, list[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, customer: str, name: str) -> None:
        self.counts[customer] += 1
        names = self.names.setdefault(customer, [])
        if len(names) < NAMES:
            names.append(name)

    @property
    def count(self) -> int:
        return self.counts.total()


@dataclass
class Concern:
    """Users of one kind who need a human, or are left out, by cause."""

    causes: dict[str, Cause] = field(default_factory=dict)
    hosts: dict[str, None] = field(default_factory=dict)
    count: int = 0

    def add(self, row: Row) -> None:
        message = telling.unnamed(cause_of(row), row.get("user_principal_name"), row.get("user_id"))
        self.causes.setdefault(message, Cause(message)).add(row["customer"], name_of(row) or "a user")
        self.hosts.setdefault(row["host"])
        self.count += 1

    @property
    def worst(self) -> list[Cause]:
        return sorted(self.causes.values(), key=lambda cause: -cause.count)[:CAUSES]


@dataclass
class CustomerCounts:
    """The figures of one customer. ``label`` is what the report calls it."""

    label: str
    customer: Customer
    total: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    ages: list[int] = field(default_factory=lambda: [0] * len(words.AGE_NAMES))
    oldest: str = ""
    overdue: int = 0
    failing: int = 0

    @property
    def declared(self) -> int:
        return max(self.customer.declared, self.total)

    @property
    def not_reached(self) -> int:
        return self.declared - self.total

    @property
    def needs(self) -> int:
        return self.failing + self.not_reached

    def number(self, outcomes: Iterable[Outcome]) -> int:
        return sum(self.outcomes[outcome] for outcome in outcomes)


@dataclass
class Counts:
    """The figures of a run."""

    customers: list[CustomerCounts]
    silent: list[str]
    concerns: dict[str, Concern]
    new: int = 0

    @cached_property
    def outcomes(self) -> Counter[str]:
        return sum((customer.outcomes for customer in self.customers), Counter())

    @cached_property
    def ages(self) -> list[int]:
        none = [0] * len(words.AGE_NAMES)
        return [sum(ages) for ages in zip(none, *(customer.ages for customer in self.customers), strict=True)]

    def total(self, name: str) -> int:
        return sum(int(getattr(customer, name)) for customer in self.customers)

    def number(self, outcomes: Iterable[Outcome]) -> int:
        return sum(self.outcomes[outcome] for outcome in outcomes)


def needs_of(row: Row) -> str:
    """Return the kind of help that the user needs of a human: one of :data:`words.KINDS`, or nothing."""
    if row.get("left") in ("quarantined", "orphaned"):
        return str(row["left"])
    return str(row["outcome"]) if row.get("failed") else ""


def labelled(customers: Sequence[Customer], rows: Iterable[Row]) -> tuple[dict[tuple[str, str], str], list[Row]]:
    """Return what each customer is called (its host, and its name where a host has several), and the rows with that."""
    hosts = Counter(customer.host for customer in customers)
    labels = {
        customer.key: f"{customer.host} {customer.name}".strip() if hosts[customer.host] > 1 else customer.host
        for customer in customers
    }
    return labels, [{**row, "customer": labels[row["host"], row["customer_name"]]} for row in rows]


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Return the rows, the most urgent first, then by customer and user as people count: 2 before 10."""
    ranks = {str(outcome): number for number, outcome in enumerate(OUTCOMES)}
    known: dict[str, list[Any]] = {}

    def natural(text: str) -> list[Any]:
        if text not in known:
            known[text] = [(int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBERS.split(text.lower())]
        return known[text]

    return sorted(
        rows,
        key=lambda row: (
            not needs_of(row),
            ranks.get(row["outcome"], len(ranks)),
            natural(row["customer"]),
            natural(name_of(row)),
        ),
    )


_NUMBERS = re.compile(r"([0-9]{1,18})")


def count(run: Run, customers: Sequence[Customer], rows: Iterable[Row]) -> Counts:
    """Add up the rows, which have their labels."""
    labels, _rows = labelled(customers, ())
    counted = {labels[customer.key]: CustomerCounts(labels[customer.key], customer) for customer in customers}
    concerns = {kind: Concern() for kind in (*words.KINDS, "excluded")}
    now = datetime.fromisoformat(run.finished)
    limits, end = [moment(now - timedelta(days=days)) for days in words.AGES], moment(now)
    new = 0
    for row in rows:
        customer = counted[row["customer"]]
        kind = needs_of(row)
        _add(customer, row, limits, end)
        customer.failing += bool(kind)
        new += bool(row.get("new"))
        for concern in {kind, row["outcome"]} & {kind, "excluded"}:
            if concern in concerns:
                concerns[concern].add(row)
    heard = {customer.host for customer in customers}
    ordered = sorted(counted.values(), key=lambda customer: (-customer.needs, customer.oldest or "~", customer.label))
    return Counts(ordered, [host for host in run.hosts if host not in heard], concerns, new)


def _add(customer: CustomerCounts, row: Row, limits: Sequence[str], now: str) -> None:
    set_at, next_due = row.get("set_at", ""), row.get("next_due", "")
    customer.total += 1
    customer.outcomes[row["outcome"]] += 1
    customer.overdue += bool(next_due) and next_due < now
    customer.ages[sum(set_at < limit for limit in limits) if set_at else -1] += 1
    customer.oldest = min(customer.oldest or set_at, set_at) if set_at else customer.oldest
    if not customer.customer.customer_id and row.get("customer_id"):
        customer.customer = replace(customer.customer, customer_id=row["customer_id"])


def command(run: Run, hosts: Iterable[str], operation: str) -> str:
    """Return a command line that does the operation for these hosts, quoted for a shell."""
    limit = list(hosts)
    parts = [run.command]
    if len(limit) <= _HOSTS_IN_COMMAND and all(_PLAIN_HOST.fullmatch(host) for host in limit):
        parts.append(f"--limit {shlex.quote(','.join(limit))}")
    if operation != "rotate":
        parts.append(f"-e user_password_rotation_operation={operation}")
    return " ".join(parts)


def history_line(run: Run, counts: Counts) -> dict[str, Any]:
    """Return what the history keeps of a run."""
    line = {
        "run": run.id,
        "started": run.started,
        "operation": run.operation,
        "customers": len(counts.customers),
        "users": counts.total("declared"),
        "set": counts.number(words.SET),
        **{str(outcome): counts.outcomes[outcome] for outcome in HISTORY},
        "not_reached": counts.total("not_reached"),
    }
    return line | {"rotation_id": run.rotation_id, "job": run.job, "seconds": run.seconds}


#: Outcomes that the history counts besides those that set a password; a plan is no history.
HISTORY = tuple(outcome for outcome in Outcome if outcome not in (*words.SET, *words.WOULD_SET))
