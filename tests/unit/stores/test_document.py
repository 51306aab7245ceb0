# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The document: its transitions, and that only what is wholly understood is believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import (
    derived_id,
    is_named,
    is_own_id,
    random_id,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import LEASE, Document
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document_data import from_data, to_data
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Operation, Slot, State
from ansible_collections.csp.partnercenter.tests.unit.support.kits import NOW, new_subject, staged

SUBJECT = new_subject()
LATER = NOW + timedelta(minutes=1)


EMPTY = Document(SUBJECT)
STAGED = staged(SUBJECT)
DROPPING = "dropping the pending password"


def sent(document: Document = STAGED) -> Document:
    return document.mark_sent(owner="b:c", now=LATER)


def applied(document: Document | None = None) -> Document:
    return (document or sent()).mark_applied(now=LATER, evidence="exact")


def again(document: Document) -> Document:
    return document.stage(version=random_id(), rotation_id="r", owner="a:b", now=NOW)


def back(document: Document) -> Document:
    return document.start_rollback(rotation_id="r", owner="a:b", now=NOW)


def test_staging_gives_ids_that_depend_on_the_password_only() -> None:
    empty = Document(SUBJECT)
    version = random_id()
    made = [empty.stage(version=version, rotation_id="r", owner="a:b", now=NOW) for _time in range(2)]
    assert made[0] == made[1]
    other = empty.stage(version=random_id(), rotation_id="r", owner="a:b", now=NOW)
    assert made[0].pending and other.pending
    assert made[0].pending.request_id != other.pending.request_id
    assert made[0].pending.correlation_id != other.pending.correlation_id
    assert made[0].attempt == 1


def test_ids_are_the_same_wherever_they_are_derived() -> None:
    who, version = (SUBJECT.customer_id, SUBJECT.user_id), random_id()
    document = Document(SUBJECT, attempt=6)
    assert is_own_id(document.correlation_id("r", version))
    assert document.correlation_id("r", version) == document.correlation_id("r", version)
    assert document.next_request_id("r", version) == derived_id(*who, "r", version, "7")
    assert is_named(document.correlation_id("r", version), *who, "r")


def test_only_what_was_sent_is_handed_over() -> None:
    assert sent().hand_over() == replace(STAGED, pending=None)
    for document in (EMPTY, STAGED, applied()):
        with pytest.raises(StoreError, match=r"^handing over is not possible"):
            document.hand_over()


def test_sending_again_keeps_ids_and_time_and_is_ambiguous() -> None:
    first = sent()
    second = first.mark_sent(owner="d:e", now=LATER + timedelta(minutes=5))
    assert first.pending and second.pending
    assert (first.pending.attempts, first.pending.ever_ambiguous) == (1, False)
    assert (second.pending.attempts, second.pending.ever_ambiguous) == (2, True)
    assert second.pending.sent_at == LATER == first.pending.sent_at
    assert second.pending.request_id == first.pending.request_id
    assert second.pending.owner == "d:e"
    assert second.pending.leased_until == LATER + timedelta(minutes=5) + LEASE


def test_promotion_moves_every_slot_and_tells_the_outbox() -> None:
    document = applied()
    assert document.pending
    first = document.promote()
    assert first.current and first.current.version == document.pending.version
    assert first.current.set_at == LATER
    assert (first.pending, first.previous) == (None, None)
    assert [event.id for event in first.outbox] == [document.pending.request_id]
    second = sent(staged(SUBJECT, rotation_id="r2")).mark_applied(now=LATER, evidence="audit")
    second = replace(first, pending=second.pending).promote()
    assert second.previous == first.current
    assert len(second.outbox) == 2
    assert second.deliver(first.outbox[0].id).outbox == second.outbox[1:]


def test_success_ends_the_count_of_failures() -> None:
    failing = replace(applied(), failed_cycles=3)
    assert failing.promote().failed_cycles == 0
    orphaned = sent().note_failed_cycle(orphan_after=1, now=NOW, message="refused").mark_applied(now=NOW, evidence="a")
    assert (orphaned.failed_cycles, orphaned.orphaned_at) == (0, None)
    assert (orphaned.last_error, orphaned.failing_since) == (None, None)


