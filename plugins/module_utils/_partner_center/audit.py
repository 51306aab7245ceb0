# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit log of Partner Center: changes to a customer's users, for up to 90 days (contract section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .._http.json_content import JsonObject, moment, text
from . import paging
from .client import Client

#: The age of the oldest records, and of the earliest start that the service accepts.
LONGEST = timedelta(days=90)
#: The operation in the record of a password reset.
RESET = "reset_customer_user_password"
_USER_KEY = "customeruserid"


@dataclass(frozen=True)
class AuditRecord:
    """A record. ``caller``: the principal name of the account that made the change. ``user_id``: the changed user."""

    id: str
    customer_id: str
    user_id: str | None
    caller: str
    operation: str
    status: str
    at: datetime
    correlation_id: str | None


class Audit:
    """The audit log. Every method raises :class:`CallError`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def service_now(self) -> datetime | None:
        """Return the time by the service's clock; None until an answer has told it."""
        return self._client.service_now()

    def records(
        self,
        *,
        start: datetime,
        end: datetime,
        customer_id: str | None = None,
        company_name: str | None = None,
        resource_type: str | None = None,
    ) -> Iterator[AuditRecord]:
        """Give the records between two times with a time zone, in the service's order. One filter is sent."""
        query = {"startDate": _text(start), "endDate": _text(end)}
        for field, value in (
            ("CustomerId", customer_id),
            ("CompanyName", company_name),
            ("ResourceType", resource_type),
        ):
            if value and "filter" not in query:
                query["filter"] = paging.filter_by(field, value, "equals")
        for item in paging.items(self._client, "/v1/auditrecords", query):
            record = _record(item)
            if record is not None:
                yield record


def _record(content: JsonObject) -> AuditRecord | None:
    at = moment(content.get("operationDate"))
    if at is None:
        return None
    return AuditRecord(
        id=text(content, "id"),
        customer_id=text(content, "customerId").lower(),
        user_id=_user_id(content.get("customizedData")),
        caller=text(content, "userPrincipalName"),
        operation=text(content, "operationType").lower(),
        status=text(content, "operationStatus").lower(),
        at=at,
        correlation_id=text(content, "originalCorrelationId").lower() or None,
    )


def _text(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _user_id(data: object) -> str | None:
    for pair in data if isinstance(data, list) else []:
        if isinstance(pair, dict) and text(pair, "key").lower() == _USER_KEY:
            return text(pair, "value").lower() or None
    return None
