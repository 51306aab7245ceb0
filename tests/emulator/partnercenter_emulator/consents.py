# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consent to an application in a customer's tenant, by the partner (Graph contract, "Consent in each customer")."""

from __future__ import annotations

from typing import Any

from .answers import Answer, PartnerFault, configured_refusal, json_answer
from .graph.sign_in import CONSENTERS, consents_of, roles_at, words
from .service import Call, Service, app_only_refusal, customer_of, is_guid
from .state import Customer

MICROSOFT_GRAPH = "00000003-0000-0000-c000-000000000000"


def _permitted_customer(service: Service, call: Call) -> Customer:
    """App+User only; the account is an admin agent and holds a GDAP role that may consent."""
    if call.caller.app_only:
        raise app_only_refusal(service.knobs)
    customer = customer_of(service, call.segments[1])
    if not service.knobs.admin_agent:
        raise PartnerFault(403, 900150, "The account is not a member of the group AdminAgents.")
    if not roles_at(service, customer) & CONSENTERS:
        raise PartnerFault(403, 900308, "The account lacks the GDAP role that this operation needs.")
    return customer


def _scopes(grants: object) -> tuple[str, ...]:
    """The permissions for Microsoft Graph of a request."""
    if not isinstance(grants, list) or not grants:
        raise PartnerFault(400, 2000, "applicationGrants is missing.")
    scopes: list[str] = []
    for grant in grants:
        members: dict[str, Any] = (
            {name.lower(): value for name, value in grant.items()} if isinstance(grant, dict) else {}
        )
        if str(members.get("enterpriseapplicationid", "")).lower() != MICROSOFT_GRAPH:
            raise PartnerFault(400, 3000, "enterpriseApplicationId names no application that is known.")
        scopes += words(str(members.get("scope") or ""))
    if not scopes:
        raise PartnerFault(400, 2000, "scope is missing.")
    return tuple(scopes)


def grant_consent(service: Service, call: Call) -> Answer:
    """``POST /customers/{cid}/applicationconsents``."""
    customer, document = _permitted_customer(service, call), call.document()
    application = str(document.get("applicationid", "")).lower()
    if not is_guid(application):
        raise PartnerFault(400, 2000, "applicationId is missing or not a GUID.")
    if application != call.caller.application_id:
        raise PartnerFault(403, 900150, "The token was issued to another application than the one to consent to.")
    scopes = _scopes(document.get("applicationgrants"))
    consents = consents_of(service, customer)
    setting = service.knobs.consent_exists_answer
    if application in consents:
        refusal = configured_refusal(setting, "Permission entry already exists.")
        if refusal:
            raise refusal
    if application not in consents or setting == "accept":
        customer.consents = {**consents, application: scopes}
        call.applied = True
    shown = {
        "applicationId": application,
        "displayName": document.get("displayname"),
        "applicationGrants": [{"enterpriseApplicationId": MICROSOFT_GRAPH, "scope": ",".join(scopes)}],
        "attributes": {"objectType": "ApplicationConsent"},
    }
    return json_answer(service.knobs, shown, service.knobs.consent_status)


def remove_consent(service: Service, call: Call) -> Answer:
    """``DELETE /customers/{cid}/applicationconsents/{appId}``; tokens that were issued live on."""
    customer, application = _permitted_customer(service, call), call.segments[3]
    consents = consents_of(service, customer)
    if application not in consents:
        raise PartnerFault(404, 1000, "The application has no consent of this customer.", source="PartnerFD")
    customer.consents = {name: scopes for name, scopes in consents.items() if name != application}
    call.applied = True
    return Answer(204, content_type=None)
