# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users themselves: create, delete, restore (Graph contract; what is not in it is a knob)."""

from __future__ import annotations

from datetime import timedelta

from ..answers import Answer
from ..service import is_guid
from ..state import User
from .answers import bad_request, denied, json_answer, missing
from .audits import audited
from .call import GraphCall, check_names
from .passwords import FORCE, FORCE_WITH_MFA, PROPERTIES, check_principal_name, checked_password
from .query import context, shown
from .users import USUAL, user_document

NEEDED = ("accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName")
PERMISSION = "User.ReadWrite.All"


def create_user(call: GraphCall) -> Answer:
    """``POST /users``: 201 with the usual members, and without the password."""
    call.need(PERMISSION)
    service, customer = call.service, call.customer()
    document = call.document(*PROPERTIES, "mailNickname", "passwordProfile")
    for name in NEEDED:
        if document.get(name) in (None, ""):
            raise bad_request(f"A value is required for property '{name}' of resource 'User'.")
    for name, value in document.items():
        if name in PROPERTIES and not isinstance(value, bool if name == "accountEnabled" else (str, type(None))):
            raise bad_request(f"Property {name} in payload has a value that does not match schema.")
    profile = document["passwordProfile"]
    if not isinstance(profile, dict):
        raise bad_request("Property passwordProfile in payload has a value that does not match schema.")
    check_names(profile, ("password", FORCE, FORCE_WITH_MFA))
    name = check_principal_name(call, document["userPrincipalName"])
    password, present = checked_password(call, profile.get("password")), service.clock.now()
    user = User(
        id=service.state.new_id(),
        customer_id=customer.id,
        user_principal_name=name,
        display_name=str(document["displayName"]),
        usage_location=None,
        password=password,
        password_history=[password],
        force_change_password=bool(profile.get(FORCE, service.knobs.graph_force_default)),
        password_changed_at=present,
    )
    call.outranks(user)
    for member, value in document.items():
        if member in PROPERTIES:
            setattr(user, PROPERTIES[member], value)
    customer.add(user)
    return _answered(call, user, 201, "Add user")


def delete_user(call: GraphCall) -> Answer:
    """``DELETE /users/{id}``: soft, for 30 days."""
    call.need(PERMISSION)
    user = call.user(call.segments[1])
    if not call.outranks(user) and call.customer().is_privileged(user):
        raise denied()
    user.soft_deletion_time = call.service.clock.now()
    call.applied = True
    audited(call.service, call.caller, user, ("Delete user",), call.client_request_id)
    return Answer(204, content_type=None)


def restore_user(call: GraphCall) -> Answer:
    """``POST /directory/deletedItems/{id}/restore``: 200 with the user."""
    call.need(PERMISSION)
    identifier = call.segments[2].lower()
    user = call.customer().users.get(identifier if is_guid(identifier) else "")
    if user is None or user.soft_deletion_time is None:
        raise missing(call.segments[2])
    call.outranks(user)
    check_principal_name(call, user.user_principal_name, user.id)
    user.soft_deletion_time = None
    call.customer().names[user.user_principal_name.lower()] = user.id
    return _answered(call, user, 200, "Restore user")


def _answered(call: GraphCall, user: User, status: int, activity: str) -> Answer:
    service = call.service
    if service.knobs.graph_creation_delay:
        user.visible_from = service.clock.now() + timedelta(seconds=service.knobs.graph_creation_delay)
    call.applied = True
    audited(service, call.caller, user, (activity,), call.client_request_id)
    document = shown(user_document(service, user), USUAL)
    return json_answer(service.knobs, {"@odata.context": f"{context(call, 'users')}/$entity", **document}, status)
