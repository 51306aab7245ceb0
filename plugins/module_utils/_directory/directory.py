# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the engines need of a service that keeps the users of customers. Every call raises :class:`CallError`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from .records import Accepted, AuditRecord, Caller, Customer, PasswordChange, Role, User


class Customers(Protocol):
    """The customers of the partner."""

    def get(self, customer_id: str) -> Customer: ...

    def find(self, domain: str) -> Customer:
        """The customer with this domain."""


class Users(Protocol):
    """The users of a customer."""

    def get(self, customer_id: str, user_id: str) -> User: ...

    def pages(self, customer_id: str, *, deleted: bool = False) -> Iterator[list[User]]:
        """The users page by page, one request each."""

    def set_password(self, change: PasswordChange) -> Accepted:
        """One password set; sent again with the same ids where nobody knows how the first request ended."""


class Roles(Protocol):
    """Directory roles in a customer's tenant."""

    def list(self, customer_id: str) -> Iterator[Role]:
        """The roles that are in use."""

    def of_user(self, customer_id: str, user_id: str) -> Iterator[Role]: ...

    def members(self, customer_id: str, role_id: str) -> Iterator[str]:
        """The ids of the users who hold the role."""


class Audit(Protocol):
    """What was done, by whom, when."""

    def service_now(self) -> datetime | None:
        """The time by the service's clock, where it has told one."""

    def records(self, *, start: datetime, end: datetime, customer_id: str | None = None) -> Iterator[AuditRecord]:
        """The records between two times with a time zone, in the service's order."""


class Directory(Protocol):
    """One partner's way to the users of its customers."""

    @property
    def customers(self) -> Customers: ...

    @property
    def users(self) -> Users: ...

    @property
    def roles(self) -> Roles: ...

    @property
    def audit(self) -> Audit: ...

    @property
    def concurrency(self) -> int:
        """How many calls may be under way at once."""

    @property
    def throttled(self) -> int:
        """How many answers so far said that calls come too fast."""

    def is_open(self, customer_id: str) -> bool:
        """Whether a call about this customer need not wait for throttling."""

    def account(self) -> Caller:
        """Who makes the calls; raises :class:`CredentialError`."""
