# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""First passwords behind links: the link is made first, leads to the live password, and is ended once it is useless."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import User
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Hold
from ansible_collections.csp.partnercenter.plugins.module_utils._users.turn import UserRow
from ansible_collections.csp.partnercenter.tests.unit.handover.table import CREATIONS, Expected, table
from ansible_collections.csp.partnercenter.tests.unit.handover.world import LIFE, Counter, Deaths, FakeLinks
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, user_id
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer, FakeService
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Killed

from .job import ADA, DETAILS, Job, declared

#: Stage, mark sent, (POST), stage for the id, promote, deliver the event, drop the first place.
WRITES = 6
NEW = declared(**DETAILS)
#: Each moment of the table: a step of the link service, or a write to the store. A refusal has only the third write.
KILLS: dict[str, tuple[str, int] | str | None] = {
    "never": None,
    "before the link is made": "before link",
    "before the link is stored": "after link",
    "after the link is stored": ("after", 1),
    "before the request": ("after", 2),
    "after the request": ("before", 3),
    "after its end is stored": ("after", 4),
    "after the event is logged": ("after", 5),
}
AFTER_THE_REFUSAL = ("after", 3)
ANSWERS = {
    "accepts": Answer.ACCEPT,
    "refuses": Answer.REFUSE,
    "answer lost, took effect": Answer.SILENT,
    "answer lost, no effect": Answer.LOST,
}
LINKS = {"works": None, "cannot end links": "stuck", "cannot be reached": "unreachable", "answers oddly": "odd"}
TABLE = table([*ANSWERS], [*LINKS], CREATIONS)


@dataclass
class Newcomer:
    """A customer, a link service and a store, and runs that create one user."""

    root: Path
    service: FakeService = field(default_factory=lambda: FakeService(people={CUSTOMER: []}))

    def __post_init__(self) -> None:
        self.links = FakeLinks(Deaths(), lambda: self.service.now)
        self.job = Job(self.service, self.root, self.links)

    def run(self, **options: Any) -> Any:
        return self.job.one(NEW, **options)

    def dies(self, kill: tuple[str, int] | str | None) -> bool:
        """Return whether a run is killed at this moment."""
        self.links.deaths.at = frozenset({kill} if isinstance(kill, str) else ())
        with suppress(Killed):
            self.run(death=kill if isinstance(kill, tuple) else None)
            self.links.deaths.at = frozenset()
            return False
        return True

    @property
    def live(self) -> str | None:
        user = self.service.person(ADA)
        return self.job.live(user) if user else None

    def behind(self, row: UserRow) -> str | None:
        """Return the password that the person finds behind the link of a row."""
        if row.one_time_link is None or row.one_time_link.handle in self.links.ended:
            return None
        return self.links.made[row.one_time_link.handle]

    @property
    def events(self) -> list[dict[str, str]]:
        path = self.root / "events.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    return Newcomer(tmp_path)


def kill_of(killed: str, service: str) -> tuple[str, int] | str | None:
    return AFTER_THE_REFUSAL if (killed, service) == ("after its end is stored", "refuses") else KILLS[killed]


def prepared(root: Path, service: str, links: str) -> Newcomer:
    newcomer = Newcomer(root)
    newcomer.service.treatments = [ANSWERS[service]]
    newcomer.links.fault = LINKS[links]
    return newcomer


@pytest.mark.parametrize(("killed", "service", "links"), TABLE, ids=[", ".join(cell) for cell in TABLE])
def test_a_line_of_the_table(tmp_path: Path, killed: str, service: str, links: str) -> None:
    (expected,) = TABLE[killed, service, links]
    newcomer = prepared(tmp_path, service, links)
    if killed == "never":
        this_run = newcomer.run().outcome.value
    else:
        this_run = "killed" if newcomer.dies(kill_of(killed, service)) else "not killed"
    first = "link-1" in newcomer.links.made
    newcomer.links.fault = None
    newcomer.service.treatments = []
    row = newcomer.run()
    shown = row.one_time_link is not None and row.one_time_link.handle == "link-1"
    link = "shown" if shown else "ended" if "link-1" in newcomer.links.ended else "ends by itself"
    assert Expected(this_run, row.outcome.value, link if first else "none") == expected
    assert_nothing_is_lost(newcomer, row)


def test_each_combination_that_can_be_reached_is_in_the_table(tmp_path: Path) -> None:
    """What is not in the table is a kill at a step that the run does not come to."""
    for number, (killed, service, links) in enumerate(product(KILLS, ANSWERS, LINKS)):
        if (killed, service, links) not in TABLE:
            newcomer = prepared(tmp_path / str(number), service, links)
            assert not newcomer.dies(kill_of(killed, service)), (killed, service, links)
    assert len(TABLE) > 60


