# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The common part of both engines: each test runs with given and with generated passwords."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, RefusedError
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.directory import Sessions
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.two_witnesses import TwoWitnesses
from ansible_collections.csp.partnercenter.plugins.module_utils._password.apply import Application
from ansible_collections.csp.partnercenter.plugins.module_utils._password.batch import Batch, Options, Progress
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Intent
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.evidence import LedgerEvidence
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Reason
from ansible_collections.csp.partnercenter.plugins.module_utils._password.report import Report
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.cycle import Tools
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.event_log import EventLog
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.generator import make_generator
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.planning import Mode
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.rotation import Rotation
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.file import FileStore
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    KEY,
    OTHER_CUSTOMER,
    intent,
    raised,
    user_id,
)
from ansible_collections.csp.partnercenter.tests.unit.rotation.service import PlainCipher
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer, FakeService

Make = Callable[["Task", Options, Callable[[Progress], None]], "Batch[Any, Any]"]


@dataclass
class Task:
    """One task after the other for the users 1 to 5 of one customer and 6 to 10 of another."""

    root: Path
    service: FakeService
    make: Make
    sessions: Sessions | None = None
    progress: list[Progress] = field(default_factory=list)

    def run(self, *numbers: int, rotation_id: str = "r1", **options: Any) -> Report:
        self.progress.clear()
        return self.run_all(declared(numbers or range(1, 11), rotation_id), **options)

    def run_all(self, intents: Sequence[Intent], **options: Any) -> Report:
        batch = self.make(self, Options(**options), self.progress.append)
        if self.make is generated:
            intents = [replace(item, password=None) for item in intents]
        return batch.run(intents)

    def outcomes(self, *numbers: int, **options: Any) -> list[str]:
        return [row.outcome.value for row in self.run(*numbers, **options).users]

    @property
    def sent(self) -> list[str]:
        """The ids of the users to whom a password was sent, in order."""
        return [change.user_id for change in self.service.changes]


def declared(numbers: Sequence[int], rotation_id: str) -> list[Intent]:
    customers = [CUSTOMER if number <= 5 else OTHER_CUSTOMER for number in numbers]
    return [
        intent(number, customer_id=customer_id, rotation_id=rotation_id)
        for number, customer_id in zip(numbers, customers, strict=True)
    ]


def given(task: Task, options: Options, progress: Callable[[Progress], None]) -> Batch[Any, Any]:
    service = task.service
    evidence = LedgerEvidence(str(task.root / "ledger"), lambda: KEY, read_only=options.check_mode)
    return Application(
        service.connection(),
        evidence,
        service.trail(),
        options,
        progress=progress,
        now=lambda: service.now,
        sessions=task.sessions,
    )


def generated(task: Task, options: Options, progress: Callable[[Progress], None]) -> Batch[Any, Any]:
    service = task.service
    connection, store = service.connection(), FileStore(str(task.root / "store"), PlainCipher())
    events = EventLog(str(task.root / "events.jsonl"))
    tools = Tools(store, connection.users, make_generator(), events, Mode.ROTATE, 5, False, lambda: service.now)
    return Rotation(connection, tools, service.trail(), options, progress=progress, sessions=task.sessions)


@pytest.fixture(params=[given, generated])
def task(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Task]:
    service = FakeService().with_users(5).with_users(5, customer_id=OTHER_CUSTOMER, first=6)
    yield Task(tmp_path, service, request.param)


def test_rows_stand_in_the_order_of_the_declaration(task: Task) -> None:
    numbers = (7, 1, 99, 10, 2)
    report = task.run(*numbers)
    assert [row.user_id for row in report.users] == [user_id(number) for number in numbers]
    assert [row.outcome.value for row in report.users] == ["applied", "applied", "rejected", "applied", "applied"]
    assert [(step.done, step.failed, step.remaining) for step in task.progress] == [
        (1, 0, 3),
        (2, 0, 2),
        (3, 0, 1),
        (4, 0, 0),
    ]


# When all stop


