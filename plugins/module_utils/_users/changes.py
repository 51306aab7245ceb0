# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task with declared users: look them up, compare, and do what differs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from .._base.errors import CallError, NoSuchUserError, PartnerCenterError, RefusedError, StoreError, Trace
from .._base.workers import for_each
from .._directory.directory import Directory, Witness
from .._directory.records import Certainty, Delivery, Fate, NewUser, Sighting, User
from .._password.batch import Batch, Options, Progress
from .._password.intent import Intent
from .._password.lookup import Missing, Target
from .._password.outcome import Left, Outcome, UserResult
from .._password.plan import Plan, Step
from .._password.reset import ended
from .._stores.base import StoreBusy, StoreConflict
from .declaration import Declaration, Presence
from .first_passwords import Creation, FirstPasswords
from .guards import UserGuards
from .lookup import Newcomer, find_users
from .turn import UserDecision, UserRow, UserTurn, of_creation, of_failure, of_missing, of_turn, without_turn
from .work import UserAction, Work, work_on

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 5.0
_NO_PASSWORD = (
    "no such user, and neither password nor store says where a first password comes from, so nobody was created: look "
    "at user_principal_name, or give one of the two"
)


class UserChanges(Batch[UserDecision, UserTurn]):
    """One task. ``passwords``: the first passwords of new users; None where nobody may be created.

    ``lookup_timeout``: the seconds in which the user is looked at after a lost answer.
    """

    COUNTED = "changes"

    def __init__(
        self,
        connection: Directory,
        passwords: FirstPasswords | None,
        witness: Witness,
        options: Options,
        *,
        lookup_timeout: float,
        progress: Callable[[Progress], None] = lambda _progress: None,
        cancelled: threading.Event | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(
            connection,
            witness,
            options,
            progress=progress,
            cancelled=cancelled,
            now=now,
            reads_only=options.check_mode,
            sessions=None,
        )
        self._passwords = passwords
        self._lookup_timeout = lookup_timeout
        self._clock = clock
        self._sleep = sleep

    def _find(self, intents: Sequence[Intent]) -> list[Target | Missing]:
        return find_users(self._connection, intents)

    def _open(self, targets: Sequence[Target]) -> None:
        new = [target for target in targets if isinstance(target, Newcomer) and _is_present(target)]
        if self._passwords is not None and new:
            self._passwords.check(new, write=not self._reads_only)

    def _decide(self, targets: Sequence[Target]) -> list[UserDecision]:
        decisions = for_each(self._decision, targets, workers=self._connection.concurrency)
        options = self._options
        guards = UserGuards(self._connection, allow_privileged=options.allow_privileged, skip=options.skip_refused)
        return guards.checked(decisions)

    def _decision(self, target: Target) -> UserDecision:
        declared, there = _declared(target), not isinstance(target, Newcomer)
        decision = UserDecision(target, Plan(Step.KEEP), work=work_on(declared, target.user if there else None))
        try:
            waits = there and self._passwords is not None and self._passwords.waits(target)
        except StoreError as error:
            return replace(decision, refusal=error)
        refusal = self._uncreatable(target) if UserAction.CREATE in decision.work.actions else None
        return replace(decision, refusal=refusal, waits=waits)

    def _uncreatable(self, target: Target) -> PartnerCenterError | str | None:
        declared = _declared(target)
        if not declared.account.user_principal_name:
            return NoSuchUserError("no such user at this customer, and a new one has no user_id: look at user_id")
        if declared.new_name:
            return "no user has the old principal name or the new one: a user who is renamed must be there"
        if self._passwords is None:
            return _NO_PASSWORD
        missing = [name for name in self._connection.accounts.needed if name not in declared.details]
        return f"no such user, and a new one needs {' and '.join(missing)}: nobody was created" if missing else None

    def _rows_of_missing(self, missing: Sequence[Missing]) -> list[UserResult]:
        return [of_missing(item) for item in missing]

    def _row(self, decision: UserDecision, result: UserTurn) -> UserRow:
        return of_turn(result)

    def _row_without(self, decision: UserDecision, not_begun: str | None) -> UserRow:
        return without_turn(decision, check_mode=self._reads_only, not_begun=not_begun)

    def _conclude(self, result: UserTurn, sighting: Sighting | None) -> UserTurn:
        return result

    def _send(self, decision: UserDecision) -> UserTurn:
        try:
            if UserAction.CREATE in decision.work.actions:
                return self._create(decision)
            adopted = self._adopt(decision) if decision.waits else None
            turn = self._change(decision)
            return replace(adopted, decision=decision) if adopted and turn.outcome is Outcome.UNCHANGED else turn
        except (StoreBusy, StoreConflict) as error:
            return UserTurn(decision, Outcome.DEFERRED, f"nothing was sent: {error}")
        except PartnerCenterError as error:
            return UserTurn(decision, Outcome.REJECTED, str(error), error)
        except Exception as error:
            internal = CallError(f"an internal error of the collection ({type(error).__name__})")
            return UserTurn(decision, Outcome.UNKNOWN, str(internal), internal)

    def _create(self, decision: UserDecision) -> UserTurn:
        """Create the user. A lost answer is settled by looking the user up, who was not there before."""
        target, passwords = decision.target, self._passwords
        if passwords is None:
            return UserTurn(decision, Outcome.REJECTED, _NO_PASSWORD)
        with passwords.creation(target) as creation:
            creation.sending()
            user_id, delivery = self._post(target, creation)
            certainty = Certainty.EXACT
            if delivery.fate is Fate.AMBIGUOUS:
                user = self._look(target, lambda user: user is not None and not user.deleted)[1]
                user_id, certainty = (user.id, _certainty(target, user)) if user else (None, certainty)
            turn = of_creation(decision, delivery, user_id, certainty, passwords.keeper)
            try:
                if user_id is not None:
                    creation.created(user_id, certainty)
                else:
                    creation.ended(delivery, in_doubt=delivery.fate is Fate.AMBIGUOUS)
            except PartnerCenterError as error:
                if user_id is None and delivery.fate is Fate.REFUSED:
                    return turn
                message = f"the request was sent, and what became of it cannot be recorded: {error}. Run again"
                return replace(turn, outcome=Outcome.UNKNOWN, message=message, error=error, left=Left.PENDING)
        return turn

    def _post(self, target: Target, creation: Creation) -> tuple[str | None, Delivery]:
        new = NewUser(
            target.customer_id,
            target.user_principal_name or "",
            _declared(target).details,
            creation.password,
            creation.force_change_password,
            creation.trace,
        )
        ids: list[str] = []

        def send() -> Delivery:
            user_id, delivery = self._connection.accounts.create(new)
            ids.append(user_id)
            return delivery

        delivery = ended(send, creation.trace, resumed=creation.resumed)
        return (ids[0] if ids else None), delivery

    def _adopt(self, decision: UserDecision) -> UserTurn | None:
        """Record the password of a user whom an earlier run has created, and who is there."""
        target, passwords = decision.target, self._passwords
        if passwords is None:
            return None
        with passwords.creation(target) as creation:
            if not creation.resumed:
                settled = RefusedError("another run has recorded the user meanwhile")
                creation.ended(Delivery(Fate.REFUSED, creation.trace, error=settled), in_doubt=False)
                return None
            certainty = _certainty(target, target.user)
            creation.created(target.user.id, certainty)
        message = "the user whom an earlier run has created is there, and the password is current in the store"
        return UserTurn(decision, Outcome.RESUMED, message, certainty=certainty)

    def _change(self, decision: UserDecision) -> UserTurn:
        """Make the requests one after the other. A change whose answer was lost counts once it can be seen."""
        done: list[UserAction] = []
        delivery, certainty, attempts = None, Certainty.EXACT, 0
        for actions in _requests(decision.work):
            send = self._request(decision, actions[0])
            delivery = ended(send, Trace())
            attempts += delivery.attempts
            delivery = replace(delivery, attempts=attempts)
            if delivery.fate is not Fate.ACCEPTED:
                gone = actions == (UserAction.DELETE,) and isinstance(delivery.error, NoSuchUserError)
                if not gone and not (delivery.fate is Fate.AMBIGUOUS and self._shows(decision, actions)):
                    return of_failure(decision, delivery, actions, tuple(done))
                certainty = Certainty.DIRECTORY
            done += actions
        if not done:
            return UserTurn(decision, Outcome.UNCHANGED)
        said = decision.work.said(done=True)
        return UserTurn(decision, Outcome.APPLIED, said, delivery=delivery, certainty=certainty, done=tuple(done))

    def _request(self, decision: UserDecision, action: UserAction) -> Callable[[], Delivery]:
        accounts, key = self._connection.accounts, decision.target.key
        if action is UserAction.RESTORE:
            return lambda: accounts.restore(*key)
        if action is UserAction.DELETE:
            return lambda: accounts.delete(*key)
        return lambda: accounts.update(*key, _details(decision.work.changes))

    def _shows(self, decision: UserDecision, actions: Sequence[UserAction]) -> bool:
        """Return whether the service shows in time that these actions took effect."""
        declared, open_actions = _declared(decision.target), {*actions, UserAction.CREATE}
        return self._look(decision.target, lambda user: not set(work_on(declared, user).actions) & open_actions)[0]

    def _look(self, target: Target, is_done: Callable[[User | None], bool]) -> tuple[bool, User | None]:
        """Look the user up until ``is_done``, for ``lookup_timeout`` seconds; return whether it is, and the user."""
        deadline, pause = self._clock() + self._lookup_timeout, _FIRST_PAUSE
        while True:
            # For every error: what was sent must not be lost.
            with suppress(Exception):
                (row,) = find_users(self._connection, [target.intent])
                user = row.user if isinstance(row, Target) and not isinstance(row, Newcomer) else None
                if isinstance(row, Target) and is_done(user):
                    return True, user
            left = deadline - self._clock()
            if left <= 0:
                return False, None
            self._sleep(min(pause, left))
            pause = min(pause * 2, _LONGEST_PAUSE)


def _declared(target: Target) -> Declaration:
    if not isinstance(target.intent, Declaration):
        raise TypeError("not a declaration of a user")
    return target.intent


def _is_present(target: Target) -> bool:
    return _declared(target).presence is Presence.PRESENT


def _certainty(target: Target, user: User) -> Certainty:
    """Return how certain it is that this user is the one who was created: with all details that were sent, or not."""
    return Certainty.ASSUMED if work_on(_declared(target), user).actions else Certainty.DIRECTORY


def _requests(work: Work) -> list[tuple[UserAction, ...]]:
    """Return the actions by request: names and details are changed by one."""
    together = tuple(action for action in work.actions if action in (UserAction.RENAME, UserAction.UPDATE))
    alone = [(action,) for action in work.actions if action not in together]
    return alone + ([together] if together else [])


def _details(changes: Mapping[str, tuple[str | None, str | None]]) -> dict[str, str]:
    return {name: after for name, (_before, after) in changes.items() if name != "state" and after is not None}
