# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users of a customer: read them, and set a password (Graph contract, read and set)."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from .._base.errors import RefusedError, Trace, UnavailableError
from .._directory.records import Delivery, Fate, PasswordChange, Sought, User, plain_name
from .._http.conversation import Call
from .._http.json_content import JsonObject, moment, record_id, text
from . import answers, paging
from .client import Client
from .writeback import Writeback

_FIELDS = (
    "id,userPrincipalName,displayName,givenName,surname,usageLocation,mobilePhone,onPremisesSyncEnabled,"
    "lastPasswordChangeDateTime"
)
_TIME = "id,lastPasswordChangeDateTime"
#: A filter takes this many ids.
_IDS_AT_ONCE = 15
#: With more users than this, the whole list is likely to be fewer requests.
_MOST_BY_ID = 10 * _IDS_AT_ONCE


_SYNCED = (
    "the user is synced from on-premises: the directory would not keep the password. Set password_writeback where the "
    "tenant has it, with a forced change at the next sign-in"
)


class Users:
    """Every method raises :class:`CallError`."""

    gets_by_name = True

    def __init__(self, client: Client, writeback: Writeback | None = None) -> None:
        self._client = client
        self._writeback = writeback
        self._synced: set[tuple[str, str]] = set()
        self._changed: dict[tuple[str, str], datetime] = {}
        self._accepted_at: dict[tuple[str, str], tuple[Trace, datetime]] = {}
        self._lock = threading.Lock()

    def get(self, customer_id: str, user_id: str) -> User:
        path = f"/v1.0/users/{quote(user_id, safe='')}"
        content = self._client.call(customer_id, Call("GET", path, {"$select": _FIELDS})).content
        answers.check_is(user_id, content)
        return self._noted(customer_id, _user(content))

    def pages(self, customer_id: str, *, deleted: bool = False) -> Iterator[list[User]]:
        """Return the users, one request for each page; with ``deleted`` those of the last 30 days."""
        path = "/v1.0/directory/deletedItems/microsoft.graph.user" if deleted else "/v1.0/users"
        query = {"$select": _FIELDS, "$top": paging.MOST_ON_A_PAGE}
        found = paging.pages(self._client, customer_id, path, query)
        return ([self._noted(customer_id, _user(item, deleted=deleted)) for item in page] for page in found)

    def set_password(self, change: PasswordChange) -> Delivery:
        """Make one PATCH, repeated with the same id and body where its fate is not known.

        The flag is always sent: without it a new password may force a change (Graph contract, set). The password of a
        synced user is never set this way, because the directory does not keep it.
        """
        if (change.customer_id, change.user_id) in self._synced:
            if self._writeback is None or not change.force_change_password:
                raise RefusedError(_SYNCED, trace=change.trace, attempts=0, signed=False)
            return self._accepted(change, self._writeback.set_password(change))
        profile = {"password": change.password.reveal(), "forceChangePasswordNextSignIn": change.force_change_password}
        call = Call(
            "PATCH",
            f"/v1.0/users/{change.user_id}",
            body={"passwordProfile": profile},
            trace=change.trace,
            wants_content=False,
        )
        answer = self._client.call(change.customer_id, call)
        return self._accepted(change, Delivery(Fate.ACCEPTED, answer.trace, answer.attempts))

    def end_sessions(self, customer_id: str, user_id: str) -> None:
        """Revoke all refresh tokens and browser sessions of the user. Sent again where an answer is lost."""
        answer = self._client.call(customer_id, Call("POST", f"/v1.0/users/{user_id}/revokeSignInSessions"))
        if answer.content.get("value") is False:
            raise UnavailableError("the service says that it has not ended the sessions: run again", trace=answer.trace)

    def _accepted(self, change: PasswordChange, delivery: Delivery) -> Delivery:
        """A change until now is not the one of a later request. The service tells whole seconds only."""
        now = self._client.service_now()
        if now is not None:
            with self._lock:
                self._accepted_at[change.customer_id, change.user_id] = change.trace, now + timedelta(seconds=1)
        return delivery

    def changed_before(self, attempt: Sought) -> datetime | None:
        """Return a time until which no change is the one of this attempt; None where nothing is known."""
        trace, accepted_at = self._accepted_at.get(attempt.key, (attempt.trace, None))
        times = [self._changed.get(attempt.key), None if trace == attempt.trace else accepted_at]
        return max((time for time in times if time is not None), default=None)

    def changes(self, customer_id: str, user_ids: Sequence[str]) -> dict[str, datetime | None]:
        """Return when each password was changed last, in few requests: users who are not there are left out."""
        query = {"$select": _TIME, "$top": paging.MOST_ON_A_PAGE}
        if len(user_ids) == 1:
            call = Call("GET", f"/v1.0/users/{user_ids[0]}", {"$select": _TIME})
            content = self._client.call(customer_id, call).content
            answers.check_is(user_ids[0], content)
            return {user_ids[0]: moment(content.get("lastPasswordChangeDateTime"))}
        starts = range(0, len(user_ids), _IDS_AT_ONCE) if len(user_ids) <= _MOST_BY_ID else ()
        groups = [user_ids[start : start + _IDS_AT_ONCE] for start in starts] or [()]
        changes: dict[str, datetime | None] = {}
        for group in groups:
            ids = ",".join(f"'{user_id}'" for user_id in group)
            more = {"$filter": f"id in ({ids})"} if group else {}
            for item in paging.items(self._client, customer_id, "/v1.0/users", query | more):
                changes[record_id(item)] = moment(item.get("lastPasswordChangeDateTime"))
        return {user_id: changes[user_id] for user_id in user_ids if user_id in changes}

    def _noted(self, customer_id: str, user: User) -> User:
        if user.synced:
            self._synced.add((customer_id, user.id))
        if user.password_changed_at is not None:
            self._note(customer_id, user.id, user.password_changed_at)
        return user

    def _note(self, customer_id: str, user_id: str, at: datetime) -> None:
        with self._lock:
            key = customer_id, user_id
            self._changed[key] = max(at, self._changed.get(key, at))


def _user(content: JsonObject, *, deleted: bool = False) -> User:
    user_id, name = record_id(content), text(content, "userPrincipalName")
    return User(
        id=user_id,
        user_principal_name=plain_name(name, user_id) if deleted else name,
        display_name=text(content, "displayName"),
        first_name=text(content, "givenName"),
        last_name=text(content, "surname"),
        usage_location=text(content, "usageLocation"),
        phone_number=text(content, "mobilePhone"),
        synced=content.get("onPremisesSyncEnabled") is True,
        deleted=deleted,
        password_changed_at=moment(content.get("lastPasswordChangeDateTime")),
    )