def test_what_was_applied_without_a_note_was_so_when_it_was_staged_at_the_earliest() -> None:
    """Another program may have written such a document."""
    pending = replace(applied().pending, applied_at=None, evidence=None)  # type: ignore[type-var]
    current = replace(applied(), pending=pending).promote().current
    assert current and (current.set_at, current.evidence) == (NOW, "exact")


def test_a_rollback_has_the_version_of_the_previous_password_and_new_ids() -> None:
    first = applied().promote()
    second = replace(first, previous=first.current, current=replace(first.current, version=random_id()))  # type: ignore[type-var]
    back = second.start_rollback(rotation_id=first.outbox[0].rotation_id, owner="a:b", now=NOW)
    assert back.version_in(Slot.PENDING) == second.version_in(Slot.PREVIOUS)
    assert back.pending and back.pending.request_id != first.outbox[0].id


def test_failed_cycles_make_an_orphan_and_release_ends_it() -> None:
    document = Document(SUBJECT)
    for _cycle in range(4):
        document = document.note_failed_cycle(orphan_after=5, now=NOW)
    assert document.orphaned_at is None
    document = document.note_failed_cycle(orphan_after=5, now=NOW)
    assert document.orphaned_at == NOW
    with pytest.raises(StoreError, match=f"{SUBJECT.name}: the user is orphaned"):
        document.stage(version=random_id(), rotation_id="r", owner="a:b", now=NOW)
    released = document.release()
    assert (released.orphaned_at, released.failed_cycles) == (None, 0)


@pytest.mark.parametrize(
    ("document", "transition", "why"),
    [
        (STAGED, again, "staging: a password is pending: it is resumed, never replaced"),
        (STAGED, lambda it: it.promote(), "promoting: the pending password is staged"),
        (STAGED, lambda it: it.mark_ambiguous(), "waiting: the pending password is staged"),
        (STAGED, lambda it: it.take_back(), "taking back: the pending password is staged"),
        (STAGED, applied, "applying: the pending password is staged"),
        (STAGED, lambda it: it.quarantine(), "quarantine: the pending password is staged"),
        (sent(), lambda it: it.promote(), "promoting: the pending password is sent"),
        (sent().mark_ambiguous(), lambda it: it.drop_pending(), f"{DROPPING}: it may be the live one"),
        (sent().quarantine(), lambda it: it.drop_pending(), "dropping: the pending password is quarantined"),
        (applied(), lambda it: it.drop_pending(), "dropping: the pending password is applied"),
        (applied(), sent, "sending: the pending password is applied"),
        (applied(), lambda it: it.quarantine(), "quarantine: the pending password is applied"),
        (EMPTY, lambda it: it.promote(), "promoting: no password is pending"),
        (EMPTY, lambda it: it.drop_pending(), "dropping: no password is pending"),
        (applied().promote(), back, "a rollback: no previous password is stored"),
        (EMPTY.orphan(now=NOW), again, "staging: the user is orphaned: look at the earlier failures"),
    ],
)
def test_what_could_lose_a_password_is_refused(
    document: Document, transition: Callable[[Document], Any], why: str
) -> None:
    action, _colon, reason = why.partition(": ")
    with pytest.raises(StoreError) as caught:
        transition(document)
    assert str(caught.value).startswith(f"{action} is not possible for user {SUBJECT.name}: {reason}")


def test_a_refused_password_that_is_kept_is_sent_as_another_request() -> None:
    first = sent().pending
    for kept in (sent().answered(), sent().quarantine()):
        assert first and kept.pending and kept.pending.ever_ambiguous
        assert kept.pending.request_id == derived_id(first.request_id, "again") != first.request_id
        assert kept.pending.correlation_id == first.correlation_id
    set_apart = sent().quarantine().pending
    assert set_apart and sent().answered().pending == replace(set_apart, state=State.SENT)


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("", "unknown"),
        ("two\nlines\x1b", "two lines "),
        ("a" * 200, "a" * 200),
        ("a" * 201, "a" * 199 + "…"),
    ],
)
def test_the_last_error_is_kept_short_and_printable(message: str, kept: str) -> None:
    error = EMPTY.note_failed_cycle(orphan_after=5, now=NOW, message=message).last_error
    assert error and error.message == kept


