# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision for each user: ask the evidence, settle earlier attempts, apply the guards. Sends GETs only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from .._base import notices
from .._base.errors import UnclearEvidenceError
from .._base.moments import lies_ahead
from .._directory.directory import Witness
from .._directory.records import Certainty, Sighting, Sought
from .decision import Decision
from .evidence import Evidence, Known, Unfinished, is_unique
from .guards import Guards
from .lookup import Target
from .outcome import Applied, Reason
from .plan import Plan, Step, decide, with_drift


@dataclass(frozen=True)
class ResetDecision(Decision):
    """The decision for one user. ``known``: the evidence; ``earlier``: the evidence before an attempt was settled."""

    known: Known = field(default_factory=Known)
    earlier: Known | None = None

    @property
    def before(self) -> Applied | None:
        return (self.earlier or self.known).applied

    @property
    def certainty(self) -> Certainty:
        return self.settled or self.known.certainty

    def after(self, now: datetime) -> Applied:
        unfinished = self.known.unfinished
        if self.plan.step is Step.RESUME and unfinished is not None:
            return Applied(now, unfinished.rotation_id, unfinished.force_change_password)
        if not self.sends and self.applied is not None:
            return self.applied
        return super().after(now)


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
        resets_drift: bool,
        now: Callable[[], datetime],
    ) -> None:
        self._evidence = evidence
        self._trail = trail
        self._guards = guards
        self._audit_timeout = audit_timeout
        self._read_only = read_only
        self._resets_drift = resets_drift
        self._now = now

    def decide(self, targets: Sequence[Target]) -> list[ResetDecision]:
        """Return decisions in the order of the targets; raises :class:`EvidenceError` and :class:`CredentialError`."""
        decisions = [self._decide(target) for target in targets]
        decisions = self._settle(decisions)
        refusals = self._guards.refusals([decision.target for decision in decisions if decision.sends])
        return [replace(item, refusal=item.refusal or refusals.get(item.target.key)) for item in decisions]

    def _decide(self, target: Target) -> ResetDecision:
        try:
            known = self._believed(self._evidence.known(target))
        except UnclearEvidenceError as error:
            return ResetDecision(target, Plan(Step.KEEP), refusal=error, unclear=True)
        return _decision(target, self._plan(target, known), known)

    def _plan(self, target: Target, known: Known) -> Plan:
        intent, now = target.intent, known.clock or self._clock()
        plan = decide(intent.trigger, known, force_change_password=intent.force_change_password, now=now)
        changed_at = target.user.password_changed_at
        return with_drift(plan, intent.trigger, known.applied, changed_at, resets=self._resets_drift, now=now)

    def _clock(self) -> datetime:
        """Return the later time of this machine's and the service's clock, so that a slow one here does no harm."""
        return max(self._now(), self._trail.now())

    def _believed(self, known: Known) -> Known:
        if known.applied is not None and lies_ahead(known.applied.set_at, known.clock or self._clock()):
            notices.add(_AHEAD)
        return known

    def _settle(self, decisions: Sequence[ResetDecision]) -> list[ResetDecision]:
        """Ask the witness what became of unfinished attempts, once for those that can simply be sent again."""
        resumable = [d for d in decisions if d.plan.step is Step.RESUME]
        stuck = [d for d in decisions if d.plan.step is Step.SETTLE]
        seen = self._look(resumable, timeout=0.0) | self._look(stuck, timeout=self._patience(stuck))
        unfinished = (Step.RESUME, Step.SETTLE)
        return [self._settled(d, seen.get(d.target.key)) if d.plan.step in unfinished else d for d in decisions]

    def _look(self, decisions: Sequence[ResetDecision], *, timeout: float) -> dict[tuple[str, str], Sighting]:
        if self._audit_timeout <= 0:
            return {}
        sought = [
            _sought(decision.target, unfinished)
            for decision in decisions
            if (unfinished := decision.known.unfinished) is not None
        ]
        return self._trail.settle(sought, timeout=timeout)

    def _patience(self, decisions: Sequence[ResetDecision]) -> float:
        """Return the seconds that are left of ``audit_timeout`` since the youngest of these attempts."""
        sent = [d.known.unfinished.sent_at for d in decisions if d.known.unfinished is not None]
        left = self._audit_timeout - (self._now() - max(sent)).total_seconds() if sent else 0.0
        # Never more than all of it: the clock may have been set back since.
        return 0.0 if self._read_only else min(max(0.0, left), self._audit_timeout)

    def _settled(self, decision: ResetDecision, sighting: Sighting | None) -> ResetDecision:
        target, unfinished = decision.target, decision.known.unfinished
        if sighting is None or sighting.disputed or unfinished is None:
            if decision.plan.step is Step.SETTLE:
                doubt = f"{sighting.disputed}; " if sighting and sighting.disputed else ""
                return replace(decision, plan=Plan(Step.HOLD, Reason.RESUMED, f"{doubt}{_OTHER_PASSWORD}"))
            return decision
        if not self._read_only:
            self._evidence.applied(target, sighting.at, sighting.certainty)
        known = decision.known.settled(sighting.at)
        settled = _decision(target, self._plan(target, known), known)
        return replace(settled, settled=sighting.certainty, earlier=decision.known)


def _decision(target: Target, plan: Plan, known: Known) -> ResetDecision:
    unclear = known.unfinished is not None
    return ResetDecision(target=target, plan=plan, applied=known.applied, unclear=unclear, known=known)


def _sought(target: Target, unfinished: Unfinished) -> Sought:
    """Return what to ask the witness for. This run sent nothing, so only ids of this attempt alone can prove it."""
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
