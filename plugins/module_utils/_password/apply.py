# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task with given passwords: record, send, settle."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from .._base.identifiers import folded
from .._directory.directory import Directory, Sessions, Witness
from .._directory.records import Certainty, Fate, Sighting
from . import report
from .batch import Batch, Options, Progress
from .decider import Decider, ResetDecision
from .decision import Decision
from .evidence import Evidence, make_attempt, resume_attempt
from .lookup import Missing, Target
from .outcome import UserResult
from .plan import Step
from .reset import Sent, send


class Application(Batch[ResetDecision, Sent]):
    """One task with given passwords. ``witness`` tells which resets took effect."""

    def __init__(
        self,
        connection: Directory,
        evidence: Evidence,
        witness: Witness,
        options: Options,
        *,
        progress: Callable[[Progress], None] = lambda _progress: None,
        cancelled: threading.Event | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sessions: Sessions | None = None,
    ) -> None:
        super().__init__(
            connection,
            witness,
            options,
            progress=progress,
            cancelled=cancelled,
            now=now,
            reads_only=options.check_mode,
            sessions=sessions,
        )
        self._evidence = evidence

    def _open(self, targets: Sequence[Target]) -> None:
        self._evidence.open([target.key for target in targets])

    def _close(self) -> None:
        self._warnings += self._evidence.close()

    def _decide(self, targets: Sequence[Target]) -> list[ResetDecision]:
        decider = Decider(
            self._evidence,
            self._witness,
            self._guards(),
            audit_timeout=self._options.audit_timeout,
            read_only=self._options.check_mode,
            resets_drift=self._options.resets_drift,
            now=self._now,
        )
        return decider.decide(targets)

    def _rows_of_missing(self, missing: Sequence[Missing]) -> list[UserResult]:
        in_doubt = {item.customer_id: self._evidence.in_doubt(item.customer_id) for item in missing}
        users = [item.intent.account.user_id or folded(item.intent.account.name) for item in missing]
        return [
            report.of_missing(item, Decision.MAY_BE_LIVE if user in in_doubt[item.customer_id] else "")
            for item, user in zip(missing, users, strict=True)
        ]

    def _send(self, decision: ResetDecision) -> Sent:
        make = resume_attempt if decision.plan.step is Step.RESUME else make_attempt
        attempt = make(decision.target, decision.known, self._now())
        return send(self._connection.users, self._evidence, attempt, now=self._now)

    def _row(self, decision: ResetDecision, result: Sent) -> UserResult:
        return report.of_sent(decision, result)

    def _conclude(self, result: Sent, sighting: Sighting | None) -> Sent:
        if sighting is None and self._options.audit_timeout <= 0 and result.delivery.taken:
            sighting = Sighting(Certainty.ASSUMED, result.at)  # the word of the call is all there is
        if sighting is not None and not sighting.disputed:
            # Where this fails, the attempt stays recorded as sent, and the next run settles it.
            with contextlib.suppress(Exception):
                self._evidence.applied(result.target, sighting.at, sighting.certainty)
        return replace(result, settled=sighting)

    def _finish(self, decisions: Sequence[ResetDecision]) -> None:
        """Wait for the witness's records where it is the evidence: the next run depends on them."""
        accepted = [sent for sent in self._results if sent.fate is Fate.ACCEPTED]
        if not accepted or not self._options.witness:
            return
        found = self._witness.settle(
            [replace(sent.attempt.sought, accepted=True) for sent in accepted], timeout=self._options.audit_timeout
        )
        unseen = len(accepted) - len(found)
        if unseen:
            self._warnings.append(
                f"the {self._connection.memory.name} does not show {unseen} of {len(accepted)} resets after "
                f"{self._options.audit_timeout:g} seconds: a run that starts before it does may reset these users "
                "once more"
            )
