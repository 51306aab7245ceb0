# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Setting passwords for one user or for many: look up, decide, send, settle, report."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .._base.errors import InputError
from .._base.identifiers import folded
from .._base.workers import for_each, with_writers
from .._directory.directory import Directory, Witness
from .._directory.records import Certainty, Fate, Sighting, Sought
from . import report
from .attempt import make_attempt, resume_attempt
from .decisions import Decider, Decision
from .evidence import Evidence
from .guards import Guards
from .intent import Intent
from .lookup import Lookup, Missing
from .outcome import Summary, UserResult, summarise
from .plan import Step
from .reset import Sent, send


@dataclass(frozen=True)
class Options:
    """What holds for a whole task. ``max_resets`` 0 means no limit; ``audit_timeout`` is seconds."""

    check_user: bool = True
    allow_synced: bool = False
    allow_privileged: bool = False
    skip_refused: bool = False
    stop_on_error: bool = False
    max_resets: int = 0
    audit_timeout: float = 120.0
    witness: bool = False
    check_mode: bool = False


@dataclass(frozen=True)
class Progress:
    """Where a long task is. Counts of users, apart from ``throttled``, which counts answers.

    Failed ones are among the done. ``customer`` is given where all users are of one.
    """

    done: int
    failed: int
    remaining: int
    throttled: int
    customer: str | None = None


@dataclass(frozen=True)
class Report:
    """One row for each intent, in their order."""

    users: tuple[UserResult, ...]
    summary: Summary
    warnings: tuple[str, ...] = ()


