# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The records that pass through the port, for every service that keeps users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from .._base.errors import PartnerCenterError, RefusedError, Trace
from .._base.identifiers import folded
from .._base.secret import Secret

#: The details of a user that can be declared and changed: attributes of :class:`User`.
DETAILS = ("display_name", "first_name", "last_name", "usage_location", "phone_number")


@dataclass(frozen=True)
class Customer:
    """A customer. ``id`` is the customer's tenant id as well."""

    id: str
    domain: str
    company_name: str


@dataclass(frozen=True)
class User:
    """The members of a user that are needed and shown. ``password_changed_at``: None where the service does not say."""

    id: str
    user_principal_name: str
    display_name: str = ""
    first_name: str = ""
    last_name: str = ""
    usage_location: str = ""
    phone_number: str = ""
    federated: bool = False
    synced: bool = False
    deleted: bool = False
    password_changed_at: datetime | None = None


def plain_name(name: str, user_id: str) -> str:
    """Return the principal name of a soft-deleted user without the id that a directory may put before it."""
    prefix = user_id.replace("-", "")
    return name[len(prefix) :] if folded(name).startswith(prefix) else name


@dataclass(frozen=True)
class Role:
    """A directory role of a customer's tenant."""

    id: str
    name: str


@dataclass(frozen=True)
class Caller:
    """The account that makes the calls; None where the access token does not say."""

    object_id: str | None
    user_principal_name: str | None


@dataclass(frozen=True)
class PasswordChange:
    """One password to set. The same trace and password again make the same request again."""

    customer_id: str
    user_id: str
    password: Secret = field(repr=False)
    force_change_password: bool
    trace: Trace


@dataclass(frozen=True)
class NewUser:
    """A user to create. ``details`` has texts by the names in ``DETAILS``. The same trace makes the same request."""

    customer_id: str
    user_principal_name: str
    details: Mapping[str, str]
    password: Secret = field(repr=False)
    force_change_password: bool
    trace: Trace


class Fate(StrEnum):
    """The end of a request: accepted, certainly without effect, or not known."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True)
class Delivery:
    """The end of a request for one user.

    * ``trace``: the ids under which the service knows it.
    * ``attempts``: the number of tries.
    * ``taken``: the service says that it took the password. If the fate is ambiguous, this is no proof.
    """

    fate: Fate
    trace: Trace
    attempts: int = 0
    error: PartnerCenterError | None = None
    taken: bool = False

    @property
    def answered(self) -> bool:
        """Return whether the service itself refused it, so that its request id is used up."""
        return isinstance(self.error, RefusedError) and self.error.signed

    @property
    def concerns_all(self) -> bool:
        """Return whether every other reset would fail as well: without a token, or without a writable ledger."""
        return self.error is not None and self.error.concerns_all


class Certainty(StrEnum):
    """The proof of an outcome: the service's own answer, the ledger, the audit log, the time at which the directory
    says that the password was changed, or a record that fits."""

    EXACT = "exact"
    LEDGER = "ledger"
    AUDIT = "audit"
    DIRECTORY = "directory"
    ASSUMED = "assumed"


@dataclass(frozen=True)
class Sought:
    """An attempt whose end is not known, for the witness.

    * ``sent_at``: when it was first sent, perhaps by a wrong clock.
    * ``begun_at``: when this run sent it; None where it did not.
    * ``after``: when the reset before it took effect, by this machine's clock; None where that is not known.
    * ``alone``: no earlier attempt of this user is open, so that a record cannot belong to another one.
    * ``unique``: no earlier attempt can have had the same ids.
    * ``accepted``: the service itself has said that it took effect, and only its record is waited for.
    """

    customer_id: str
    user_id: str
    trace: Trace
    sent_at: datetime
    begun_at: datetime | None = None
    after: datetime | None = None
    alone: bool = True
    unique: bool = True
    accepted: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.customer_id, self.user_id


@dataclass(frozen=True)
class Sighting:
    """The witness's statement that an attempt took effect. ``at`` is a time by this machine's clock.

    ``disputed``: another witness contradicts it, with what both say. Then nothing is proven.
    """

    certainty: Certainty
    at: datetime
    disputed: str = ""

    @property
    def proven(self) -> Certainty | None:
        """Return how certain it is; None where it is disputed."""
        return None if self.disputed else self.certainty


@dataclass(frozen=True)
class LastReset:
    """The last reset of a user in the records of the service; ``at`` is None where there is none.

    * ``named``: its correlation id is one of those that were asked for.
    * ``refused``: the number of refused attempts with such an id.
    * ``clock``: the time by the clock that dated it, to compute its age.
    """

    certainty: Certainty
    at: datetime | None = None
    named: bool = False
    refused: int = 0
    clock: datetime | None = None


@dataclass(frozen=True)
class Memory:
    """The memory of the service for resets.

    * ``name``: its name in sentences; ``option``: its value of the option ``evidence``.
    * ``longest``: how far back it reaches; None means without a limit.
    * ``names_requests``: it holds the ids of requests, by which a rotation is recognised.
    """

    name: str
    option: str
    longest: timedelta | None = None
    names_requests: bool = False
