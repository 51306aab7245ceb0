# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``GET /auditrecords``: 30 days by default, 90 at most; app-only tokens are accepted (contract, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from . import times
from .answers import Answer, PartnerFault
from .audit import AuditRecord, audit_document
from .collection import Filter, collection, folded, starts_with
from .service import Call, Service

DEFAULT_DAYS = 30
MOST_DAYS = 90


def list_audit_records(service: Service, call: Call) -> Answer:
    """Records of a time span that can be read already."""

    def select(wanted: Filter | None) -> Sequence[AuditRecord]:
        present = service.clock.now()
        start, end = _span(call.query.get("startdate", ""), call.query.get("enddate", ""), present)
        chosen = [
            record
            for record in _candidates(service, wanted)
            if start <= record.operation_date <= end and record.visible_from <= present
        ]
        chosen.sort(key=lambda record: record.operation_date, reverse=service.knobs.audit_order == "newest_first")
        return chosen

    return collection(service, call, "/auditrecords", select, lambda record: audit_document(record, service.knobs))


def _span(start_text: str, end_text: str, present: datetime) -> tuple[datetime, datetime]:
    end = _date(end_text, present)
    if end_text and ":" not in end_text:
        end += timedelta(days=1)  # a date without a time means the whole day
    start = _date(start_text, present - timedelta(days=DEFAULT_DAYS))
    # A start without a time lies up to a day before the moment 90 days ago.
    if start < present - timedelta(days=MOST_DAYS + 1):
        raise PartnerFault(400, 2000, f"startDate lies more than {MOST_DAYS} days back.")
    if start > end:
        raise PartnerFault(400, 2000, "startDate is later than endDate.")
    return start, end


def _date(text: str, default: datetime) -> datetime:
    if not text:
        return default
    try:
        return times.parse(text)
    except ValueError as error:
        raise PartnerFault(400, 2000, "A date cannot be read.") from error


def _candidates(service: Service, wanted: Filter | None) -> Sequence[AuditRecord]:
    log = service.audit
    if wanted is None:
        return log.records
    if wanted.field == "customerid":
        return log.by_customer.get(wanted.value.lower(), [])
    if wanted.field == "companyname":
        return [record for record in log.records if starts_with(wanted, record.customer_name)]
    if wanted.field == "resourcetype":
        return [record for record in log.records if folded(record.resource_type) == folded(wanted.value)]
    raise PartnerFault(400, 2000, "Audit records can be filtered by CustomerId, CompanyName or ResourceType.")
