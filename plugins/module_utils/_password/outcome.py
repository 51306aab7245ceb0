# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outcome for each user, and the summary (the table of outcomes in the guide to idempotency). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .._base.errors import NO_TRACE, Trace
from .._directory.records import Certainty


class Outcome(StrEnum):
    """The outcomes. Those with ``would`` belong to check mode.

    ``excluded``: a guard refused the user, and the task excludes such users: not changed, and no failure.
    """

    APPLIED = "applied"
    RESUMED = "resumed"
    WOULD_RESET = "would_reset"
    WOULD_RESUME = "would_resume"
    UNCHANGED = "unchanged"
    DEFERRED = "deferred"
    EXCLUDED = "excluded"
    REJECTED = "rejected"
    UNKNOWN = "unknown"

    @property
    def changed(self) -> bool:
        """Return whether the password may be another one now, which includes ``unknown``."""
        return self in _CHANGED

    @property
    def failed(self) -> bool:
        return self in _FAILED


_CHANGED = frozenset({Outcome.APPLIED, Outcome.RESUMED, Outcome.UNKNOWN, Outcome.WOULD_RESET, Outcome.WOULD_RESUME})
_FAILED = frozenset({Outcome.REJECTED, Outcome.UNKNOWN})


class Reason(StrEnum):
    """The reasons why a reset is due."""

    ALWAYS = "always"
    NO_LEDGER = "no_ledger"
    ROTATION_ID = "rotation_id"
    FINGERPRINT = "fingerprint"
    AGE = "age"
    RESUMED = "resumed"
    DRIFT = "drift"
    ROLLBACK = "rollback"


class Left(StrEnum):
    """The state that a rotation leaves for the next run (``pending``) or for a human."""

    PENDING = "pending"
    QUARANTINED = "quarantined"
    ORPHANED = "orphaned"


@dataclass(frozen=True)
class Word:
    """A code as people read it: its name and meaning in the report, and the colour of its badge there.

    An outcome has more. ``user`` is said of a user who did not fail and whose row has no message. ``count`` follows a
    number of users.
    """

    shown: str
    meaning: str
    badge: str = ""
    user: str = ""
    count: str = ""


#: The most urgent first: the order of the rows in every form of the report.
OUTCOMES: dict[str, Word] = {
    Outcome.UNKNOWN: Word(
        "unknown",
        "The answer was lost, and nothing shows what became of the request.",
        "doubt",
        count="not known",
    ),
    Outcome.REJECTED: Word("rejected", "The service or a guard refused it.", "bad", count="rejected"),
    Outcome.DEFERRED: Word(
        "deferred",
        "Due, and not begun: its window is closed, another run works on the user, or another user failed.",
        "warn",
        user="deferred",
        count="deferred",
    ),
    Outcome.EXCLUDED: Word(
        "left out",
        "Refused for what the user is (federated, synced, holder of a directory role), and meant to be passed over.",
        user="left out by policy",
        count="left out by policy",
    ),
    Outcome.WOULD_RESET: Word(
        "would reset",
        "A run without check mode would set a new password.",
        "good",
        user="password would be set",
        count="would be set",
    ),
    Outcome.WOULD_RESUME: Word(
        "would resume",
        "A run without check mode would finish the earlier rotation.",
        "good",
        user="the attempt of an earlier run would be finished",
        count="would be finished",
    ),
    Outcome.RESUMED: Word(
        "resumed",
        "A rotation of an earlier run was finished.",
        "good",
        user="password set: the attempt of an earlier run is finished",
        count="set by finishing the attempt of an earlier run",
    ),
    Outcome.APPLIED: Word(
        "applied", "The service accepted the new password.", "good", user="password set", count="set"
    ),
    Outcome.UNCHANGED: Word("unchanged", "Nothing was due.", user="nothing was due", count="unchanged"),
}
REASONS: dict[str, Word] = {
    Reason.ALWAYS: Word("always", "The task resets in each run."),
    Reason.NO_LEDGER: Word("no record", "No earlier reset of this user is recorded."),
    Reason.ROTATION_ID: Word("rotation id", "The declared rotation_id is not the one that was applied."),
    Reason.FINGERPRINT: Word("fingerprint", "The declared password is not the one that was set."),
    Reason.AGE: Word("age", "The password is older than declared."),
    Reason.RESUMED: Word("unfinished", "An earlier run had begun a rotation and did not finish it."),
    Reason.DRIFT: Word("drift", "The password was changed by something else."),
    Reason.ROLLBACK: Word("rollback", "The previous password was asked for."),
}


@dataclass(frozen=True)
class Applied:
    """The metadata of a reset that took effect; also what a diff shows before and after."""

    set_at: datetime
    rotation_id: str | None = None
    force_change_password: bool | None = None


@dataclass(frozen=True)
class UserResult:
    """One user's row. ``error`` holds plain values that may be shown; ``left`` says what a rotation left behind.

    ``sessions_revoked``: None where they were not to be ended.
    """

    customer_id: str | None
    user_id: str | None
    user_principal_name: str | None
    outcome: Outcome
    reason: Reason | None = None
    certainty: Certainty | None = None
    attempts: int = 0
    trace: Trace = NO_TRACE
    set_at: datetime | None = None
    next_due: datetime | None = None
    message: str | None = None
    error: dict[str, str | int] | None = None
    left: Left | None = None
    sessions_revoked: bool | None = None
    before: Applied | None = None
    after: Applied | None = None

    @property
    def changed(self) -> bool:
        return self.outcome.changed

    @property
    def failed(self) -> bool:
        return self.outcome.failed

    @property
    def name(self) -> str:
        """Return the user's name for messages."""
        return self.user_principal_name or self.user_id or "a user"


@dataclass(frozen=True)
class Summary:
    total: int
    changed: int
    unchanged: int
    failed: int
    unknown: int
    excluded: int
    throttled: int


def summarise(results: Iterable[UserResult], *, throttled: int) -> Summary:
    """Return the counts. A user whose outcome is unknown counts as changed, as failed and as unknown."""
    rows = list(results)
    return Summary(
        total=len(rows),
        changed=sum(row.changed for row in rows),
        unchanged=sum(not (row.changed or row.failed or row.outcome is Outcome.EXCLUDED) for row in rows),
        failed=sum(row.failed for row in rows),
        unknown=sum(row.outcome is Outcome.UNKNOWN for row in rows),
        excluded=sum(row.outcome is Outcome.EXCLUDED for row in rows),
        throttled=throttled,
    )