def test_a_token_that_is_not_accepted_costs_one_request_a_run_and_orphans_nobody(task: Task) -> None:
    for _unused in range(5):
        for number in range(1, 7):
            task.service.will(number, Answer.NOT_ACCEPTED)
        report = task.run(*range(1, 7), check_user=False, allow_privileged=True)
        assert [row.outcome.value for row in report.users] == ["rejected"] + ["deferred"] * 5
        assert all((row.message or "").startswith("not attempted: the task stopped") for row in report.users[1:])
        assert [row.left for row in report.users] == [None] * 6
    assert len(task.sent) == 5
    task.service.script.clear()
    assert task.outcomes(*range(1, 7)) == ["applied"] * 6


def test_check_mode_says_that_nobody_would_have_a_turn(task: Task) -> None:
    for check_mode in (True, False):
        assert task.outcomes(1, 99, check_mode=check_mode, stop_on_error=True) == ["deferred", "rejected"]
    assert task.sent == []


def test_who_had_no_turn_and_may_have_the_password_of_an_earlier_run_is_unknown(task: Task) -> None:
    task.service.will(2, Answer.LOST)
    task.run(2, audit_timeout=1)
    task.service.will(1, Answer.REFUSE)
    report = task.run(1, 2, 3, stop_on_error=True)
    assert [row.outcome.value for row in report.users] == ["rejected", "unknown", "deferred"]
    assert "not attempted" in (report.users[1].message or "") and "earlier run sent" in (report.users[1].message or "")


def test_a_guard_that_refuses_such_a_user_says_so(task: Task) -> None:
    task.service.will(2, Answer.LOST)
    task.run(2, audit_timeout=0)
    task.service.roles = {"Global Administrator": [user_id(2)]}
    (row,) = task.run(2, audit_timeout=0).users
    assert row.outcome.value == "unknown"
    assert "Global Administrator" in (row.message or "") and "earlier run sent" in (row.message or "")


def test_of_those_with_roles_only_the_allowed_are_reset(task: Task) -> None:
    task.service.roles = {"Global Administrator": [user_id(1)], "Reports Reader": [user_id(2)]}
    rows = task.run(1, 2, 3, allowed_roles=("Reports Reader",)).users
    assert [row.outcome.value for row in rows] == ["rejected", "applied", "applied"]


def test_such_a_user_is_no_matter_of_policy_and_stops_the_task_before_it_begins(task: Task) -> None:
    task.service.will(2, Answer.LOST)
    task.run(2, audit_timeout=0)
    task.service.roles = {"Global Administrator": [user_id(2)]}
    assert task.outcomes(1, 2, audit_timeout=0, stop_on_error=True, skip_refused=True) == ["deferred", "unknown"]


# Limits


def test_more_resets_than_are_allowed_are_none(task: Task) -> None:
    for check_mode in (True, False):
        error = raised(partial(task.run, max_resets=2, check_mode=check_mode))
        assert str(error) == "max_resets: is 2, and 10 resets are due; nothing was sent. Raise it if that is meant"
    assert task.sent == []
    assert task.outcomes(max_resets=10) == ["applied"] * 10


def test_more_resets_of_one_customer_than_are_allowed_are_none_for_any(task: Task) -> None:
    error = raised(lambda: task.run(1, 2, 3, 6, max_resets_per_customer=2))
    assert isinstance(error, InputError)
    assert str(error) == (
        f"max_resets_per_customer: is 2, and more resets are due for {CUSTOMER} (3); nothing was sent to any customer. "
        "Raise it if that is meant"
    )
    assert task.sent == []
    assert task.outcomes(1, 2, 6, 7, max_resets_per_customer=2) == ["applied"] * 4


def test_who_is_not_due_counts_for_no_limit(task: Task) -> None:
    task.run(1, 2, 3)
    assert task.outcomes(1, 2, 3, 4, 6, max_resets=2, max_resets_per_customer=1) == ["unchanged"] * 3 + ["applied"] * 2


def test_a_customer_is_named_as_it_was_declared_and_the_worst_come_first(task: Task) -> None:
    task.service.domains["contoso.example.com"] = OTHER_CUSTOMER
    intents = declared((1, 2), "r1")
    intents += [intent(number, customer_domain="contoso.example.com", rotation_id="r1") for number in (6, 7, 8)]
    error = raised(lambda: task.run_all(intents, max_resets_per_customer=1))
    assert f"due for contoso.example.com (3), {CUSTOMER} (2);" in str(error)