def test_a_failure_without_a_message_is_no_answer() -> None:
    error = EMPTY.note_failed_cycle(orphan_after=5, now=NOW).last_error
    assert error and error.message == "no answer"


def test_a_name_that_another_user_has_now_is_forgotten_and_nothing_else() -> None:
    document = applied().promote().called("alice@contoso.example")
    assert document.subject.user_principal_name == "alice@contoso.example"
    assert document.nameless() == document and document.nameless().subject.user_principal_name is None


def test_a_request_that_never_left_is_to_be_sent_as_if_for_the_first_time() -> None:
    taken = sent().take_back()
    assert taken == replace(sent(), pending=taken.pending)
    assert taken.pending and sent().pending
    assert taken.pending == replace(sent().pending, state=State.STAGED, sent_at=None)
    assert sent(taken).pending == replace(sent().pending, attempts=2)


def test_what_was_never_sent_may_be_dropped() -> None:
    assert staged(SUBJECT).drop_pending().pending is None
    assert sent().drop_pending().pending is None


def test_what_is_quarantined_may_be_live() -> None:
    before, found = sent().pending, sent().quarantine().pending
    assert before and found and before.request_id != found.request_id, "an id that was answered is used up"
    assert found and (found.state, found.ever_ambiguous) == (State.QUARANTINED, True)


@pytest.mark.parametrize("force", [True, False])
def test_staging_and_rolling_back_say_who_and_whether_it_must_be_changed(force: bool) -> None:
    first = applied().promote()
    second = applied(sent(first.stage(version=random_id(), rotation_id="r2", owner="a:b", now=NOW))).promote()
    new = second.stage(version=random_id(), rotation_id="r", owner="o:1", now=NOW, force_change_password=force)
    old = second.start_rollback(rotation_id="r", owner="o:1", now=NOW, force_change_password=force)
    for document, operation in ((new, Operation.ROTATE), (old, Operation.ROLLBACK)):
        pending = document.pending
        assert pending and (pending.operation, pending.owner, pending.rotation_id) == (operation, "o:1", "r")
        assert pending.force_change_password is force
    assert not second.stage(version=random_id(), rotation_id="r", owner="a:b", now=NOW).pending.force_change_password  # type: ignore[union-attr]
    assert not back(second).pending.force_change_password  # type: ignore[union-attr]


def test_what_may_have_arrived_earlier_is_not_taken_back() -> None:
    assert sent().mark_ambiguous().take_back() == sent().mark_ambiguous()


def test_what_is_quarantined_may_turn_out_to_be_live() -> None:
    found = sent().quarantine().mark_applied(now=LATER, evidence="audit").pending
    assert found and (found.state, found.evidence, found.applied_at) == (State.APPLIED, "audit", LATER)


def test_an_orphan_stays_one_since_the_first_time() -> None:
    assert EMPTY.orphan(now=NOW).orphan(now=LATER).orphaned_at == NOW


def test_times_are_whole_seconds_so_that_every_store_gives_them_back() -> None:
    precise = NOW + timedelta(microseconds=123456)
    document = EMPTY.stage(version=random_id(), rotation_id="r", owner="a:b", now=precise)
    assert document.pending and document.pending.staged_at == NOW
    assert document.pending.leased_until == NOW + LEASE


@pytest.mark.parametrize("rotation_id", ["", "r" * 129, "a\nb", "\x7f"])
def test_a_rotation_id_that_could_not_be_read_back_is_refused(rotation_id: str) -> None:
    with pytest.raises(InputError) as caught:
        staged(SUBJECT, rotation_id=rotation_id)
    assert str(caught.value) == "rotation_id: must be 1 to 128 printable characters"


