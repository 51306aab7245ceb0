# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account's standing at a customer, as Partner Center tells it (contract sections 1 and 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from .._base.errors import RefusedError
from .._directory.records import Customer
from .._directory.standing import Admission, Check, Needs
from .connection import Connection

#: Runs read the audit log to learn what became of a request whose answer was lost.
_CHECKS = frozenset({Check.RELATIONSHIP, Check.USERS, Check.AUDIT_LOG})
_ROLES = ("User Administrator", "Privileged Authentication Administrator", "Global Administrator")
#: What the codes of refusals are about, whatever was asked.
_CONCERNED: dict[tuple[int | None, int | str | None], Check] = {
    (403, 20002): Check.RELATIONSHIP,
    (403, 2032): Check.RELATIONSHIP,
    (403, 900308): Check.ROLES,
    (403, 900309): Check.SIGN_IN,
    (401, 900421): Check.SIGN_IN,
}
_PERIOD = timedelta(days=30)
_FORBIDDEN = 403
_NO_RECORDS = (
    "the account may not read the audit log of Partner Center, which tells runs what became of a request whose answer "
    "was lost"
)


class Standing:
    """The standing of the account of a connection. Every method raises :class:`CallError`."""

    needs = Needs(_ROLES, (), _CHECKS)

    def __init__(self, connection: Connection, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._connection = connection
        self._now = now

    @property
    def throttled(self) -> int:
        return self._connection.gates.throttled

    def throttled_for(self, customer_id: str) -> int:
        return self._connection.gates.throttled_for(customer_id)

    def customers(self) -> Iterator[Customer]:
        return self._connection.customers.list()

    def find(self, domain: str) -> Customer:
        return self._connection.customers.find(domain)

    def enter(self, customer_id: str) -> Admission:
        """Read the customer, which is there for partners with a relationship only."""
        customer = self._connection.customers.get(customer_id)
        return Admission(customer.company_name or customer.domain, mfa=self._connection.tokens.token().mfa)

    def concerned(self, error: RefusedError) -> Check | None:
        return _CONCERNED.get((error.status, error.code))

    def read_users(self, customer_id: str) -> None:
        next(self._connection.users.pages(customer_id), None)

    def newest_record(self, customer_id: str) -> datetime | None:
        """Read the last 30 days: nobody documents the order of the records."""
        audit = self._connection.audit
        now = audit.service_now() or self._now()
        records = audit.records(start=now - _PERIOD, end=now + timedelta(days=1), customer_id=customer_id)
        try:
            return max((record.at for record in records if record.customer_id in ("", customer_id)), default=None)
        except RefusedError as error:
            if error.status != _FORBIDDEN or not error.signed:
                raise
            raise RefusedError(_NO_RECORDS, status=error.status, code=error.code, trace=error.trace) from None
