# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows about what a service tells, from an allow-list: customers, users, audit records, sign-ins, readiness."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .._directory.records import Customer, User
from .._links.link import Link
from .._partner_center.audit import AuditRecord
from .._readiness.readiness import Finding, Readiness
from .._sign_in.consent import Consent
from .._sign_in.findings import Reach, Signed


def customer_row(customer: Customer) -> dict[str, Any]:
    """A customer, for ``partnercenter_customer_info`` and the inventory."""
    return {
        "customer_id": customer.id,
        "customer_domain": customer.domain,
        "company_name": customer.company_name,
    }


def user_row(customer_id: str, user: User) -> dict[str, Any]:
    """A user, for ``partnercenter_user_info`` and the inventory."""
    return {
        "customer_id": customer_id,
        "user_id": user.id,
        "user_principal_name": user.user_principal_name,
        "display_name": user.display_name,
        "federated": user.federated,
        "synced": user.synced,
        "deleted": user.deleted,
    }


def audit_row(record: AuditRecord) -> dict[str, Any]:
    """A record of the audit log."""
    return {
        "id": record.id,
        "customer_id": record.customer_id,
        "user_id": record.user_id,
        "caller": record.caller,
        "operation": record.operation,
        "status": record.status,
        "at": time_text(record.at),
        "correlation_id": record.correlation_id,
    }


def signed_row(
    signed: Signed, *, kept_in: str | None, saved_at: datetime | None, valid_until: str | None
) -> dict[str, Any]:
    """A sign-in, without any token."""
    return {
        "account": signed.account,
        "object_id": signed.object_id,
        "tenant_id": signed.tenant_id,
        "multi_factor": signed.mfa,
        "app_and_user": signed.app_and_user,
        "kept_in": kept_in,
        "valid_until": valid_until,
        "saved_at": time_text(saved_at),
    }


def reach_row(reached: Reach) -> dict[str, Any]:
    """The row for a customer: what the account reaches there."""
    row: dict[str, Any] = {
        "customer_id": reached.customer_id,
        "name": reached.name,
        "reads_customer": reached.reads_customer,
        "reads_users": reached.reads_users,
        "reads_roles": reached.reads_roles,
    }
    return row | ({"error": reached.error.details()} if reached.error else {})


def consent_row(consent: Consent) -> dict[str, Any]:
    """A customer's consent after the check."""
    row: dict[str, Any] = {"customer_id": consent.customer_id, "state": consent.state.value}
    row["missing_permissions"] = list(consent.missing)
    return row | ({"error": consent.error.details() | {"message": consent.message}} if consent.error else {})


def readiness_row(readiness: Readiness) -> dict[str, Any]:
    """A customer, and whether unattended runs will work there."""
    return {
        "customer_id": readiness.customer_id,
        "customer_domain": readiness.customer_domain,
        "name": readiness.name,
        "ready": readiness.ready,
        "relationship": readiness.relationship and readiness.relationship.value,
        "relationship_ends": time_text(readiness.relationship_ends),
        "relationship_extends": readiness.relationship_extends,
        "roles": None if readiness.roles is None else list(readiness.roles),
        "consented": readiness.consented,
        "multi_factor": readiness.multi_factor,
        "reads_users": readiness.reads_users,
        "reads_audit_log": readiness.reads_audit_log,
        "newest_record": time_text(readiness.newest_record),
        "throttled": readiness.throttled,
        "problems": [_finding(finding) for finding in readiness.problems],
        "not_known": [_finding(finding) | {"needed": finding in readiness.missing} for finding in readiness.not_known],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    row = {"check": finding.check.value, "message": finding.message, "to_do": finding.to_do}
    return row | ({"error": dict(finding.error)} if finding.error else {})


def link_row(link: Link, *, shown: bool) -> dict[str, Any]:
    """A link to a temporary password. The link itself is left out where it is not to be ``shown``."""
    return {
        "link": link.text if shown else None,
        "link_page": link.page,
        "link_expires_at": time_text(link.expires_at),
        "link_views": link.views,
    }


def time_text(moment: datetime | None) -> str | None:
    """Return the time in ISO 8601, in UTC with seconds."""
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None
