# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entrance ``partnercenter_audit_info``: reads the audit log of Partner Center."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from .._base import identifiers
from .._base.errors import InputError
from .._base.moments import moment
from .._partner_center.audit import LONGEST, AuditRecord
from .arguments import Spec, connection, credentials
from .boundary import guarded
from .connecting import open_partner_center
from .environment import with_environment
from .rows import audit_row
from .task_context import TaskContext

_DEFAULT_PERIOD = timedelta(days=30)


def specification() -> Spec:
    """All options of the module."""
    own: Spec = {
        "start": {"type": "str"},
        "end": {"type": "str"},
        "customer_id": {"type": "str"},
        "company_name": {"type": "str"},
        "resource_type": {"type": "str"},
        "user_id": {"type": "str"},
        "operations": {"type": "list", "elements": "str"},
    }
    return own | credentials() | connection()


def read_audit(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Return the matching records, oldest first. Never raises."""
    return guarded(lambda: _read(with_environment(params, context.environment), context))


def _read(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    now = datetime.now(UTC)
    start = moment(params["start"], "start") if params["start"] else now - _DEFAULT_PERIOD
    end = moment(params["end"], "end") if params["end"] else now
    if now - start > LONGEST:
        raise InputError("start", "is more than 90 days ago; the service keeps no older records")
    if end <= start:
        raise InputError("end", "is not after start")
    customer_id = identifiers.customer_id(params["customer_id"], "customer_id") if params["customer_id"] else None
    user_id = identifiers.user_id(params["user_id"], "user_id") if params["user_id"] else None
    records = open_partner_center(params, context).audit.records(
        start=start,
        end=end,
        customer_id=customer_id,
        company_name=params["company_name"],
        resource_type=params["resource_type"],
    )
    rows = [audit_row(record) for record in records if _fits(record, params, customer_id, user_id)]
    rows.sort(key=lambda row: str(row["at"]))
    return {"changed": False, "failed": False, "records": rows, "msg": f"{len(rows)} records"}


def _fits(record: AuditRecord, params: Mapping[str, Any], customer_id: str | None, user_id: str | None) -> bool:
    """Return whether a record matches all filters. The service applies only one of them."""
    return (
        (not customer_id or record.customer_id in ("", customer_id))
        and (not user_id or record.user_id == user_id)
        and (not params["operations"] or record.operation in params["operations"])
    )
