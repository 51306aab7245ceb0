# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rotating many users: look up, plan, guard, advance, settle, conclude, report."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from .._base.errors import InputError, StoreError, Trace
from .._base.workers import for_each, with_writers
from .._directory.directory import Directory, Witness
from .._directory.records import Certainty, Sighting, Sought
from .._password.apply import Options, Progress, Report
from .._password.attempt import is_unique
from .._password.guards import Guards
from .._password.intent import Intent
from .._password.lookup import Lookup, Missing
from .._password.outcome import UserResult, summarise
from .._password.targets import Target
from .._stores.records import Pending
from . import rows
from .cycle import Cycle, Planned, Tools, subject_of
from .names import pending_of, take_stale_names
from .planning import Choice, Mode, Move, choose
from .protocol import advance, conclude, tidy

_AHEAD = (
    "times in the store lie ahead of this machine's clock, so the age of some passwords cannot be told: see the errors"
)


class Rotation:
    """One task. ``progress`` is called after each user; once ``cancelled`` is set, no further user is begun."""

    def __init__(
        self,
        connection: Directory,
        tools: Tools,
        trail: Witness,
        options: Options,
        *,
        progress: Callable[[Progress], None] = lambda _progress: None,
        cancelled: threading.Event | None = None,
    ) -> None:
        self._connection = connection
        self._tools = tools
        self._trail = trail
        self._options = options
        self._progress = progress
        self._stop = cancelled or threading.Event()
        self._lock = threading.Lock()
        self._done = self._failed = self._total = self._throttled_before = 0
        self._workers = connection.concurrency

    def run(self, intents: Sequence[Intent]) -> Report:
        """Raises :class:`PartnerCenterError` before the first PATCH, and never after it."""
        self._throttled_before = self._connection.throttled
        found = Lookup(self._connection, check=self._options.check_user).find(intents)
        targets = [row for row in found if not isinstance(row, Missing)]
        only_reads = self._options.check_mode or self._tools.mode is Mode.VERIFY
        self._tools.store.check([subject_of(target) for target in targets], write=not only_reads)
        planned = self._guarded(for_each(self._plan, targets, workers=self._workers))
        self._check_limit(planned)
        missing = [row for row in found if isinstance(row, Missing)]
        if self._options.stop_on_error and (missing or any(plan.refused for plan in planned)):
            self._stop.set()
        cycles = {} if only_reads else self._carry_out(planned)
        results = {id(plan.target.intent): self._row(plan, cycles.get(plan.target.key), only_reads) for plan in planned}
        left = pending_of(self._tools.store, missing)
        results |= {id(row.intent): rows.of_missing(row, left.get(id(row.intent))) for row in missing}
        users = tuple(results[id(intent)] for intent in intents)
        warnings = {cycle.warning for cycle in cycles.values() if cycle.warning}
        warnings |= {_AHEAD for plan in planned if plan.choice.ahead}
        throttled = self._connection.throttled - self._throttled_before
        return Report(users, summarise(users, throttled=throttled), tuple(sorted(warnings)))

    def _row(self, plan: Planned, cycle: Cycle | None, only_reads: bool) -> UserResult:
        if cycle is not None and plan.moves:
            return rows.of_cycle(cycle, self._tools.now())
        if self._tools.mode is Mode.VERIFY:
            return rows.of_verified(plan.target, plan.document, plan.choice, plan.refusal, self._tools.store.describe())
        document = cycle.document if cycle else plan.document
        begun = only_reads or not plan.moves
        return rows.of_planned(plan.target, document, plan.choice, plan.refusal, self._tools.now(), begun=begun)

    def _plan(self, target: Target) -> Planned:
        """A document that cannot be read stops its user alone."""
        try:
            stored = self._tools.store.load(subject_of(target), read_only=True)
        except StoreError as error:
            return Planned(target, None, None, Choice(Move.HOLD), error)
        document = stored.document if stored else None
        choice = choose(document, target.intent.trigger, self._tools.mode, self._tools.now())
        return Planned(target, document, stored.revision if stored else None, choice)

    def _guarded(self, planned: Sequence[Planned]) -> list[Planned]:
        guards = Guards(
            self._connection,
            allow_synced=self._options.allow_synced,
            allow_privileged=self._options.allow_privileged,
            skip=self._options.skip_refused,
        )
        refusals = guards.refusals([plan.target for plan in planned if plan.choice.sends])
        return [replace(plan, refusal=plan.refusal or refusals.get(plan.target.key)) for plan in planned]

    def _check_limit(self, planned: Sequence[Planned]) -> None:
        resets = sum(plan.moves and plan.choice.sends for plan in planned)
        limit = self._options.max_resets
        if limit and resets > limit:
            raise InputError(
                "max_resets", f"is {limit}, and {resets} resets are due; nothing was sent. Raise it if that is meant"
            )

    def _carry_out(self, planned: Sequence[Planned]) -> dict[tuple[str, str], Cycle]:
        moving = [plan for plan in planned if plan.moves]
        self._total = len(moving)
        advanced = for_each(
            self._advance,
            moving,
            workers=with_writers(self._workers),
            lane=lambda plan: plan.target.customer_id,
            is_open=self._connection.is_open,
        )
        cycles = {cycle.target.key: cycle for cycle in advanced if cycle is not None}
        waiting = [cycle for cycle in cycles.values() if cycle.open is not None and not cycle.error]
        found = self._settle(waiting)
        concluded = for_each(
            lambda cycle: conclude(self._tools, cycle, _certainty(found.get(cycle.target.key))),
            waiting,
            workers=self._workers,
        )
        untidy = [plan for plan in planned if plan.untidy and not plan.moves]
        tidied = for_each(lambda plan: tidy(self._tools, plan), untidy, workers=self._workers)
        take_stale_names(self._tools.store, planned)
        return cycles | {cycle.target.key: cycle for cycle in (*concluded, *tidied)}

    def _advance(self, plan: Planned) -> Cycle | None:
        if self._stop.is_set():
            return None
        begun_at = datetime.now(UTC)
        cycle = replace(advance(self._tools, plan), begun_at=begun_at)
        concerns_all = cycle.delivery is not None and cycle.delivery.concerns_all
        if cycle.failed and (self._options.stop_on_error or concerns_all):
            self._stop.set()
        with self._lock:
            self._done += 1
            self._failed += cycle.failed
            throttled = self._connection.throttled - self._throttled_before
            progress = Progress(self._done, self._failed, self._total - self._done, throttled)
        with contextlib.suppress(Exception):  # a screen that is gone must not cost a row
            self._progress(progress)
        return cycle

    def _settle(self, waiting: Sequence[Cycle]) -> dict[tuple[str, str], Sighting]:
        """Asks the witness what became of lost answers, and for its word where that is wanted."""
        if not waiting or self._options.audit_timeout <= 0:
            return {}
        sought = [
            _sought(cycle, cycle.open, cycle.open.sent_at)
            for cycle in waiting
            if cycle.open is not None and cycle.open.sent_at is not None
        ]
        return self._trail.settle(sought, timeout=self._options.audit_timeout)


def _sought(cycle: Cycle, pending: Pending, sent_at: datetime) -> Sought:
    """By our own ids: the service may answer with others, and record ours. Others could only be assumed."""
    trace = Trace(pending.request_id, pending.correlation_id)
    unique = is_unique(cycle.target.key, pending.rotation_id, trace)
    begun_at = cycle.begun_at if cycle.delivery else None
    return Sought(*cycle.target.key, trace, sent_at, begun_at, unique=unique)


def _certainty(found: Sighting | None) -> Certainty | None:
    return found.certainty if found else None
