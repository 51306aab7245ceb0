# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do for one user's document, operation by operation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.moments import window
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import make_trigger
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Reason
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.planning import Choice, Mode, Move, choose
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Stored
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import Document
from ansible_collections.csp.partnercenter.tests.unit.support.kits import NOW, new_subject, staged

SUBJECT = new_subject()
NEW = Document(SUBJECT)
STAGED = staged(SUBJECT, rotation_id="r1")
SENT = STAGED.mark_sent(owner="a:b", now=NOW)
QUARANTINED = SENT.quarantine()
APPLIED = SENT.mark_applied(now=NOW, evidence="exact")
DONE = APPLIED.promote()


def applied(document: Document) -> Document:
    return document.mark_sent(owner="a:b", now=NOW).mark_applied(now=NOW, evidence="exact").promote()


def rolled_back(document: Document, rotation_id: str) -> Document:
    return applied(document.start_rollback(rotation_id=rotation_id, owner="a:b", now=NOW))


TWICE = applied(DONE.stage(version=SUBJECT.user_id, rotation_id="r2", owner="a:b", now=NOW))
BACK = rolled_back(TWICE, "back")
RESUMING = (Mode.ROTATE, Mode.VERIFY, Mode.ROLLBACK, Mode.RESUME)
SHUT = window("window", start="22:00", end="05:00")


def choice(document: Document | None, mode: Mode = Mode.ROTATE, **when: Any) -> Choice:
    opening = when.pop("window", None)
    trigger = make_trigger("", **({"rotation_id": "r1"} | when))
    return choose(document, replace(trigger, window=opening), mode, NOW)


@pytest.mark.parametrize("mode", [Mode.ROTATE, Mode.VERIFY])
def test_a_rotation_is_staged_where_it_is_due(mode: Mode) -> None:
    assert choice(None, mode) == choice(NEW, mode) == Choice(Move.STAGE, Reason.NO_LEDGER)
    assert choice(DONE, mode, rotation_id="r2") == Choice(Move.STAGE, Reason.ROTATION_ID)
    assert choice(DONE, mode) == Choice(Move.KEEP)


def test_a_password_that_is_too_old_is_due() -> None:
    assert DONE.current is not None
    old = replace(DONE, current=replace(DONE.current, set_at=NOW - timedelta(days=31)))
    assert choice(old, rotation_id=None, max_age="30d") == Choice(Move.STAGE, Reason.AGE)
    assert choice(DONE, rotation_id=None, max_age="30d") == Choice(Move.KEEP)


def test_a_window_defers_what_is_due_and_nothing_else() -> None:
    assert choice(None, window=SHUT) == Choice(Move.DEFER, Reason.NO_LEDGER)
    assert choice(DONE, window=SHUT) == Choice(Move.KEEP)
    assert choice(SENT, window=SHUT) == Choice(Move.SEND, Reason.RESUMED)
    assert choice(None, window=window("window", start="11:00", end="13:00")).move is Move.STAGE


@pytest.mark.parametrize("mode", RESUMING)
def test_what_is_pending_comes_first_whatever_is_asked_for(mode: Mode) -> None:
    for document, move in ((STAGED, Move.SEND), (SENT, Move.SEND), (APPLIED, Move.PROMOTE)):
        assert choice(document, mode, rotation_id="r9") == Choice(move, Reason.RESUMED)


@pytest.mark.parametrize("mode", [Mode.ROTATE, Mode.VERIFY, Mode.ROLLBACK])
def test_a_quarantined_password_and_an_orphan_wait_for_a_human(mode: Mode) -> None:
    held = choice(QUARANTINED, mode)
    assert held.move is Move.HOLD
    assert held.message is not None and held.message.startswith("the pending password is quarantined")
    for document in (NEW, DONE, SENT, QUARANTINED):
        held = choice(document.orphan(now=NOW), mode)
        assert held.move is Move.HOLD
        assert held.message is not None and held.message.startswith("the user is orphaned")


def test_resume_sends_what_is_quarantined_and_releases_an_orphan() -> None:
    assert choice(QUARANTINED, Mode.RESUME) == Choice(Move.SEND, Reason.RESUMED)
    assert choice(SENT.orphan(now=NOW), Mode.RESUME) == Choice(Move.SEND, Reason.RESUMED)
    assert choice(DONE.orphan(now=NOW), Mode.RESUME) == Choice(Move.RELEASE)


@pytest.mark.parametrize("document", [None, NEW, DONE])
def test_resume_begins_nothing(document: Document | None) -> None:
    assert choice(document, Mode.RESUME, rotation_id="r9") == Choice(Move.KEEP)


def test_a_rollback_goes_back_once_for_a_rotation_id() -> None:
    assert choice(TWICE, Mode.ROLLBACK, rotation_id="back") == Choice(Move.ROLL_BACK, Reason.ROLLBACK)
    refused = choice(TWICE, Mode.ROLLBACK, rotation_id="r2")
    assert refused.move is Move.HOLD
    assert refused.message is not None and refused.message.endswith("a name of its own, such as back-2026-11")
    assert choice(BACK, Mode.ROLLBACK, rotation_id="back") == Choice(Move.KEEP, message="rolled back on 2026-11-01")


