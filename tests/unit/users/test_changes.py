# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users as declared: created, changed, renamed, deleted, restored; and refused, lost and stopped."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CallError,
    InputError,
    RefusedError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import User
from ansible_collections.csp.partnercenter.plugins.module_utils._users.turn import UserRow
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    OTHER_CUSTOMER,
    PASSWORD,
    raised,
    user_id,
)
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer, FakeService

from .job import ADA, DETAILS, Job, declared

LOST = [Answer.SILENT, Answer.BUG]


@pytest.fixture(params=[False, True], ids=["by_id", "by_name"])
def job(request: pytest.FixtureRequest) -> Job:
    """Both kinds of service: those that read users by id only, and those that read them by name as well."""
    return Job(FakeService(people={CUSTOMER: []}, gets_by_name=request.param))


def there(job: Job, **more: Any) -> User:
    user = User(user_id(1), ADA, **{**DETAILS, **more})
    job.service.put(user)
    return user


def acts(row: Any) -> list[str]:
    assert isinstance(row, UserRow)
    return [action.value for action in row.actions]


# Create


def test_a_user_is_created_once_with_the_password_and_the_details(job: Job) -> None:
    row = job.one(declared(**DETAILS, first_name="Ada"))
    made = job.service.person(ADA)
    assert made is not None and (made.display_name, made.first_name) == ("Ada Lovelace", "Ada")
    assert job.live(made) == PASSWORD and job.service.created[0].force_change_password
    assert (row.outcome.value, row.changed, acts(row), row.user_id) == ("applied", True, ["create"], made.id)
    assert row.certainty.value == "exact" and row.message == "created"
    again = job.one(declared(**DETAILS, first_name="Ada"))
    assert (again.outcome.value, again.changed, acts(again), again.message) == ("unchanged", False, [], None)
    assert job.writes == [f"POST {ADA}"]


@pytest.mark.parametrize(
    ("declaration", "creates", "told"),
    [
        (declared(**DETAILS), False, "neither password nor store"),
        (declared(display_name="Ada"), True, "a new one needs usage_location: nobody was created"),
        (declared(), True, "needs display_name and usage_location"),
        (declared(None, user_id=user_id(7), **DETAILS), True, "look at user_id"),
        (declared(**DETAILS, new_name="x@customer.example.com"), True, "neither .* nor|old principal name or the new"),
    ],
)
def test_nobody_is_created_by_half_a_declaration(job: Job, declaration: Any, creates: bool, told: str) -> None:
    row = job.one(declaration, creates=creates)
    assert row.outcome.value == "rejected" and not row.changed
    assert any(part in row.message for part in told.split("|")) and row.error["message"] == row.message
    assert job.writes == []


@pytest.mark.parametrize("treatment", LOST)
def test_a_lost_answer_to_a_creation_is_settled_by_looking(job: Job, treatment: Answer) -> None:
    job.service.treatments = [treatment]
    row = job.one(declared(**DETAILS))
    assert (row.outcome.value, row.certainty.value, acts(row)) == ("applied", "directory", ["create"])
    assert job.outcomes(declared(**DETAILS)) == ["unchanged"] and len(job.service.created) == 1


def test_somebody_with_other_details_after_a_lost_answer_is_only_assumed(job: Job) -> None:
    job.service.treatments = [Answer.LOST]
    job.service.sleep = lambda _seconds: job.service.put(User(user_id(5), ADA, display_name="Stranger"))
    row = job.one(declared(**DETAILS))
    assert (row.outcome.value, row.certainty.value) == ("applied", "assumed")
    assert "look whose it is" in row.message


def test_a_user_who_does_not_show_may_still_come(job: Job) -> None:
    job.service.treatments = [Answer.LOST]
    before = job.service.now
    row = job.one(declared(**DETAILS))
    assert (row.outcome.value, row.changed, row.left.value) == ("unknown", True, "pending")
    assert "Run again, which looks the user up; keep the password" in row.message
    assert (job.service.now - before).total_seconds() == 60 + 30
    assert job.outcomes(declared(**DETAILS)) == ["applied"]


def test_a_refused_creation_says_what_else_it_may_mean(job: Job) -> None:
    job.service.treatments = [Answer.REFUSE, Answer.UNSENT]
    row = job.one(declared(**DETAILS))
    assert row.outcome.value == "rejected" and "its domain must be one of the customer's" in row.message
    assert row.error["message"] == row.message and row.error["code"] == 3000
    row = job.one(declared(**DETAILS))
    assert row.outcome.value == "rejected" and "principal name" not in row.message


# Change


def test_only_what_differs_is_changed_and_what_is_not_declared_is_left_alone(job: Job) -> None:
    there(job, last_name="King", phone_number="1")
    row = job.one(declared(display_name="Ada", last_name="King", usage_location="gb".upper()))
    assert (row.outcome.value, acts(row), row.message) == ("applied", ["update"], "changed display_name")
    assert row.changes == {"display_name": ("Ada Lovelace", "Ada")}
    assert job.service.person(ADA) == User(
        user_id(1), ADA, display_name="Ada", usage_location="GB", last_name="King", phone_number="1"
    )
    assert job.outcomes(declared(display_name="Ada")) == ["unchanged"]


