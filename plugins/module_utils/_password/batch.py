# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many users in one task, for given passwords and rotations: limits, pilot, stop rule, progress, rows in order."""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice, zip_longest
from typing import ClassVar, Generic, Protocol, TypeVar

from .._base.workers import for_each, with_writers
from .._directory.directory import Directory, Sessions, Witness
from .._directory.records import Sighting, Sought
from .approval import check_approved, plan_of
from .decision import Decision
from .ending import Ending
from .guards import Guards
from .intent import Intent
from .limits import check_limits
from .lookup import Lookup, Missing, Target
from .outcome import Outcome, UserResult, summarise
from .report import Report, of_decision

_SUCCEEDED = frozenset({Outcome.APPLIED, Outcome.RESUMED})
_STOPPED = (
    "not attempted: the task stopped before, because another user failed and on_error is stop, or because something "
    "failed that all users need, such as the sign-in"
)
_PILOT_FAILED = (
    "not attempted: not all {} users of the pilot could be set, and the others are sent a password only after that. "
    "See what became of the pilot, mend it, and run again"
)
_AFTER_PILOT = ", once all {} users of the pilot are set"


@dataclass(frozen=True)
class Options:
    """The options of a whole task. Limits and ``pilot`` count users, 0 means none; ``audit_timeout`` is in seconds."""

    check_user: bool = True
    allow_synced: bool = False
    allow_privileged: bool = False
    allowed_roles: tuple[str, ...] = ()
    skip_refused: bool = False
    stop_on_error: bool = False
    max_resets: int = 0
    max_resets_per_customer: int = 0
    pilot: int = 0
    approved_plan: str = ""
    audit_timeout: float = 120.0
    witness: bool = False
    resets_drift: bool = False
    writes_back: bool = False
    check_mode: bool = False


@dataclass(frozen=True)
class Progress:
    """Numbers of users, and of throttled answers. ``done`` includes ``failed``. ``customer``: that of all users."""

    done: int
    failed: int
    remaining: int
    throttled: int
    customer: str | None = None


class Attempted(Protocol):
    """The end of one user's turn."""

    @property
    def target(self) -> Target:
        """The user whose turn it was."""

    @property
    def failed(self) -> bool:
        """Return whether the turn did not reach what is wanted."""

    @property
    def concerns_all(self) -> bool:
        """Return whether it failed for a reason that would stop every other user."""

    @property
    def sought(self) -> Sought | None:
        """The question to the witness, where the answer was lost or is not enough."""


Decided = TypeVar("Decided", bound=Decision)
Result = TypeVar("Result", bound=Attempted)


