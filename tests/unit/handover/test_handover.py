# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A handover: the order of its steps, its outcomes, and what becomes of links."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty
from ansible_collections.csp.partnercenter.plugins.module_utils._handover.record import record_from
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Outcome
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import LEASE
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot
from ansible_collections.csp.partnercenter.tests.unit.handover.world import INITIAL, LIFE, Counter
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, user_id
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Killed


@dataclass
class Contradicted:
    """A witness whose every sighting another one contradicts, unless that says nothing."""

    witness: Any
    says: str
    sought: Sequence[Any] = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.witness, name)

    def settle(self, sought: Sequence[Any], *, timeout: float) -> Any:
        self.sought = [*self.sought, *sought]
        seen = self.witness.settle(sought, timeout=timeout)
        return {key: replace(sighting, disputed=self.says) for key, sighting in seen.items()}


def test_the_password_is_behind_the_link_before_it_is_sent(counter: Counter) -> None:
    row = counter.run()
    steps = [step.removeprefix("after ") for step in counter.deaths.steps if step.startswith("after ")]
    assert steps == ["link", "stage", "sent", "request", "record", "event"]
    assert (row.outcome, row.certainty) == (Outcome.APPLIED, Certainty.EXACT)
    assert counter.live == counter.shown != INITIAL
    assert counter.service.forced[CUSTOMER, user_id()] is True


def test_the_store_has_the_link_and_not_the_password(counter: Counter) -> None:
    counter.run()
    stored = counter.store.load(counter.subject)
    kept = counter.store.password(stored, Slot.CURRENT).reveal()
    assert counter.live not in kept and "https://links.example/p/link-1" in kept
    assert record_from(counter.store.password(stored, Slot.CURRENT)) == counter.record


def test_the_event_log_says_who_and_why_and_holds_no_link(counter: Counter) -> None:
    counter.run()
    (line,) = counter.events
    event = json.loads(line)
    assert (event["operation"], event["rotation_id"]) == ("handover", "INC-1")
    assert (event["requested_by"], event["reason"]) == ("operator", "forgotten")
    assert "links.example" not in line and counter.live not in line


def test_the_same_ticket_shows_the_same_link_and_sends_nothing(counter: Counter) -> None:
    first = counter.run()
    link = counter.record
    row = counter.run()
    assert (first.outcome, row.outcome) == (Outcome.APPLIED, Outcome.UNCHANGED)
    assert link is not None and counter.record == link
    assert len(counter.service.patches) == len(counter.links.made) == len(counter.events) == 1


def test_a_link_whose_life_is_over_is_not_shown(counter: Counter) -> None:
    counter.run()
    counter.service.now += LIFE
    row = counter.run()
    assert row.outcome is Outcome.UNCHANGED and "its link has ended" in str(row.message)
    assert counter.record is None


def test_a_link_that_ends_while_the_run_waits_is_not_shown(counter: Counter) -> None:
    counter.service.will(1, Answer.SILENT)

    class Slow(Contradicted):
        def settle(self, sought: Sequence[Any], *, timeout: float) -> Any:
            seen = super().settle(sought, timeout=timeout)
            counter.service.now += LIFE
            return seen

    row = counter.run(witness=Slow(counter.service.trail(), ""))
    assert row.outcome is Outcome.APPLIED and counter.record is None


def test_another_ticket_ends_the_link_before(counter: Counter) -> None:
    counter.run("INC-1")
    row = counter.run("INC-2")
    assert row.outcome is Outcome.APPLIED
    assert counter.live == counter.shown
    assert counter.links.ended == {"link-1"}


def test_a_ticket_that_was_used_sends_no_second_password(counter: Counter) -> None:
    counter.run("INC-1")
    counter.run("INC-2")
    row = counter.run("INC-1")
    assert row.outcome is Outcome.REJECTED and "a later one has replaced it" in str(row.message)
    assert len(counter.service.patches) == 2 and counter.record is None