# A pilot


def test_the_pilot_is_spread_over_the_customers_and_the_others_follow(task: Task) -> None:
    assert task.outcomes(pilot=4) == ["applied"] * 10
    assert set(task.sent[:4]) == {user_id(number) for number in (1, 2, 6, 7)}
    assert task.progress[-1].remaining == 0


@pytest.mark.parametrize("answer", [Answer.REFUSE, Answer.LOST, Answer.UNSENT])
def test_the_others_are_deferred_where_one_of_the_pilot_was_not_set(task: Task, answer: Answer) -> None:
    task.service.will(6, answer)
    report = task.run(pilot=5)
    assert len(task.sent) == 5
    deferred = [row for row in report.users if row.outcome.value == "deferred"]
    assert len(deferred) == 5
    assert {row.message for row in deferred} == {
        "not attempted: not all 5 users of the pilot could be set, and the others are sent a password only after that. "
        "See what became of the pilot, mend it, and run again"
    }
    assert not any(row.changed or row.failed for row in deferred)
    assert task.outcomes(pilot=5).count("applied") >= 5


def test_a_lost_answer_of_the_pilot_is_settled_before_the_others_have_a_turn(task: Task) -> None:
    task.service.will(1, Answer.SILENT)
    assert task.outcomes(pilot=2) == ["applied"] * 10
    assert task.service.requests.index("GET auditrecords") < task.service.requests.index(f"PATCH {user_id(2)}")


def test_a_pilot_that_is_larger_than_what_is_due_is_everything(task: Task) -> None:
    task.run(*range(1, 8))
    task.service.will(8, Answer.REFUSE)
    assert task.outcomes(pilot=3) == ["unchanged"] * 7 + ["rejected", "applied", "applied"]
    assert task.outcomes(rotation_id="r2", pilot=99) == ["applied"] * 10


def test_where_all_stop_in_the_pilot_that_is_the_reason(task: Task) -> None:
    task.service.will(1, Answer.NOT_ACCEPTED)
    report = task.run(pilot=5)
    assert len(task.sent) == 1
    assert {(row.message or "")[:32] for row in report.users[1:]} == {"not attempted: the task stopped "}


def test_check_mode_says_who_would_wait_for_the_pilot(task: Task) -> None:
    report = task.run(1, 2, 3, 6, pilot=2, check_mode=True)
    assert [row.outcome.value for row in report.users] == ["would_reset"] * 4
    waits = [(row.message or "").endswith(", once all 2 users of the pilot are set") for row in report.users]
    assert waits == [False, True, True, False]
    assert task.sent == []


# Two witnesses


