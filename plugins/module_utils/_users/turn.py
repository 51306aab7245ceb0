# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One user's turn: what was decided, how it ended, and the row of the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import ClassVar

from .._base.errors import NO_TRACE, CallError, PartnerCenterError
from .._directory.records import Certainty, Delivery, Fate, Sought
from .._links.link import Link
from .._password import report
from .._password.decision import Decision
from .._password.lookup import Missing, Target
from .._password.outcome import Left, Outcome, UserResult
from .lookup import Newcomer
from .work import UserAction, Work

_NAME_HINT = (
    ". If the principal name is the reason: its domain must be one of the customer's, and nobody else may have it, not "
    "even a soft-deleted user"
)
_ASSUMED = "a user of this name is there after a lost answer, and not with all details that were sent: look whose it is"
_AGAIN = "nothing differs from what is declared; the link leads to the first password if nobody has opened it"
_NOTHING = Work()


@dataclass(frozen=True)
class UserDecision(Decision):
    """The decision for one user. ``waits``: an earlier run created the user, and has not recorded the password.

    ``one_time_link``: the link to the first password of a user who is there.
    """

    NOUN: ClassVar[str] = "change"
    VERB: ClassVar[str] = "change"

    work: Work = _NOTHING
    waits: bool = False
    one_time_link: Link | None = None

    @property
    def sends(self) -> bool:
        return self.refusal is None and bool(self.work.actions)

    @property
    def moves(self) -> bool:
        return self.sends or (self.refusal is None and self.waits)

    @property
    def failed(self) -> bool:
        return self.refusal is not None and not self.left_out


@dataclass(frozen=True)
class UserTurn:
    """The end of one user's turn. ``done``: the actions that took effect; ``user_id``: that of a user who was created.

    ``one_time_link``: the link to the first password, if it may be live. ``sought`` is always None: what became of a
    lost answer is seen by looking at the user.
    """

    decision: UserDecision
    outcome: Outcome
    message: str | None = None
    error: PartnerCenterError | None = None
    delivery: Delivery | None = None
    certainty: Certainty | None = None
    done: tuple[UserAction, ...] = ()
    user_id: str | None = None
    left: Left | None = None
    one_time_link: Link | None = None
    sought: Sought | None = None

    @property
    def target(self) -> Target:
        return self.decision.target

    @property
    def failed(self) -> bool:
        return self.outcome.failed

    @property
    def concerns_all(self) -> bool:
        return self.delivery is not None and self.delivery.concerns_all


@dataclass(frozen=True)
class UserRow(UserResult):
    """The row of one user. ``actions``: what was done, or would be; ``changes``: before and after, by detail.

    ``one_time_link``: the link to the first password.
    """

    actions: tuple[UserAction, ...] = ()
    changes: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    one_time_link: Link | None = None

    @property
    def changed(self) -> bool:
        took_effect = bool(self.actions) and self.outcome is Outcome.REJECTED
        return self.outcome.changed or took_effect


def of_creation(
    decision: UserDecision, delivery: Delivery, user_id: str | None, certainty: Certainty, keeper: str
) -> UserTurn:
    """Return the end of a creation. ``user_id`` is None where the user is not there, as far as that is known."""
    if user_id is not None:
        said = _ASSUMED if certainty is Certainty.ASSUMED else decision.work.said(done=True)
        done = (UserAction.CREATE,)
        return UserTurn(
            decision, Outcome.APPLIED, said, delivery=delivery, certainty=certainty, done=done, user_id=user_id
        )
    error = str(delivery.error) if delivery.error else "no answer"
    if delivery.fate is Fate.REFUSED:
        return UserTurn(decision, Outcome.REJECTED, error + _hint(delivery), delivery=delivery)
    message = f"it is not known whether the user was created: {error}. Run again, which looks the user up; {keeper}"
    return UserTurn(decision, Outcome.UNKNOWN, message, delivery=delivery, left=Left.PENDING)


def with_link(turn: UserTurn, made: Link | None, left: Link | None) -> UserTurn:
    """Return the end of a creation with the link that was ``made``, if there was one, and what is ``left`` of it."""
    if made is None:
        return turn
    if left is None:
        return replace(turn, message=f"{turn.message}; the link was ended again")
    if turn.outcome is not Outcome.APPLIED:
        return replace(turn, one_time_link=left)
    leads = (
        "may or may not lead to the password" if turn.certainty is Certainty.ASSUMED else "leads to the first password"
    )
    return replace(turn, message=f"{turn.message}; the link {leads}", one_time_link=left)