def test_a_link_of_another_service_is_told_and_left(counter: Counter) -> None:
    counter.run("INC-1")
    counter.links.name = "other links"
    counter.run("INC-2")
    (warning,) = counter.warnings
    assert "could not be ended" in warning and "it is one of fake links" in warning


def test_check_mode_makes_no_link(counter: Counter) -> None:
    row = counter.run(check_mode=True)
    assert row.outcome is Outcome.WOULD_RESET
    assert not counter.links.made and not counter.service.patches and counter.record is None
    counter.run()
    assert counter.run(check_mode=True).outcome is Outcome.UNCHANGED and counter.record is None


class TestTheLinkService:
    @pytest.mark.parametrize("fault", ["unreachable", "odd"])
    def test_nothing_is_sent_without_a_link(self, counter: Counter, fault: str) -> None:
        counter.links.fault = fault
        row = counter.run()
        assert row.outcome is Outcome.REJECTED and "nothing was sent" in str(row.message)
        assert not counter.service.patches and counter.live == INITIAL and counter.record is None
        counter.links.fault = None
        assert counter.run().outcome is Outcome.APPLIED

    def test_a_link_that_cannot_be_ended_is_told_with_its_end(self, counter: Counter) -> None:
        counter.links.fault = "stuck"
        counter.service.will(1, Answer.REFUSE)
        row = counter.run()
        assert row.outcome is Outcome.REJECTED
        (warning,) = counter.warnings
        assert "could not be ended, and ends at" in warning and "links.example" not in warning