class Batch(ABC, Generic[Decided, Result]):
    """One task. ``progress`` is called after each user. Once ``cancelled`` is set, no other user is begun.

    An engine says how it decides, sends and settles; none of its methods but ``_find``, ``_open`` and ``_decide`` may
    raise. ``COUNTED``: what its limits count.
    """

    COUNTED: ClassVar[str] = "resets"

    def __init__(
        self,
        connection: Directory,
        witness: Witness,
        options: Options,
        *,
        progress: Callable[[Progress], None],
        cancelled: threading.Event | None,
        now: Callable[[], datetime],
        reads_only: bool,
        sessions: Sessions | None,
    ) -> None:
        self._connection = connection
        self._witness = witness
        self._options = options
        self._progress = progress
        self._stop = cancelled or threading.Event()
        self._now = now
        self._reads_only = reads_only
        self._ending = Ending(sessions)
        self._lock = threading.Lock()
        self._done = self._failed = self._total = self._throttled_before = 0
        self._results: list[Result] = []
        self._warnings: list[str] = []

    def _find(self, intents: Sequence[Intent]) -> list[Target | Missing]:
        """Return the users in the order of the intents; raises :class:`InputError` where two of them are one user."""
        return Lookup(self._connection, check=self._options.check_user).find(intents)

    @abstractmethod
    def _open(self, targets: Sequence[Target]) -> None:
        """Check that the engine's records can be read, and written where that will be needed."""

    @abstractmethod
    def _decide(self, targets: Sequence[Target]) -> list[Decided]:
        """Return decisions in the order of the targets. Changes no password."""

    @abstractmethod
    def _send(self, decision: Decided) -> Result:
        """Carry out the decision for one user. Safe under threads."""

    @abstractmethod
    def _conclude(self, result: Result, sighting: Sighting | None) -> Result:
        """End a turn that waited for the witness. ``sighting`` is None where the witness knows nothing."""

    @abstractmethod
    def _row(self, decision: Decided, result: Result) -> UserResult:
        """The row of a user whose turn has ended."""

    def _row_without(self, decision: Decided, not_begun: str | None) -> UserResult:
        """Return the row of a user who had no turn."""
        return of_decision(decision, self._now(), check_mode=self._reads_only, not_begun=not_begun)

    @abstractmethod
    def _rows_of_missing(self, missing: Sequence[Missing]) -> list[UserResult]:
        """Return a row for each user who was not found. An earlier run may still have sent a password."""

    def _finish(self, decisions: Sequence[Decided]) -> None:
        """Do what is left after the last turn."""

    def _close(self) -> None:
        """Release what ``_open`` took."""

    def run(self, intents: Sequence[Intent]) -> Report:
        """Return the report; raises :class:`PartnerCenterError` before the first PATCH, and never after it."""
        self._throttled_before = self._connection.throttled
        found = self._find(intents)
        targets = [item for item in found if isinstance(item, Target)]
        missing = [item for item in found if isinstance(item, Missing)]
        self._open(targets)
        try:
            decisions = self._decide(targets)
            due = [decision for decision in decisions if decision.sends]
            most, each = self._options.max_resets, self._options.max_resets_per_customer
            check_limits([decision.target for decision in due], most=most, each=each, counted=self.COUNTED)
            plan = plan_of(due)
            if not self._reads_only:
                check_approved(self._options.approved_plan, plan, len(due))
            rows_of_missing = iter(self._rows_of_missing(missing))
            if self._options.stop_on_error and (missing or any(decision.failed for decision in decisions)):
                self._stop.set()
            rows = self._carry_out(decisions)
        finally:
            self._close()
        users = tuple(rows[item.key] if isinstance(item, Target) else next(rows_of_missing) for item in found)
        return Report(users, summarise(users, throttled=self._throttled()), tuple(dict.fromkeys(self._warnings)), plan)

    def _guards(self) -> Guards:
        options = self._options
        return Guards(
            self._connection,
            allow_synced=options.allow_synced,
            allow_privileged=options.allow_privileged,
            allowed_roles=options.allowed_roles,
            writes_back=options.writes_back,
            skip=options.skip_refused,
        )

    def _carry_out(self, decisions: Sequence[Decided]) -> dict[tuple[str, str], UserResult]:
        """Return rows by ``Target.key``. The pilot is settled before any other password is sent."""
        moving = [decision for decision in decisions if decision.moves]
        pilot = self._pilot([decision for decision in moving if decision.sends])
        first = [decision for decision in moving if not pilot or not decision.sends or decision.target.key in pilot]
        rest = [decision for decision in moving if pilot and decision.sends and decision.target.key not in pilot]
        if self._reads_only:
            return self._predicted(decisions, rest, len(pilot))
        self._total = len(moving)
        rows = self._round(first)
        not_begun = _STOPPED
        if any(key not in rows or rows[key].outcome not in _SUCCEEDED for key in pilot):
            not_begun = _STOPPED if self._stop.is_set() else _PILOT_FAILED.format(len(pilot))
        else:
            rows |= self._round(rest)
        self._finish(decisions)
        idle = [decision for decision in decisions if decision.target.key not in rows]
        rows |= {decision.target.key: self._row_without(decision, not_begun) for decision in idle}
        rows = self._ending.of_rest(rows, workers=self._connection.concurrency)
        self._warnings += self._ending.warnings()
        return rows

    def _predicted(
        self, decisions: Sequence[Decided], rest: Sequence[Decided], pilot: int
    ) -> dict[tuple[str, str], UserResult]:
        stopped = _STOPPED if self._stop.is_set() else None
        rows = {decision.target.key: self._row_without(decision, stopped) for decision in decisions}
        for decision in rest:
            row = rows[decision.target.key]
            if row.outcome in (Outcome.WOULD_RESET, Outcome.WOULD_RESUME):
                rows[decision.target.key] = replace(row, message=f"{row.message}{_AFTER_PILOT.format(pilot)}")
        return rows

    def _pilot(self, due: Sequence[Decided]) -> set[tuple[str, str]]:
        """Return the pilot by ``Target.key``: one user of each customer, then a second; empty if that is everybody."""
        if self._options.pilot >= len(due):
            return set()
        lanes: dict[str, list[tuple[str, str]]] = {}
        for decision in due:
            lanes.setdefault(decision.target.customer_id, []).append(decision.target.key)
        turns = (key for turn in zip_longest(*lanes.values()) for key in turn if key is not None)
        return set(islice(turns, self._options.pilot))

    def _round(self, decisions: Sequence[Decided]) -> dict[tuple[str, str], UserResult]:
        taken = for_each(
            self._turn,
            decisions,
            workers=with_writers(self._connection.concurrency),
            lane=lambda decision: decision.target.customer_id,
            is_open=self._connection.is_open,
        )
        results = {result.target.key: result for result in self._settle([item for item in taken if item is not None])}
        self._results += results.values()
        begun = [decision for decision in decisions if decision.target.key in results]
        return {decision.target.key: self._row(decision, results[decision.target.key]) for decision in begun}

    def _settle(self, results: Sequence[Result]) -> list[Result]:
        """Return the results with lost answers settled. The witness is asked once for all of them."""
        waiting = [result for result in results if result.sought is not None]
        sought = [result.sought for result in waiting if result.sought is not None]
        timeout = self._options.audit_timeout
        found = self._witness.settle(sought, timeout=timeout) if sought and timeout > 0 else {}
        concluded = for_each(
            lambda result: self._conclude(result, found.get(result.target.key)),
            waiting,
            workers=self._connection.concurrency,
        )
        by_key = {result.target.key: result for result in concluded}
        return [by_key.get(result.target.key, result) for result in results]

    def _turn(self, decision: Decided) -> Result | None:
        if self._stop.is_set():
            return None
        result = self._send(decision)
        if result.failed and (self._options.stop_on_error or result.concerns_all):
            self._stop.set()
        if self._ending.wanted and result.sought is None:
            self._ending.of(self._row(decision, result))
        with self._lock:
            self._done += 1
            self._failed += result.failed
            progress = Progress(self._done, self._failed, self._total - self._done, self._throttled())
        with contextlib.suppress(Exception):  # a screen that is gone must not cost a row
            self._progress(progress)
        return result

    def _throttled(self) -> int:
        return self._connection.throttled - self._throttled_before
