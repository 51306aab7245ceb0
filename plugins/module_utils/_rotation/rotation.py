# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rotating many users: look up, plan, guard, advance, settle, conclude, report."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .._password.apply import Options, Progress, Report
from .._password.guards import Guards, LeftOut
from .._password.intent import Intent
from .._password.lookup import Lookup, Missing
from .._password.outcome import Certainty, summarise
from .._password.report import of_missing
from .._password.targets import Target
from .._password.trail import Found, Sought, Trail
from .._password.workers import for_each, with_writers
from .._service.connection import Connection
from .._service.errors import CallError, CredentialError, InputError, StoreError, Trace
from . import rows
from .cycle import Cycle, Tools, subject_of
from .document import Document
from .planning import Choice, Mode, choose
from .protocol import advance, conclude


@dataclass(frozen=True)
class Planned:
    """What is to be done for one user. ``refusal``: why it is not."""

    target: Target
    document: Document | None
    choice: Choice
    refusal: CallError | StoreError | str | None = None

    @property
    def acts(self) -> bool:
        """Whether the protocol runs: something is to be sent or promoted, or an event was left undelivered."""
        left_over = self.document is not None and bool(self.document.outbox)
        return self.refusal is None and (self.choice.writes or left_over)

    @property
    def refused(self) -> bool:
        """Whether the refusal is a failure, and not what policy leaves out."""
        return self.refusal is not None and not isinstance(self.refusal, LeftOut)


class Rotation:
    """One task. ``progress`` is called after each user; once ``cancelled`` is set, no further user is begun."""

    def __init__(
        self,
        connection: Connection,
        tools: Tools,
        trail: Trail,
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
        self._workers = connection.settings.concurrency

    def run(self, intents: Sequence[Intent]) -> Report:
        """Raises :class:`PartnerCenterError` before the first PATCH, and never after it."""
        self._throttled_before = self._connection.gates.throttled
        found = Lookup(self._connection, check=self._options.check_user).find(intents)
        targets = [row for row in found if not isinstance(row, Missing)]
        only_reads = self._options.check_mode or self._tools.mode is Mode.VERIFY
        self._tools.store.check([subject_of(target) for target in targets], write=not only_reads)
        planned = self._guarded(for_each(self._plan, targets, workers=self._workers))
        self._check_limit(planned)
        results = {id(row.intent): of_missing(row) for row in found if isinstance(row, Missing)}
        if self._options.stop_on_error and (results or any(plan.refused for plan in planned)):
            self._stop.set()
        cycles = {} if only_reads else self._carry_out([plan for plan in planned if plan.acts])
        now = self._tools.now()
        for plan in planned:
            key = id(plan.target.intent)
            cycle = cycles.get(plan.target.key)
            if cycle is not None:
                results[key] = rows.of_cycle(cycle, now)
            elif self._tools.mode is Mode.VERIFY:
                results[key] = rows.of_verified(plan.target, plan.document, plan.choice, plan.refusal)
            else:
                begun = only_reads or not plan.acts
                results[key] = rows.of_planned(plan.target, plan.document, plan.choice, plan.refusal, now, begun=begun)
        users = tuple(results[id(intent)] for intent in intents)
        warnings = tuple(sorted({cycle.warning for cycle in cycles.values() if cycle.warning}))
        throttled = self._connection.gates.throttled - self._throttled_before
        return Report(users, summarise(users, throttled=throttled), warnings)

    def _plan(self, target: Target) -> Planned:
        stored = self._tools.store.load(subject_of(target), read_only=True)
        document = stored.document if stored else None
        choice = choose(document, target.intent.trigger, self._tools.mode, self._tools.now())
        return Planned(target, document, choice)

    def _guarded(self, planned: Sequence[Planned]) -> list[Planned]:
        guards = Guards(
            self._connection,
            allow_synced=self._options.allow_synced,
            allow_privileged=self._options.allow_privileged,
            skip=self._options.skip_refused,
        )
        refusals = guards.refusals([plan.target for plan in planned if plan.choice.sends])
        return [Planned(plan.target, plan.document, plan.choice, refusals.get(plan.target.key)) for plan in planned]

    def _check_limit(self, planned: Sequence[Planned]) -> None:
        resets = sum(plan.choice.sends and plan.refusal is None for plan in planned)
        limit = self._options.max_resets
        if limit and resets > limit:
            raise InputError(
                "max_resets", f"is {limit}, and {resets} resets are due; nothing was sent. Raise it if that is meant"
            )

    def _carry_out(self, planned: Sequence[Planned]) -> dict[tuple[str, str], Cycle]:
        self._total = len(planned)
        advanced = for_each(
            self._advance,
            [plan.target for plan in planned],
            workers=with_writers(self._workers),
            lane=lambda target: target.customer_id,
            is_open=self._connection.gates.is_open,
        )
        cycles = {cycle.target.key: cycle for cycle in advanced if cycle is not None}
        waiting = [cycle for cycle in cycles.values() if cycle.open is not None and not cycle.error]
        found = self._settle(waiting)
        concluded = for_each(
            lambda cycle: conclude(self._tools, cycle, _certainty(found.get(cycle.target.key))),
            waiting,
            workers=self._workers,
        )
        return cycles | {cycle.target.key: cycle for cycle in concluded}

    def _advance(self, target: Target) -> Cycle | None:
        if self._stop.is_set():
            return None
        cycle = advance(self._tools, target)
        error = cycle.delivery.error if cycle.delivery else None
        # Without a token nobody's reset can succeed.
        if cycle.failed and (self._options.stop_on_error or isinstance(error, CredentialError)):
            self._stop.set()
        with self._lock:
            self._done += 1
            self._failed += cycle.failed
            throttled = self._connection.gates.throttled - self._throttled_before
            progress = Progress(self._done, self._failed, self._total - self._done, throttled)
        with contextlib.suppress(Exception):  # a screen that is gone must not cost a row
            self._progress(progress)
        return cycle

    def _settle(self, waiting: Sequence[Cycle]) -> dict[tuple[str, str], Found]:
        """Asks the audit log what became of lost answers, and for its witness where that is wanted."""
        if not waiting or self._options.audit_timeout <= 0:
            return {}
        sought = [
            # Our own ids: the service may answer with others, and its log has ours.
            Sought(cycle.target, Trace(cycle.open.request_id, cycle.open.correlation_id), cycle.open.sent_at)
            for cycle in waiting
            if cycle.open is not None and cycle.open.sent_at is not None
        ]
        return self._trail.settle(sought, timeout=self._options.audit_timeout)


def _certainty(found: Found | None) -> Certainty | None:
    return found.certainty if found else None