class TestTheService:
    @pytest.mark.parametrize("answer", [Answer.REFUSE, Answer.UNSENT, Answer.NO_TOKEN])
    def test_refused_the_link_is_ended(self, counter: Counter, answer: Answer) -> None:
        counter.service.will(1, answer)
        row = counter.run()
        assert row.outcome is Outcome.REJECTED and row.failed
        assert counter.live == INITIAL and not counter.open_links and counter.record is None
        assert counter.events == []
        assert counter.run().outcome is Outcome.APPLIED

    @pytest.mark.parametrize("answer", [Answer.SILENT, Answer.FAILING, Answer.PAGE, Answer.BUG])
    def test_a_lost_answer_is_settled_by_the_witness(self, counter: Counter, answer: Answer) -> None:
        counter.service.will(1, answer)
        row = counter.run()
        assert (row.outcome, row.certainty) == (Outcome.APPLIED, Certainty.AUDIT)
        assert counter.live == counter.shown and len(counter.events) == 1

    def test_witnesses_that_contradict_each_other_leave_it_unknown_and_are_both_named(self, counter: Counter) -> None:
        counter.service.will(1, Answer.SILENT)
        contradiction = "two witnesses contradict each other: the audit log says one thing, but the directory another"
        row = counter.run(witness=Contradicted(counter.service.trail(), contradiction))
        assert row.outcome is Outcome.UNKNOWN and contradiction in str(row.message)
        assert counter.shown == counter.live, "the link is kept and shown"

    def test_the_witness_is_told_when_the_handover_before_took_effect(self, counter: Counter) -> None:
        """So that it does not take that reset for the lost one: the directory tells whole seconds, and no ids."""
        before = counter.run("INC-1").set_at
        counter.service.will(1, Answer.LOST)
        witness = Contradicted(counter.service.trail(), "")
        counter.run("INC-2", witness=witness)
        assert before is not None and [attempt.after for attempt in witness.sought] == [before]

    @pytest.mark.parametrize(
        ("answer", "live"), [(Answer.LOST, False), (Answer.LATE, False), (Answer.SILENT, True), (Answer.BUG, True)]
    )
    def test_without_a_witness_it_is_unknown_and_the_link_is_kept(
        self, counter: Counter, answer: Answer, live: bool
    ) -> None:
        counter.service.will(1, answer)
        row = counter.run(audit_timeout=0.0)
        assert row.outcome is Outcome.UNKNOWN and row.changed and row.failed
        assert "may or may not hold the live password, and is kept" in str(row.message)
        assert counter.shown is not None and (counter.shown == counter.live) == live

    def test_unknown_is_settled_by_the_next_run_and_never_sent_again(self, counter: Counter) -> None:
        counter.service.will(1, Answer.SILENT)
        counter.service.audit_delay = timedelta(hours=1)
        assert counter.run().outcome is Outcome.UNKNOWN
        assert counter.run().outcome is Outcome.UNKNOWN
        assert counter.shown == counter.live
        counter.service.now += timedelta(hours=1)
        row = counter.run()
        assert (row.outcome, row.certainty) == (Outcome.RESUMED, Certainty.AUDIT)
        assert counter.shown == counter.live and len(counter.service.patches) == len(counter.events) == 1

    @pytest.mark.parametrize("answer", [Answer.ACCEPT, Answer.SILENT])
    def test_a_directory_that_tells_times_only_settles_it_as_well(self, counter: Counter, answer: Answer) -> None:
        counter.service.by_time, counter.service.now = True, datetime.now(UTC)
        counter.service.will(1, answer)
        row = counter.run()
        certainty = Certainty.EXACT if answer is Answer.ACCEPT else Certainty.DIRECTORY
        assert (row.outcome, row.certainty) == (Outcome.APPLIED, certainty)
        assert counter.live == counter.shown

    def test_a_synced_user_is_refused_and_no_link_is_made(self, counter: Counter) -> None:
        counter.service.people[CUSTOMER] = [replace(user, synced=True) for user in counter.service.people[CUSTOMER]]
        row = counter.run()
        assert row.outcome is Outcome.REJECTED and "synced" in str(row.message)
        assert not counter.links.made

    def test_an_administrator_is_refused_and_no_link_is_made(self, counter: Counter) -> None:
        counter.service.roles = {"User Administrator": [user_id()]}
        row = counter.run()
        assert row.outcome is Outcome.REJECTED and "User Administrator" in str(row.message)
        assert not counter.links.made

    def test_a_user_who_is_not_there(self, counter: Counter) -> None:
        counter.service.people[CUSTOMER] = []
        assert counter.run().outcome is Outcome.REJECTED

    def test_sessions_are_ended_after_it_took_effect(self, counter: Counter) -> None:
        ended: list[tuple[str, str]] = []

        class Sessions:
            def end_sessions(self, *key: Any) -> None:
                ended.append(key)

        assert counter.run(sessions=Sessions()).sessions_revoked is True
        assert ended == [(CUSTOMER, user_id())]


class TestAnotherTicketWhileOneIsUnknown:
    def lost(self, counter: Counter, answer: Answer = Answer.LOST) -> None:
        counter.service.will(1, answer)
        assert counter.run("INC-1", audit_timeout=0.0).outcome is Outcome.UNKNOWN

    def test_it_waits_as_long_as_the_request_may_take_effect(self, counter: Counter) -> None:
        self.lost(counter)
        row = counter.run("INC-2")
        assert row.outcome is Outcome.UNKNOWN and "INC-1" in str(row.message)
        assert len(counter.service.patches) == 1 and counter.record is None

    def test_then_it_sets_a_new_password_and_ends_the_link_in_doubt(self, counter: Counter) -> None:
        self.lost(counter)
        counter.service.now += LEASE
        row = counter.run("INC-2")
        assert row.outcome is Outcome.APPLIED
        assert counter.live == counter.shown and counter.links.ended == {"link-1"}

    @pytest.mark.parametrize("answer", [Answer.LOST, Answer.SILENT])
    def test_refused_the_link_in_doubt_is_kept(self, counter: Counter, answer: Answer) -> None:
        self.lost(counter, answer)
        counter.service.now += LEASE
        counter.service.will(1, Answer.REFUSE)
        row = counter.run("INC-2")
        assert row.outcome is Outcome.UNKNOWN and "rotation_id INC-1 may be the live one" in str(row.message)
        assert counter.record is None and counter.open_links == {"link-1"}
        row = counter.run("INC-1")
        assert row.outcome is Outcome.UNKNOWN and counter.shown == counter.links.made["link-1"]
        assert len(counter.service.patches) == 2

    def test_without_a_link_service_the_one_in_doubt_is_kept(self, counter: Counter) -> None:
        self.lost(counter)
        counter.service.now += LEASE
        counter.links.fault = "unreachable"
        row = counter.run("INC-2")
        assert row.outcome is Outcome.UNKNOWN and "INC-1 may be the live one" in str(row.message)
        assert counter.open_links == {"link-1"}


