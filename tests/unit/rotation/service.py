# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service, a store and an audit log for the protocol: each can fail, and die, at every step."""

from __future__ import annotations

import unittest.mock
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from ansible_collections.csp.partnercenter.plugins.module_utils._base.moments import Window
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import (
    Certainty,
    PasswordChange,
    User,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Account, Intent, make_trigger
from ansible_collections.csp.partnercenter.plugins.module_utils._password.lookup import Target
from ansible_collections.csp.partnercenter.plugins.module_utils._password.plan import with_drift
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.cycle import (
    Cycle,
    RotationDecision,
    Tools,
    make_decision,
    subject_of,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.event_log import EventLog
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.generator import make_generator
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.planning import Mode, decide, known
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.protocol import (
    advance,
    conclude,
    tidy,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Store, Stored
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import Document
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.file import FileStore
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer, FakeService
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Killed, PlainCipher

CUSTOMER = "11111111-1111-4111-8111-111111111111"
USER = "22222222-2222-4222-8222-222222222222"
NAME = "svc@customer-001.example.com"
INITIAL = "Initial-Canary-1"
START = datetime(2026, 11, 1, tzinfo=UTC)


#: What the service does with a request, by the word for it. A run that is killed sees no answer.
WORDS = {
    "ok": Answer.ACCEPT,
    "lost_before": Answer.LOST,
    "lost_after": Answer.SILENT,
    "late": Answer.LATE,
    "refused": Answer.REFUSE,
    "unreachable": Answer.UNSENT,
    "killed_after": Answer.ACCEPT,
}


@dataclass
class FakeUsers:
    """One user of the fake service.

    ``answers``: a word for each of the next requests, then all are accepted; ``history``: the passwords that were live.
    """

    answers: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=lambda: [INITIAL])
    requests: list[PasswordChange] = field(default_factory=list)
    service: FakeService = field(default_factory=FakeService)

    @property
    def live(self) -> str:
        return self.history[-1]

    def set_password(self, change: PasswordChange) -> Any:
        self.requests.append(change)
        word = self.answers.pop(0) if self.answers else "ok"
        if word == "killed_before":
            raise Killed
        self.service.script[change.user_id] = [WORDS[word]]
        try:
            accepted = self.service.patch(change)
        finally:
            self._remember()
        if word == "killed_after":
            raise Killed
        return accepted

    def apply_late(self) -> None:
        self.service.arrive()
        self._remember()

    def _remember(self) -> None:
        live = self.service.live.get((CUSTOMER, USER), INITIAL)
        if live != self.live:
            self.history.append(live)


class DyingStore:
    """A file store that fails around the nth write, ``("before", n)`` or ``("after", n)``: it dies, or less."""

    def __init__(self, root: Path, death: tuple[str, int] | None, failure: BaseException) -> None:
        self._store = FileStore(str(root), PlainCipher())
        self._death = death
        self._failure = failure
        self._writes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def compare_and_set(
        self, stored: Stored | None, document: Document, *, new_password: Secret | None = None
    ) -> Stored:
        self._writes += 1
        if self._death == ("before", self._writes):
            raise self._failure
        written = self._store.compare_and_set(stored, document, new_password=new_password)
        if self._death == ("after", self._writes):
            raise self._failure
        return written


def planned_for(tools: Tools, target: Target) -> RotationDecision:
    """Return the decision of a task for the user; the task resets what has drifted."""
    stored = tools.store.load(subject_of(target), read_only=True)
    document = stored.document if stored else None
    trigger, changed_at = target.intent.trigger, target.user.password_changed_at
    plan = decide(document, trigger, tools.mode, tools.now())
    plan = with_drift(plan, trigger, known(document).applied, changed_at, resets=True, now=tools.now())
    return make_decision(target, plan, stored)


@dataclass
class World:
    """A user at the service, a store and an event log on disk, and runs that come and go."""

    root: Path
    users: FakeUsers = field(default_factory=FakeUsers)
    now: datetime = START
    force_change_password: bool = False
    name: str = NAME

    def run(
        self,
        rotation_id: str | None = "r1",
        *,
        mode: Mode = Mode.ROTATE,
        death: tuple[str, int] | None = None,
        failure: BaseException | None = None,
        evidence: Certainty | None = None,
        witness: bool = False,
        max_age: str | None = None,
        orphan_after: int = 5,
        window: Window | None = None,
        meanwhile: Callable[[], object] | None = None,
        changed_at: datetime | None = None,
    ) -> Cycle:
        """One run for the user. ``evidence``: what the audit log says of a lost answer; ``meanwhile``: what happens
        after the plan; ``changed_at``: when the directory says that the password was changed."""
        store: Any = DyingStore(self.root / "store", death, failure or Killed())
        events = EventLog(str(self.root / "events.jsonl"))
        self.now += timedelta(minutes=1)
        users: Any = self.users
        tools = Tools(store, users, make_generator(), events, mode, orphan_after, witness, lambda: self.now)
        account = Account("", CUSTOMER, None, USER, None)
        trigger = make_trigger("", rotation_id=rotation_id, max_age=max_age)
        intent = Intent(account, None, self.force_change_password, replace(trigger, window=window))
        planned = planned_for(tools, Target(intent, CUSTOMER, User(USER, self.name, password_changed_at=changed_at)))
        if meanwhile is not None:
            meanwhile()
        if not planned.moves:
            return tidy(tools, planned)
        cycle = advance(tools, planned)
        return conclude(tools, cycle, evidence) if cycle.open else cycle

    def begun(self, rotation_id: str, *, witness: bool) -> Cycle:
        """The first half of a run alone."""
        with unittest.mock.patch(f"{__name__}.conclude", lambda _tools, cycle, _certainty: cycle):
            return self.run(rotation_id, witness=witness)

    def concluded(self, cycle: Cycle, evidence: Certainty | None = None) -> Cycle:
        """The second half of a run alone."""
        events, users = EventLog(str(self.root / "events.jsonl")), cast(Any, self.users)
        tools = Tools(self.store, users, make_generator(), events, Mode.ROTATE, 5, False, lambda: self.now)
        return conclude(tools, cycle, evidence)

    def killed(self, **options: Any) -> None:
        """A run that dies."""
        try:
            self.run(**options)
        except Killed:
            return
        raise AssertionError("this run should have been killed")

    @property
    def store(self) -> Store:
        return FileStore(str(self.root / "store"), PlainCipher())

    @property
    def document(self) -> Document | None:
        stored = self.store.load(SUBJECT)
        return stored.document if stored else None

    def stored(self, slot: Slot) -> str | None:
        stored = self.store.load(SUBJECT)
        if stored is None or stored.document.version_in(slot) is None:
            return None
        return self.store.password(stored, slot).reveal()

    def known(self) -> set[str | None]:
        """Every password that somebody could still find."""
        return {INITIAL, *(self.stored(slot) for slot in Slot)}

    @property
    def set_passwords(self) -> set[str]:
        return set(self.users.history[1:])

    @property
    def event_ids(self) -> list[str]:
        path = self.root / "events.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.split('"id":"')[1][:36] for line in lines]


SUBJECT = Subject(CUSTOMER, USER)
