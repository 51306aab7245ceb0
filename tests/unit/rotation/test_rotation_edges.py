# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's rows where an earlier run was killed, the sign-in ends, a clock was wrong, or users change their names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CallError, StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import User
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Outcome, Reason
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation import rotation
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.planning import Mode
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, user_id, user_name
from ansible_collections.csp.partnercenter.tests.unit.rotation.job import Job
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer

MAY_BE_LIVE = "the password that an earlier run sent is pending, and may be the live one"


def killed(job: Job, *numbers: int) -> None:
    """A run that dies after its requests took effect: nobody has looked at the answers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rotation, "conclude", lambda _tools, cycle, _certainty: cycle)
        for number in numbers:
            job.service.will(number, Answer.SILENT)
        job.run(numbers=numbers, audit_timeout=0)


def live(job: Job, number: int) -> str:
    return job.service.live[CUSTOMER, user_id(number)]


def looked_up(job: Job, name: str) -> str:
    """Return the result of the look-up."""
    stored = job.store.load(job.store.find(name, CUSTOMER), read_only=True)
    assert stored is not None
    return job.store.password(stored, Slot.CURRENT).reveal()


def rename(job: Job, number: int, name: str) -> None:
    people = job.service.people[CUSTOMER]
    people[number - 1] = replace(people[number - 1], user_principal_name=name)


@pytest.mark.parametrize("mode", [Mode.ROTATE, Mode.RESUME])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_guard_after_a_kill_leaves_it_unknown_what_is_live(job: Job, mode: Mode, check_mode: bool) -> None:
    killed(job, 1, 2)
    job.service.roles = {"Global Administrator": [user_id(1), user_id(3)]}
    rows = job.run(mode=mode, check_mode=check_mode).users
    assert (rows[0].outcome, rows[0].left, rows[0].failed) == (Outcome.UNKNOWN, "pending", True)
    assert rows[0].message is not None and rows[0].message.endswith(MAY_BE_LIVE)
    assert rows[2].outcome is (Outcome.REJECTED if mode is Mode.ROTATE else Outcome.UNCHANGED)


@pytest.mark.parametrize("by_name", [True, False])
def test_a_look_up_that_is_refused_after_a_kill_leaves_it_unknown_what_is_live(job: Job, by_name: bool) -> None:
    killed(job, 1)
    error = CallError("the look-up is refused", status=403, code=900308)
    for request in ("GET page 1", f"GET {user_id(1)}", f"GET {user_id(2)}"):
        job.service.errors[request] = error
    rows = job.run(users=2, by_name=by_name).users
    assert [row.outcome for row in rows] == [Outcome.UNKNOWN, Outcome.REJECTED]
    assert rows[0].message == f"the look-up is refused; {MAY_BE_LIVE}"
    assert rows[0].error is not None and rows[0].error["status"] == 403


def test_a_customer_that_cannot_be_found_after_a_kill_leaves_it_unknown_as_well(job: Job) -> None:
    killed(job, 1)
    for by_name in (True, False):
        rows = job.run(users=2, by_name=by_name, customer_domain="gone.example").users
        assert [row.outcome for row in rows] == [Outcome.UNKNOWN, Outcome.REJECTED]


def test_a_document_that_cannot_be_read_stops_its_user_alone(job: Job) -> None:
    job.run()
    (file,) = job.root.glob(f"store/*/{user_id(2)}.yml")
    file.write_text(f"<<<<<<< HEAD\n{file.read_text()}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(job.store), "check", lambda _store, _subjects, write: None)
        rows = job.run("r2", max_resets=2).users
    assert [row.outcome for row in rows] == [Outcome.APPLIED, Outcome.UNKNOWN, Outcome.APPLIED]
    assert str(job.root) in (rows[1].message or "") and "user-002" in (rows[1].message or "")


@pytest.mark.parametrize("answer", [Answer.NOT_ACCEPTED, Answer.NO_TOKEN])
def test_without_a_good_token_one_request_is_made_and_nobody_is_orphaned(job: Job, answer: Answer) -> None:
    for _run in range(6):
        for number in (1, 2, 3):
            job.service.will(number, *[answer] * 2)
        sent = len(job.service.requests)
        job.cancelled.clear()
        rows = job.run().users
        assert [row.outcome for row in rows[1:]] == [Outcome.DEFERRED] * 2 and rows[0].failed
        assert sum(request.startswith("PATCH") for request in job.service.requests[sent:]) == 1
    job.service.script = {}
    job.cancelled.clear()
    assert all(row.changed and row.left is None for row in job.run().users)


def test_a_user_whose_turn_never_came_may_have_a_live_password_pending(job: Job) -> None:
    killed(job, 2)
    job.service.will(1, Answer.REFUSE)
    rows = job.run(stop_on_error=True).users
    assert [row.outcome for row in rows] == [Outcome.REJECTED, Outcome.UNKNOWN, Outcome.DEFERRED]


def test_a_time_ahead_of_the_clock_is_refused_and_told(job: Job) -> None:
    job.service.now += timedelta(days=400)
    job.run(max_age=timedelta(days=30))
    job.service.now -= timedelta(days=340)
    report = job.run(max_age=timedelta(days=30))
    assert [row.outcome for row in report.users] == [Outcome.REJECTED] * 3
    assert all("its age cannot be told" in (row.message or "") for row in report.users)
    assert [warning.startswith("times in the store lie ahead") for warning in report.warnings] == [True]
    assert job.outcomes(rotation_id="once") == ["applied"] * 3
    assert job.outcomes(max_age=timedelta(days=30)) == ["unchanged"] * 3


def test_what_is_due_after_a_resume_is_told_to_its_user(job: Job) -> None:
    killed(job, 1)
    rows = job.run("r2").users
    assert [row.outcome for row in rows] == [Outcome.RESUMED, Outcome.APPLIED, Outcome.APPLIED]
    assert rows[0].message is not None and rows[0].message.endswith("is due as well: run again")


def test_an_event_that_was_left_hides_no_failure(job: Job) -> None:
    """The failures of an orphan and of a closed window are still shown."""
    (job.root / "events.jsonl").mkdir()
    job.run(users=1)
    job.service.will(1, *[Answer.REFUSE] * 5)
    for number in range(5):
        job.run(f"r{number + 2}", users=1)
    (job.root / "events.jsonl").rmdir()
    (row,) = job.run("r9", users=1).users
    assert (row.outcome, row.left) == (Outcome.REJECTED, "orphaned")
    assert len((job.root / "events.jsonl").read_text().splitlines()) == 1


def test_a_rollback_by_the_id_that_is_applied_is_refused_and_a_right_one_is_held(job: Job) -> None:
    job.run("r1", users=1)
    job.run("r2", users=1)
    (refused,) = job.run("r2", users=1, mode=Mode.ROLLBACK).users
    assert refused.outcome is Outcome.REJECTED and "nothing was rolled back" in (refused.message or "")
    (back,) = job.run("back", users=1, mode=Mode.ROLLBACK).users
    assert (back.reason, back.message) == (Reason.ROLLBACK, "rolled back to the previous password")
    password = live(job, 1)
    for mode in (Mode.ROTATE, Mode.VERIFY):
        (held,) = job.run("r2", users=1, mode=mode).users
        assert held.outcome is Outcome.UNCHANGED
        assert (held.message or "").endswith("rolled back on 2026-11-02; held until rotation_id changes")
    assert live(job, 1) == password
    assert job.outcomes(rotation_id="r3", users=1) == ["applied"]


def test_whoever_gets_the_name_of_another_user_is_found_by_it(job: Job) -> None:
    job.run("r1")
    rename(job, 1, "renamed@customer.example.com")
    job.run("r2", users=1)
    assert looked_up(job, "renamed@customer.example.com") == live(job, 1)
    rename(job, 2, user_name(1))
    with pytest.raises(StoreError, match="nothing is stored"):
        looked_up(job, user_name(1))
    job.run("r2", numbers=[2])
    assert looked_up(job, user_name(1)) == live(job, 2)


@pytest.mark.parametrize("rotated", [True, False])
def test_a_name_goes_to_its_new_owner_although_the_old_one_is_in_no_run(job: Job, rotated: bool) -> None:
    job.run("r1")
    rename(job, 1, "renamed@customer.example.com")
    rename(job, 2, user_name(1))
    job.run("r2" if rotated else "r1", numbers=[2, 3])
    assert looked_up(job, user_name(1)) == live(job, 2)
    with pytest.raises(StoreError, match="nothing is stored"):
        looked_up(job, "renamed@customer.example.com")
    assert looked_up(job, user_id(1)) == live(job, 1)


def test_two_users_who_swap_their_names_are_told_apart(job: Job) -> None:
    job.run("r1")
    rename(job, 1, user_name(2))
    rename(job, 2, user_name(1))
    assert job.outcomes() == ["unchanged"] * 3
    assert looked_up(job, user_name(2)) == live(job, 1) != live(job, 2) == looked_up(job, user_name(1))


def test_a_user_who_was_made_again_can_be_looked_up(job: Job) -> None:
    job.run("r1", users=1)
    job.service.people[CUSTOMER][0] = User(user_id(7), user_name(1))
    assert job.outcomes(numbers=[7]) == ["applied"]
    assert looked_up(job, user_name(1)) == live(job, 7)
    assert job.store.load(Subject(CUSTOMER, user_id(1))) is not None


def test_names_are_left_alone_where_nothing_may_be_written(job: Job) -> None:
    job.run("r1")
    rename(job, 2, user_name(1).upper())
    before = {path: path.read_bytes() for path in job.root.rglob("*") if path.is_file()}
    job.run("r1", check_mode=True)
    job.run("r1", mode=Mode.VERIFY)
    assert {path: path.read_bytes() for path in job.root.rglob("*") if path.is_file()} == before
    with pytest.raises(StoreError, match="nothing is stored for user USER-002"):
        looked_up(job, "USER-002" + os.sep)


@pytest.mark.parametrize("failure", [StoreError("the store may not be listed"), ZeroDivisionError("a bug")])
def test_a_store_that_cannot_be_searched_costs_no_row(
    job: Job, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_arguments: object) -> Iterator[Subject]:
        yield from ()
        raise failure

    job.run("r0", users=2)
    monkeypatch.setattr(type(job.store), "check", lambda _store, _subjects, write: None)
    monkeypatch.setattr(type(job.store), "places", unreadable)
    job.service.errors["GET page 1"] = CallError("the look-up is refused", status=403)
    assert job.outcomes(numbers=[1]) == ["applied"]
    assert job.outcomes(users=2, by_name=True) == ["rejected"] * 2


def test_the_name_of_a_user_who_is_refused_is_brought_up_to_date_too(job: Job) -> None:
    """Otherwise a new user with the old name would get the password."""
    job.run("r1")
    rename(job, 1, "admin@customer.example.com")
    job.service.roles = {"Global Administrator": [user_id(1)]}
    assert job.outcomes(rotation_id="r2") == ["rejected", "applied", "applied"]
    assert looked_up(job, "admin@customer.example.com") == live(job, 1)
