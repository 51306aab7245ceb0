# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a directory of users tells and takes, whichever service keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .._base.errors import Trace
from .._base.secret import Secret

#: The audit log keeps, and accepts a start of, this many days.
LONGEST = timedelta(days=90)
#: The operation of a record that a password was set.
RESET = "reset_customer_user_password"


@dataclass(frozen=True)
class Customer:
    """What this collection needs of a customer, and shows. ``id`` is the customer's tenant id as well."""

    id: str
    domain: str
    company_name: str


@dataclass(frozen=True)
class User:
    """What this collection needs of a user, and shows."""

    id: str
    user_principal_name: str
    display_name: str = ""
    federated: bool = False
    synced: bool = False
    deleted: bool = False


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


@dataclass(frozen=True)
class Accepted:
    """The service took the request. ``trace`` is what it calls it.

    ``proven``: it took the password as well. A call that updates a user may answer so and leave the password as it was.
    """

    attempts: int
    trace: Trace
    proven: bool = True


@dataclass(frozen=True)
class AuditRecord:
    """``caller`` is the principal name of the account that did it; ``user_id`` is the user it was done to."""

    id: str
    customer_id: str
    user_id: str | None
    caller: str
    operation: str
    status: str
    at: datetime
    correlation_id: str | None
