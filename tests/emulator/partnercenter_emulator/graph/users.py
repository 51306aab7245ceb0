# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users of a tenant: list, get, deleted ones, and the end of their sessions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from .. import times
from ..answers import Answer
from ..service import Service
from ..state import User
from .answers import denied, json_answer, missing
from .call import GraphCall
from .query import collection, context, selection, shown

KIND = "microsoft.graph.user"
#: What an answer holds where the request names no ``$select``.
USUAL = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)
MEMBERS = (
    *USUAL,
    "accountEnabled",
    "userType",
    "usageLocation",
    "onPremisesSyncEnabled",
    "onPremisesLastSyncDateTime",
    "onPremisesImmutableId",
    "lastPasswordChangeDateTime",
    "passwordProfile",
    "passwordPolicies",
    "signInSessionsValidFromDateTime",
    "deletedDateTime",
)
NAMES = {name.lower(): name for name in MEMBERS}


def user_document(service: Service, user: User) -> dict[str, Any]:
    """A user with every member that can be selected, as the replica that answers knows it."""
    knobs = service.knobs
    changed_at, force = user.password_changed_at, user.force_change_password
    if knobs.replica_delay and service.faults.source.random() < knobs.replica_share:
        seen = user.password_state_at(service.clock.now() - timedelta(seconds=knobs.replica_delay))
        changed_at, force = seen.changed_at, seen.force
    changed_at = changed_at or service.state.founded
    profile = {
        "password": None,
        "forceChangePasswordNextSignIn": True,
        "forceChangePasswordNextSignInWithMfa": user.force_with_mfa,
    }
    return {
        "id": user.id,
        "userPrincipalName": user.shown_name(prefixed=knobs.graph_deleted_prefix),
        "displayName": user.display_name,
        "givenName": user.first_name,
        "surname": user.last_name,
        "mail": None,
        "mobilePhone": user.phone_number,
        "businessPhones": [],
        "jobTitle": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "accountEnabled": user.account_enabled,
        "userType": user.user_type,
        "usageLocation": user.usage_location,
        "onPremisesSyncEnabled": True if user.last_directory_sync_time else None,
        "onPremisesLastSyncDateTime": _moment(user.last_directory_sync_time),
        "onPremisesImmutableId": user.immutable_id,
        "lastPasswordChangeDateTime": (
            times.iso(changed_at) if knobs.graph_time_precision == "microseconds" else _moment(changed_at)
        ),
        "passwordProfile": profile if force else None,
        "passwordPolicies": None,
        "signInSessionsValidFromDateTime": _moment(user.sessions_valid_from or service.state.founded),
        "deletedDateTime": _moment(user.soft_deletion_time),
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _users(call: GraphCall, what: str, *, deleted: bool) -> Answer:
    call.need("User.Read.All")
    users = [user for user in call.customer().users.values() if (user.soft_deletion_time is not None) == deleted]
    users = [user for user in users if call.sees(user)]
    return collection(call, what, users, lambda user: user_document(call.service, user), NAMES, USUAL, kind=KIND)


def list_users(call: GraphCall) -> Answer:
    """``GET /users``; without the soft-deleted."""
    return _users(call, "users", deleted=False)


def list_deleted_users(call: GraphCall) -> Answer:
    """``GET /directory/deletedItems/microsoft.graph.user``."""
    return _users(call, "users", deleted=True)


def get_user(call: GraphCall) -> Answer:
    """``GET /users/{id | userPrincipalName}``."""
    call.need("User.Read.All")
    user = call.user(call.segments[1])
    if not call.sees(user):
        raise missing(call.segments[1])
    members = selection(call, NAMES, USUAL, KIND)
    document = shown(user_document(call.service, user), members)
    return json_answer(call.service.knobs, {"@odata.context": f"{context(call, 'users', members)}/$entity", **document})


def revoke_sessions(call: GraphCall) -> Answer:
    """``POST /users/{id}/revokeSignInSessions``."""
    call.need("User.RevokeSessions.All")
    user, service = call.user(call.segments[1]), call.service
    if not call.outranks(user) and call.customer().is_privileged(user):
        raise denied()
    user.sessions_valid_from = service.clock.now()
    user.sessions_revoked += 1
    service.journal.counters.sessions_revoked += 1
    service.journal.changed()
    call.applied = True
    setting = service.knobs.revoke_answer
    if setting == "204":
        return Answer(204, content_type=None)
    return json_answer(service.knobs, {"@odata.context": context(call, "Edm.Boolean"), "value": setting == "true"})
