# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``GET /auditLogs/directoryAudits``, and writing to that log."""

from __future__ import annotations

from ..answers import Answer
from ..service import Service
from ..state import User
from ..tokens import Caller
from .answers import denied
from .audit_log import Initiator, record_document
from .call import GraphCall
from .query import collection
from .sign_in import AUDIT_READERS, roles_at

MEMBERS = (
    "id",
    "category",
    "correlationId",
    "result",
    "resultReason",
    "activityDisplayName",
    "activityDateTime",
    "loggedByService",
    "operationType",
    "initiatedBy",
    "targetResources",
    "additionalDetails",
)
NAMES = {name.lower(): name for name in MEMBERS}
FILTERABLE = {
    **NAMES,
    "id": "id",
    "displayname": "displayName",
    "userprincipalname": "userPrincipalName",
    "type": "type",
    "initiatedby/user/id": "initiatedBy/user/id",
    "initiatedby/user/userprincipalname": "initiatedBy/user/userPrincipalName",
}


def list_audits(call: GraphCall) -> Answer:
    """The records of the customer's directory, newest first; ``AuditLog.Read.All`` and a role that reads reports."""
    call.need("AuditLog.Read.All")
    customer, service = call.customer(), call.service
    if not roles_at(service, customer) & AUDIT_READERS:
        raise denied("Calling principal does not have required MSGraph permissions AuditLog.Read.All or roles.")
    return collection(
        call,
        "auditLogs/directoryAudits",
        service.directory_audits.readable(customer.id),
        lambda record: record_document(record, service.knobs),
        NAMES,
        MEMBERS,
        kind="microsoft.graph.directoryAudit",
        filterable=FILTERABLE,
        newest_first="activityDateTime",
    )


def audited(
    service: Service,
    caller: Caller,
    user: User,
    activities: tuple[str, ...],
    client_request_id: str,
    *,
    result: str = "success",
    reason: str = "",
) -> None:
    """Write down what a caller of either service did to a user."""
    initiator = Initiator(caller.account_id, caller.account_name, service.state.partner_id)
    service.directory_audits.add(
        activities, user, initiator, client_request_id=client_request_id, result=result, reason=reason
    )
