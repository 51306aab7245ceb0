# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account's standing at a customer, as the customer's tenant and Microsoft Graph tell it (Graph contract)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from .._base.errors import CredentialError, RefusedError
from .._directory.records import Customer
from .._directory.standing import Admission, Check, Needs
from .._http.json_content import moment
from . import paging
from .connection import Connection

_ROLES = (
    "User Administrator",
    "Helpdesk Administrator",
    "Password Administrator",
    "Authentication Administrator",
    "Privileged Authentication Administrator",
    "Global Administrator",
)
#: Each permission, and wider ones that serve as well.
_PERMISSIONS = (
    ("User-PasswordProfile.ReadWrite.All", "Directory.AccessAsUser.All"),
    (
        "User.Read.All",
        "User.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Directory.AccessAsUser.All",
    ),
)
#: What Entra ID's numbers are about. Any other number is about the sign-in.
_CONCERNED: dict[int | str | None, Check] = {
    **dict.fromkeys((65001, 65004, 90094, 650051, 650052, 700016, 7000112), Check.CONSENT),
    **dict.fromkeys((50020, 50177, 50105, 90002, 900021, 900023, 5000224), Check.RELATIONSHIP),
}
_AUDITS = "/v1.0/auditLogs/directoryAudits"
_NEWEST = {"$top": "1", "$orderby": "activityDateTime desc"}
_FORBIDDEN = 403
_NO_RECORDS = (
    "the account may not read the audit log of the directory, which no run needs: that takes the permission "
    "AuditLog.Read.All by the customer's consent, and the GDAP role Reports Reader (guide to Microsoft Graph)"
)


class Standing:
    """The standing of the account of a connection. Every method raises :class:`CallError`."""

    needs = Needs(_ROLES, _PERMISSIONS, frozenset({Check.CONSENT, Check.USERS}))

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
        """Sign in to the customer's tenant."""
        try:
            token = self._connection.tokens.of(customer_id).token()
        except CredentialError as refusal:
            if refusal.concerns_all:
                raise
            code = next(iter(refusal.codes), None)
            raise RefusedError(str(refusal), code=code, trace=refusal.trace, attempts=0) from None
        return Admission(permissions=token.scopes, mfa=token.mfa)

    def concerned(self, error: RefusedError) -> Check | None:
        """Return what a refusal of the sign-in is about. Microsoft Graph itself has words as codes."""
        return None if error.status else _CONCERNED.get(error.code, Check.SIGN_IN)

    def read_users(self, customer_id: str) -> None:
        next(self._connection.users.pages(customer_id), None)

    def newest_record(self, customer_id: str) -> datetime | None:
        """Read the newest record of the directory's audit log, which no run needs."""
        try:
            page = next(paging.pages(self._connection.client, customer_id, _AUDITS, _NEWEST))
        except RefusedError as error:
            if error.status != _FORBIDDEN or not error.signed:
                raise
            raise RefusedError(_NO_RECORDS, status=error.status, code=error.code, trace=error.trace) from None
        return moment(page[0].get("activityDateTime")) if page else None
