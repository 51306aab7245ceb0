# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""First passwords in a store: saved before the user is created, never lost, and current once the user is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import random_id
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import User
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import Document
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.file import FileStore
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Subject
from ansible_collections.csp.partnercenter.plugins.module_utils._users.lookup import new_user_id
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, user_id
from ansible_collections.csp.partnercenter.tests.unit.rotation.service import Killed
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer, FakeService

from .job import ADA, DETAILS, Job, declared

#: Stage, mark sent, (POST), stage for the id, promote, deliver the event, drop the first place.
WRITES = 6
NEW = declared(**DETAILS)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(FakeService(people={CUSTOMER: []}), tmp_path)


def ada(job: Job) -> User:
    user = job.service.person(ADA)
    assert user is not None
    return user


def settled(job: Job) -> None:
    """The live password is current under the user's own id, and is nowhere else."""
    assert job.kept() == {f"{ada(job).id} current": job.live(ada(job))}
    assert len({new.password.reveal() for new in job.service.created}) == 1
    assert job.store.find(ADA, CUSTOMER) == Subject(CUSTOMER, ada(job).id)


def test_a_generated_password_is_current_and_told_to_the_event_log(job: Job) -> None:
    row = job.one(NEW)
    assert (row.outcome.value, row.user_id) == ("applied", ada(job).id)
    settled(job)
    assert len(job.live(ada(job))) == 24
    (event,) = [json.loads(line) for line in (job.root or Path()).joinpath("events.jsonl").read_text().splitlines()]
    assert (event["user_id"], event["user_principal_name"], event["evidence"]) == (ada(job).id, ADA, "exact")
    assert job.live(ada(job)) not in json.dumps(event)
    assert job.outcomes(NEW) == ["unchanged"]


def test_nothing_is_written_where_nobody_is_to_be_created(job: Job) -> None:
    assert job.outcomes(declared(absent=True)) == ["unchanged"]
    assert not (job.root or Path()).joinpath("store").exists()


def test_a_user_who_is_there_gets_no_password(job: Job) -> None:
    job.service.put(User(user_id(1), ADA, **DETAILS))
    assert job.outcomes(NEW) == ["unchanged"] and job.kept() == {}
    assert not (job.root or Path()).joinpath("store").exists()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("write", range(1, WRITES + 1))
def test_a_run_that_is_killed_at_any_write_is_finished_by_the_next(job: Job, when: str, write: int) -> None:
    with pytest.raises(Killed):
        job.run(NEW, death=(when, write))
    if job.service.created:
        assert job.live(ada(job)) in job.kept().values()
    row = job.one(NEW)
    assert row.outcome.value in ("applied", "resumed", "unchanged") and not row.failed
    settled(job)
    assert job.outcomes(NEW) == ["unchanged"]
    assert len(job.service.created) <= 2


def test_there_are_no_other_writes(job: Job) -> None:
    """A run is killed at each of them."""
    assert job.outcomes(NEW, death=("before", WRITES + 1)) == ["applied"]
    settled(job)


@pytest.mark.parametrize("treatment", [Answer.LOST, Answer.SILENT, Answer.LATE, Answer.BUG])
def test_a_lost_answer_keeps_the_password_until_it_is_known(job: Job, treatment: Answer) -> None:
    job.service.treatments = [treatment]
    first = job.one(NEW)
    seen = treatment in (Answer.SILENT, Answer.BUG)
    assert first.outcome.value == ("applied" if seen else "unknown")
    if not seen:
        assert first.left.value == "pending" and "its password is pending in the store" in first.message
        job.service.arrive()
        assert job.outcomes(NEW) == (["resumed"] if treatment is Answer.LATE else ["applied"])
    settled(job)
    assert job.outcomes(NEW) == ["unchanged"]


def test_a_request_that_comes_late_and_wins_has_the_password_that_is_kept(job: Job) -> None:
    job.service.treatments = [Answer.LATE, Answer.LATE]
    assert job.outcomes(NEW) == ["unknown"]
    assert job.outcomes(NEW) == ["unknown"]
    first, second = (new.trace.request_id for new in job.service.created)
    assert first == second
    job.service.arriving.pop()
    job.service.arrive()
    assert job.outcomes(NEW) == ["resumed"]
    settled(job)


