# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three PATCH lines: reset, update, and the update of the 2019 Swagger (contract, sections 1 and 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .answers import Answer, BareAnswer, PartnerFault, configured_refusal, html_answer, json_answer
from .graph.audit_log import RESET as DIRECTORY_RESET
from .graph.audits import audited
from .service import Call, Service, is_guid, permitted_customer, set_password, user_of
from .state import Customer, User
from .users import (
    WRITABLE,
    check_password,
    check_principal_name,
    echo,
    read_force,
    record,
    user_document,
)

RESET = "reset_customer_user_password"
UPDATE = "update_customer_user"


def reset_password(service: Service, call: Call) -> Answer:
    """``PATCH …/users/{uid}/resetpassword``."""
    route = service.knobs.reset_route
    if route != "present":
        raise _missing_route(route)
    customer = permitted_customer(service, call, call.segments[1])
    user = user_of(customer, call.segments[3])
    profile = _profile(call.document())
    if profile.get("password") is None:
        raise PartnerFault(400, 2000, "passwordProfile.password is missing.")
    echoed = _carry_out(service, call, customer, user, _decide(service, call, customer, user, profile))
    return json_answer(service.knobs, user_document(service, user, echoed=echoed))


def update_user(service: Service, call: Call) -> Answer:
    """``PATCH …/users/{uid}``: properties, restore, and the password in the manner of the older pages."""
    customer = permitted_customer(service, call, call.segments[1])
    return _update(service, call, customer, user_of(customer, call.segments[3]))


def update_user_by_query(service: Service, call: Call) -> Answer:
    """``PATCH …/users?user_id={uid}``, a route that only the Swagger of 2019 has."""
    customer = permitted_customer(service, call, call.segments[1])
    identifier = call.query.get("user_id", "").lower()
    if not is_guid(identifier):
        raise PartnerFault(400, 2000, "user_id is missing or not a GUID.")
    return _update(service, call, customer, user_of(customer, identifier))


def _missing_route(form: str) -> Exception:
    """Each way in which a service may lack the reset route."""
    if form == "405":
        return BareAnswer(Answer(405, content_type=None, headers=((b"allow", b"GET, PATCH, DELETE"),)))
    if form == "501":
        return PartnerFault(501, 0, "Not implemented.")
    return BareAnswer(html_answer(404, "404 - File or directory not found."))


def _profile(document: dict[str, Any]) -> dict[str, Any]:
    """The password profile; null means "not supplied"."""
    profile = document.get("passwordprofile")
    if profile is None:
        return {}
    if not isinstance(profile, dict):
        raise PartnerFault(400, 2000, "passwordProfile is not an object.")
    return profile


def _refusal(service: Service, call: Call, customer: Customer, user: User) -> str | None:
    """The knob that decides about a special user, or nothing for an ordinary one."""
    knobs = service.knobs
    if user.soft_deletion_time is not None:
        return knobs.deleted_answer
    if user.user_domain_type == "federated":
        return knobs.federated_answer
    if user.last_directory_sync_time is not None:
        return knobs.synced_answer
    if user.id == call.caller.account_id:
        return knobs.own_account_answer
    return knobs.privileged_answer if customer.is_privileged(user) else None


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision about a request with a password, before any change. ``kept``: the user really gets it."""

    password: str
    force: bool
    kept: bool
    operation: str


def _decide(
    service: Service, call: Call, customer: Customer, user: User, profile: dict[str, Any], operation: str = RESET
) -> Decision:
    """Refuse where the kind of user or the rules forbid it; refusals are in the audit log, too."""
    try:
        setting = _refusal(service, call, customer, user)
        refusal = configured_refusal(setting, "The password of this user cannot be set.") if setting else None
        if refusal:
            raise refusal
        return Decision(
            check_password(service, profile.get("password")),
            read_force(service, profile),
            setting != "ignore",
            operation,
        )
    except PartnerFault:
        record(service, call, customer, user.id, operation, succeeded=False)
        raise


def _carry_out(service: Service, call: Call, customer: Customer, user: User, decision: Decision) -> dict[str, Any]:
    """Set the password; return the profile that the answer echoes, with force false as in the sample."""
    if decision.kept:
        set_password(service, user, decision.password, decision.force)
        call.applied = True
    record(service, call, customer, user.id, decision.operation)
    audited(service, call.caller, user, DIRECTORY_RESET, call.correlation_id)
    return echo(service, decision.password, decision.force if service.knobs.echo_force == "sent" else False)


def _update(service: Service, call: Call, customer: Customer, user: User) -> Answer:
    """Make all changes of the body, or none."""
    knobs, document = service.knobs, call.document()
    profile = _profile(document)
    has_password = profile.get("password") is not None
    if has_password and knobs.update_password == "reject403":
        raise PartnerFault(403, 900308, "Passwords are set by the resetpassword call.")
    changes = {name: document[name] for name in WRITABLE if document.get(name) is not None}
    if "userprincipalname" in changes:
        check_principal_name(service, customer, changes["userprincipalname"], owner=user.id)
    force = None if has_password or profile.get("forcechangepassword") is None else read_force(service, profile)
    restored = _restores(document, user)
    decision = None
    if has_password and knobs.update_password == "accept":
        operation = RESET if knobs.audit_update_operation == "reset" else UPDATE
        decision = _decide(service, call, customer, user, profile, operation)
    elif user.soft_deletion_time is not None and not restored:
        raise PartnerFault(404, 60002, "The user is deleted.", source="PartnerFD")

    if restored:
        check_principal_name(service, customer, user.user_principal_name, owner=user.id)
        customer.names[user.user_principal_name.lower()] = user.id
    if user.last_directory_sync_time is not None and set(changes) - {"usagelocation"}:
        refusal = configured_refusal(knobs.synced_update_answer, "The user is synced from on-premises.")
        if refusal:
            raise refusal
        if knobs.synced_update_answer == "ignore":
            changes = {}
    if restored:
        user.soft_deletion_time = None
        record(service, call, customer, user.id, "restore_customer_user")
    if changes:
        for name, value in changes.items():
            if name == "userprincipalname":
                customer.rename(user, str(value))
            else:
                setattr(user, WRITABLE[name], str(value))
    if force is not None:
        user.force_change_password = force
    if (changes or force is not None) and decision is None:
        record(service, call, customer, user.id, UPDATE)
    call.applied = restored or bool(changes) or force is not None
    echoed = _carry_out(service, call, customer, user, decision) if decision else None
    return json_answer(knobs, user_document(service, user, echoed=echoed))


def _restores(document: dict[str, Any], user: User) -> bool:
    """Return whether the request ends a soft deletion. Microsoft's SDKs send the state with every update."""
    state = document.get("state")
    if state is not None and str(state).lower() not in ("active", "inactive"):
        raise PartnerFault(400, 3000, "state is active or inactive.")
    return str(state).lower() == "active" and user.soft_deletion_time is not None
