# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``PATCH /users/{id}``: a password by ``passwordProfile``, and a few properties (Graph contract, "Set")."""

from __future__ import annotations

from typing import Any

from ..answers import Answer
from ..passwords import rule_broken
from ..service import set_password
from ..state import User
from .answers import GraphFault, bad_request, configured_refusal
from .audit_log import RESET
from .audits import audited
from .call import GraphCall, check_names

PROPERTIES = {
    "displayName": "display_name",
    "givenName": "first_name",
    "surname": "last_name",
    "usageLocation": "usage_location",
    "mobilePhone": "phone_number",
    "accountEnabled": "account_enabled",
    "userPrincipalName": "user_principal_name",
}
FORCE, FORCE_WITH_MFA = "forceChangePasswordNextSignIn", "forceChangePasswordNextSignInWithMfa"
TOO_WEAK = (
    "The specified password does not comply with password complexity requirements. Please provide a different password."
)


def update_user(call: GraphCall) -> Answer:
    """Everything that the body asks for, or nothing of it; 204 without a body."""
    document = call.document(*PROPERTIES, "passwordProfile")
    profile = document.get("passwordProfile")
    changes = {name: value for name, value in document.items() if name in PROPERTIES}
    if profile is not None:
        call.need("User-PasswordProfile.ReadWrite.All")
    for name, value in changes.items():
        if not isinstance(value, bool if name == "accountEnabled" else (str, type(None))):
            raise bad_request(f"Property {name} in payload has a value that does not match schema.")
    if changes or profile is None:
        call.need("User.ReadWrite.All")
    user = call.user(call.segments[1])
    call.outranks(user)
    changes = _allowed(call, user, changes)
    if profile is not None:
        _set(call, user, profile)
    for name, value in changes.items():
        if name == "userPrincipalName":
            call.customer().rename(user, str(value))
        else:
            setattr(user, PROPERTIES[name], value)
        call.applied = True
    return Answer(204, content_type=None)


def _allowed(call: GraphCall, user: User, changes: dict[str, Any]) -> dict[str, Any]:
    """Refuse a name that cannot be, and what is the business of the on-premises directory."""
    if "userPrincipalName" in changes:
        check_principal_name(call, changes["userPrincipalName"], user.id)
    if user.last_directory_sync_time is None or not set(changes) - {"usageLocation"}:
        return changes
    setting = call.service.knobs.graph_synced_update_answer
    refusal = configured_refusal(setting, "Unable to update the specified properties for on-premises mastered objects.")
    if refusal:
        raise refusal
    return {} if setting == "ignore" else changes


def check_principal_name(call: GraphCall, name: object, owner: str = "") -> str:
    """A principal name lies in one of the tenant's domains, and nobody else has it who is not deleted."""
    if not isinstance(name, str) or not call.customer().is_own(name):
        raise bad_request("The domain portion of the userPrincipalName property is invalid.")
    if call.customer().is_taken(name, owner, deleted_counts=False):
        taken = "Another object with the same value for property userPrincipalName already exists."
        refusal = configured_refusal(call.service.knobs.graph_name_taken_answer, taken)
        if refusal:
            raise refusal
    return name


def checked_password(call: GraphCall, password: object) -> str:
    """The password of a request, where it keeps the rules."""
    if not isinstance(password, str) or not password:
        raise bad_request("Property password in payload has a value that does not match schema.")
    if rule_broken(password, call.service.knobs.banned_words):
        raise bad_request(TOO_WEAK, call.service.knobs.graph_weak_password_code)
    return password


def setting_for(call: GraphCall, user: User) -> str | None:
    """The knob that decides about a special user, or nothing for an ordinary one."""
    knobs = call.service.knobs
    if user.id == call.caller.account_id:
        return knobs.graph_own_account_answer
    if call.customer().is_privileged(user) and not call.outranks(user):
        return knobs.graph_privileged_answer
    if user.user_domain_type == "federated":
        return knobs.graph_federated_answer
    return knobs.graph_synced_answer if user.last_directory_sync_time is not None else None


def _flag(profile: dict[str, Any], name: str) -> bool | None:
    value = profile.get(name)
    if value is not None and not isinstance(value, bool):
        raise bad_request(f"Property {name} in payload has a value that does not match schema.")
    return value


def _set(call: GraphCall, user: User, profile: object) -> None:
    """Refuse where the kind of user or the rules forbid it; refusals are in the audit log, too."""
    service = call.service
    if not isinstance(profile, dict):
        raise bad_request("Property passwordProfile in payload has a value that does not match schema.")
    check_names(profile, ("password", FORCE, FORCE_WITH_MFA))
    force, with_mfa = _flag(profile, FORCE), _flag(profile, FORCE_WITH_MFA)
    setting = setting_for(call, user)
    if profile.get("password") is None:
        audited(service, call.caller, user, ("Update PasswordProfile",), call.client_request_id)
        if service.knobs.graph_flag_alone == "apply" and force is not None:
            user.force_change_password, user.force_with_mfa = force, bool(with_mfa)
            call.applied = True
        return
    try:
        refusal = configured_refusal(setting, "The password of this user cannot be set.") if setting else None
        if refusal:
            raise refusal
        password = checked_password(call, profile["password"])
    except GraphFault as fault:
        audited(service, call.caller, user, RESET[:1], call.client_request_id, result="failure", reason=fault.code)
        raise
    if setting != "ignore":
        due = service.knobs.graph_force_default if force is None else force
        user.force_with_mfa = bool(with_mfa)
        set_password(service, user, password, due or user.force_with_mfa)
        call.applied = True
    audited(service, call.caller, user, RESET, call.client_request_id)