@pytest.mark.parametrize("rotation_id", ["r", "r" * 128, "2026-11 ü"])
def test_every_other_rotation_id_is_taken_as_it_is(rotation_id: str) -> None:
    document = staged(SUBJECT, rotation_id=rotation_id)
    assert document.pending and document.pending.rotation_id == rotation_id


MOVES: list[Callable[[Document], Document]] = [
    lambda it: it.stage(version=random_id(), rotation_id="r", owner="a:b", now=NOW),
    lambda it: it.start_rollback(rotation_id="r", owner="a:b", now=NOW),
    lambda it: it.mark_sent(owner="a:b", now=NOW),
    lambda it: it.mark_ambiguous(),
    lambda it: it.mark_applied(now=NOW, evidence="exact"),
    lambda it: it.quarantine(),
    lambda it: it.drop_pending(),
    lambda it: it.promote(),
    lambda it: it.note_failed_cycle(orphan_after=3, now=NOW),
    lambda it: it.release(),
    lambda it: it.answered(),
    lambda it: it.called("new@contoso.com"),
    lambda it: it.nameless(),
]


@given(st.lists(st.sampled_from(MOVES), max_size=30))
@settings(max_examples=200, deadline=None)
def test_whatever_happens_what_may_be_live_stays_and_every_state_can_be_read_back(
    moves: list[Callable[[Document], Document]],
) -> None:
    document = Document(SUBJECT)
    for move in moves:
        before = document
        try:
            document = move(document)
        except StoreError:
            continue
        held = {document.version_in(slot) for slot in Slot}
        assert before.version_in(Slot.CURRENT) in held
        if before.pending and (before.pending.ever_ambiguous or before.pending.state is State.APPLIED):
            assert before.pending.version in held
        assert from_data(to_data(document), SUBJECT, "a store") == document


def test_a_document_of_another_user_is_not_believed() -> None:
    with pytest.raises(StoreError, match=r"a store, user svc.*belongs to another user"):
        from_data(to_data(staged(new_subject())), SUBJECT, "a store")


@pytest.mark.parametrize("data", [None, [], "text", {}, {"password": "x"}, {"schema": None}, {"schema": "1"}])
def test_what_is_not_ours_is_left_alone(data: object) -> None:
    with pytest.raises(StoreError, match="a store, user svc"):
        from_data(data, SUBJECT, "a store")


def test_a_newer_schema_asks_for_an_update() -> None:
    with pytest.raises(StoreError, match="schema 3, this one reads up to 2"):
        from_data({**to_data(staged(SUBJECT)), "schema": 3}, SUBJECT, "a store")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("pending.state", "gone"),
        ("pending.version", "no-guid"),
        ("pending.attempts", -1),
        ("pending.attempts", True),
        ("pending.staged_at", "yesterday"),
        ("pending.staged_at", "2026-13-01T00:00:00Z"),
        ("pending.owner", ""),
        ("pending.rotation_id", "a\nb"),
        ("pending.rotation_id", "x" * 300),
        ("pending.surprise", 1),
        ("pending", "text"),
        ("outbox", {}),
        ("outbox", ["text"]),
        ("surprise", 1),
    ],
)
def test_damage_is_named_by_its_place(path: str, value: object) -> None:
    data = to_data(staged(SUBJECT))
    holder, *rest = path.split(".")
    if rest:
        data[holder][rest[0]] = value
    else:
        data[holder] = value
    with pytest.raises(StoreError, match=f"damaged: {path}"):
        from_data(data, SUBJECT, "a store")


def test_a_missing_member_is_damage() -> None:
    data = to_data(staged(SUBJECT))
    del data["pending"]["request_id"]
    with pytest.raises(StoreError, match=r"pending\.request_id is missing"):
        from_data(data, SUBJECT, "a store")


def test_no_member_could_hold_a_password() -> None:
    assert not [item.name for item in fields(Document) if "password" in item.name]
