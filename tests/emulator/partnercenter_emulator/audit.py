# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit log (contract, section 3)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from . import times
from .clock import Clock
from .knobs import Knobs


@dataclass(slots=True)
class AuditRecord:
    """One operation. What it shows of the caller's ids is decided by knobs when it is read."""

    id: str
    partner_id: str
    customer_id: str
    customer_name: str
    user_principal_name: str
    application_id: str
    resource_type: str
    operation_type: str
    operation_date: datetime
    operation_status: str
    correlation_id: str
    user_id: str
    visible_from: datetime


@dataclass(slots=True)
class AuditLog:
    """All records, also by customer because the log of a large partner is long."""

    knobs: Knobs
    clock: Clock
    records: list[AuditRecord] = field(default_factory=list)
    by_customer: dict[str, list[AuditRecord]] = field(default_factory=dict)

    def add(
        self,
        operation_type: str,
        *,
        partner_id: str,
        customer_id: str,
        customer_name: str,
        user_principal_name: str,
        application_id: str,
        correlation_id: str,
        user_id: str,
        operation_status: str = "succeeded",
        operation_date: datetime | None = None,
        resource_type: str = "customer_user",
    ) -> AuditRecord:
        """Record an operation; it can be read after ``audit_delay`` seconds."""
        moment = self.clock.now()
        record = AuditRecord(
            id=str(uuid.uuid4()),
            partner_id=partner_id,
            customer_id=customer_id,
            customer_name=customer_name,
            user_principal_name=user_principal_name,
            application_id=application_id,
            resource_type=resource_type,
            operation_type=operation_type,
            operation_date=operation_date or moment,
            operation_status=operation_status,
            correlation_id=correlation_id,
            user_id=user_id,
            visible_from=moment + timedelta(seconds=self.knobs.audit_delay),
        )
        self.records.append(record)
        self.by_customer.setdefault(customer_id, []).append(record)
        return record

    def clear(self) -> None:
        """Forget everything."""
        self.records.clear()
        self.by_customer.clear()


def audit_document(record: AuditRecord, knobs: Knobs) -> dict[str, object]:
    """A record as the API shows it."""
    document: dict[str, object] = {
        "id": record.id,
        "partnerId": record.partner_id,
        "customerId": record.customer_id,
        "customerName": record.customer_name,
        "userPrincipalName": record.user_principal_name,
        "applicationId": record.application_id,
        "resourceType": record.resource_type,
        "operationType": record.operation_type,
        "operationDate": times.iso(record.operation_date),
        "operationStatus": record.operation_status,
        "customizedData": [],
        "attributes": {"objectType": "AuditRecord"},
    }
    if knobs.audit_correlation_id == "present":
        document["originalCorrelationId"] = record.correlation_id
    elif knobs.audit_correlation_id == "other":
        document["originalCorrelationId"] = str(uuid.uuid5(uuid.NAMESPACE_OID, record.id))
    if knobs.audit_user_key == "present" and record.user_id:
        document["customizedData"] = [{"key": "CustomerUserId", "value": record.user_id}]
    return document