def test_after_a_rollback_the_same_declaration_is_held_and_another_one_is_not() -> None:
    held = Choice(Move.KEEP, message="rolled back on 2026-11-01; held until rotation_id changes")
    for mode in (Mode.ROTATE, Mode.VERIFY):
        assert choice(BACK, mode, rotation_id="r2") == choice(BACK, mode, rotation_id="r1") == held
        assert choice(BACK, mode, rotation_id="back") == Choice(Move.KEEP, message="rolled back on 2026-11-01")
        assert choice(BACK, mode, rotation_id="r3") == Choice(Move.STAGE, Reason.ROTATION_ID)


def test_after_two_rollbacks_in_a_row_it_is_still_the_last_rotation_that_is_held() -> None:
    assert choice(rolled_back(BACK, "back-again"), rotation_id="r2").move is Move.KEEP
    assert choice(rolled_back(BACK, "back-again"), rotation_id="back").move is Move.STAGE


def test_the_age_of_a_password_counts_from_the_rollback() -> None:
    assert choice(BACK, rotation_id=None, max_age="30d") == Choice(Move.KEEP, message="rolled back on 2026-11-01")
    assert BACK.current is not None
    old = replace(BACK, current=replace(BACK.current, set_at=NOW - timedelta(days=31)))
    assert choice(old, rotation_id=None, max_age="30d") == Choice(Move.STAGE, Reason.AGE)


def test_a_rotation_ends_the_hold() -> None:
    assert applied(staged(SUBJECT, Stored(BACK, ""), "r3")).rolled_back is None


def test_a_time_ahead_of_the_clock_is_told_where_the_age_decides() -> None:
    assert DONE.current is not None
    ahead = replace(DONE, current=replace(DONE.current, set_at=NOW + timedelta(minutes=16)))
    for when in ({"max_age": "30d"}, {"not_before": "2026-10-01T00:00:00Z"}):
        for mode in (Mode.ROTATE, Mode.VERIFY):
            found = choice(ahead, mode, rotation_id=None, **when)
            assert (found.move, found.ahead) == (Move.HOLD, True)
            assert found.message is not None and found.message.startswith(
                "the store says that the password was set at 2026-11-01 12:16 UTC, and this machine's clock says "
                "2026-11-01 12:00 UTC: its age cannot be told, and nothing was sent."
            )
    assert choice(ahead, rotation_id="r2") == Choice(Move.STAGE, Reason.ROTATION_ID)
    assert choice(ahead) == Choice(Move.KEEP)
    close = replace(DONE, current=replace(DONE.current, set_at=NOW + timedelta(minutes=15)))
    assert choice(close, rotation_id=None, max_age="30d") == Choice(Move.KEEP)


def test_an_orphan_and_a_quarantined_password_tell_the_cause() -> None:
    failing = NEW
    for minute in range(2):
        failing = failing.note_failed_cycle(
            orphan_after=2,
            now=NOW + timedelta(minutes=minute),
            message="the role is missing (code 900308)",
            code=900308,
        )
    assert choice(failing).message == (
        "the user is orphaned after 2 failures since 2026-11-01 12:00 UTC; the last: the role is missing (code "
        "900308). Mend the cause, then run operation: resume for this user"
    )
    refused = SENT.note_failed_cycle(orphan_after=5, now=NOW, message="refused").quarantine()
    assert (choice(refused).message or "").endswith("which sends it again; the last: refused")


def test_an_orphan_of_release_0_1_0_has_no_cause_to_tell() -> None:
    message = choice(replace(NEW, orphaned_at=NOW)).message
    assert message is not None and message.startswith("the user is orphaned after repeated failures. Mend the cause")


def test_a_password_that_took_effect_is_promoted_whatever_failed_before() -> None:
    """Release 0.1.0 orphaned the user of a cycle that was found to have succeeded."""
    assert choice(APPLIED.orphan(now=NOW)) == Choice(Move.PROMOTE, Reason.RESUMED)


@pytest.mark.parametrize("document", [None, NEW, DONE])
def test_without_a_previous_password_there_is_nothing_to_roll_back_to(document: Document | None) -> None:
    held = choice(document, Mode.ROLLBACK, rotation_id="back")
    assert held == Choice(Move.HOLD, message="no previous password is stored, so there is nothing to roll back to")


def test_what_is_sent_is_written_and_what_is_held_is_not() -> None:
    assert [move for move in Move if Choice(move).sends] == [Move.STAGE, Move.ROLL_BACK, Move.SEND]
    writing = [Move.STAGE, Move.ROLL_BACK, Move.SEND, Move.PROMOTE, Move.RELEASE]
    assert [move for move in Move if Choice(move).writes] == writing
