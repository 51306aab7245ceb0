# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The look-up of accounts at the service, with as few requests as possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._base.errors import CallError, NoSuchUserError, RefusedError
from .._base.identifiers import folded
from .._base.secret import Secret
from .._base.workers import for_each
from .._directory.directory import Directory
from .._directory.records import User
from .intent import Account, Intent, duplicate


@dataclass(frozen=True)
class Target:
    """A user who was found. ``user`` holds only the id with ``check_user: false`` and a given id."""

    intent: Intent
    customer_id: str
    user: User

    @property
    def key(self) -> tuple[str, str]:
        return self.customer_id, self.user.id

    @property
    def password(self) -> Secret:
        """Return the given password."""
        if self.intent.password is None:
            raise ValueError("no password was given for this user")
        return self.intent.password

    @property
    def user_principal_name(self) -> str | None:
        return self.user.user_principal_name or self.intent.account.user_principal_name

    @property
    def name(self) -> str:
        return self.user_principal_name or self.user.id


@dataclass(frozen=True)
class Missing:
    """An intent whose user or customer could not be found or read, and the error."""

    intent: Intent
    error: CallError
    customer_id: str | None = None


class Lookup:
    """The look-up of a task. ``check``: read every user, also where the id is given."""

    def __init__(self, connection: Directory, *, check: bool) -> None:
        self._connection = connection
        self._workers = connection.concurrency
        self._check = check

    def find(self, intents: Sequence[Intent]) -> list[Target | Missing]:
        """Return results in the order of the intents; raises :class:`InputError` where two of them are one user."""
        customers = self._customers([intent.account for intent in intents])
        groups: dict[str, list[Intent]] = {}
        for intent in intents:
            customer = customers[intent.account.customer]
            if isinstance(customer, str):
                groups.setdefault(customer, []).append(intent)
        rows = for_each(lambda group: iter(self._group(*group)), list(groups.items()), workers=self._workers)
        by_customer = dict(zip(groups, rows, strict=True))
        ordered: list[Target | Missing] = []
        for intent in intents:
            customer = customers[intent.account.customer]
            ordered.append(next(by_customer[customer]) if isinstance(customer, str) else Missing(intent, customer))
        check_distinct(ordered)
        return ordered

    def _customers(self, accounts: Sequence[Account]) -> dict[str, str | CallError]:
        """Return the customers' ids, or the errors of finding them, by the accounts' keys of customers."""
        known: dict[str, str | CallError] = {a.customer: a.customer_id for a in accounts if a.customer_id}
        domains = sorted({a.customer for a in accounts} - set(known))
        return known | dict(zip(domains, for_each(self._customer, domains, workers=self._workers), strict=True))

    def _customer(self, domain: str) -> str | CallError:
        try:
            return self._connection.customers.find(domain).id
        except CallError as error:
            return error

    def _group(self, customer_id: str, intents: Sequence[Intent]) -> list[Target | Missing]:
        """Find the intents of one customer. Pages are read while that may need fewer requests than single GETs."""
        by_id: dict[str, User] = {}
        by_name: dict[str, dict[str, User]] = {}
        wanted = {i.account.user_id for i in intents if i.account.user_id} if self._check else set()
        names = {folded(i.account.user_principal_name) for i in intents if i.account.user_principal_name}
        unreadable: CallError | None = None
        singly = wanted | names if self._connection.users.gets_by_name else wanted
        pages_read = 0
        if names - singly or len(singly) > 1:
            try:
                for page in self._connection.users.pages(customer_id):
                    pages_read += 1
                    by_id |= {user.id: user for user in page if user.id in wanted}
                    for user in page:
                        by_name.setdefault(folded(user.user_principal_name), {})[user.id] = user
                    missing = singly - by_id.keys() - by_name.keys()
                    if names - singly <= by_name.keys() and pages_read >= len(missing):
                        break
            except CallError as error:
                unreadable = error
        rest = [] if unreadable else sorted(singly - by_id.keys() - by_name.keys())
        singles = for_each(lambda user: self._get(customer_id, user), rest, workers=self._workers)
        errors = {user: got for user, got in zip(rest, singles, strict=True) if isinstance(got, CallError)}
        for asked, got in zip(rest, singles, strict=True):
            if isinstance(got, User):
                by_id[got.id] = got
                by_name.setdefault(asked, {})[got.id] = got
        return [self._row(customer_id, intent, by_id, by_name, errors, unreadable) for intent in intents]

    def _row(
        self,
        customer_id: str,
        intent: Intent,
        by_id: dict[str, User],
        by_name: dict[str, dict[str, User]],
        errors: dict[str, CallError],
        unreadable: CallError | None,
    ) -> Target | Missing:
        account = intent.account
        if account.user_id is not None and not self._check:
            return Target(intent, customer_id, User(account.user_id, ""))
        named = {} if account.user_id else by_name.get(folded(account.name), {})
        if len(named) > 1:
            return Missing(intent, _two_users(*named), customer_id)
        user = by_id.get(account.user_id) if account.user_id else next(iter(named.values()), None)
        if user is not None:
            return Target(intent, customer_id, user)
        error = errors.get(account.user_id or folded(account.name)) or unreadable
        return Missing(intent, error or _no_such_name(), customer_id)

    def _get(self, customer_id: str, user: str) -> User | CallError:
        try:
            return self._connection.users.get(customer_id, user)
        except CallError as error:
            return error


def _two_users(*ids: str) -> RefusedError:
    """Return the error for a name that several users have."""
    return RefusedError(
        f"several users of the customer have this principal name: give one as user_id ({', '.join(ids)})"
    )


def _no_such_name() -> CallError:
    return NoSuchUserError("the customer has no user of this principal name: look at user_principal_name")


def check_distinct(rows: Sequence[Target | Missing]) -> None:
    """Raise :class:`InputError` where two of them are one user."""
    seen: dict[tuple[str, str], Target] = {}
    for row in rows:
        if isinstance(row, Target):
            earlier = seen.setdefault(row.key, row)
            if earlier is not row:
                raise duplicate(row.intent.account, earlier.intent.account)
