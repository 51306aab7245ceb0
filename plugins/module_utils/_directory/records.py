# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a directory of users tells and takes, whichever service keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from .._base.errors import PartnerCenterError, RefusedError, Trace
from .._base.secret import Secret


@dataclass(frozen=True)
class Customer:
    """What this collection needs of a customer, and shows. ``id`` is the customer's tenant id as well."""

    id: str
    domain: str
    company_name: str


@dataclass(frozen=True)
class User:
    """What this collection needs of a user, and shows. ``password_changed_at``: None where the service does not say."""

    id: str
    user_principal_name: str
    display_name: str = ""
    federated: bool = False
    synced: bool = False
    deleted: bool = False
    password_changed_at: datetime | None = None


@dataclass(frozen=True)
class Role:
    """A directory role of a customer's tenant."""

    id: str
    name: str


@dataclass(frozen=True)
class Caller:
    """Who makes the calls; None where the access token does not say."""

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


class Fate(StrEnum):
    """How a request ended: accepted, certainly without effect, or nobody knows."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True)
class Delivery:
    """What became of a request. ``attempts`` counts tries; ``trace`` is what the service calls it.

    ``taken``: the service says that it took the password, which is not proven where the fate is ambiguous.
    """

    fate: Fate
    trace: Trace
    attempts: int = 0
    error: PartnerCenterError | None = None
    taken: bool = False

    @property
    def answered(self) -> bool:
        """The service itself refused it, so that its request id is used up."""
        return isinstance(self.error, RefusedError) and self.error.signed

    @property
    def concerns_all(self) -> bool:
        """Nobody's reset can succeed: there is no token, or no ledger that can be written."""
        return self.error is not None and self.error.concerns_all


class Certainty(StrEnum):
    """How an outcome is known: the service's own answer, the ledger, the audit log, the time at which the directory
    says that the password was changed, or a record that fits."""

    EXACT = "exact"
    LEDGER = "ledger"
    AUDIT = "audit"
    DIRECTORY = "directory"
    ASSUMED = "assumed"


@dataclass(frozen=True)
class Sought:
    """An attempt whose end is not known. ``sent_at`` is when it was first sent, perhaps by a clock that was wrong;
    ``begun_at`` is when this run sent it, None where it did not.

    ``alone``: no earlier attempt of this user is open, which a record could mean. ``unique``: no earlier one can have
    had the same ids.
    """

    customer_id: str
    user_id: str
    trace: Trace
    sent_at: datetime
    begun_at: datetime | None = None
    alone: bool = True
    unique: bool = True

    @property
    def key(self) -> tuple[str, str]:
        return self.customer_id, self.user_id


@dataclass(frozen=True)
class Sighting:
    """An attempt took effect. ``at`` is a time by this machine's clock."""

    certainty: Certainty
    at: datetime


@dataclass(frozen=True)
class LastReset:
    """The reset of a user that the service recorded last; ``at`` is None where there is none.

    ``named``: it is one of those that were asked for by name. ``refused`` counts the refused attempts among these.
    ``clock``: the time by the clock that dated it, where its age counts.
    """

    certainty: Certainty
    at: datetime | None = None
    named: bool = False
    refused: int = 0
    clock: datetime | None = None


@dataclass(frozen=True)
class Memory:
    """How the service remembers resets. ``name`` is for sentences, ``option`` is the value of ``evidence`` for it.

    ``longest``: how far back it reaches; without a limit where None. ``names_requests``: it holds the ids of requests,
    by which a rotation can be recognised.
    """

    name: str
    option: str
    longest: timedelta | None = None
    names_requests: bool = False