class Application:
    """One task. ``trail`` is what the service itself knows of resets; ``progress`` is called after each user.

    Once ``cancelled`` is set, no further user is begun.
    """

    def __init__(
        self,
        connection: Directory,
        evidence: Evidence,
        trail: Witness,
        options: Options,
        *,
        progress: Callable[[Progress], None] = lambda _progress: None,
        cancelled: threading.Event | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._connection = connection
        self._evidence = evidence
        self._trail = trail
        self._options = options
        self._progress = progress
        self._now = now
        self._stop = cancelled or threading.Event()
        self._lock = threading.Lock()
        self._done = self._failed = self._total = self._throttled_before = 0

    def run(self, intents: Sequence[Intent]) -> Report:
        """Raises :class:`PartnerCenterError` before the first PATCH, and never after it."""
        self._throttled_before = self._connection.throttled
        found = Lookup(self._connection, check=self._options.check_user).find(intents)
        targets = [row for row in found if not isinstance(row, Missing)]
        missing = [row for row in found if isinstance(row, Missing)]
        self._evidence.open([target.key for target in targets])
        try:
            decisions = self._decider().decide(targets)
            self._check_limit(decisions)
            in_doubt = self._in_doubt(missing)
            rows, warnings = self._carry_out(decisions, stopped=bool(missing) and self._options.stop_on_error)
        finally:
            closing = self._evidence.close()
        by_intent = {id(decision.target.intent): row for decision, row in zip(decisions, rows, strict=True)}
        by_intent |= {id(row.intent): report.of_missing(row, in_doubt=id(row.intent) in in_doubt) for row in missing}
        users = tuple(by_intent[id(intent)] for intent in intents)
        return Report(users, summarise(users, throttled=self._throttled()), tuple(warnings + closing))

    def _decider(self) -> Decider:
        options = self._options
        guards = Guards(
            self._connection,
            allow_synced=options.allow_synced,
            allow_privileged=options.allow_privileged,
            skip=options.skip_refused,
        )
        return Decider(
            self._evidence,
            self._trail,
            guards,
            audit_timeout=options.audit_timeout,
            read_only=options.check_mode,
            now=self._now,
        )

    def _in_doubt(self, missing: Sequence[Missing]) -> set[int]:
        """Intents whose user was not found, and for whom an attempt of an earlier run is open."""
        customers = {row.customer_id for row in missing}
        by_customer = {customer_id: self._evidence.in_doubt(customer_id) for customer_id in customers}
        return {
            id(row.intent)
            for row in missing
            if (row.intent.account.user_id or folded(row.intent.account.name)) in by_customer[row.customer_id]
        }

    def _check_limit(self, decisions: Sequence[Decision]) -> None:
        resets, limit = sum(decision.sends for decision in decisions), self._options.max_resets
        if limit and resets > limit:
            raise InputError(
                "max_resets", f"is {limit}, and {resets} resets are due; nothing was sent. Raise it if that is meant"
            )

    def _carry_out(self, decisions: Sequence[Decision], *, stopped: bool) -> tuple[list[UserResult], list[str]]:
        check_mode = self._options.check_mode
        due = [] if check_mode else [decision for decision in decisions if decision.sends]
        refused = any(decision.refusal is not None and not decision.left_out for decision in decisions)
        stopped = stopped or (refused and self._options.stop_on_error)
        sent = self._send_all(due, stopped=stopped)
        found = self._settle([one for one in sent.values() if one.fate is Fate.AMBIGUOUS])
        warnings = self._witness([one for one in sent.values() if one.fate is Fate.ACCEPTED])
        rows = []
        for decision in decisions:
            one = sent.get(decision.target.key)
            if one is not None:
                rows.append(report.of_sent(decision, one, found.get(decision.target.key)))
            elif decision.sends and (stopped or not check_mode):
                rows.append(report.of_not_attempted(decision))
            else:
                rows.append(report.of_decision(decision, check_mode=check_mode, now=self._now()))
        return rows, warnings

    def _send_all(self, due: Sequence[Decision], *, stopped: bool) -> dict[tuple[str, str], Sent]:
        if stopped:
            self._stop.set()
        self._total = len(due)

        def work(decision: Decision) -> Sent | None:
            if self._stop.is_set():
                return None
            make = resume_attempt if decision.plan.step is Step.RESUME else make_attempt
            attempt = make(decision.target, decision.known, self._now())
            sent = send(self._connection.users, self._evidence, attempt, now=self._now)
            failed = sent.fate is not Fate.ACCEPTED
            if failed and (self._options.stop_on_error or sent.delivery.concerns_all):
                self._stop.set()
            self._note(failed)
            return sent

        results = for_each(
            work,
            due,
            workers=with_writers(self._connection.concurrency),
            lane=lambda decision: decision.target.customer_id,
            is_open=self._connection.is_open,
        )
        return {sent.attempt.target.key: sent for sent in results if sent is not None}

    def _settle(self, ambiguous: Sequence[Sent]) -> dict[tuple[str, str], Sighting]:
        found = self._ask(ambiguous)
        for sent in ambiguous:
            settled = found.get(sent.attempt.target.key)
            if settled:
                self._evidence.applied(sent.attempt.target, settled.at, settled.certainty)
        return found

    def _ask(self, ambiguous: Sequence[Sent]) -> dict[tuple[str, str], Sighting]:
        """Where the witness is not to be asked, the word of the call is all there is: assumed."""
        if self._options.audit_timeout <= 0:
            taken = [sent for sent in ambiguous if sent.delivery.taken]
            return {sent.attempt.target.key: Sighting(Certainty.ASSUMED, sent.at) for sent in taken}
        return self._trail.settle([_sought(sent) for sent in ambiguous], timeout=self._options.audit_timeout)

    def _witness(self, accepted: Sequence[Sent]) -> list[str]:
        """Where the witness is the evidence, the next run depends on its showing what was done."""
        if not accepted or not self._options.witness:
            return []
        found = self._trail.settle([_sought(sent) for sent in accepted], timeout=self._options.audit_timeout)
        unseen = len(accepted) - len(found)
        if not unseen:
            return []
        return [
            f"the {self._connection.memory.name} does not show {unseen} of {len(accepted)} resets after "
            f"{self._options.audit_timeout:g} seconds: a run that starts before it does may reset these users once more"
        ]

    def _note(self, failed: bool) -> None:
        with self._lock:
            self._done += 1
            self._failed += failed
            progress = Progress(self._done, self._failed, self._total - self._done, self._throttled())
        with contextlib.suppress(Exception):  # a screen that is gone must not cost a row
            self._progress(progress)

    def _throttled(self) -> int:
        return self._connection.throttled - self._throttled_before


def _sought(sent: Sent) -> Sought:
    attempt = sent.attempt
    return Sought(
        *attempt.target.key,
        attempt.trace,
        attempt.sent_at,
        attempt.begun_at,
        alone=attempt.alone,
        unique=attempt.unique,
    )