@pytest.mark.parametrize("second", range(1, WRITES + 1))
@pytest.mark.parametrize("first", range(1, WRITES + 1))
def test_killed_twice_nothing_is_lost(newcomer: Newcomer, first: int, second: int) -> None:
    newcomer.dies(("before", first))
    newcomer.dies(("after", second))
    assert_nothing_is_lost(newcomer, newcomer.run())
    newcomer.service.now += timedelta(minutes=11)
    assert newcomer.run().outcome.value in ("applied", "resumed", "unchanged")
    assert newcomer.run().outcome.value == "unchanged" and newcomer.live is not None


def assert_nothing_is_lost(newcomer: Newcomer, row: UserRow) -> None:
    behind = newcomer.behind(row)
    assert behind is not None, "whatever may be live can be read"
    assert newcomer.live == behind or (newcomer.live is None and row.outcome.value == "unknown")
    assert len(newcomer.events) == (0 if row.outcome.value == "unknown" else 1)
    secrets = [*newcomer.links.made.values(), *(f"/p/{handle}" for handle in newcomer.links.made)]
    for path in newcomer.root.rglob("*"):
        if path.is_file():
            text = path.read_text(errors="replace")
            assert not [secret for secret in secrets if secret in text], f"clear text in {path.name}"


def test_the_event_log_says_who_asked_and_why(newcomer: Newcomer) -> None:
    row = newcomer.run()
    assert row.message == "created; the link leads to the first password"
    (event,) = newcomer.events
    told = {name: event[name] for name in ("operation", "user_id", "requested_by", "reason", "evidence")}
    user = {"operation": "create", "user_id": row.user_id, "evidence": "exact"}
    assert told == user | {"requested_by": "maria.desk", "reason": "a new colleague"}
    assert newcomer.service.created[0].force_change_password


def test_the_link_is_shown_until_it_ends(newcomer: Newcomer) -> None:
    first = newcomer.run()
    again = newcomer.run()
    assert (again.outcome.value, again.one_time_link) == (
        "unchanged",
        first.one_time_link,
    ) and "nobody has opened it" in again.message
    assert newcomer.run(check_mode=True).one_time_link is None
    newcomer.service.now += LIFE
    assert newcomer.run().one_time_link is None and len(newcomer.links.made) == 1


def test_a_change_of_the_user_shows_the_link_as_well(newcomer: Newcomer) -> None:
    first = newcomer.run()
    row = newcomer.job.one(declared(**DETAILS, first_name="Ada"))
    assert ([action.value for action in row.actions], row.one_time_link) == (["update"], first.one_time_link)
    assert newcomer.job.one(declared(absent=True)).one_time_link is None


def test_check_mode_makes_no_link(newcomer: Newcomer) -> None:
    row = newcomer.run(check_mode=True)
    assert (row.message, row.one_time_link) == ("would create", None)
    assert not newcomer.links.made and not (newcomer.root / "store").exists()


def test_after_ten_minutes_another_password_is_behind_another_link(newcomer: Newcomer) -> None:
    """Until then, the first request may still take effect, and nobody else has its password."""
    newcomer.service.treatments = [Answer.LOST]
    first = newcomer.run()
    assert (first.outcome.value, first.left.value) == ("unknown", "pending")
    assert "the link may or may not lead to the password, and is kept" in first.message
    held = newcomer.run()
    assert (held.outcome.value, held.one_time_link) == (
        "unknown",
        first.one_time_link,
    ) and "so nothing was sent" in held.message
    assert len(newcomer.service.created) == 1
    newcomer.service.now += timedelta(minutes=10)
    row = newcomer.run()
    assert row.outcome.value == "applied" and newcomer.links.ended == {"link-1"}
    assert newcomer.behind(row) == newcomer.live
    assert_nothing_is_lost(newcomer, newcomer.run())


def test_a_request_that_comes_late_is_adopted_with_its_link(newcomer: Newcomer) -> None:
    newcomer.service.treatments = [Answer.LATE]
    first = newcomer.run()
    newcomer.service.arrive()
    row = newcomer.run()
    assert (row.outcome.value, row.one_time_link) == (
        "resumed",
        first.one_time_link,
    ) and "the link leads to the first" in row.message
    assert_nothing_is_lost(newcomer, row)


@pytest.mark.parametrize("answer", [Answer.REFUSE, Answer.NO_TOKEN, Answer.UNSENT])
def test_refused_the_link_is_ended_again(newcomer: Newcomer, answer: Answer) -> None:
    newcomer.service.treatments = [answer]
    row = newcomer.run()
    assert (row.outcome.value, row.one_time_link) == ("rejected", None) and newcomer.links.ended == {"link-1"}
    assert "the link was ended again" in row.message
    with pytest.raises(StoreError, match="nothing is stored for user"):
        newcomer.job.store.find(ADA, CUSTOMER)


@pytest.mark.parametrize("write", [1, 2])
def test_a_store_that_fails_before_the_request_ends_the_link(newcomer: Newcomer, write: int) -> None:
    row = newcomer.run(death=("before", write), failure=StoreError("the disk is full"))
    assert (row.outcome.value, row.one_time_link) == ("rejected", None) and newcomer.links.ended == {"link-1"}
    assert not newcomer.service.created


