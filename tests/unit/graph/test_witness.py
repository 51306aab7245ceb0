# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The time of the last change as a witness: newer proves it, older proves nothing (Graph contract, consistency)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import Trace, UnclearEvidenceError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import random_id
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import (
    Certainty,
    Fate,
    LastReset,
    Sighting,
    Sought,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.history import History
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.users import Users
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.witness import Witness
from ansible_collections.csp.partnercenter.tests.unit.password.builders import user_id
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CUSTOMER, raised
from ansible_collections.csp.partnercenter.tests.unit.support.graph_service import (
    GraphService,
    change,
    make_client,
    service,
)
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport

SECOND = timedelta(seconds=1)


class Scene:
    """One user, whose password was changed ``before`` the request of this run, by the service's clock."""

    def __init__(self, before: timedelta = timedelta(days=9), offset: float = 0.0) -> None:
        self.graph: GraphService = service(offset=offset)
        self.graph.changed[user_id(1)] = self._text(self.graph.now() - before)
        self.transport = FakeTransport(self.graph.answer)
        client = make_client(self.transport)
        self.users = Users(client)
        self.clock = FakeClock()
        self.witness = Witness(client, self.users, clock=self.clock, sleep=self.sleep)
        self.appears: str | None = None

    def _text(self, moment: datetime) -> str:
        return moment.replace(microsecond=0).isoformat()

    def sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        if self.appears:
            self.graph.changed[user_id(1)] = self.appears

    def changes(self, after: timedelta = SECOND) -> str:
        """A change at this time after now."""
        return self._text(self.graph.now() + after)

    def settle(
        self, begun_at: datetime | None, timeout: float = 0.0, after: datetime | None = None, alone: bool = True
    ) -> Certainty | None:
        ids = Trace(random_id(), random_id())
        sought = Sought(CUSTOMER, user_id(1), ids, datetime.now(UTC), begun_at, after, alone=alone)
        found = self.witness.settle([sought], timeout=timeout).get(sought.key)
        return found.certainty if found else None


@pytest.mark.parametrize("offset", [0.0, 7200.0, -7200.0])
def test_a_change_after_the_request_proves_it_whatever_this_machines_clock_says(offset: float) -> None:
    scene = Scene(offset=offset)
    scene.users.get(CUSTOMER, user_id(1))
    begun_at = datetime.now(UTC)
    scene.graph.changed[user_id(1)] = scene.changes()
    assert scene.settle(begun_at) is Certainty.DIRECTORY


def test_a_change_in_the_second_of_the_request_is_told_by_what_was_known_before() -> None:
    """The service tells whole seconds."""
    scene = Scene()
    scene.users.get(CUSTOMER, user_id(1))
    scene.graph.changed[user_id(1)] = scene.changes(timedelta())
    assert scene.settle(datetime.now(UTC)) is Certainty.DIRECTORY
    scene.users.get(CUSTOMER, user_id(1))
    assert scene.settle(datetime.now(UTC)) is None


@pytest.mark.parametrize("before", [timedelta(days=9), timedelta(seconds=5)])
def test_an_older_change_proves_nothing(before: timedelta) -> None:
    assert Scene(before).settle(datetime.now(UTC)) is None


def test_what_a_replica_shows_late_is_waited_for() -> None:
    scene = Scene()
    scene.users.get(CUSTOMER, user_id(1))
    begun_at = datetime.now(UTC)
    scene.appears = scene.changes()
    assert scene.settle(begun_at, timeout=30) is Certainty.DIRECTORY
    assert scene.clock.slept == [1.0]


def test_it_gives_up_when_the_time_is_over() -> None:
    scene = Scene()
    assert scene.settle(datetime.now(UTC), timeout=30) is None
    assert sum(scene.clock.slept) == 30


def test_a_change_since_an_earlier_run_may_be_anybodys() -> None:
    scene = Scene()
    scene.graph.changed[user_id(1)] = scene.changes()
    assert scene.settle(None, timeout=30) is None
    assert scene.clock.slept == [] and scene.transport.requests == []


def test_what_an_earlier_request_of_this_process_did_is_no_sight_of_a_later_one() -> None:
    """Also within the same second."""
    scene = Scene()
    assert scene.users.set_password(change()).fate is Fate.ACCEPTED
    assert scene.settle(datetime.now(UTC)) is None


@pytest.mark.parametrize("offset", [0.0, 7200.0, -7200.0])
def test_what_an_earlier_run_is_known_to_have_done_is_no_sight_of_this_request(offset: float) -> None:
    """The look-up came from a replica that was late, and the witness is not."""
    scene = Scene(offset=offset)
    scene.users.get(CUSTOMER, user_id(1))
    scene.graph.changed[user_id(1)] = scene.changes(timedelta())
    known = datetime.now(UTC)
    assert scene.settle(datetime.now(UTC), after=known) is None
    assert scene.settle(datetime.now(UTC), after=known - timedelta(seconds=5)) is Certainty.DIRECTORY


def test_where_an_earlier_request_may_still_arrive_a_change_may_be_its_own() -> None:
    scene = Scene()
    scene.users.get(CUSTOMER, user_id(1))
    begun_at = datetime.now(UTC)
    scene.graph.changed[user_id(1)] = scene.changes()
    assert scene.settle(begun_at, alone=False) is None


def test_a_time_that_lies_ahead_is_not_believed() -> None:
    scene = Scene()
    scene.graph.changed[user_id(1)] = scene.changes(timedelta(hours=1))
    assert scene.settle(datetime.now(UTC)) is None


@pytest.mark.parametrize("value", ["", "yesterday", 7, None, "9999-12-31T23:59:59-23:59"])
def test_what_is_no_time_proves_nothing(value: Any) -> None:
    scene = Scene()
    scene.graph.changed[user_id(1)] = value
    assert scene.settle(datetime.now(UTC)) is None


@pytest.mark.parametrize(("minutes", "proves"), [(14, False), (15, False), (16, True)])
def test_before_the_service_has_told_its_clock_a_change_must_be_newer_by_far(minutes: int, proves: bool) -> None:
    graph, now = service(), datetime(2026, 11, 1, 12, tzinfo=UTC)
    graph.changed[user_id(1)] = now.isoformat()
    client = make_client(FakeTransport(graph.answer_without_date))
    witness = Witness(client, Users(client), now=lambda: now)
    sought = Sought(CUSTOMER, user_id(1), Trace("1", "2"), now, now - timedelta(minutes=minutes), None, alone=True)
    assert witness.settle([sought], timeout=0) == ({sought.key: Sighting(Certainty.DIRECTORY, now)} if proves else {})


# The second witness


@pytest.mark.parametrize("offset", [0.0, 7200.0])
@pytest.mark.parametrize(
    ("before", "contradicts"), [(timedelta(minutes=20), True), (timedelta(minutes=1), False), (-SECOND, False)]
)
def test_a_change_that_is_clearly_older_contradicts_another_witness(
    before: timedelta, contradicts: bool, offset: float
) -> None:
    scene = Scene(before, offset)
    sought = Sought(CUSTOMER, user_id(1), Trace(random_id(), random_id()), datetime.now(UTC))
    scene.users.get(CUSTOMER, user_id(1))
    found = scene.witness.disputes([sought], {sought.key: Sighting(Certainty.AUDIT, datetime.now(UTC))})
    assert [text.startswith("the directory says") for text in found.values()] == [True] * contradicts


def test_a_directory_that_does_not_tell_contradicts_nobody() -> None:
    scene = Scene()
    sought = Sought(CUSTOMER, user_id(1), Trace(random_id(), random_id()), datetime.now(UTC))
    seen = {sought.key: Sighting(Certainty.AUDIT, datetime.now(UTC))}
    scene.graph.changed[user_id(1)] = None
    assert scene.witness.disputes([sought], seen) == {}
    scene.graph.hidden = True
    assert scene.witness.disputes([sought], seen) == {}


# History


def test_the_directory_tells_the_last_change_of_each_user_and_its_own_time() -> None:
    scene = Scene(offset=7200.0)
    told = scene.witness.history(CUSTOMER, [user_id(1)]).last(user_id(1))
    assert told.at is not None and told.at.isoformat() == scene.graph.changed[user_id(1)]
    assert told.clock is not None and abs(told.clock - scene.graph.now()) < timedelta(minutes=1)


@pytest.mark.parametrize(("offset", "by_this_clock"), [(300.0, False), (7200.0, True)])
def test_the_time_of_a_change_is_told_by_this_machines_clock_where_they_differ(
    offset: float, by_this_clock: bool
) -> None:
    scene = Scene(offset=offset)
    scene.users.get(CUSTOMER, user_id(1))
    begun_at = datetime.now(UTC)
    scene.graph.changed[user_id(1)] = scene.changes()
    sought = Sought(CUSTOMER, user_id(1), Trace(random_id(), random_id()), begun_at, begun_at, None, alone=True)
    (sighting,) = scene.witness.settle([sought], timeout=0).values()
    assert (abs(sighting.at - begun_at) < timedelta(minutes=1)) is by_this_clock


def test_the_last_change_is_told_and_a_rotation_is_not_recognised() -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    history = History({user_id(1): now, user_id(2): None}, lambda: now)
    told = LastReset(Certainty.DIRECTORY, now, clock=now)
    assert history.last(user_id(1)) == history.last(user_id(1), lambda _id: True) == told
    assert history.last(user_id(2)).at is None


def test_what_cannot_be_told_is_unclear() -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    history = History({user_id(1): now + timedelta(hours=1)}, lambda: now)
    for number, words in ((1, "ahead"), (2, "does not list")):
        error = raised(lambda number=number: history.last(user_id(number)))
        assert isinstance(error, UnclearEvidenceError) and words in str(error)
