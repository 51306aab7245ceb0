# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit log as the only evidence: what it tells of the last reset, and where it does not tell enough."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import UnclearEvidenceError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import named_id
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty, LastReset
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.audit import AuditRecord
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.history import History
from ansible_collections.csp.partnercenter.plugins.module_utils._password.evidence import (
    correlation_id,
    names,
    published_id,
)
from ansible_collections.csp.partnercenter.tests.unit.password.builders import NOW, raised, target, user_id
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import OPERATOR, FakeService

from .test_witness import record as any_record

DAY = timedelta(days=1)
YESTERDAY = NOW - DAY
ROTATION = "2026-11"
MINE, AGAIN = (correlation_id(target(), ROTATION) for _time in range(2))
OLD = published_id(target().key, ROTATION)
OTHER = correlation_id(target(), "2026-10")
STRANGE = "88888888-8888-4888-8888-888888888888"
INTERN = "intern@partner.example.com"


def record(**more: Any) -> AuditRecord:
    """A reset of this user by this account for another rotation, a day ago."""
    return any_record(**{"at": YESTERDAY, "correlation_id": OTHER, **more})


def history(*records: AuditRecord, account: str = OPERATOR) -> History:
    made = History(account, lambda: NOW)
    for each in records:
        made.add(each)
    return made


def of_anybody(*records: AuditRecord) -> LastReset:
    return history(*records).last(user_id())


def of_rotation(*records: AuditRecord, rotation: str = ROTATION, account: str = OPERATOR) -> LastReset:
    return history(*records, account=account).last(user_id(), lambda name: names(name, target().key, rotation))


def applied(at: datetime = YESTERDAY) -> LastReset:
    return LastReset(Certainty.AUDIT, at, named=True)


def due(at: datetime | None = None, *, refused: int = 0) -> LastReset:
    """The rotation was not applied; the time is that of the last reset by this account."""
    return LastReset(Certainty.AUDIT, at, refused=refused)


def test_only_resets_are_read_and_only_those_of_this_account_by_their_ids() -> None:
    nameless = history(record(user_id=None, correlation_id=None))
    assert nameless.unattributed and not nameless.by_user and not nameless.has_ids
    mixed = history(
        record(user_id=None, operation="update_customer_user"),
        record(status="failed", correlation_id=None),
        record(caller=INTERN, correlation_id=STRANGE),
    )
    assert not mixed.unattributed and not mixed.succeeded and list(mixed.ours) == [user_id()]
    assert list(mixed.by_user) == [user_id()] and mixed.has_ids and not mixed.has_own_ids
    mixed.add(record(correlation_id=named_id("x"), status="failed"))
    assert mixed.has_own_ids


def test_an_age_is_that_of_the_last_reset_by_anybody_by_the_services_clock() -> None:
    assert of_anybody() == LastReset(Certainty.AUDIT, clock=NOW)
    found = of_anybody(record(at=NOW - 5 * DAY), record(caller="admin@x.example"), record(at=NOW - 9 * DAY))
    assert found == LastReset(Certainty.AUDIT, YESTERDAY, clock=NOW)


@pytest.mark.parametrize("wrong", [400 * DAY, -400 * DAY])
def test_a_clock_that_is_wrong_makes_nothing_older_or_younger(wrong: timedelta) -> None:
    service = FakeService(now=NOW + wrong, clock_is_ahead=wrong)
    service.records = [record()]
    assert service.trail().history(record().customer_id, [user_id()]).last(user_id()).clock == NOW


@pytest.mark.parametrize("ask", [of_anybody, of_rotation])
def test_a_reset_that_lies_ahead_of_the_clock_is_not_believed(ask: Any) -> None:
    error = raised(lambda: ask(record(at=NOW + DAY / 2, correlation_id=MINE)))
    assert isinstance(error, UnclearEvidenceError) and "lies ahead of the clock" in str(error)


def test_other_users_and_other_operations_do_not_count() -> None:
    others = record(user_id=user_id(2)), record(operation="update_customer_user"), record(status="failed")
    assert of_anybody(*others).at is None


