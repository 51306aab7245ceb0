# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rotations of many users in one task: decide for all, then one cycle each, settled and promoted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from .._base.errors import CallError, StoreError
from .._base.workers import for_each
from .._directory.directory import Directory, Sessions, Witness
from .._directory.records import Sighting
from .._password.batch import Batch, Options, Progress
from .._password.decision import LeftOut
from .._password.lookup import Missing, Target
from .._password.outcome import UserResult
from .._password.plan import Plan, Step, with_drift
from . import rows
from .cycle import Cycle, RotationDecision, Tools, make_decision, subject_of
from .names import pending_of, take_stale_names
from .planning import Mode, decide, known
from .protocol import advance, conclude, tidy

_AHEAD = (
    "times in the store lie ahead of this machine's clock, so the age of some passwords cannot be told: see the errors"
)


class Rotation(Batch[RotationDecision, Cycle]):
    """One task with generated passwords. ``witness`` tells which resets took effect."""

    def __init__(
        self,
        connection: Directory,
        tools: Tools,
        witness: Witness,
        options: Options,
        *,
        progress: Callable[[Progress], None] = lambda _progress: None,
        cancelled: threading.Event | None = None,
        sessions: Sessions | None = None,
    ) -> None:
        reads_only = options.check_mode or tools.mode is Mode.VERIFY
        if tools.mode is not Mode.ROTATE:  # what is only ended or taken back is no plan that somebody approves
            options = replace(options, approved_plan="")
        super().__init__(
            connection,
            witness,
            options,
            progress=progress,
            cancelled=cancelled,
            now=tools.now,
            reads_only=reads_only,
            sessions=sessions,
        )
        self._tools = tools
        self._workers = connection.concurrency

    def _open(self, targets: Sequence[Target]) -> None:
        self._tools.store.check([subject_of(target) for target in targets], write=not self._reads_only)

    def _decide(self, targets: Sequence[Target]) -> list[RotationDecision]:
        decisions = for_each(self._decision, targets, workers=self._workers)
        refusals = self._guards().refusals([decision.target for decision in decisions if decision.sends])
        self._warnings += [_AHEAD for decision in decisions if decision.plan.ahead]
        return [_refused(decision, refusals.get(decision.target.key)) for decision in decisions]

    def _decision(self, target: Target) -> RotationDecision:
        """Return the decision for one user. If the document cannot be read, only this user fails."""
        try:
            stored = self._tools.store.load(subject_of(target), read_only=True)
        except StoreError as error:
            return RotationDecision(target, Plan(Step.HOLD), refusal=error, unclear=True)
        document = stored.document if stored else None
        trigger, now = target.intent.trigger, self._now()
        plan = decide(document, trigger, self._tools.mode, now)
        if self._tools.mode in (Mode.ROTATE, Mode.VERIFY) and not target.intent.force_change_password:
            applied, changed_at = known(document).applied, target.user.password_changed_at
            plan = with_drift(plan, trigger, applied, changed_at, resets=self._options.resets_drift, now=now)
        return make_decision(target, plan, stored)

    def _rows_of_missing(self, missing: Sequence[Missing]) -> list[UserResult]:
        left = pending_of(self._tools.store, missing)
        return [rows.of_missing(item, document) for item, document in zip(missing, left, strict=True)]

    def _send(self, decision: RotationDecision) -> Cycle:
        begun_at = datetime.now(UTC)
        return replace(advance(self._tools, decision), begun_at=begun_at)

    def _row(self, decision: RotationDecision, result: Cycle) -> UserResult:
        return rows.of_cycle(result)

    def _row_without(self, decision: RotationDecision, not_begun: str | None) -> UserResult:
        if self._tools.mode is Mode.VERIFY:
            return rows.of_verified(decision, self._tools.store.describe())
        return rows.with_document(decision, super()._row_without(decision, not_begun))

    def _finish(self, decisions: Sequence[RotationDecision]) -> None:
        untidy = [decision for decision in decisions if decision.untidy and not decision.moves]
        tidied = for_each(lambda decision: tidy(self._tools, decision), untidy, workers=self._workers)
        take_stale_names(self._tools.store, decisions)
        self._warnings += sorted({cycle.warning for cycle in (*self._results, *tidied) if cycle.warning})

    def _conclude(self, result: Cycle, sighting: Sighting | None) -> Cycle:
        if sighting is None:
            return conclude(self._tools, result, None)
        return replace(conclude(self._tools, result, sighting.proven), disputed=sighting.disputed)


def _refused(decision: RotationDecision, refusal: CallError | str | None) -> RotationDecision:
    """Return the decision with the refusal. A user with a pending password fails instead of being excluded."""
    if isinstance(refusal, LeftOut) and decision.pending is not None:
        refusal = str(refusal)
    return replace(decision, refusal=decision.refusal or refusal)
