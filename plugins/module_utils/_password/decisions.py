# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do for each user, and why: evidence asked, earlier attempts settled, guards passed. Sends GETs only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from .._base import notices
from .._base.errors import CallError, PartnerCenterError, UnclearEvidenceError
from .._base.moments import lies_ahead
from .._directory.directory import Witness
from .._directory.records import Certainty, Sighting, Sought
from .attempt import is_unique
from .evidence import Evidence, Known, Unfinished
from .guards import Guards, LeftOut
from .outcome import Applied
from .plan import Plan, Step, decide
from .targets import Target


@dataclass(frozen=True)
class Decision:
    """``settled``: an earlier attempt was found to have taken effect; ``earlier`` is what was known before.

    ``refusal``: why nothing will be sent. ``unclear``: the refusal is that nobody knows what an earlier attempt did.
    """

    target: Target
    known: Known
    plan: Plan
    settled: Sighting | None = None
    earlier: Known | None = None
    refusal: PartnerCenterError | str | None = None
    unclear: bool = False

    @property
    def sends(self) -> bool:
        return self.refusal is None and self.plan.step in (Step.RESET, Step.RESUME)

    @property
    def left_out(self) -> bool:
        """Whether policy leaves the user out. Where an earlier attempt is unclear, that is a failure all the same."""
        return isinstance(self.refusal, LeftOut) and not self.unclear

    @property
    def before(self) -> Applied | None:
        """What was applied last when the task began."""
        return (self.earlier or self.known).applied


class Decider:
    """Decides for all users of a task before anything is sent for one of them."""

    def __init__(
        self,
        evidence: Evidence,
        trail: Witness,
        guards: Guards,
        *,
        audit_timeout: float,
        read_only: bool,
        now: Callable[[], datetime],
    ) -> None:
        self._evidence = evidence
        self._trail = trail
        self._guards = guards
        self._audit_timeout = audit_timeout
        self._read_only = read_only
        self._now = now

    def decide(self, targets: Sequence[Target]) -> list[Decision]:
        """In the order of the targets; raises :class:`EvidenceError` and :class:`CredentialError`."""
        decisions = [self._decide(target) for target in targets]
        decisions = self._settle(decisions)
        refusals = self._guards.refusals([decision.target for decision in decisions if decision.sends])
        return [self._guarded(decision, refusals.get(decision.target.key)) for decision in decisions]

    def _decide(self, target: Target) -> Decision:
        try:
            known = self._believed(self._evidence.known(target))
        except UnclearEvidenceError as error:
            return Decision(target, Known(), Plan(Step.KEEP), refusal=error, unclear=True)
        return Decision(target, known, self._plan(target, known))

    def _plan(self, target: Target, known: Known) -> Plan:
        intent, now = target.intent, known.clock or self._clock()
        return decide(intent.trigger, known, force_change_password=intent.force_change_password, now=now)

    def _clock(self) -> datetime:
        """A clock of this machine that is behind the service's makes nothing lie ahead."""
        return max(self._now(), self._trail.now())

    def _believed(self, known: Known) -> Known:
        if known.applied is not None and lies_ahead(known.applied.set_at, known.clock or self._clock()):
            notices.add(_AHEAD)
        return known

    def _settle(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Asks the witness what became of unfinished attempts, once for those that can simply be sent again."""
        resumable = [d for d in decisions if d.plan.step is Step.RESUME]
        stuck = [d for d in decisions if d.plan.step is Step.SETTLE]
        found = self._look(resumable, timeout=0.0) | self._look(stuck, timeout=self._patience(stuck))
        unfinished = (Step.RESUME, Step.SETTLE)
        return [self._settled(d, found.get(d.target.key)) if d.plan.step in unfinished else d for d in decisions]

    def _look(self, decisions: Sequence[Decision], *, timeout: float) -> dict[tuple[str, str], Sighting]:
        if self._audit_timeout <= 0:
            return {}
        sought = [
            _sought(decision.target, unfinished)
            for decision in decisions
            if (unfinished := decision.known.unfinished) is not None
        ]
        return self._trail.settle(sought, timeout=timeout)

    def _patience(self, decisions: Sequence[Decision]) -> float:
        """What is left of ``audit_timeout`` since the youngest of these attempts was sent."""
        sent = [d.known.unfinished.sent_at for d in decisions if d.known.unfinished is not None]
        left = self._audit_timeout - (self._now() - max(sent)).total_seconds() if sent else 0.0
        # No more than all of it: the clock may have gone back since.
        return 0.0 if self._read_only else min(max(0.0, left), self._audit_timeout)

    def _settled(self, decision: Decision, found: Sighting | None) -> Decision:
        target, unfinished = decision.target, decision.known.unfinished
        if found is None or unfinished is None:
            if decision.plan.step is Step.SETTLE:
                return Decision(target, decision.known, decision.plan, refusal=_OTHER_PASSWORD, unclear=True)
            return decision
        if not self._read_only:
            self._evidence.applied(target, found.at, found.certainty)
        known = decision.known.settled(found.at)
        return Decision(target, known, self._plan(target, known), settled=found, earlier=decision.known)

    def _guarded(self, decision: Decision, refusal: str | CallError | None) -> Decision:
        if refusal is None:
            return decision
        # An attempt that must not be sent again, or that is overridden, may have taken effect all the same.
        return replace(decision, refusal=refusal, unclear=decision.known.unfinished is not None)


def _sought(target: Target, unfinished: Unfinished) -> Sought:
    """Nothing was sent in this run: only ids that no other attempt had can tell."""
    unique = is_unique(target.key, unfinished.rotation_id, unfinished.trace)
    return Sought(*target.key, unfinished.trace, unfinished.sent_at, alone=unfinished.alone, unique=unique)


_AHEAD = (
    "a reset is recorded at a time that lies ahead of the clock. That time is not believed: a clock was wrong, or the "
    "record was changed. Where max_age or not_before is declared, such a user is reset once more"
)

_OTHER_PASSWORD = (
    "an earlier run sent another password for this user, and it is not known whether that took effect; a late request "
    "could still win over a new one: run again with the password of that run, or set update_password: always to "
    "override it knowingly"
)


def certainty_of(decision: Decision) -> Certainty:
    """How an outcome without a request is known."""
    return decision.settled.certainty if decision.settled else decision.known.certainty
