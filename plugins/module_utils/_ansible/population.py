# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content of an inventory: the partner's customers, and their users on request.

Plain values without secrets, so that they can be cached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import chain
from typing import Any

from .._base import identifiers
from .._base.errors import CallError, InputError, PartnerCenterError
from .._base.identifiers import folded
from .._base.workers import for_each
from .._directory.directory import Directory
from .._directory.records import Customer, User
from .rows import customer_row, user_row


@dataclass(frozen=True)
class Selection:
    """The customers and users to read.

    :ivar user_names: shell patterns in lower case.
    :ivar privileged: whether users who hold a directory role are included.

    An empty tuple selects everybody.
    """

    customer_ids: tuple[str, ...] = ()
    customer_domains: tuple[str, ...] = ()
    name_prefix: str | None = None
    users: bool = False
    user_names: tuple[str, ...] = ()
    user_types: tuple[str, ...] = ()
    privileged: bool = True


class _RolesUnreadableError(PartnerCenterError):
    """The directory roles of a customer cannot be read."""


@dataclass(frozen=True)
class Population:
    """The result of reading.

    :ivar customers: rows, sorted by domain. A row has a list ``users`` if they were read, or an ``error``.
    :ivar unreadable: sentences about what is missing.
    """

    customers: list[dict[str, Any]]
    unreadable: tuple[str, ...] = ()


def make_selection(options: Mapping[str, Any], *, users: bool) -> Selection:
    """Return the checked selection; raises :class:`InputError` that names the option.

    By default, users for a reset are only those whose password can be reset.
    """
    details = options["users"] == "details"
    types = options["user_types"] or ([] if details else ["cloud"])
    privileged = options["privileged"] or ("include" if details else "exclude")
    given_ids, given_domains = options["customer_ids"] or [], options["customer_domains"] or []
    ids = [identifiers.customer_id(given, f"customer_ids[{place}]") for place, given in enumerate(given_ids)]
    domains = [
        identifiers.customer_domain(given, f"customer_domains[{place}]") for place, given in enumerate(given_domains)
    ]
    if options["name_prefix"] and (ids or domains):
        raise InputError("name_prefix", "cannot be given together with customer_ids or customer_domains")
    patterns = [folded(str(pattern)) for pattern in options["user_names"] or []]
    return Selection(
        tuple(ids),
        tuple(domains),
        options["name_prefix"] or None,
        users,
        tuple(patterns) if users else (),
        tuple(types) if users else (),
        privileged == "include" or not users,
    )


def read_population(connection: Directory, selection: Selection, *, tolerant: bool) -> Population:
    """Read everybody who is selected, many customers at the same time.

    Raises :class:`PartnerCenterError` with the customer's name, or notes it if ``tolerant``.
    """
    answers = _customers(connection, selection)
    unreadable = [error for error in answers if isinstance(error, PartnerCenterError)]
    customers = {customer.id: customer for customer in answers if isinstance(customer, Customer)}
    if unreadable and not tolerant:
        raise unreadable[0]

    def read(customer: Customer) -> dict[str, Any]:
        shown = customer_row(customer)
        if not selection.users:
            return shown
        try:
            shown["users"] = _users(connection, customer.id, selection)
            if not selection.privileged:
                _leave_out_privileged(connection, customer.id, shown["users"])
        except (CallError, _RolesUnreadableError) as error:
            shown.pop("users", None)
            shown["error"] = str(error)
            if not tolerant:
                raise PartnerCenterError(_sentence(customer.domain or customer.id, str(error))) from None
        return shown

    rows = for_each(read, list(customers.values()), workers=connection.concurrency)
    rows.sort(key=lambda row: (row["customer_domain"], row["customer_id"]))
    notes = [str(error) for error in unreadable]
    notes += [_sentence(row["customer_domain"] or row["customer_id"], row["error"]) for row in rows if "error" in row]
    return Population(rows, tuple(notes))


def _customers(connection: Directory, selection: Selection) -> Sequence[Customer | PartnerCenterError]:
    """Read the named customers one by one, or the list of all."""
    if not (selection.customer_ids or selection.customer_domains):
        return list(connection.customers.list(name_prefix=selection.name_prefix))

    def read(wanted: tuple[str, bool]) -> Customer | PartnerCenterError:
        name, is_id = wanted
        try:
            return connection.customers.get(name) if is_id else connection.customers.find(name)
        except CallError as error:
            return PartnerCenterError(_sentence(name, str(error)))

    wanted = [(name, True) for name in selection.customer_ids] + [(name, False) for name in selection.customer_domains]
    return for_each(read, wanted, workers=connection.concurrency)


def _users(connection: Directory, customer_id: str, selection: Selection) -> list[dict[str, Any]]:
    """Read the users of a customer. A page that changes meanwhile may show a user twice."""
    listed = chain.from_iterable(connection.users.pages(customer_id))
    users = {user.id: user for user in listed if _fits(user, selection)}
    return sorted(
        (user_row(customer_id, user) for user in users.values()),
        key=lambda row: (folded(row["user_principal_name"]), row["user_id"]),
    )


def _leave_out_privileged(connection: Directory, customer_id: str, rows: list[dict[str, Any]]) -> None:
    """Remove users who hold a directory role."""
    held = connection.roles.held(customer_id, [row["user_id"] for row in rows], workers=1)
    for roles in held.values():
        if isinstance(roles, CallError):
            raise _RolesUnreadableError(
                f"its directory roles cannot be read ({roles}); without them, set privileged: include"
            )
    rows[:] = [row for row in rows if not held[row["user_id"]]]


def _fits(user: User, selection: Selection) -> bool:
    name = folded(user.user_principal_name)
    return (
        not user.deleted
        and (not selection.user_names or any(fnmatchcase(name, pattern) for pattern in selection.user_names))
        and (not selection.user_types or any(kind in selection.user_types for kind in _types(user)))
    )


def _types(user: User) -> Iterator[str]:
    """Yield the types of a user, who may be both federated and synced."""
    if user.federated:
        yield "federated"
    if user.synced:
        yield "synced"
    if not (user.federated or user.synced):
        yield "cloud"


def _sentence(name: str, error: str) -> str:
    """Put the customer in front of an error. Control characters in the customer's name are dropped."""
    shown = "".join(character for character in name if character.isprintable())
    return f"customer {shown}: {error}"