@pytest.mark.parametrize("name", [MINE, OLD], ids=["of this release", "of 0.1.0"])
def test_a_rotation_is_found_by_its_correlation_id(name: str) -> None:
    """Also by the one that release 0.1.0 gave it."""
    assert of_rotation(record(correlation_id=name), record()) == applied()


def test_another_rotation_is_not_this_one() -> None:
    assert of_rotation(record()) == due(YESTERDAY)
    assert of_rotation() == due()


@pytest.mark.parametrize(
    "more",
    [
        {"operation": "update_customer_billing_profile"},
        {"operation": "update_customer_user"},
        {"user_id": user_id(2)},
        {"caller": INTERN},
        {"status": "failed", "caller": INTERN},
    ],
)
@pytest.mark.parametrize("name", [MINE, OLD], ids=["of this release", "of 0.1.0"])
def test_a_record_of_something_else_holds_no_rotation_back(more: dict[str, Any], name: str) -> None:
    """The ids can be known before, and a caller chooses them: what counts is what this account did to this user."""
    assert of_rotation(record(correlation_id=name, **more)) == due()


def test_a_rotation_id_that_comes_back_is_due_again() -> None:
    """The ledger decides the same: the rotation that was applied last counts.

    What somebody else set meanwhile is not ours to undo.
    """
    before = record(correlation_id=MINE, at=NOW - 2 * DAY)
    for later in (OTHER, STRANGE):
        assert of_rotation(before, record(correlation_id=later)) == due(YESTERDAY)
    for other in ({"caller": "admin@x.example"}, {"at": NOW - 3 * DAY}, {"correlation_id": MINE}):
        assert of_rotation(before, record(**other)).named
    assert of_rotation(before, record(), record(correlation_id=AGAIN, at=NOW - DAY / 2)) == applied(NOW - DAY / 2)


def test_refused_attempts_of_the_rotation_count() -> None:
    failed = [record(correlation_id=name, status="failed") for name in (MINE, AGAIN, OLD)]
    assert of_rotation(*failed, record(status="failed")) == due(refused=3)


def test_ids_of_the_services_own_leave_it_unclear() -> None:
    """If the log does not show our ids, rotations cannot be told apart. They must not be repeated at every run."""
    error = raised(lambda: of_rotation(record(correlation_id=STRANGE)))
    assert isinstance(error, UnclearEvidenceError) and "may be this rotation: use evidence: ledger" in str(error)
    shows_ours = record(user_id=user_id(2))
    assert of_rotation(record(correlation_id=STRANGE), shows_ours) == due(YESTERDAY)
    assert of_rotation(record(correlation_id=STRANGE, caller=INTERN)) == due()


def test_an_account_without_a_name_finds_nothing_of_its_own() -> None:
    error = raised(lambda: of_rotation(account=""))
    assert isinstance(error, UnclearEvidenceError) and "does not name its account" in str(error)


def test_an_attempt_in_progress_is_neither_done_nor_to_be_repeated() -> None:
    started = record(correlation_id=MINE, status="progress")
    assert isinstance(raised(lambda: of_rotation(started)), UnclearEvidenceError)
    assert of_rotation(started, record(correlation_id=MINE)) == applied()
    assert of_rotation(started, record(correlation_id=MINE, status="failed")) == due(refused=1)


@pytest.mark.parametrize(
    ("more", "ask"),
    [
        ({"correlation_id": None}, of_rotation),
        ({"user_id": None, "correlation_id": STRANGE}, of_rotation),
        ({"user_id": None}, of_anybody),
    ],
)
def test_a_record_that_may_be_the_one_makes_it_unclear(more: dict[str, Any], ask: Any) -> None:
    error = raised(lambda: ask(record(**more)))
    assert isinstance(error, UnclearEvidenceError) and "use evidence: ledger" in str(error)


def test_a_run_with_always_ends_what_was_unclear() -> None:
    """Its id names the rotation, and shows that the log carries the ids of requests."""
    overriding = record(correlation_id=MINE)
    assert of_rotation(record(correlation_id=STRANGE), overriding) == applied()
    assert of_rotation(record(correlation_id=STRANGE), overriding, rotation="2026-12") == due(YESTERDAY)