def test_the_refusal_of_the_name_after_a_lost_answer_is_settled_by_looking(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    job.service.treatments = [Answer.LATE]
    assert job.outcomes(NEW) == ["unknown"]
    accounts = job.service.note

    def arrives(request: str) -> None:
        accounts(request)
        if request.startswith("POST"):
            job.service.arrive()

    monkeypatch.setattr(job.service, "note", arrives)
    row = job.one(NEW)
    assert (row.outcome.value, row.certainty.value) == ("applied", "directory")
    settled(job)


@pytest.mark.parametrize("treatment", [Answer.REFUSE, Answer.NO_TOKEN, Answer.UNSENT])
def test_a_certain_refusal_leaves_nothing_that_may_be_live(job: Job, treatment: Answer) -> None:
    job.service.treatments = [treatment]
    assert job.outcomes(NEW) == ["rejected"]
    kept = job.store.load(Subject(CUSTOMER, new_user_id(CUSTOMER, ADA)))
    assert kept is not None and (kept.document.pending is None or not kept.document.pending.may_be_live)
    assert job.outcomes(NEW) == ["applied"]
    assert job.kept() == {f"{ada(job).id} current": job.live(ada(job))}


def test_after_a_certain_refusal_the_name_is_free_for_a_user_who_is_made_by_hand(job: Job) -> None:
    job.service.treatments = [Answer.REFUSE]
    assert job.outcomes(NEW) == ["rejected"]
    own, now = Subject(CUSTOMER, user_id(1), ADA), job.service.now
    staged = Document(own).stage(version=random_id(), rotation_id="r1", owner="x:y:1:z", now=now)
    job.store.compare_and_set(None, staged, new_password=Secret("Meadow-8-kettle"))
    assert job.store.find(ADA, CUSTOMER) == own


def test_an_adopted_user_gets_the_details_as_well(job: Job) -> None:
    job.service.treatments = [Answer.LATE]
    assert job.outcomes(NEW) == ["unknown"]
    job.service.arrive()
    row = job.one(declared(**DETAILS, first_name="Ada"))
    assert (row.outcome.value, [action.value for action in row.actions]) == ("applied", ["update"])
    settled(job)


def test_a_store_that_cannot_be_written_stops_the_task_before_anything_is_sent(job: Job) -> None:
    row = job.one(NEW, death=("before", 1), failure=StoreError("the disk is full"))
    assert (row.outcome.value, row.message) == ("rejected", "the disk is full") and not job.service.created


def test_a_store_that_fails_afterwards_keeps_the_password_pending(job: Job) -> None:
    row = job.one(NEW, death=("before", 4), failure=StoreError("the disk is full"))
    assert (row.outcome.value, row.left.value) == ("unknown", "pending") and "the disk is full" in row.message
    assert job.outcomes(NEW) == ["resumed"]
    settled(job)


def test_a_refusal_that_cannot_be_recorded_is_a_refusal(job: Job) -> None:
    job.service.treatments = [Answer.REFUSE]
    row = job.one(NEW, death=("before", 3), failure=StoreError("the disk is full"))
    assert row.outcome.value == "rejected" and "does not accept a property" in row.message
    assert job.outcomes(NEW) == ["applied"]
    settled(job)


def test_an_error_that_nobody_foresaw_is_told_by_its_kind_only(job: Job) -> None:
    row = job.one(NEW, death=("before", 1), failure=RuntimeError("canary-text-of-an-error"))
    assert (row.outcome.value, row.message) == ("unknown", "an internal error of the collection (RuntimeError)")
    assert not job.service.created and job.outcomes(NEW) == ["applied"]


def test_an_event_log_that_cannot_be_written_costs_a_warning(job: Job) -> None:
    """The event stays with the user's document, for the next rotation."""
    log = (job.root or Path()) / "events.jsonl"
    log.mkdir()
    assert job.outcomes(NEW) == ["applied"]
    assert str(log) in " ".join(notices.take())
    settled(job)
    stored = job.store.load(Subject(CUSTOMER, ada(job).id))
    assert stored is not None and len(stored.document.outbox) == 1


def test_a_store_that_cannot_be_read_leaves_its_user_alone(job: Job) -> None:
    """Whether an earlier run has created the user is not known, and so neither whose password is live."""
    job.service.treatments = [Answer.LATE]
    assert job.outcomes(NEW) == ["unknown"]
    job.service.arrive()
    (document,) = (path for path in (job.root or Path()).joinpath("store").rglob("*.yml"))
    content = document.read_bytes()
    document.write_bytes(b"- not a document\n")
    row = job.one(declared(**DETAILS, first_name="Ada"))
    assert row.outcome.value == "rejected" and "is not a file of this collection" in row.message
    assert job.writes == [f"POST {ADA}"]
    document.write_bytes(content)
    assert job.outcomes(NEW) == ["resumed"]
    settled(job)


def test_what_another_run_has_recorded_meanwhile_is_not_recorded_again(job: Job, monkeypatch: Any) -> None:
    """The other run begins and ends between plan and lock of this one, which leaves no password that nobody has."""
    job.service.treatments = [Answer.LATE]
    assert job.outcomes(NEW) == ["unknown"]
    job.service.arrive()
    lock = FileStore.lock

    def after_the_other(*arguments: Any, **named: Any) -> Any:
        monkeypatch.undo()
        assert job.outcomes(NEW) == ["resumed"]
        return lock(*arguments, **named)

    monkeypatch.setattr(FileStore, "lock", after_the_other)
    assert job.outcomes(NEW) == ["unchanged"]
    settled(job)


def test_a_rotation_that_came_in_between_counts(job: Job) -> None:
    with pytest.raises(Killed):
        job.run(NEW, death=("after", 3))
    own = Subject(CUSTOMER, ada(job).id, ADA)
    stored = job.store.load(own)
    assert stored is not None and stored.document.pending is not None
    now = job.service.now
    sent = stored.document.mark_sent(owner="x:y:1:z", now=now)
    promoted = sent.mark_applied(now=now, evidence="exact").promote(now=now)
    job.store.compare_and_set(stored, promoted)
    assert job.outcomes(NEW) == ["resumed"]
    settled(job)


def test_a_rotation_that_has_begun_in_between_takes_no_password_away(job: Job) -> None:
    """Until it is finished, the first password is the live one."""
    with pytest.raises(Killed):
        job.run(NEW, death=("before", 3))
    own = Subject(CUSTOMER, ada(job).id, ADA)
    begun = Document(own).stage(version=random_id(), rotation_id="r1", owner="x:y:1:z", now=job.service.now)
    stored = job.store.compare_and_set(None, begun, new_password=Secret("Meadow-8-kettle"))
    row = job.one(NEW)
    assert row.failed and "finish the rotation" in row.message and job.live(ada(job)) in job.kept().values()
    job.store.compare_and_set(stored, stored.document.drop_pending())
    assert job.outcomes(NEW) == ["resumed"]
    settled(job)


def test_check_mode_writes_nothing_and_tells_of_an_unfinished_creation(job: Job) -> None:
    assert job.one(NEW, check_mode=True).message == "would create"
    assert not (job.root or Path()).joinpath("store").exists()
    with pytest.raises(Killed):
        job.run(NEW, death=("before", 3))
    kept = job.kept()
    row = job.one(NEW, check_mode=True)
    assert (row.outcome.value, row.changed) == ("would_resume", True) and job.kept() == kept


def test_a_run_on_another_machine_is_left_to_its_work(job: Job, monkeypatch: Any) -> None:
    with pytest.raises(Killed):
        job.run(NEW, death=("after", 2))
    module = "ansible_collections.csp.partnercenter.plugins.module_utils._stores.base.Hold.may_resume"
    monkeypatch.setattr(module, lambda *_arguments: False)
    row = job.one(NEW)
    assert row.outcome.value == "deferred" and "another machine" in row.message
