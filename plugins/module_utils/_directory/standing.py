# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The port for checks: the account's standing at a customer, which only the services know. Nothing is changed by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from .._base.errors import RefusedError
from .records import Customer


class Check(StrEnum):
    """A question about a customer, in the order in which answers are told."""

    RELATIONSHIP = "relationship"
    RELATIONSHIP_END = "relationship_end"
    ROLES = "roles"
    CONSENT = "consent"
    SIGN_IN = "sign_in"
    USERS = "users"
    AUDIT_LOG = "audit_log"


class RelationshipState(StrEnum):
    """The state of a relationship. ``WAITING``: the customer has not accepted it, or it is not active yet.

    ``UNKNOWN``: the service tells a state that is not documented.
    """

    ACTIVE = "active"
    WAITING = "waiting"
    ENDED = "ended"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Relationship:
    """A relationship by which a customer gives the partner roles in its tenant (GDAP).

    ``extends``: at its end it goes on by itself. ``roles``: the names of the roles that it can give.
    """

    id: str
    customer_id: str
    customer_name: str
    state: RelationshipState
    ends_at: datetime | None
    extends: bool
    roles: frozenset[str]


@dataclass(frozen=True)
class Needs:
    """The things that runs need at a customer.

    * ``roles``: one of these roles.
    * ``permissions``: one of each group of permissions. No group: no consent is needed.
    * ``checks``: questions without whose answer nobody can say that a run will work.
    """

    roles: Sequence[str]
    permissions: Sequence[Sequence[str]]
    checks: frozenset[Check]


@dataclass(frozen=True)
class Admission:
    """The answer of a customer that lets the account in. None where the service does not say."""

    name: str | None = None
    permissions: frozenset[str] | None = None
    mfa: bool | None = None


class Standing(Protocol):
    """One way to the customers. Calls raise :class:`CallError`, and :class:`CredentialError` where nobody is let in."""

    @property
    def needs(self) -> Needs:
        """The roles and permissions that this way needs."""

    @property
    def throttled(self) -> int:
        """The number of answers so far that throttled a call."""

    def throttled_for(self, customer_id: str) -> int:
        """The same for calls about one customer."""

    def customers(self) -> Iterator[Customer]:
        """All customers of the partner."""

    def find(self, domain: str) -> Customer:
        """The customer with this domain."""

    def enter(self, customer_id: str) -> Admission:
        """Try whether the customer lets the account in."""

    def concerned(self, error: RefusedError) -> Check | None:
        """Return the question that a refusal answers by its code; None where that is the one that was asked."""

    def read_users(self, customer_id: str) -> None:
        """Read one page of users."""

    def newest_record(self, customer_id: str) -> datetime | None:
        """Return the time of the newest record of the audit log; None where there is none of the last 30 days."""


class Relationships(Protocol):
    """The relationships of the partner. Every method raises :class:`CallError`, or :class:`CredentialError`."""

    def by_customer(self) -> Mapping[str, Sequence[Relationship]]:
        """All relationships, also those that have ended, by the id of the customer."""

    def held(self, relationship: Relationship) -> frozenset[str]:
        """Return the names of the roles that the account itself has by it."""