def of_failure(
    decision: UserDecision, delivery: Delivery, actions: Sequence[UserAction], done: tuple[UserAction, ...]
) -> UserTurn:
    """Return the end where ``actions`` failed. ``done``: the actions before, which took effect."""
    error = str(delivery.error) if delivery.error else "no answer"
    before = f"{Work(done, {}).said(done=True)}, and then: " if done else ""
    if delivery.fate is Fate.REFUSED:
        hint = _hint(delivery) if UserAction.RENAME in actions else ""
        return UserTurn(decision, Outcome.REJECTED, f"{before}{error}{hint}", delivery=delivery, done=done)
    message = (
        f"{before}it is not known whether the change took effect: {error}. Run again, which looks at the user first"
    )
    return UserTurn(decision, Outcome.UNKNOWN, message, delivery=delivery, done=done)


def of_turn(turn: UserTurn) -> UserRow:
    """Return the row of a user who had a turn."""
    target, delivery, work = turn.target, turn.delivery, turn.decision.work
    error = turn.error or (delivery.error if delivery else None)
    shown: dict[str, str | int] = error.details() if error else {}
    shown |= {"message": turn.message} if turn.message else {}
    shown_changes = bool(turn.done) or turn.outcome is Outcome.UNKNOWN
    return UserRow(
        customer_id=target.customer_id,
        user_id=turn.user_id or _id_of(target),
        user_principal_name=_name_after(turn),
        outcome=turn.outcome,
        certainty=turn.certainty,
        attempts=delivery.attempts if delivery else 0,
        trace=delivery.trace if delivery else NO_TRACE,
        message=turn.message,
        error=shown if turn.failed else None,
        left=turn.left,
        actions=turn.done,
        changes=work.changes if shown_changes else {},
        one_time_link=turn.one_time_link,
    )


def without_turn(decision: UserDecision, *, check_mode: bool, not_begun: str | None) -> UserRow:
    """Return the row of a user for whom nothing was done."""
    refusal, target = decision.refusal, decision.target
    outcome, message = Outcome.UNCHANGED, _AGAIN if decision.one_time_link else None
    if decision.left_out:
        outcome, message = Outcome.EXCLUDED, f"left out by policy: {refusal}"
    elif refusal is not None:
        outcome, message = Outcome.REJECTED, str(refusal)
    elif decision.moves and not_begun is not None:
        outcome, message = Outcome.DEFERRED, not_begun
    elif decision.sends and check_mode:
        outcome, message = Outcome.WOULD_RESET, f"would {decision.work.said(done=False)}"
    elif decision.moves and check_mode:
        outcome, message = Outcome.WOULD_RESUME, "would finish the creation that an earlier run has begun"
    details: dict[str, str | int] = {"message": message or "unknown"}
    if isinstance(refusal, PartnerCenterError):
        details = refusal.details()
    return UserRow(
        customer_id=target.customer_id,
        user_id=_id_of(target),
        user_principal_name=target.user_principal_name,
        outcome=outcome,
        message=message,
        error=details if outcome.failed else None,
        actions=decision.work.actions if outcome is Outcome.WOULD_RESET else (),
        changes=decision.work.changes if outcome is Outcome.WOULD_RESET else {},
        one_time_link=decision.one_time_link,
    )


def of_missing(missing: Missing) -> UserRow:
    """Return the row of a user who could not be looked for."""
    row = report.of_missing(missing)
    return UserRow(**{item.name: getattr(row, item.name) for item in fields(row)})


def _id_of(target: Target) -> str | None:
    """Return the id, of somebody who is not there only where it was given."""
    return target.intent.account.user_id if isinstance(target, Newcomer) else target.user.id


def _name_after(turn: UserTurn) -> str | None:
    renamed = turn.decision.work.changes.get("user_principal_name") if UserAction.RENAME in turn.done else None
    return renamed[1] if renamed else turn.target.user_principal_name


def _hint(delivery: Delivery) -> str:
    """Return what else a refusal may mean: services have no status of their own for a name that cannot be."""
    status = delivery.error.status if isinstance(delivery.error, CallError) else None
    return _NAME_HINT if status in (400, 409) else ""
