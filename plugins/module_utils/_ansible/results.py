# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results that Ansible gets: plain values from an allow-list. Nothing here ever sees a password."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from .._password.outcome import Applied, Outcome, UserResult
from .._password.report import Report
from .._users.turn import UserRow
from .._users.work import WORDS
from . import telling
from .rows import link_row, time_text

_CAUSES_SHOWN, _NAMES_SHOWN = 10, 10

#: What is said where an operation had nothing to do.
_NOTHING = {"resume": "nothing was pending", "rollback": "nothing was rolled back"}


def of_report(report: Report, *, single: bool, diff: bool, operation: str = "rotate") -> dict[str, Any]:
    """Return the result of a task for many users. The message is short; ``users`` has every row."""
    rows = [_row(user) for user in report.users]
    result = _result(report, rows, _message(report.users, rows, operation), single=single)
    return result | ({"diff": [_diff(user) for user in report.users if user.changed]} if diff else {})


def of_changes(report: Report, *, single: bool, diff: bool, links_shown: bool = True) -> dict[str, Any]:
    """Return the result of a task that changes users themselves. A file has the links that are not to be shown."""
    changed = [user for user in report.users if isinstance(user, UserRow)]
    rows = [
        _changed_row(user) | (link_row(user.one_time_link, shown=links_shown) if user.one_time_link else {})
        for user in changed
    ]
    result = _result(report, rows, _told(changed, rows), single=single)
    return result | ({"diff": [_changed_diff(user) for user in changed if user.changed]} if diff else {})


def _result(report: Report, rows: Sequence[dict[str, Any]], message: str, *, single: bool) -> dict[str, Any]:
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
            "excluded": summary.excluded,
            "throttled": summary.throttled,
        },
        "msg": message,
    }
    if report.warnings:
        result["warnings"] = list(report.warnings)
    return result | (rows[0] if single else {"users": rows})


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
        "set_at": time_text(user.set_at),
    }
    if user.next_due:
        row["next_due"] = time_text(user.next_due)
    if user.left:
        row["left"] = user.left.value
    if user.sessions_revoked is not None:
        row["sessions_revoked"] = user.sessions_revoked
    if user.error:
        row["error"] = user.error
    if user.message and user.outcome in _EXPLAINED:
        row["message"] = user.message
    return row


#: Outcomes that say more than the error does, if there is one.
_EXPLAINED = frozenset(Outcome) - {Outcome.REJECTED}


def _changed_row(user: UserRow) -> dict[str, Any]:
    row = _row(user)
    # A reset has a reason and a time; a change of a user has actions.
    for name in ("reason", "set_at"):
        del row[name]
    outcome = _OUTCOMES_OF_CHANGES.get(user.outcome, user.outcome.value)
    return row | {"outcome": outcome, "actions": [action.value for action in user.actions]}


#: Outcomes of another name than those of a reset.
_OUTCOMES_OF_CHANGES = {Outcome.WOULD_RESET: "would_change"}


_KINDS = {
    Outcome.RESUMED: "finished",
    Outcome.WOULD_RESUME: "would be finished",
    Outcome.DEFERRED: "deferred",
    Outcome.EXCLUDED: "left out by policy",
}


def _told(users: Sequence[UserRow], rows: Sequence[telling.Row]) -> str:
    if len(users) == 1:
        said = users[0].message or "nothing differs from what is declared"
        return f"{users[0].name}: {telling.unnamed(said, users[0].name)}"
    failed = sum(user.failed for user in users)
    if failed:
        causes = telling.failures(rows, most=_CAUSES_SHOWN, names=_NAMES_SHOWN)
        return f"{failed} of {len(users)} users failed: {'; '.join(causes)}"
    done = Counter(action for user in users for action in user.actions)
    would = any(user.outcome is Outcome.WOULD_RESET for user in users)
    parts = [f"{count} {'would be ' if would else ''}{WORDS[action][1]}" for action, count in done.items()]
    kinds = Counter(user.outcome for user in users)
    others = (Outcome.RESUMED, Outcome.WOULD_RESUME, Outcome.DEFERRED, Outcome.EXCLUDED)
    parts += [f"{kinds[outcome]} {_KINDS[outcome]}" for outcome in others if kinds[outcome]]
    return f"{len(users)} users: {', '.join(parts) or 'nothing differs from what is declared'}"


def _changed_diff(user: UserRow) -> dict[str, Any]:
    name = telling.one_line(f"{user.name} ({user.customer_id})")
    before = {detail: telling.one_line(old) for detail, (old, _new) in user.changes.items() if old is not None}
    after = {detail: telling.one_line(new) for detail, (_old, new) in user.changes.items() if new is not None}
    return {"before_header": name, "after_header": name, "before": before, "after": after}


def _message(users: Sequence[UserResult], rows: Sequence[telling.Row], operation: str) -> str:
    if len(users) == 1:
        said = users[0].message or _word(users[0], operation)
        return f"{users[0].name}: {telling.unnamed(said, users[0].name)}"
    failed = sum(user.failed for user in users)
    if failed:
        causes = telling.failures(rows, most=_CAUSES_SHOWN, names=_NAMES_SHOWN)
        return f"{failed} of {len(users)} users failed: {'; '.join(causes)}"
    messages = {user.message for user in users}
    kinds = {user.outcome for user in users}
    if kinds <= {Outcome.UNCHANGED, Outcome.DEFERRED} and len(messages) == 1 and None not in messages:
        return f"{len(users)} users {messages.pop()}"
    return _counts(users, operation)


def _word(user: UserResult, operation: str) -> str:
    idle = _NOTHING[operation] if operation in _NOTHING else telling.WORDS["unchanged"]
    return idle if user.outcome is Outcome.UNCHANGED else telling.WORDS.get(user.outcome.value, user.outcome.value)


def _counts(users: Sequence[UserResult], operation: str) -> str:
    """Tell what was done. A run with nothing to do must not read like a failed one."""
    total, kinds = len(users), Counter(user.outcome for user in users)
    changed = sum(user.changed for user in users)
    would = "would be " if kinds[Outcome.WOULD_RESET] + kinds[Outcome.WOULD_RESUME] else ""
    verb = "rolled back" if operation == "rollback" else "set"
    idle = _NOTHING.get(operation, f"nothing was due: {_current(users)}")
    parts = [f"{changed} of {total} passwords {would}{verb}" if changed else idle]
    parts += [f"{kinds[Outcome.DEFERRED]} deferred"] if kinds[Outcome.DEFERRED] else []
    parts += [f"{kinds[Outcome.EXCLUDED]} left out by policy"] if kinds[Outcome.EXCLUDED] else []
    return ", ".join(parts)


def _current(users: Sequence[UserResult]) -> str:
    current = [user for user in users if user.outcome is Outcome.UNCHANGED]
    ids = {user.after.rotation_id for user in current if user.after and user.after.rotation_id}
    verb = "password is" if len(users) == 1 else "passwords are"
    return f"{len(current)} of {len(users)} {verb} current{f' (rotation_id {ids.pop()})' if len(ids) == 1 else ''}"


def _diff(user: UserResult) -> dict[str, Any]:
    name = telling.one_line(f"{user.name} ({user.customer_id})")
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
        "set_at": time_text(applied.set_at),
        "rotation_id": applied.rotation_id and telling.one_line(applied.rotation_id),
        "force_change_password": applied.force_change_password,
    }