@pytest.mark.parametrize("by_id", [True, False])
def test_a_rename_is_found_by_either_name_so_that_it_happens_once(job: Job, by_id: bool) -> None:
    there(job)
    new = "ada.lovelace@customer.example.com"
    declaration = declared(None if by_id else ADA, user_id=user_id(1) if by_id else None, new_name=new, first_name="A")
    row = job.one(declaration)
    assert (row.outcome.value, acts(row), row.user_principal_name) == ("applied", ["rename", "update"], new)
    assert len(job.writes) == 1 and job.service.person(new) is not None
    assert job.one(declaration).outcome.value == "unchanged" and len(job.writes) == 1
    upper = declared(None if by_id else ADA, user_id=user_id(1) if by_id else None, new_name=new.upper())
    assert job.outcomes(upper) == ["unchanged"]


@pytest.mark.parametrize(
    ("declaration", "state", "action"),
    [
        (declared(first_name="Ada"), {}, "update"),
        (declared(new_name="x@customer.example.com"), {}, "rename"),
        (declared(absent=True), {}, "delete"),
        (declared(), {"deleted": True}, "restore"),
    ],
)
def test_a_lost_answer_counts_once_the_change_shows(job: Job, declaration: Any, state: Any, action: str) -> None:
    there(job, **state)
    job.service.treatments = [Answer.SILENT]
    row = job.one(declaration)
    assert (row.outcome.value, row.certainty.value, acts(row)) == ("applied", "directory", [action])
    assert job.outcomes(declaration) == ["unchanged"] and len(job.writes) == 1


def test_a_change_that_does_not_show_is_not_known(job: Job) -> None:
    there(job)
    job.service.treatments = [Answer.LOST]
    row = job.one(declared(first_name="Ada"), lookup_timeout=0)
    assert (row.outcome.value, row.changed, acts(row)) == ("unknown", True, [])
    assert "Run again, which looks at the user first" in row.message
    assert job.outcomes(declared(first_name="Ada")) == ["applied"]


# Delete and restore


def test_a_user_is_deleted_once_and_restored_once(job: Job) -> None:
    there(job)
    assert acts(job.one(declared(absent=True))) == ["delete"]
    assert job.outcomes(declared(absent=True)) == ["unchanged"]
    row = job.one(declared(display_name="Ada"))
    assert (acts(row), row.message) == (["restore", "update"], "restored, changed display_name")
    assert row.user_id == user_id(1) and job.outcomes(declared(display_name="Ada")) == ["unchanged"]


def test_nobody_is_looked_for_among_the_deleted_where_somebody_is_to_be_gone(job: Job) -> None:
    assert job.outcomes(declared(absent=True), creates=False) == ["unchanged"]
    assert job.outcomes(declared(None, user_id=user_id(7), absent=True)) == ["unchanged"]
    assert job.service.requests.count("GET page 1") <= 1


def test_a_user_who_was_renamed_and_then_deleted_is_restored_by_the_same_declaration(job: Job) -> None:
    there(job, deleted=True)
    row = job.one(declared("old@customer.example.com", new_name=ADA))
    assert (row.outcome.value, acts(row)) == ("applied", ["restore"])


def test_a_user_named_by_id_is_not_taken_for_another_deleted_one(job: Job) -> None:
    job.service.put(User(user_id(1), "", deleted=True))
    assert job.outcomes(declared(None, user_id=user_id(2)), creates=False) == ["rejected"] and job.writes == []


def test_what_was_done_before_a_failure_is_told(job: Job) -> None:
    there(job, deleted=True)
    job.service.treatments = [Answer.ACCEPT, Answer.REFUSE]
    row = job.one(declared(display_name="Ada"))
    assert (row.outcome.value, row.changed, acts(row)) == ("rejected", True, ["restore"])
    assert row.message.startswith("restored, and then: the service does not accept")


def test_of_two_deleted_users_of_one_name_none_is_guessed(job: Job) -> None:
    for number in (1, 2):
        job.service.put(User(user_id(number), ADA, deleted=True))
    row = job.one(declared(**DETAILS))
    assert row.outcome.value == "rejected" and user_id(2) in row.message and job.writes == []
    assert acts(job.one(declared(None, user_id=user_id(2)))) == ["restore"]


def test_deleted_users_who_cannot_be_read_fail_who_may_be_among_them(job: Job) -> None:
    """Nobody is created in place of a user who is to be restored."""
    there(job, deleted=True)
    fails = RefusedError("no GDAP", status=403)
    pages = job.service.connection().users.__class__.pages

    def unreadable(users: Any, customer_id: str, *, deleted: bool = False) -> Any:
        if deleted:
            raise fails
        return pages(users, customer_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job.service.connection().users.__class__, "pages", unreadable)
        rows = job.run(declared(**DETAILS), declared("gone@customer.example.com", absent=True)).users
    assert [row.outcome.value for row in rows] == ["rejected", "unchanged"] and job.writes == []
    assert (rows[0].error or {})["status"] == 403


