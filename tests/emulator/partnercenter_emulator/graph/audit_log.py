# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit log of each customer's directory: whoever changes a user leaves records here."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..clock import Clock
from ..knobs import Knobs
from ..state import User

RESET = ("Reset user password", "Update user")
RESET_BY_SERVICE = ("Reset password (by admin)",)
#: Activities that another service than the core directory logs, under another category.
SELF_SERVICE = frozenset(RESET_BY_SERVICE)


@dataclass(frozen=True, slots=True)
class Initiator:
    """Who did it; ``home_tenant_id`` of somebody who signed in from another tenant."""

    id: str
    user_principal_name: str
    home_tenant_id: str = ""


@dataclass(frozen=True, slots=True)
class DirectoryRecord:
    """One activity."""

    sequence: int
    customer_id: str
    activity: str
    user: User
    initiator: Initiator
    result: str
    reason: str
    client_request_id: str
    moment: datetime
    visible_from: datetime


@dataclass(slots=True)
class DirectoryAudits:
    """All records, by customer."""

    knobs: Knobs
    clock: Clock
    records: dict[str, list[DirectoryRecord]] = field(default_factory=dict)
    count: int = 0

    def add(
        self,
        activities: tuple[str, ...],
        user: User,
        initiator: Initiator,
        *,
        client_request_id: str = "",
        result: str = "success",
        reason: str = "",
        moment: datetime | None = None,
    ) -> None:
        """Record what one request did to a user; it can be read after ``graph_audit_delay`` seconds."""
        present = self.clock.now()
        visible_from = present + timedelta(seconds=self.knobs.graph_audit_delay)
        for activity in activities:
            self.count += 1
            record = DirectoryRecord(
                self.count,
                user.customer_id,
                activity,
                user,
                initiator,
                result,
                reason,
                client_request_id,
                moment or present,
                visible_from,
            )
            self.records.setdefault(user.customer_id, []).append(record)

    def readable(self, customer_id: str) -> list[DirectoryRecord]:
        """The records of a customer that are neither too young nor too old."""
        present = self.clock.now()
        oldest = present - timedelta(days=self.knobs.graph_audit_days)
        records = self.records.get(customer_id, [])
        return [record for record in records if record.visible_from <= present and record.moment >= oldest]

    def clear(self) -> None:
        """Forget everything."""
        self.records.clear()


def _identifier(kind: str, record: DirectoryRecord) -> uuid.UUID:
    """An id that a record has for good; made when it is shown, since most never are."""
    return uuid.uuid5(uuid.UUID(record.customer_id), f"{kind} {record.sequence}")


def record_document(record: DirectoryRecord, knobs: Knobs) -> dict[str, Any]:
    """A record as Graph shows it."""
    own = knobs.graph_audit_correlation == "client_request_id" and record.client_request_id
    correlation_id = record.client_request_id if own else str(_identifier("correlation", record))
    self_service = record.activity in SELF_SERVICE
    user = {
        "id": record.initiator.id,
        "displayName": None,
        "userPrincipalName": record.initiator.user_principal_name,
        "ipAddress": "127.0.0.1",
        "userType": None,
        "homeTenantId": record.initiator.home_tenant_id or None,
        "homeTenantName": None,
    }
    target: dict[str, Any] = {
        "id": record.user.id,
        "displayName": record.user.display_name,
        "type": "User",
        "userPrincipalName": record.user.user_principal_name,
        "groupType": None,
        "modifiedProperties": [],
    }
    return {
        "id": f"Directory_{_identifier('record', record)}",
        "category": "UserManagement",
        "correlationId": correlation_id,
        "result": record.result,
        "resultReason": record.reason,
        "activityDisplayName": record.activity,
        "activityDateTime": record.moment.strftime("%Y-%m-%dT%H:%M:%S.%f0Z"),
        "loggedByService": "Self-service Password Management" if self_service else "Core Directory",
        "operationType": "Reset" if self_service else "Update",
        "initiatedBy": {"app": None, "user": user},
        "targetResources": [target],
        "additionalDetails": [],
    }
