# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Setting the passwords that the caller gives: record, send, settle."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from .._base.identifiers import folded
from .._directory.directory import Directory, Witness
from .._directory.records import Certainty, Fate, Sighting, Sought
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
    """One task with given passwords. ``trail`` is what the service itself knows of resets."""

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
        super().__init__(
            connection, options, progress=progress, cancelled=cancelled, now=now, reads_only=options.check_mode
        )
        self._evidence = evidence
        self._trail = trail

    def _open(self, targets: Sequence[Target]) -> None:
        self._evidence.open([target.key for target in targets])

    def _close(self) -> None:
        self._warnings += self._evidence.close()

    def _decide(self, targets: Sequence[Target]) -> list[ResetDecision]:
        decider = Decider(
            self._evidence,
            self._trail,
            self._guards(),
            audit_timeout=self._options.audit_timeout,
            read_only=self._options.check_mode,
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

    # What became of lost answers.

    def _settle(self, results: Sequence[Sent]) -> list[Sent]:
        found = self._ask([sent for sent in results if sent.fate is Fate.AMBIGUOUS])
        for sent in results:
            settled = found.get(sent.target.key)
            # Where this fails, the attempt stays recorded as sent, and the next run settles it.
            with contextlib.suppress(Exception):
                if settled:
                    self._evidence.applied(sent.target, settled.at, settled.certainty)
        return [replace(sent, settled=found.get(sent.target.key)) for sent in results]

    def _ask(self, ambiguous: Sequence[Sent]) -> dict[tuple[str, str], Sighting]:
        """Where the witness is not to be asked, the word of the call is all there is: assumed."""
        if self._options.audit_timeout <= 0:
            taken = [sent for sent in ambiguous if sent.delivery.taken]
            return {sent.target.key: Sighting(Certainty.ASSUMED, sent.at) for sent in taken}
        return self._trail.settle([_sought(sent) for sent in ambiguous], timeout=self._options.audit_timeout)

    def _finish(self, decisions: Sequence[ResetDecision]) -> None:
        """Where the witness is the evidence, the next run depends on its showing what was done."""
        accepted = [sent for sent in self._results if sent.fate is Fate.ACCEPTED]
        if not accepted or not self._options.witness:
            return
        found = self._trail.settle([_sought(sent) for sent in accepted], timeout=self._options.audit_timeout)
        unseen = len(accepted) - len(found)
        if unseen:
            self._warnings.append(
                f"the {self._connection.memory.name} does not show {unseen} of {len(accepted)} resets after "
                f"{self._options.audit_timeout:g} seconds: a run that starts before it does may reset these users "
                "once more"
            )


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
