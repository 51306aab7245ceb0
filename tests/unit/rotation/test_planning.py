# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do for one user's document, operation by operation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import make_trigger
from ansible_collections.csp.partnercenter.plugins.module_utils._password.moments import window
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Reason
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.document import Document
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.planning import Choice, Mode, Move, choose
from ansible_collections.csp.partnercenter.tests.unit.rotation.kits import NOW, new_subject, staged

SUBJECT = new_subject()
NEW = Document(SUBJECT)
STAGED = staged(SUBJECT, rotation_id="r1")
SENT = STAGED.mark_sent(owner="a:b", now=NOW)
QUARANTINED = SENT.quarantine()
APPLIED = SENT.mark_applied(now=NOW, evidence="exact")
DONE = APPLIED.promote()
TWICE = (
    DONE.stage(version=SUBJECT.user_id, rotation_id="r2", owner="a:b", now=NOW)
    .mark_sent(owner="a:b", now=NOW)
    .mark_applied(now=NOW, evidence="exact")
    .promote()
)
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
    assert choice(TWICE, Mode.ROLLBACK, rotation_id="r2") == Choice(Move.KEEP)


@pytest.mark.parametrize("document", [None, NEW, DONE])
def test_without_a_previous_password_there_is_nothing_to_roll_back_to(document: Document | None) -> None:
    held = choice(document, Mode.ROLLBACK, rotation_id="back")
    assert held == Choice(Move.HOLD, message="no previous password is stored, so there is nothing to roll back to")


def test_what_is_sent_is_written_and_what_is_held_is_not() -> None:
    assert [move for move in Move if Choice(move).sends] == [Move.STAGE, Move.ROLL_BACK, Move.SEND]
    writing = [Move.STAGE, Move.ROLL_BACK, Move.SEND, Move.PROMOTE, Move.RELEASE]
    assert [move for move in Move if Choice(move).writes] == writing
