# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any history of runs, faults, kills and late answers: the live password is never lost, and no outcome lies.

Two things are taken as given: a rotation id is not used again for another rotation, and a late request has either
arrived, or never will, once the same attempt or a later one was found to have taken effect, and another one was sent.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ansible_collections.csp.partnercenter.plugins.module_utils._base import durable, lock
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import EvidenceError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import (
    Certainty,
    Delivery,
    PasswordChange,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Intent, Policy
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger import book, folder
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.book import Book
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.entry import Entry
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.fingerprint import LedgerKey
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Outcome, UserResult
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    KEY,
    OTHER_PASSWORD,
    PASSWORD,
    intent,
    raised,
    user_id,
)
from ansible_collections.csp.partnercenter.tests.unit.password.runs import Playbook
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer, FakeService
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Killed

SUBJECT = (CUSTOMER, user_id())
PASSWORDS = st.sampled_from([PASSWORD, OTHER_PASSWORD, "Harvest-9-window"])
POLICIES = st.sampled_from([Policy.WHEN_CHANGED, Policy.WHEN_ROTATED, Policy.WHEN_OLDER, Policy.ALWAYS])
ANSWERS = st.sampled_from(Answer)
PATIENCE = st.sampled_from([0.0, 60.0])


class MortalDisk:
    """The operating system, until the nth change on disk; a write may be torn by the kill."""

    _CHANGES = ("write", "fsync", "replace", "rename", "link", "unlink", "ftruncate", "open", "makedirs")

    def __init__(self, lives: int | None) -> None:
        self._lives = lives
        self.dead = False

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in self._CHANGES:
            return real

        def mortal(*arguments: Any, **more: Any) -> Any:
            if self._lives is not None and not self.dead:
                self._lives -= 1
                if self._lives <= 0:
                    self.dead = True
                    if name == "write":
                        real(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
            if self.dead:
                raise Killed
            return real(*arguments, **more)

        return mortal


class Service(FakeService):
    """Knows which rotation each request belongs to, and kills the run before or after a request if it should."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.disk = MortalDisk(None)
        self.kill: str | None = None
        self.declared: Intent = intent()
        self.rotations: dict[str, str | None] = {}
        self.applied_rotations: set[str | None] = set()

    def patch(self, change: PasswordChange) -> Delivery:
        self.rotations.setdefault(change.trace.request_id or "", self.declared.trigger.rotation_id)
        if self.kill == "before":
            self.die()
        try:
            return super().patch(change)
        finally:
            if self.kill == "after":
                self.die()

    def die(self) -> None:
        self.disk.dead = True
        raise Killed

    def _apply(self, change: PasswordChange) -> None:
        super()._apply(change)
        self.applied_rotations.add(self.rotations[change.trace.request_id or ""])
        self.late = [late for late in self.late if late.password == change.password]


class Runs(RuleBasedStateMachine):
    @initialize(names_correlation=st.booleans(), by_time=st.booleans(), delay=st.sampled_from([0, 30, 10**6]))
    def begin(self, names_correlation: bool, by_time: bool, delay: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.service = Service(names_correlation=names_correlation, by_time=by_time).with_users(1)
        self.service.audit_delay = type(self.service.audit_delay)(seconds=delay)
        self.play = Playbook(self.service, self.folder)
        self.rotation = 1
        self.last: Intent | None = None
        self.overridden: list[PasswordChange] = []

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    # --- what happens ------------------------------------------------------------------------------------------------

    @rule(password=PASSWORDS, policy=POLICIES, force=st.booleans(), answer=ANSWERS, patience=PATIENCE)
    def run(self, password: str, policy: Policy, force: bool, answer: Answer, patience: float) -> None:
        self._run(self._declare(password, policy, force), answer, patience)

    @precondition(lambda self: self.last is not None)
    @rule(answer=ANSWERS, patience=PATIENCE)
    def run_again(self, answer: Answer, patience: float) -> None:
        assert self.last is not None
        self._run(self.last, answer, patience)

    @rule(password=PASSWORDS, policy=POLICIES, answer=ANSWERS, lives=st.integers(1, 14), patience=PATIENCE)
    def killed_at_the_disk(self, password: str, policy: Policy, answer: Answer, lives: int, patience: float) -> None:
        self.service.disk = MortalDisk(lives)
        self._run(self._declare(password, policy, True), answer, patience)

    @rule(password=PASSWORDS, policy=POLICIES, answer=ANSWERS, instant=st.sampled_from(["before", "after"]))
    def killed_at_the_request(self, password: str, policy: Policy, answer: Answer, instant: str) -> None:
        self.service.kill = instant
        self._run(self._declare(password, policy, True), answer, 0)

    @rule()
    def late_requests_arrive(self) -> None:
        self.service.arrive()

    @rule(seconds=st.sampled_from([1, 3600, 86400]))
    def time_passes(self, seconds: int) -> None:
        self.service.sleep(seconds)

    @rule()
    def another_rotation_is_wanted(self) -> None:
        self.rotation += 1

    @rule(password=PASSWORDS, policy=POLICIES)
    def the_key_is_another(self, password: str, policy: Policy) -> None:
        sent = len(self.service.changes)
        entry = self._entry()
        if entry is None or not any(entry.records()):
            return
        self.play.key = LedgerKey(b"o" * 32)
        assert "made with key" in str(raised(lambda: self.play.one(self._declare(password, policy, True))))
        self.play.key = KEY
        assert len(self.service.changes) == sent

    @rule(password=PASSWORDS, policy=POLICIES)
    def a_second_run_at_once(self, password: str, policy: Policy) -> None:
        held = Book(str(self.folder), CUSTOMER, lambda: KEY, read_only=False)
        patience, folder._LOCK_SECONDS = folder._LOCK_SECONDS, -1.0
        sent = len(self.service.changes)
        try:
            error = raised(lambda: self.play.one(self._declare(password, policy, True)))
        finally:
            folder._LOCK_SECONDS = patience
            held.close()
        assert isinstance(error, EvidenceError) and len(self.service.changes) == sent

    # --- what must hold ----------------------------------------------------------------------------------------------

    @invariant()
    def the_live_password_is_known_to_the_caller_or_to_the_ledger(self) -> None:
        live = self.service.live.get(SUBJECT)
        if live is None or (self.last and self.last.password and self.last.password.reveal() == live):
            return
        entry = self._entry()
        assert entry is not None and any(self._recognises(record, live) for record in entry.records())

    def _run(self, declared: Intent, answer: Answer, patience: float) -> None:
        service = self.service
        service.sleep(1)  # no two runs begin at the same instant
        entry = self._entry()
        service.late = [one for one in service.late if self._open(entry, one) or one.password == declared.password]
        before, sent, late = service.live.get(SUBJECT), len(service.changes), list(service.late)
        predicted = self.play.one(declared, check_mode=True, audit_timeout=patience)
        assert len(service.changes) == sent
        self.last = service.declared = declared
        service.will(1, answer)
        durable.os = lock.os = book.os = service.disk  # type: ignore[attr-defined]
        try:
            row = self.play.one(declared, audit_timeout=patience)
        except Killed:
            row = None
        finally:
            durable.os = lock.os = book.os = os  # type: ignore[attr-defined]
            service.kill, service.disk = None, MortalDisk(None)
        passwords = set(service.patches[sent:])
        if declared.trigger.policy is Policy.ALWAYS:
            self.overridden += late
        elif threats := [change for change in late if change not in self.overridden and self._open(entry, change)]:
            assert passwords <= {change.password.reveal() for change in threats}, "a late request could win over this"
        if row is not None:
            self._check(row, declared, before, passwords)
            if patience == 0:
                assert predicted.changed or not passwords

    def _check(self, row: UserResult, declared: Intent, before: str | None, sent: set[str]) -> None:
        live, password = self.service.live.get(SUBJECT), declared.password and declared.password.reveal()
        if row.outcome is Outcome.APPLIED:
            # The word of the update call is assumed where the audit log is not to be asked.
            assert live == password or row.certainty is Certainty.ASSUMED
        elif row.outcome is Outcome.REJECTED:
            assert live == before
        elif row.outcome in (Outcome.UNCHANGED, Outcome.RESUMED):
            assert not sent and live == before
            self._check_unchanged(declared, live, password)

    def _check_unchanged(self, declared: Intent, live: str | None, password: str | None) -> None:
        if declared.trigger.policy is Policy.WHEN_ROTATED:
            assert declared.trigger.rotation_id in self.service.applied_rotations
        elif declared.trigger.policy is Policy.WHEN_CHANGED:
            assert live == password and self.service.forced[SUBJECT] == declared.force_change_password
        entry = self._entry()
        assert entry is not None and entry.applied is not None and not entry.sent
        assert live is not None and self._recognises(entry.applied, live)

    def _declare(self, password: str, policy: Policy, force: bool) -> Intent:
        when = {"rotation_id": f"r{self.rotation}", "max_age": type(self.service.audit_delay)(hours=12)}
        return intent(password=password, policy=policy, force=force, **when)

    def _entry(self) -> Entry | None:
        return Book(str(self.folder), CUSTOMER, lambda: KEY, read_only=True).entry(user_id())

    def _open(self, entry: Entry | None, change: PasswordChange) -> bool:
        return entry is not None and any(record.correlation_id == change.trace.correlation_id for record in entry.sent)

    def _recognises(self, record: Any, password: str) -> bool:
        return KEY.recognises(record.fingerprint, *SUBJECT, Secret(password))


TestRuns = Runs.TestCase
TestRuns.settings = settings(
    max_examples=int(os.environ.get("PARTNERCENTER_TEST_EXAMPLES", "40")),
    stateful_step_count=16,
    deadline=None,
    derandomize="PARTNERCENTER_TEST_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    phases=[Phase.generate],  # a history takes minutes to shrink, and can be read as it is
)
