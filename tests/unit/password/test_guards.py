# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guards, and the number of requests that they need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CallError, RefusedError
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import User
from ansible_collections.csp.partnercenter.plugins.module_utils._password.decision import LeftOut
from ansible_collections.csp.partnercenter.plugins.module_utils._password.guards import Guards
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Intent
from ansible_collections.csp.partnercenter.plugins.module_utils._password.lookup import Target
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    OTHER_CUSTOMER,
    target,
    user_id,
    user_name,
)
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import OPERATOR, FakeService


def refusals(
    service: FakeService, targets: Sequence[Target], *, synced: bool = False, privileged: bool = False
) -> dict[str, str]:
    guards = Guards(service.connection(), allow_synced=synced, allow_privileged=privileged)
    return {user: str(why) for (_customer, user), why in guards.refusals(targets).items()}


def somebody(number: int = 1, *, name: str | None = None, password: str = "Lantern-7-harbour", **more: Any) -> Target:
    return target(
        number, user=User(user_id(number), user_name(number) if name is None else name, **more), password=password
    )


@pytest.mark.parametrize(
    ("whom", "why"),
    [
        (somebody(federated=True), "the user is federated"),
        (somebody(deleted=True), "the user is soft-deleted: restore the user first"),
        (somebody(synced=True), "the user is synced from on-premises"),
        (somebody(name=OPERATOR.upper()), "this is the account that runs the job"),
        (somebody(password="User-001-x"), "users[0].password: must not be or contain the name before the @"),
    ],
)
def test_users_whose_password_is_not_ours_to_set(whom: Target, why: str) -> None:
    service = FakeService()
    assert refusals(service, [whom])[user_id()].startswith(why)
    assert service.requests == [], "who is refused anyway costs no request"


def test_the_account_that_runs_the_job_is_known_by_its_id_as_well() -> None:
    service = FakeService(account_id=user_id())
    assert "runs the job" in refusals(service, [somebody(name="")], privileged=True)[user_id()]


@pytest.mark.parametrize(
    ("whom", "left_out"),
    [
        (somebody(federated=True), True),
        (somebody(synced=True), True),
        (somebody(name=OPERATOR.upper()), True),
        (somebody(deleted=True), False),
        (somebody(password="User-001-x"), False),
    ],
)
def test_what_a_user_is_may_be_passed_over_and_what_is_wrong_may_not(whom: Target, left_out: bool) -> None:
    def why(skip: bool) -> object:
        guards = Guards(FakeService().connection(), allow_synced=False, allow_privileged=False, skip=skip)
        return guards.refusals([whom])[whom.key]

    assert isinstance(why(True), LeftOut) == left_out and why(True) == why(False)
    assert not isinstance(why(False), LeftOut)


def test_synced_users_may_be_allowed() -> None:
    assert refusals(FakeService(), [somebody(synced=True)], synced=True) == {}


@pytest.mark.parametrize(("named", "told"), [(("id", "a@b.example"), False), (("id", ""), False), (("", ""), True)])
def test_a_token_that_does_not_name_its_account_is_told(
    named: tuple[str, str], told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard for the account that runs the job sees nothing then."""
    monkeypatch.setattr(notices, "_known", set())
    notices.take()
    service = FakeService(account_id=named[0], account=named[1])
    assert refusals(service, [somebody()]) == {}
    assert bool([text for text in notices.take() if "cannot be recognised among the users" in text]) is told


def test_an_administrator_is_refused_by_the_name_of_the_role() -> None:
    service = FakeService(roles={"Global Reader": [user_id(2)], "": [user_id(3)]})
    found = refusals(service, [somebody(1), somebody(2), somebody(3)])
    assert found == {
        user_id(2): (
            "the user holds the directory role Global Reader in the customer's tenant, and allow_privileged is not set"
        ),
        user_id(3): (
            "the user holds the directory role (without a name) in the customer's tenant, "
            "and allow_privileged is not set"
        ),
    }


def test_administrators_may_be_allowed_and_then_nobody_asks() -> None:
    service = FakeService(roles={"Global Reader": [user_id()]})
    assert refusals(service, [somebody()], privileged=True) == {}
    assert service.requests == []


def test_nobody_due_costs_nothing() -> None:
    service = FakeService()
    assert refusals(service, []) == {} and service.requests == []


def test_roles_are_asked_for_once_for_each_customer() -> None:
    service = FakeService(roles={"Global Reader": [user_id(2)]})
    elsewhere = Target(somebody(3).intent, OTHER_CUSTOMER, somebody(3).user)
    assert list(refusals(service, [somebody(1), somebody(2), elsewhere])) == [user_id(2)]
    assert service.requests == [f"GET roles at {CUSTOMER}", f"GET roles at {OTHER_CUSTOMER}"]


def test_roles_of_one_user_that_cannot_be_read_refuse_this_user() -> None:
    service = FakeService(unreadable_roles={user_id(2): RefusedError("no such user at this customer", status=404)})
    guards = Guards(service.connection(), allow_synced=False, allow_privileged=False)
    found = guards.refusals([somebody(1), somebody(2)])
    assert list(found) == [(CUSTOMER, user_id(2))] and isinstance(found[CUSTOMER, user_id(2)], CallError)


def test_a_password_that_is_not_made_yet_is_not_checked() -> None:
    whom = Target(Intent(somebody().intent.account), CUSTOMER, somebody().user)
    assert refusals(FakeService(), [whom]) == {}


class TestAllowedRoles:
    """So that a help desk can be told which roles it may reset."""

    def refused(self, *allowed: str, roles: Sequence[str]) -> str | None:
        service = FakeService()
        service.roles = {role: [user_id()] for role in roles}
        guards = Guards(service.connection(), allow_synced=False, allow_privileged=False, allowed_roles=allowed)
        (why,) = guards.refusals([somebody()]).values() or (None,)
        return None if why is None else str(why)

    def test_who_holds_only_these_may_be_reset(self) -> None:
        assert self.refused("Directory Readers", "Reports Reader", roles=["Directory Readers"]) is None

    @pytest.mark.parametrize("written", ["directory readers", " Directory Readers "])
    def test_upper_and_lower_case_and_blanks_around_do_not_count(self, written: str) -> None:
        assert self.refused(written, roles=["Directory Readers"]) is None

    def test_who_holds_another_one_besides_is_refused_for_that_one(self) -> None:
        why = self.refused("Directory Readers", roles=["Directory Readers", "User Administrator"])
        assert why == (
            "the user holds the directory role User Administrator in the customer's tenant, and allowed_roles does not "
            "name it"
        )

    def test_a_role_without_a_name_is_never_allowed(self) -> None:
        assert "(without a name)" in str(self.refused("", " ", "Directory Readers", roles=[""]))