# Guards


@pytest.mark.parametrize(
    ("declaration", "allowed"),
    [
        (declared(absent=True), False),
        (declared(new_name="x@customer.example.com"), False),
        (declared(first_name="Ada"), True),
    ],
)
def test_holders_of_roles_are_neither_deleted_nor_renamed(job: Job, declaration: Any, allowed: bool) -> None:
    there(job)
    job.service.roles = {"Global Reader": [user_id(1)]}
    row = job.one(declaration)
    assert row.outcome.value == ("applied" if allowed else "rejected")
    assert allowed or "holds the directory role Global Reader" in row.message
    if not allowed:
        assert job.outcomes(declaration, skip_refused=True) == ["excluded"]
        assert job.outcomes(declaration, allow_privileged=True) == ["applied"]


@pytest.mark.parametrize("declaration", [declared(absent=True), declared(new_name="x@customer.example.com")])
def test_the_account_that_runs_the_job_is_never_deleted_or_renamed(job: Job, declaration: Any) -> None:
    there(job)
    job.service.account_id = user_id(1)
    row = job.one(declaration, allow_privileged=True)
    assert row.outcome.value == "rejected" and "the account that runs the job" in row.message and job.writes == []


def test_of_a_synced_user_only_the_country_is_changed(job: Job) -> None:
    there(job, synced=True)
    for declaration in (declared(first_name="A"), declared(absent=True), declared(new_name="x@customer.example.com")):
        assert "synced from on-premises" in job.one(declaration).message
        assert job.outcomes(declaration, skip_refused=True) == ["excluded"]
    assert job.writes == [] and job.outcomes(declared(usage_location="DE")) == ["applied"]


# The task


def test_check_mode_reads_and_says_what_would_be_done(job: Job) -> None:
    there(job)
    report = job.run(
        declared(display_name="Ada"),
        declared("new@customer.example.com", **DETAILS),
        declared("gone@customer.example.com", absent=True),
        check_mode=True,
    )
    assert [row.message for row in report.users] == ["would change display_name", "would create", None]
    assert [acts(row) for row in report.users] == [["update"], ["create"], []] and report.summary.changed == 2
    assert report.users[1].user_id is None and job.writes == []


def test_rows_are_in_order_over_customers_and_the_limits_count_changes(job: Job) -> None:
    job.service.people[OTHER_CUSTOMER] = []
    names = [(f"user-{number}@customer.example.com", customer) for number in (1, 2) for customer in (CUSTOMER, OTHER)]
    wanted = [declared(name, customer_id=customer, **DETAILS) for name, customer in names]
    error = raised(lambda: job.run(*wanted, max_resets=3))
    assert isinstance(error, InputError) and str(error).startswith("max_changes: is 3, and 4 changes are due")
    error = raised(lambda: job.run(*wanted, max_resets_per_customer=1))
    assert str(error).startswith("max_changes_per_customer: is 1, and more changes are due for")
    assert job.writes == []
    rows = job.run(*wanted, max_resets=4).users
    assert [(row.user_principal_name, row.customer_id) for row in rows] == names


def test_after_a_failure_the_others_wait_if_that_is_wanted(job: Job) -> None:
    job.service.treatments = [Answer.REFUSE]
    wanted = [declared(f"user-{number}@customer.example.com", **DETAILS) for number in (1, 2)]
    assert job.outcomes(*wanted, stop_on_error=True) == ["rejected", "deferred"]
    assert job.outcomes(*wanted) == ["applied", "applied"]


def test_without_a_token_nobody_else_is_begun(job: Job) -> None:
    job.service.treatments = [Answer.NO_TOKEN]
    wanted = [declared(f"user-{number}@customer.example.com", **DETAILS) for number in (1, 2)]
    assert job.outcomes(*wanted) == ["rejected", "deferred"]


def test_one_user_under_two_names_is_named_once(job: Job) -> None:
    there(job)
    error = raised(lambda: job.run(declared(), declared(None, user_id=user_id(1))))
    assert isinstance(error, InputError) and "is the same user as" in str(error)
    error = raised(lambda: job.run(declared(), declared("old@customer.example.com", new_name=ADA)))
    assert isinstance(error, InputError)


@pytest.mark.parametrize("unreadable", ["GET page 1"])
def test_a_customer_who_cannot_be_read_fails_with_its_users_only(job: Job, unreadable: str) -> None:
    if job.service.gets_by_name:
        unreadable = f"GET {ADA}"
    job.service.errors[unreadable] = RefusedError("no GDAP", status=403)
    row = job.one(declared(**DETAILS))
    assert (row.outcome.value, row.error["status"]) == ("rejected", 403) and job.writes == []
    assert isinstance(job.service.errors[unreadable], CallError)


OTHER = OTHER_CUSTOMER
