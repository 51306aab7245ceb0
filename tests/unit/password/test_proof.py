# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof of a reset over several runs: wrong clocks, older records, the update call's answer, foreign ids."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Outcome, Reason
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, PASSWORD, intent, user_id
from ansible_collections.csp.partnercenter.tests.unit.password.runs import Playbook
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer, FakeService

CHANGED = intent()
ROTATED = intent(rotation_id="2026-11")
OLDER = intent(max_age=timedelta(days=30))


@pytest.fixture
def service() -> FakeService:
    return FakeService().with_users(20)


@pytest.fixture
def play(service: FakeService, tmp_path: Path) -> Playbook:
    return Playbook(service, tmp_path)


def test_a_word_that_proves_nothing_is_settled_by_the_witness(play: Playbook) -> None:
    """It may be a 200 that set nothing."""
    play.service.will(1, Answer.TAKEN)
    assert play.one(CHANGED).certainty is Certainty.AUDIT
    play.service.will(2, Answer.IGNORED)
    row = play.one(intent(2))
    assert (row.outcome, row.attempts) == (Outcome.UNKNOWN, 1)
    assert "which proves nothing" in (row.message or "")
    assert play.one(intent(2)).outcome is Outcome.APPLIED
    assert play.service.live[CUSTOMER, user_id(2)] == PASSWORD


def test_where_the_witness_is_not_to_be_asked_the_word_is_assumed(play: Playbook) -> None:
    play.service.will(1, Answer.TAKEN)
    row = play.one(CHANGED, audit_timeout=0)
    assert (row.outcome, row.certainty) == (Outcome.APPLIED, Certainty.ASSUMED)
    assert play.one(CHANGED).outcome is Outcome.UNCHANGED


def test_an_older_record_of_the_same_rotation_is_none_of_this_request(play: Playbook) -> None:
    """The ledger's line was removed, so that the rotation is due again; the log still shows the first time."""
    assert play.one(ROTATED).outcome is Outcome.APPLIED
    assert play.ledger is not None
    next(play.ledger.glob("*.json")).unlink()
    play.service.sleep(60)
    play.service.will(1, Answer.LOST)
    assert play.one(ROTATED).outcome is Outcome.UNKNOWN
    assert len({change.trace.correlation_id for change in play.service.changes}) == 2


@pytest.mark.parametrize("ahead", [timedelta(days=400), timedelta(hours=1)])
def test_a_reset_that_is_recorded_ahead_of_the_clock_silences_no_age(
    play: Playbook, ahead: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "_known", set())
    play.service.now += ahead
    assert play.one(OLDER).outcome is Outcome.APPLIED
    play.service.now -= ahead
    assert play.one(OLDER).reason is Reason.AGE
    assert any("lies ahead of the clock" in text for text in notices.take())
    assert play.one(OLDER).outcome is Outcome.UNCHANGED


def test_a_clock_that_is_behind_makes_nothing_lie_ahead(play: Playbook) -> None:
    """The service tells the time: otherwise a controller with a wrong clock would reset everybody."""
    assert play.one(OLDER).outcome is Outcome.APPLIED
    play.service.now -= timedelta(days=9)
    play.service.clock_is_ahead = timedelta(days=-9)
    assert play.one(OLDER).outcome is Outcome.UNCHANGED


@pytest.mark.parametrize("ahead", [timedelta(days=400), timedelta(days=-400)])
def test_a_clock_that_is_wrong_does_not_reset_at_every_run(service: FakeService, ahead: timedelta) -> None:
    service.now += ahead
    service.clock_is_ahead = ahead
    play = Playbook(service, None)
    assert [play.one(OLDER).outcome.value for _unused in range(3)] == ["applied", "unchanged", "unchanged"]


def test_a_log_with_ids_of_the_services_own_is_unclear_and_not_reset_at_every_run(service: FakeService) -> None:
    play = Playbook(service, None)
    assert play.one(ROTATED).outcome is Outcome.APPLIED
    service.records = [
        replace(record, correlation_id="88888888-8888-4888-8888-888888888888") for record in service.records
    ]
    assert [play.one(ROTATED).outcome.value for _unused in range(2)] == ["unknown", "unknown"]
    assert service.patches == [PASSWORD]