class TestTheStore:
    @pytest.mark.parametrize("write", ["stage", "sent"])
    def test_what_cannot_be_recorded_is_not_sent(self, counter: Counter, write: str) -> None:
        counter.store.failing = {write}
        row = counter.run()
        assert row.failed and not counter.service.patches and not counter.open_links
        assert counter.record is None and counter.live == INITIAL

    def test_a_refusal_that_cannot_be_recorded_ends_the_link_all_the_same(self, counter: Counter) -> None:
        counter.service.will(1, Answer.REFUSE)
        counter.store.failing = {"record"}
        row = counter.run()
        assert row.outcome is not Outcome.APPLIED and row.failed and counter.record is None
        assert counter.live == INITIAL and not counter.open_links
        counter.store.failing = set()
        assert counter.run("INC-2").failed, "what was sent under INC-1 is not known"
        counter.service.now += LEASE
        assert counter.run("INC-2").outcome is Outcome.APPLIED and counter.shown == counter.live

    @pytest.mark.parametrize("ticket", ["INC-1", "INC-2"])
    def test_a_password_that_is_recorded_as_set_is_never_sent_again(self, counter: Counter, ticket: str) -> None:
        """A run may end between the two records: that the password is set, and that it is current."""
        counter.deaths.at = frozenset({"before record"})
        with suppress(Killed):
            counter.run()
        stored = counter.store.load(counter.subject)
        applied = stored.document.mark_applied(now=counter.service.now, evidence="exact")
        counter.store._store.compare_and_set(stored, applied)
        row = counter.run(ticket)
        assert (row.outcome, row.certainty) == (
            (Outcome.RESUMED if ticket == "INC-1" else Outcome.APPLIED),
            Certainty.EXACT,
        )
        assert counter.shown == counter.live and len(counter.service.patches) == (1 if ticket == "INC-1" else 2)
        assert counter.links.ended == (set() if ticket == "INC-1" else {"link-1"})
        assert [json.loads(line)["rotation_id"] for line in counter.events] == sorted({"INC-1", ticket})

    def test_a_run_that_wrote_after_the_request_is_named_as_an_error(
        self, counter: Counter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The password is set, and the link is shown."""
        write = counter.store._store.compare_and_set

        def overtaken(stored: Any, document: Any, **named: Any) -> Any:
            if document.pending is None:
                raise counter.store._store.conflict(counter.subject)
            return write(stored, document, **named)

        monkeypatch.setattr(counter.store._store, "compare_and_set", overtaken)
        row = counter.run()
        assert row.outcome is Outcome.APPLIED and counter.shown == counter.live
        assert "another run has changed the document meanwhile" in " ".join(counter.warnings)

    def test_another_run_that_settles_it_first_is_believed(self, counter: Counter) -> None:
        """It finds out what became of the request, while this run waits for the witness."""
        counter.service.will(1, Answer.SILENT)
        other = Counter(counter.root, counter.service)

        class Waiting(Contradicted):
            def settle(self, sought: Sequence[Any], *, timeout: float) -> Any:
                assert other.run().outcome is Outcome.RESUMED
                return super().settle(sought, timeout=timeout)

        row = counter.run(witness=Waiting(counter.service.trail(), ""))
        assert (row.outcome, row.certainty) == (Outcome.APPLIED, Certainty.AUDIT)
        assert len(counter.service.patches) == len(counter.events) == 1

    def test_a_clock_that_is_set_back_meanwhile_sends_nothing(
        self, counter: Counter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """When the run decided, the request of the ticket before could not take effect any more."""
        counter.service.will(1, Answer.LOST)
        counter.run("INC-1", audit_timeout=0.0)
        counter.service.now += LEASE
        lock = counter.store._store.lock

        def set_back(*arguments: Any, **named: Any) -> Any:
            counter.service.now -= LEASE
            return lock(*arguments, **named)

        monkeypatch.setattr(counter.store._store, "lock", set_back)
        row = counter.run("INC-2")
        assert row.failed and "may still take effect, so nothing was sent" in str(row.message)
        assert len(counter.service.patches) == len(counter.links.made) == 1

    def test_a_password_that_is_set_is_told_although_it_cannot_be_recorded(self, counter: Counter) -> None:
        counter.store.failing = {"record"}
        row = counter.run()
        assert row.outcome is Outcome.APPLIED and counter.shown == counter.live
        assert counter.warnings and "internal error" in counter.warnings[0]
        counter.store.failing = set()
        assert counter.run().outcome is Outcome.RESUMED
        assert counter.shown == counter.live and len(counter.service.patches) == 1

    def test_a_store_that_cannot_be_read_stops_it(self, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_arguments: Any, **_named: Any) -> None:
            raise StoreError("the store cannot be read")

        monkeypatch.setattr(counter.store._store, "load", broken)
        row = counter.run()
        assert row.outcome is Outcome.UNKNOWN and not counter.links.made

    def test_two_runs_at_once_make_one_password(self, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
        """The other run begins and ends between plan and lock of this one."""
        lock, other = counter.store._store.lock, Counter(counter.root, counter.service)

        def after_the_other(*arguments: Any, **named: Any) -> Any:
            monkeypatch.undo()
            assert other.run().outcome is Outcome.APPLIED
            return lock(*arguments, **named)

        monkeypatch.setattr(counter.store._store, "lock", after_the_other)
        row = counter.run()
        assert row.outcome is Outcome.DEFERRED and "another run works on this user" in str(row.message)
        assert len(counter.service.patches) == 1 and not counter.links.made

    def test_a_stored_text_that_is_no_link_is_told(self, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
        counter.run()
        monkeypatch.setattr(counter.store._store, "password", lambda *_arguments: Secret("not a link"))
        row = counter.run()
        assert row.outcome is Outcome.UNCHANGED and counter.record is None
        assert "is not a link of this collection" in counter.warnings[0]
        row = counter.run("INC-2")
        assert row.outcome is Outcome.APPLIED and counter.shown == counter.live
        assert "the link of the handover before cannot be ended" in " ".join(counter.warnings)

    def test_an_event_log_that_cannot_be_written_costs_a_warning(self, counter: Counter) -> None:
        (counter.root / "events.jsonl").mkdir()
        assert counter.run().outcome is Outcome.APPLIED
        assert "the events are kept" in counter.warnings[0]
        (counter.root / "events.jsonl").rmdir()
        counter.run()
        assert len(counter.events) == 1

    def test_a_user_who_is_gone_may_have_the_password_of_an_earlier_run(self, counter: Counter) -> None:
        counter.service.will(1, Answer.LOST)
        counter.run(audit_timeout=0.0)
        counter.service.people[CUSTOMER] = []
        row = counter.run()
        assert row.outcome is Outcome.UNKNOWN and "rotation_id INC-1 may be the live one" in str(row.message)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"text": 1, "handle": "h", "service": "s", "requested_by": "r", "reason": "r", "expires_at": "2026-11-01", '
        '"page": null, "views": 1}',
        '{"text": "t", "handle": "h", "service": "s", "requested_by": "r", "reason": "r", "expires_at": "2026-11-01", '
        '"page": null, "views": 1}',
    ],
)
def test_what_is_not_a_record_is_none(text: str) -> None:
    assert record_from(Secret(text)) is None
