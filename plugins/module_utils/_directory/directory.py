# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The port: what the engines need of a service that keeps the users of customers.

Every call raises :class:`CallError` with a sentence of the service's own, and ``concerns_all`` where no other call can
succeed; :class:`CredentialError` where the account cannot sign in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from .._base.errors import CallError
from .records import (
    Caller,
    Customer,
    Delivery,
    LastReset,
    Memory,
    NewUser,
    PasswordChange,
    Role,
    Sighting,
    Sought,
    User,
)

#: The names of a user's directory roles, or why they cannot be read.
Held: TypeAlias = list[str] | CallError


class Customers(Protocol):
    """The customers of the partner."""

    def get(self, customer_id: str) -> Customer:
        """The customer with this id."""

    def find(self, domain: str) -> Customer:
        """The customer with this domain."""

    def list(self, *, name_prefix: str | None = None) -> Iterator[Customer]:
        """All customers, or those whose company name begins with the text."""


class Users(Protocol):
    """The users of a customer."""

    @property
    def gets_by_name(self) -> bool:
        """Return whether :meth:`get` takes a principal name in the place of an id as well."""

    def get(self, customer_id: str, user_id: str) -> User:
        """Raises :class:`NoSuchUserError` where the customer is there and the user is not."""

    def pages(self, customer_id: str, *, deleted: bool = False) -> Iterator[list[User]]:
        """The users page by page, one request each; with ``deleted`` only those who were soft-deleted."""

    def set_password(self, change: PasswordChange) -> Delivery:
        """Sets one password; sent again with the same ids where nobody knows how the first request ended."""


class Accounts(Protocol):
    """Changes of users themselves. A request that may have taken effect is repeated, as for passwords."""

    @property
    def needed(self) -> Sequence[str]:
        """The details without which the service creates nobody."""

    def create(self, new: NewUser) -> tuple[str, Delivery]:
        """Create a user, and return the new id."""

    def update(self, customer_id: str, user_id: str, details: Mapping[str, str]) -> Delivery:
        """Change details by their names in ``DETAILS``, and ``user_principal_name``. Others stay as they are."""

    def delete(self, customer_id: str, user_id: str) -> Delivery:
        """Delete a user softly; raises :class:`NoSuchUserError` where the user is not there."""

    def restore(self, customer_id: str, user_id: str) -> Delivery:
        """End a soft deletion."""


class Sessions(Protocol):
    """The sign-ins of users that go on."""

    def end_sessions(self, customer_id: str, user_id: str) -> None:
        """End all sessions of a user; raises :class:`CallError`, or :class:`CredentialError`."""


class Roles(Protocol):
    """Directory roles in a customer's tenant."""

    def list(self, customer_id: str) -> Iterator[Role]:
        """The roles that are in use."""

    def held(self, customer_id: str, user_ids: Sequence[str], *, workers: int | None = None) -> Mapping[str, Held]:
        """The roles of each user, in the fewest requests; raises :class:`CredentialError`.

        ``workers`` is 1 where the caller is one of many.
        """


class History(Protocol):
    """The records of the service about resets of one customer's users."""

    def last(self, user_id: str, is_named: Callable[[str], bool] | None = None) -> LastReset:
        """The last reset by anybody, or what became of the attempts whose correlation id ``is_named`` recognises.

        Raises :class:`UnclearEvidenceError` where the records do not tell.
        """


class Witness(Protocol):
    """The service's own knowledge of resets by any account."""

    def now(self) -> datetime:
        """The time by the service's clock, or by this machine's until the service has told it."""

    def settle(self, sought: Sequence[Sought], *, timeout: float) -> dict[tuple[str, str], Sighting]:
        """Return the attempts that took effect, by ``Sought.key``; waits up to ``timeout`` seconds. Never raises.

        An attempt that is not in the answer may still have taken effect.
        """

    def disputes(
        self, sought: Sequence[Sought], seen: Mapping[tuple[str, str], Sighting]
    ) -> dict[tuple[str, str], str]:
        """Return what contradicts that these attempts took effect as another witness has ``seen``. Never raises.

        The answer holds a statement for each attempt that is contradicted.
        """

    def history(self, customer_id: str, user_ids: Sequence[str]) -> History:
        """Return the records of these users of a customer."""


class Directory(Protocol):
    """One partner's way to the users of its customers."""

    @property
    def customers(self) -> Customers:
        """The customers of the partner."""

    @property
    def users(self) -> Users:
        """The users of a customer."""

    @property
    def roles(self) -> Roles:
        """The directory roles of users."""

    @property
    def accounts(self) -> Accounts:
        """The creation, change and deletion of users."""

    @property
    def memory(self) -> Memory:
        """The memory of the service: what a witness can be asked."""

    @property
    def concurrency(self) -> int:
        """The number of calls at the same time."""

    @property
    def throttled(self) -> int:
        """The number of answers so far that throttled a call."""

    def is_open(self, customer_id: str) -> bool:
        """Return whether a call for this customer need not wait for throttling."""

    def account(self) -> Caller:
        """Return the account that makes the calls; raises :class:`CredentialError`."""

    def witness(self, sleep: Callable[[float], None] = time.sleep) -> Witness:
        """A witness that waits by ``sleep``; it asks nothing yet."""
