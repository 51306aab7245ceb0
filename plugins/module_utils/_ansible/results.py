# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What leaves the process: an allow-list of plain values. Nothing here ever sees a password."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from .._password.apply import Report
from .._password.outcome import Applied, Outcome, UserResult

_NAMES_SHOWN = 3


def of_report(report: Report, *, single: bool, diff: bool) -> dict[str, Any]:
    """The result of a task. A list finishes before it fails; the message has the first names, ``users`` has all."""
    rows = [_row(user) for user in report.users]
    summary = report.summary
    result: dict[str, Any] = {
        "changed": any(user.changed for user in report.users),
        "failed": summary.failed > 0,
        "summary": {
            "total": summary.total,
            "changed": summary.changed,
            "unchanged": summary.unchanged,
            "failed": summary.failed,
            "unknown": summary.unknown,
            "throttled": summary.throttled,
        },
        "msg": _message(report.users),
    }
    if report.warnings:
        result["warnings"] = list(report.warnings)
    result |= rows[0] if single else {"users": rows}
    if diff:
        result["diff"] = [_diff(user) for user in report.users if user.changed]
    return result


def _row(user: UserResult) -> dict[str, Any]:
    row: dict[str, Any] = {
        "customer_id": user.customer_id,
        "user_id": user.user_id,
        "user_principal_name": user.user_principal_name,
        "outcome": user.outcome.value,
        "changed": user.changed,
        "failed": user.failed,
        "reason": user.reason.value if user.reason else None,
        "certainty": user.certainty.value if user.certainty else None,
        "attempts": user.attempts,
        "request_id": user.trace.request_id,
        "correlation_id": user.trace.correlation_id,
        "set_at": _text(user.set_at),
    }
    if user.next_due:
        row["next_due"] = _text(user.next_due)
    if user.left:
        row["left"] = user.left
    if user.error:
        row["error"] = user.error
    return row


def _message(users: Iterable[UserResult]) -> str:
    users = list(users)
    if len(users) == 1:
        user = users[0]
        return f"{user.name}: {user.message or user.outcome.value}"
    failed = [user for user in users if user.failed]
    if not failed:
        changed = sum(user.changed for user in users)
        messages = {user.message for user in users}
        if not changed and len(messages) == 1 and None not in messages:
            return f"{len(users)} users {messages.pop()}"
        would = " would be" if any(user.outcome in _PREDICTED for user in users) else ""
        return f"{changed} of {len(users)} passwords{would} set"
    first = "; ".join(f"{user.name}: {user.message}" for user in failed[:_NAMES_SHOWN])
    more = f"; and {len(failed) - _NAMES_SHOWN} more, see users" if len(failed) > _NAMES_SHOWN else ""
    return f"{len(failed)} of {len(users)} users failed: {first}{more}"


_PREDICTED = (Outcome.WOULD_RESET, Outcome.WOULD_RESUME)


def _diff(user: UserResult) -> dict[str, Any]:
    name = f"{user.name} ({user.customer_id})"
    return {
        "before_header": name,
        "after_header": name,
        "before": _metadata(user.before),
        "after": _metadata(user.after),
    }


def _metadata(applied: Applied | None) -> dict[str, Any]:
    if applied is None:
        return {}
    return {
        "set_at": _text(applied.set_at),
        "rotation_id": applied.rotation_id,
        "force_change_password": applied.force_change_password,
    }


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None
