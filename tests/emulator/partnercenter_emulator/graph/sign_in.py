# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the partner's account may sign in, with which permissions: consents and GDAP roles of each customer."""

from __future__ import annotations

from ..entra_errors import EntraError
from ..service import Service
from ..state import Customer
from ..tokens import GRAPH_AUDIENCE

#: Template ids of the roles that a GDAP relationship may carry for this work.
ROLE_IDS = {
    "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
    "User Administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "Helpdesk Administrator": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "Password Administrator": "966707d0-3269-4727-9be2-8c3a10f19b9d",
    "Authentication Administrator": "c4e39bd9-1100-46d3-8c65-fb160da0071f",
    "Privileged Authentication Administrator": "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
    "Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "Cloud Application Administrator": "158c047a-c907-4556-b7ef-446551a6b5f7",
    "Directory Readers": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
    "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "Reports Reader": "4a5d8f65-41da-4de4-8968-e035b65339cf",
    "Security Reader": "5d6b6bb7-de71-4623-b4af-96380a352509",
    "Service Support Administrator": "f023fd81-a637-4b56-95fd-791ac0226033",
}
PRIVILEGED_MANAGERS = frozenset({"Global Administrator", "Privileged Authentication Administrator"})
USER_MANAGERS = PRIVILEGED_MANAGERS | {
    "User Administrator",
    "Helpdesk Administrator",
    "Password Administrator",
    "Authentication Administrator",
}
CONSENTERS = frozenset({"Global Administrator", "Application Administrator", "Cloud Application Administrator"})
AUDIT_READERS = frozenset({"Global Administrator", "Global Reader", "Reports Reader", "Security Reader"})
#: Permissions that stand for many others at Graph.
WIDER = {
    "User-PasswordProfile.ReadWrite.All": ("Directory.AccessAsUser.All",),
    "User.Read.All": (
        "User.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Directory.AccessAsUser.All",
    ),
    "User.ReadWrite.All": ("Directory.ReadWrite.All", "Directory.AccessAsUser.All"),
    "User.RevokeSessions.All": ("User.ReadWrite.All", "Directory.ReadWrite.All", "Directory.AccessAsUser.All"),
    "RoleManagement.Read.Directory": (
        "RoleManagement.ReadWrite.Directory",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Directory.AccessAsUser.All",
    ),
    "User.Read": (
        "User.Read.All",
        "User.ReadWrite.All",
        "GroupMember.Read.All",
        "Group.Read.All",
        "Directory.Read.All",
    ),
    "GroupMember.Read.All": ("Group.Read.All", "Directory.Read.All", "Directory.AccessAsUser.All"),
    "UserAuthenticationMethod.Read.All": ("UserAuthenticationMethod.ReadWrite.All",),
    "DelegatedAdminRelationship.Read.All": ("DelegatedAdminRelationship.ReadWrite.All",),
}


def words(text: str) -> tuple[str, ...]:
    """The parts of a list by commas or blanks-and-commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def roles_at(service: Service, customer: Customer) -> frozenset[str]:
    """The names of the GDAP roles that the account holds at a customer now."""
    if not customer.relationship or customer.relationship_ended(service.clock.now()):
        return frozenset()
    roles = frozenset(words(service.knobs.gdap_roles) if customer.gdap_roles is None else customer.gdap_roles)
    if not customer.gdap_role or service.knobs.gdap_role == "missing":
        return roles - USER_MANAGERS
    return roles


def consents_of(service: Service, customer: Customer) -> dict[str, tuple[str, ...]]:
    """The permissions that a customer has consented to, by application."""
    if customer.consents is not None:
        return customer.consents
    granted = service.knobs.graph_consent == "granted"
    return {service.state.client_id: words(service.knobs.graph_scopes)} if granted else {}


def check_tenant(service: Service, customer: Customer) -> None:
    """Refuse where the tenant itself or the registration of the application stands in the way."""
    if customer.sign_in_error:
        raise EntraError(customer.sign_in_error)
    if service.knobs.graph_registration == "single_tenant":
        raise EntraError(700016)


def granted_scopes(service: Service, customer: Customer, requested: str) -> tuple[str, ...]:
    """The permissions of a token for a customer's tenant, or the refusal in Entra's order: user, consent, policy."""
    if not roles_at(service, customer):
        raise EntraError(service.knobs.graph_no_gdap_error)
    consented = consents_of(service, customer).get(service.state.client_id)
    if not consented:
        raise EntraError(65001)
    prefix = f"{GRAPH_AUDIENCE}/"
    asked = [scope[len(prefix) :] for scope in requested.split() if scope.lower().startswith(prefix)]
    known = {scope.lower() for scope in consented}
    if any(scope != ".default" and scope.lower() not in known for scope in asked):
        raise EntraError(65001)
    if customer.conditional_access:
        raise EntraError(53003)
    return consented


def graph_token(service: Service, audience: str, customer: Customer | None, requested: str, mfa: bool) -> str:
    """An access token of the account: at home with the permissions of the registration, else as the customer allows."""
    if customer is not None:
        scopes = granted_scopes(service, customer, requested)
        names = sorted(roles_at(service, customer)) if service.knobs.graph_token_wids else []
        roles = [ROLE_IDS[name] for name in names if name in ROLE_IDS]
        return service.tokens.for_account(audience, mfa, tenant_id=customer.id, scopes=scopes, roles=roles)
    if audience == GRAPH_AUDIENCE:
        if service.knobs.graph_partner_consent == "missing":
            raise EntraError(65001)
        return service.tokens.for_account(audience, mfa, scopes=words(service.knobs.graph_scopes))
    return service.tokens.for_account(audience, mfa)
