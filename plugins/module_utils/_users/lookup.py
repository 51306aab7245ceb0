# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The look-up of declared users: those who are there, those who were soft-deleted, and those who are not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .._base.errors import CallError, NoSuchUserError, RefusedError
from .._base.identifiers import derived_id, folded
from .._base.workers import for_each
from .._directory.directory import Directory
from .._directory.records import User
from .._password.intent import Intent
from .._password.lookup import Lookup, Missing, Target, check_distinct
from .declaration import Declaration, Presence


@dataclass(frozen=True)
class Newcomer(Target):
    """A user who is not there. ``user.id`` is made from the name, and is none of the service."""


def new_user_id(customer_id: str, name: str) -> str:
    """Return the id of a user who has none yet: the same for the same name."""
    return derived_id("new user", customer_id, folded(name))


def find_users(connection: Directory, declared: Sequence[Intent]) -> list[Target | Missing]:
    """Return a row for each declaration; raises :class:`InputError` where two of them are one user.

    A user who is to be renamed is looked for by the new name as well, so that a second run finds the user.
    """
    found = Lookup(connection, check=True).find(declared)
    renamed = [row.intent for row in found if _is_gone(row) and _new_account(row.intent)]
    again = Lookup(connection, check=True).find([_by_new_name(intent) for intent in renamed]) if renamed else []
    by_new_name = {
        id(intent): replace(row, intent=intent)
        for intent, row in zip(renamed, again, strict=True)
        if isinstance(row, Target)
    }
    found = [by_new_name.get(id(row.intent), row) for row in found]
    gone = [row for row in found if isinstance(row, Missing) and _is_gone(row)]
    deleted = _Deleted(connection, gone)
    rows = [deleted.found(row) if isinstance(row, Missing) and _is_gone(row) else row for row in found]
    check_distinct([row for row in rows if not isinstance(row, Newcomer)])
    return rows


class _Deleted:
    """The soft-deleted users, read once for each customer where somebody may have to be restored."""

    def __init__(self, connection: Directory, gone: Sequence[Missing]) -> None:
        self._users = connection.users
        ids = list(dict.fromkeys(row.customer_id or "" for row in gone if _is_to_be_there(row.intent)))
        self._read = dict(zip(ids, for_each(self._listed, ids, workers=connection.concurrency), strict=True))

    def found(self, missing: Missing) -> Target | Missing:
        intent, customer_id, account = missing.intent, missing.customer_id or "", missing.intent.account
        fitting: list[User] = []
        if isinstance(intent, Declaration) and _is_to_be_there(intent):
            listed = self._read[customer_id]
            if isinstance(listed, CallError):
                return replace(missing, error=listed)
            names = {folded(name) for name in (account.user_principal_name, intent.new_name) if name}
            fitting = [
                user for user in listed if user.id == account.user_id or folded(user.user_principal_name) in names
            ]
        if len(fitting) > 1:
            ids = ", ".join(user.id for user in fitting)
            sentence = f"several soft-deleted users had this principal name: give the one to restore as user_id ({ids})"
            return replace(missing, error=RefusedError(sentence))
        if fitting:
            return Target(intent, customer_id, fitting[0])
        user_id = account.user_id or new_user_id(customer_id, account.name)
        return Newcomer(intent, customer_id, User(user_id, account.user_principal_name or ""))

    def _listed(self, customer_id: str) -> list[User] | CallError:
        try:
            return [user for page in self._users.pages(customer_id, deleted=True) for user in page]
        except CallError as error:
            return error


def _is_to_be_there(intent: Intent) -> bool:
    return isinstance(intent, Declaration) and intent.presence is Presence.PRESENT


def _is_gone(row: Target | Missing) -> bool:
    return isinstance(row, Missing) and row.customer_id is not None and isinstance(row.error, NoSuchUserError)


def _new_account(intent: Intent) -> str | None:
    return intent.new_name if isinstance(intent, Declaration) and intent.account.user_principal_name else None


def _by_new_name(intent: Intent) -> Intent:
    account = replace(intent.account, user_principal_name=_new_account(intent))
    return replace(intent, account=account)
