# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users of a customer: list, get, create, delete (contract, sections 2 and 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import times
from .answers import Answer, PartnerFault, configured_refusal, json_answer
from .collection import Filter, collection, folded, link
from .passwords import rule_broken
from .service import Call, Service, permitted_customer, user_of
from .state import Customer, User

WRITABLE = {
    "userprincipalname": "user_principal_name",
    "firstname": "first_name",
    "lastname": "last_name",
    "displayname": "display_name",
    "usagelocation": "usage_location",
    "phonenumber": "phone_number",
    "immutableid": "immutable_id",
}


#: What a list can be sorted by, in lower case.
SORTABLE = {**WRITABLE, "id": "id"}


def user_document(service: Service, user: User, *, echoed: dict[str, Any] | None = None) -> dict[str, Any]:
    """A user as the API shows it.

    Answers to create and reset have exactly the members of the pages' samples, in their order: nulls and the password
    are printed, phone number and immutable id are not among them.
    """
    uri = link(service, f"/customers/{user.customer_id}/users/{user.id}")
    document: dict[str, Any] = {
        "usageLocation": user.usage_location,
        "id": user.id,
        "userPrincipalName": user.shown_name(prefixed=service.knobs.deleted_prefix),
        "firstName": user.first_name,
        "lastName": user.last_name,
        "displayName": user.display_name,
        "passwordProfile": echoed,
        "lastDirectorySyncTime": times.iso(user.last_directory_sync_time) if user.last_directory_sync_time else None,
        "userDomainType": user.user_domain_type,
        "state": "inactive" if user.soft_deletion_time else "active",
        "softDeletionTime": times.iso(user.soft_deletion_time) if user.soft_deletion_time else None,
        "links": {"self": {"uri": uri, "method": "GET", "headers": []}},
        "attributes": {"objectType": "CustomerUser"},
    }
    if echoed is not None:
        return document
    document |= {"immutableId": user.immutable_id, "phoneNumber": user.phone_number}
    return {name: value for name, value in document.items() if value is not None}


def echo(service: Service, password: str | None, force: bool) -> dict[str, Any]:
    """The password profile of answers, with the password in clear as in the samples."""
    return {"password": password if service.knobs.echo_password else None, "forceChangePassword": force}


def record(
    service: Service, call: Call, customer: Customer, user_id: str, operation: str, succeeded: bool = True
) -> None:
    """Write to the audit log."""
    service.audit.add(
        operation,
        partner_id=service.state.partner_id,
        customer_id=customer.id,
        customer_name=customer.company_name,
        user_principal_name=call.caller.account_name,
        application_id=call.caller.application_id,
        correlation_id=call.correlation_id,
        user_id=user_id,
        operation_status="succeeded" if succeeded else "failed",
    )


def check_password(service: Service, password: object) -> str:
    """Apply the password rules; nobody published what Partner Center answers, so the code is a knob."""
    if not isinstance(password, str) or not password:
        raise PartnerFault(400, 2000, "The password is missing.")
    broken = rule_broken(password, service.knobs.banned_words)
    if broken:
        raise PartnerFault(400, service.knobs.weak_password_code, broken, source="PartnerFD")
    return password


def read_force(service: Service, profile: dict[str, Any]) -> bool:
    """``forceChangePassword`` of a request; null and absent both mean "not supplied"."""
    force = profile.get("forcechangepassword")
    if force is None:
        return service.knobs.force_default
    if isinstance(force, bool):
        return force
    if isinstance(force, str) and force.lower() in ("true", "false"):
        return force.lower() == "true"
    raise PartnerFault(400, 3000, "forceChangePassword is not a boolean.")


def list_users(service: Service, call: Call) -> Answer:
    """``GET /customers/{cid}/users``; soft-deleted users only with the filter for inactive ones."""
    customer = permitted_customer(service, call, call.segments[1])

    def select(wanted: Filter | None) -> Sequence[User]:
        inactive = False
        if wanted is not None:
            name = service.knobs.user_filter_name
            accepted = {"userstate", "userstatus"} if name == "any" else {folded(name)}
            if wanted.field not in accepted or wanted.operator not in ("equals", "eq"):
                raise PartnerFault(400, 2000, "Users can be filtered by state with the operator equals.")
            if wanted.value.lower() not in ("active", "inactive"):
                raise PartnerFault(400, 2000, "The state is active or inactive.")
            inactive = wanted.value.lower() == "inactive"
        return [user for user in customer.users.values() if (user.soft_deletion_time is not None) == inactive]

    return collection(
        service,
        call,
        f"/customers/{customer.id}/users",
        select,
        lambda user: user_document(service, user),
        sortable=SORTABLE,
    )


def get_user(service: Service, call: Call) -> Answer:
    """``GET /customers/{cid}/users/{uid}``."""
    customer = permitted_customer(service, call, call.segments[1])
    return json_answer(service.knobs, user_document(service, user_of(customer, call.segments[3])))


def check_principal_name(service: Service, customer: Customer, name: object, owner: str = "") -> str:
    """A principal name lies in one of the customer's domains and is not taken."""
    if not customer.is_own(str(name)):
        raise PartnerFault(400, 3000, "userPrincipalName is not in a domain of the customer.", source="PartnerFD")
    if customer.is_taken(str(name), owner, deleted_counts=service.knobs.deleted_name == "taken"):
        refusal = configured_refusal(service.knobs.name_taken_answer, "Another user has this userPrincipalName.")
        if refusal:
            raise refusal
    return str(name)


def create_user(service: Service, call: Call) -> Answer:
    """``POST /customers/{cid}/users``."""
    customer = permitted_customer(service, call, call.segments[1])
    document = call.document()
    profile = document.get("passwordprofile") or {}
    for name in ("userprincipalname", "displayname", "usagelocation"):
        if not document.get(name):
            raise PartnerFault(400, 2000, f"{name} is missing.")
    principal_name = check_principal_name(service, customer, document["userprincipalname"])
    password = check_password(service, profile.get("password") if isinstance(profile, dict) else None)
    force = read_force(service, profile)
    user = User(
        id=service.state.new_id(),
        customer_id=customer.id,
        user_principal_name=principal_name,
        display_name=str(document["displayname"]),
        password=password,
        password_history=[password],
        force_change_password=force,
        password_changed_at=service.clock.now(),
    )
    for name, attribute in WRITABLE.items():
        if document.get(name) is not None:
            setattr(user, attribute, str(document[name]))
    customer.add(user)
    call.applied = True
    record(service, call, customer, user.id, "create_customer_user")
    shown = user_document(service, user, echoed=echo(service, password, force))
    return json_answer(service.knobs, shown, service.knobs.create_status)


def delete_user(service: Service, call: Call) -> Answer:
    """``DELETE …/users/{uid}``: soft, for 30 days."""
    customer = permitted_customer(service, call, call.segments[1])
    user = user_of(customer, call.segments[3])
    if user.soft_deletion_time is not None:
        raise PartnerFault(404, 60002, "The user was not found.", source="PartnerFD")
    user.soft_deletion_time = service.clock.now()
    call.applied = True
    record(service, call, customer, user.id, "delete_customer_user")
    return Answer(204, content_type=None)