def test_a_store_that_fails_after_the_request_keeps_the_link(newcomer: Newcomer) -> None:
    row = newcomer.run(death=("before", 4), failure=StoreError("the disk is full"))
    assert row.outcome.value == "unknown" and newcomer.behind(row) == newcomer.live
    again = newcomer.run()
    assert (again.outcome.value, again.one_time_link) == ("resumed", row.one_time_link)


def test_a_link_that_cannot_be_ended_is_told(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "_known", set())
    newcomer.links.fault = "stuck"
    newcomer.service.treatments = [Answer.REFUSE]
    notices.take()
    newcomer.run()
    notice = notices.take()[-1]
    assert notice.startswith(f"{ADA}: a link whose password is not valid could not be ended, and ends at")


def test_a_link_service_that_fails_stops_it_before_anything_is_sent(newcomer: Newcomer) -> None:
    newcomer.links.fault = "unreachable"
    row = newcomer.run()
    assert row.message == "the link service cannot be reached; nothing was sent"
    assert row.outcome.value == "rejected" and not newcomer.service.created


def test_a_handover_ends_the_link_of_the_first_password(newcomer: Newcomer) -> None:
    """Both use the same store, where the link belongs to the user's id."""
    row = newcomer.run()
    desk = Counter(newcomer.root, newcomer.service, links_of=newcomer.links, user=row.user_id)
    assert desk.run().outcome.value == "applied" and newcomer.links.ended == {"link-1"}
    assert newcomer.run().one_time_link is None, "the link of a handover is shown by the handover"


def test_a_handover_that_came_in_between_counts(newcomer: Newcomer) -> None:
    assert newcomer.dies(("before", 3))
    user = newcomer.service.person(ADA)
    assert user is not None
    desk = Counter(newcomer.root, newcomer.service, links_of=newcomer.links, user=user.id)
    assert desk.run().outcome.value == "applied"
    row = newcomer.run()
    assert (row.outcome.value, row.one_time_link) == ("resumed", None) and newcomer.links.ended == {"link-1"}
    assert "a handover since then has replaced the first password" in row.message
    assert desk.run().outcome.value == "unchanged" and desk.shown == newcomer.live


def test_a_handover_that_has_begun_in_between_takes_no_link_away(newcomer: Newcomer) -> None:
    assert newcomer.dies(("before", 3))
    user = newcomer.service.person(ADA)
    assert user is not None
    desk = Counter(newcomer.root, newcomer.service, links_of=newcomer.links, user=user.id)
    newcomer.service.script[user.id] = [Answer.LOST]
    assert desk.run(audit_timeout=0.0).outcome.value == "unknown"
    row = newcomer.run()
    assert row.failed and "run the handover again" in row.message and not newcomer.links.ended


def test_the_link_of_another_user_of_the_same_name_is_not_shown(newcomer: Newcomer) -> None:
    newcomer.run()
    newcomer.service.people[CUSTOMER] = [User(user_id(7), ADA, **DETAILS)]
    row = newcomer.run()
    assert (row.outcome.value, row.one_time_link) == ("unchanged", None)


@pytest.mark.parametrize(("write", "outcome"), [(1, "applied"), (2, "unknown"), (3, "resumed")])
def test_a_job_on_another_machine_tells_what_a_killed_one_has_left(
    newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch, write: int, outcome: str
) -> None:
    """As in AWX, where each job is another machine for a store that is not a folder."""
    assert newcomer.dies(("after", write))
    monkeypatch.setattr(Hold, "may_resume", lambda *_arguments: False)
    row = newcomer.run()
    assert row.outcome.value == outcome
    assert_nothing_is_lost(newcomer, row)


def test_a_user_with_other_details_may_be_somebody_else(newcomer: Newcomer) -> None:
    newcomer.service.treatments = [Answer.LATE]
    newcomer.run()
    newcomer.service.put(User(user_id(7), ADA, **DETAILS | {"display_name": "Somebody else"}))
    row = newcomer.job.one(declared(**DETAILS))
    assert (row.outcome.value, [action.value for action in row.actions]) == ("applied", ["update"])
    assert "the link may or may not lead to the password" in row.message and newcomer.behind(row) is not None


def test_a_link_is_never_sent_as_a_password(newcomer: Newcomer) -> None:
    """The next run has the same store, and no link: what is pending there is the record of a link."""
    assert newcomer.dies(("after", 2))
    row = Job(newcomer.service, newcomer.root).one(NEW)
    assert row.outcome.value == "rejected" and "run again with link, or name another store" in row.message
    assert not newcomer.service.created


def test_a_password_in_the_store_is_no_link(newcomer: Newcomer) -> None:
    """Somebody keeps passwords and links in one store: nothing is shown."""
    Job(newcomer.service, newcomer.root).run(NEW)
    row = newcomer.run()
    assert (row.outcome.value, row.one_time_link) == ("unchanged", None)