def test_a_reset_that_two_witnesses_tell_differently_is_unknown_until_they_agree(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail, clock = task.service.trail(), FakeClock()
    second: Any = SimpleNamespace(disputes=lambda sought, _seen: {item.key: "the directory says no" for item in sought})
    both = TwoWitnesses(trail, "audit log", second, clock=clock, sleep=clock.sleep)
    monkeypatch.setattr(task.service, "trail", lambda: both)
    task.service.will(1, Answer.SILENT)
    row, other = task.run(1, 2, audit_timeout=1).users
    assert (row.outcome.value, row.certainty, other.outcome.value) == ("unknown", None, "applied")
    assert "two witnesses contradict each other: the audit log says" in (row.message or "")
    assert "but the directory says no" in (row.message or "")
    monkeypatch.undo()
    assert task.outcomes(1, audit_timeout=1) == ["resumed"]
    assert task.sent.count(user_id(1)) == 1 + (task.make is generated)


# Sessions


class Ended:
    """Notes whose sessions were ended, and fails for some users."""

    def __init__(self, *failing: int) -> None:
        self.users: list[str] = []
        self._failing = {user_id(number) for number in failing}

    def end_sessions(self, customer_id: str, user: str) -> None:
        self.users.append(user)
        if user in self._failing:
            raise RefusedError("the account may not do this", status=403)


def test_sessions_end_only_after_a_reset_that_took_effect(task: Task) -> None:
    task.sessions = ended = Ended()
    task.service.will(2, Answer.REFUSE)
    task.service.will(3, Answer.LOST)
    task.service.will(4, Answer.SILENT)
    assert task.outcomes(1, check_mode=True) == ["would_reset"] and ended.users == []
    report = task.run(1, 2, 3, 4, audit_timeout=1)
    assert [row.outcome.value for row in report.users] == ["applied", "rejected", "unknown", "applied"]
    assert [row.sessions_revoked for row in report.users] == [True, None, None, True]
    assert sorted(ended.users) == [user_id(1), user_id(4)]
    assert task.run(1).users[0].sessions_revoked is None and len(ended.users) == 2


def test_sessions_end_after_what_an_earlier_run_had_begun(task: Task) -> None:
    task.service.will(1, Answer.LOST)
    task.run(1, audit_timeout=0)
    task.sessions = ended = Ended()
    assert task.run(1, audit_timeout=0).users[0].sessions_revoked is True
    assert ended.users == [user_id(1)]


def test_sessions_that_could_not_be_ended_change_no_outcome(task: Task) -> None:
    task.sessions = Ended(1, 2)
    report = task.run(1, 2, 3)
    assert [row.outcome.value for row in report.users] == ["applied"] * 3
    assert [row.sessions_revoked for row in report.users] == [False, False, True]
    sentence = "the sessions of 2 users whose password was set could not be ended: the account may not do this"
    assert report.warnings == (sentence,) and report.summary.failed == 0


# Drift


def test_drift_is_told_or_reset_and_guards_hold_all_the_same(task: Task) -> None:
    lasting = [replace(item, force_change_password=False) for item in declared((1, 2), "r1")]
    task.run_all(lasting)
    later = task.service.now + timedelta(hours=1)
    people = task.service.people[CUSTOMER]
    task.service.people[CUSTOMER] = [replace(user, password_changed_at=later) for user in people]
    told = task.run_all(lasting).users
    assert [(row.outcome.value, row.reason) for row in told] == [("unchanged", Reason.DRIFT)] * 2
    task.service.roles = {"Global Administrator": [user_id(2)]}
    rows = task.run_all(lasting, resets_drift=True).users
    assert [row.outcome.value for row in rows] == ["applied", "rejected"]


def test_who_had_to_choose_another_password_is_left_alone(task: Task) -> None:
    task.run(1)
    later = task.service.now + timedelta(hours=1)
    task.service.people[CUSTOMER] = [replace(task.service.people[CUSTOMER][0], password_changed_at=later)]
    assert [(row.outcome.value, row.reason) for row in task.run(1, resets_drift=True).users] == [("unchanged", None)]


# The plan that was approved


def test_another_plan_than_the_approved_one_is_refused(task: Task) -> None:
    plan = task.run(1, 2, 6, check_mode=True).plan
    for others, rotation_id in (((1, 2), "r1"), ((1, 2, 7), "r1"), ((1, 2, 6, 7), "r1"), ((1, 2, 6), "r2")):
        error = raised(partial(task.run, *others, rotation_id=rotation_id, approved_plan=plan))
        assert isinstance(error, InputError)
        assert str(error) == (
            f"approved_plan: is not the plan of this run: {len(others)} resets are due, and they are not those that "
            "were approved; nothing was sent. Make a new plan in check mode, and have that approved"
        )
    assert task.sent == []
    assert task.outcomes(6, 2, 1, approved_plan=plan) == ["applied"] * 3, "in whatever order"


def test_an_approved_plan_that_was_carried_out_is_no_error(task: Task) -> None:
    plan = task.run(1, 2, check_mode=True).plan
    assert task.run(1, 2, approved_plan=plan).plan == plan
    assert task.outcomes(1, 2, approved_plan=plan) == ["unchanged"] * 2


def test_a_new_plan_is_never_compared_with_an_approved_one(task: Task) -> None:
    assert task.outcomes(1, 2, approved_plan="another", check_mode=True) == ["would_reset"] * 2


def test_a_plan_shows_nothing_of_a_user(task: Task) -> None:
    plan = task.run(check_mode=True).plan
    assert len(plan) == 64 and set(plan) <= set("0123456789abcdef")
