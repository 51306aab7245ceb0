# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account that signed in, as its token tells, and what it lacks for resets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from .._base.errors import CallError, PartnerCenterError
from .._directory.directory import Directory
from .._entra.access_token import AccessToken

_USER_SCOPE = "user_impersonation"


@dataclass(frozen=True)
class Signed:
    """The account that signed in. None where the token does not say."""

    account: str | None
    object_id: str | None
    tenant_id: str | None
    mfa: bool | None
    app_and_user: bool | None

    @classmethod
    def read_from(cls, token: AccessToken) -> Signed:
        return cls(
            account=token.user_principal_name,
            object_id=token.object_id,
            tenant_id=token.tenant_id,
            mfa=token.mfa,
            app_and_user=None if token.scopes is None else _USER_SCOPE in token.scopes,
        )

    def problems(self) -> list[str]:
        """Return what certainly prevents resets."""
        problems = []
        if self.app_and_user is False:
            problems.append("no user is behind the token (App+User is needed): sign in with an account")
        if self.mfa is False:
            problems.append("the sign-in was made without multi-factor authentication: sign in again with it")
        return problems


@dataclass(frozen=True)
class Reach:
    """The account's access to a customer, by calls that only read. They do not prove a role for resets."""

    customer_id: str
    name: str = ""
    reads_customer: bool = False
    reads_users: bool = False
    reads_roles: bool = False
    error: PartnerCenterError | None = None


def reach(connection: Directory, customer_id: str) -> Reach:
    """Try the customer, a page of its users, and its directory roles: three requests at most."""
    result = Reach(customer_id)
    try:
        customer = connection.customers.get(customer_id)
        result = Reach(customer_id, customer.company_name, reads_customer=True)
        _begin(connection.users.pages(customer_id))
        result = Reach(customer_id, customer.company_name, reads_customer=True, reads_users=True)
        _begin(connection.roles.list(customer_id))
    except CallError as error:
        return Reach(customer_id, result.name, result.reads_customer, result.reads_users, error=error)
    return Reach(customer_id, result.name, True, True, True)


def _begin(items: Iterator[object]) -> None:
    """Make the first request."""
    list(islice(items, 1))
