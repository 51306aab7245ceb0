# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contract of all stores. A new store takes part by a fixture in ``conftest.py`` alone."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import random_id
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import (
    Hold,
    StoreBusy,
    StoreConflict,
    Stored,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import LEASE
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.tests.unit.support.kits import (
    NOW,
    Kit,
    canary,
    finished,
    new_subject,
    passwords,
    rotated,
    staged,
)


def test_nothing_is_stored_at_first(kit: Kit) -> None:
    assert kit.make().load(new_subject()) is None


def test_a_staged_password_is_found_by_another_process(kit: Kit) -> None:
    subject, password = new_subject(), canary()
    written = kit.make().compare_and_set(None, staged(subject, force_change_password=True), new_password=password)
    store = kit.make()
    found = store.load(subject)
    assert found is not None
    assert found.document == written.document
    assert found.document.subject.user_principal_name == subject.user_principal_name
    assert found.revision == written.revision
    assert store.password(found, Slot.PENDING) == password


def test_each_transition_is_one_step_that_another_process_sees(kit: Kit) -> None:
    subject, password, sent = new_subject(), canary(), list[str]()
    stored = kit.make().compare_and_set(None, staged(subject), new_password=password)
    stored = kit.make().compare_and_set(stored, stored.document.mark_sent(owner="domain:host:1:a", now=NOW))
    sent.append(kit.make().password(stored, Slot.PENDING).reveal())
    for change in (
        lambda document: document.mark_ambiguous(),
        lambda document: document.mark_applied(now=NOW, evidence="audit"),
        lambda document: document.promote(),
        lambda document: document.deliver(document.outbox[0].id),
    ):
        store = kit.make()
        found = store.load(subject)
        assert found is not None
        written = store.compare_and_set(found, change(found.document))
        again = kit.make().load(subject)
        assert again is not None
        assert again.document == written.document == change(found.document)
    assert passwords(kit.make(), subject) == {Slot.CURRENT: password.reveal()}
    assert sent == [password.reveal()]


def test_a_password_that_is_handed_over_is_gone_from_its_first_place(kit: Kit) -> None:
    """So it is with a new user, whose password is staged before there is an id."""
    place, user, password = new_subject(), new_subject(), canary()
    stored = kit.make().compare_and_set(None, staged(place), new_password=password)
    stored = kit.make().compare_and_set(stored, stored.document.mark_sent(owner="domain:host:1:a", now=NOW))
    finished(kit.make(), kit.make().compare_and_set(None, staged(user), new_password=password))
    kit.make().compare_and_set(stored, stored.document.hand_over().nameless())
    assert passwords(kit.make(), place) == {}
    assert passwords(kit.make(), user) == {Slot.CURRENT: password.reveal()}
    again = kit.make().load(place)
    assert again is not None and staged(place, again).pending is not None


def test_three_rotations_keep_the_last_two(kit: Kit) -> None:
    subject, made = new_subject(), [canary() for _rotation in range(3)]
    for number, password in enumerate(made):
        rotated(kit.make(), subject, f"r{number}", password)
    assert passwords(kit.make(), subject) == {Slot.CURRENT: made[2].reveal(), Slot.PREVIOUS: made[1].reveal()}


def test_a_rollback_stages_the_previous_password(kit: Kit) -> None:
    subject, first, second = new_subject(), canary(), canary()
    rotated(kit.make(), subject, "r1", first)
    stored = rotated(kit.make(), subject, "r2", second)
    store = kit.make()
    stored = store.compare_and_set(stored, stored.document.start_rollback(rotation_id="back", owner="a:b", now=NOW))
    assert kit.make().password(stored, Slot.PENDING) == first
    assert passwords(kit.make(), subject)[Slot.CURRENT] == second.reveal()
    finished(kit.make(), stored)
    assert passwords(kit.make(), subject) == {Slot.CURRENT: first.reveal(), Slot.PREVIOUS: second.reveal()}
    third = canary()
    rotated(kit.make(), subject, "r3", third)
    assert passwords(kit.make(), subject) == {Slot.CURRENT: third.reveal(), Slot.PREVIOUS: first.reveal()}


def test_a_dropped_password_is_gone_and_the_next_one_is_another(kit: Kit) -> None:
    subject, first, second, third = new_subject(), canary(), canary(), canary()
    rotated(kit.make(), subject, "r1", first)
    store = kit.make()
    stored = store.compare_and_set(store.load(subject), staged(subject, store.load(subject), "r2"), new_password=second)
    dropped = stored.document.drop_pending().note_failed_cycle(orphan_after=5, now=NOW)
    stored = store.compare_and_set(stored, dropped)
    assert passwords(kit.make(), subject) == {Slot.CURRENT: first.reveal()}
    stored = rotated(kit.make(), subject, "r2", third)
    assert passwords(kit.make(), subject) == {Slot.CURRENT: third.reveal(), Slot.PREVIOUS: first.reveal()}
    assert stored.document.failed_cycles == 0


def test_a_quarantined_password_stays(kit: Kit) -> None:
    subject, password = new_subject(), canary()
    store = kit.make()
    stored = store.compare_and_set(None, staged(subject), new_password=password)
    stored = store.compare_and_set(stored, stored.document.mark_sent(owner="a:b", now=NOW))
    store.compare_and_set(stored, stored.document.mark_ambiguous().quarantine())
    assert passwords(kit.make(), subject) == {Slot.PENDING: password.reveal()}


def test_what_was_changed_meanwhile_is_not_overwritten(kit: Kit) -> None:
    subject, password = new_subject(), canary()
    stored = kit.make().compare_and_set(None, staged(subject), new_password=password)
    sent = stored.document.mark_sent(owner="a:b", now=NOW)
    kit.make().compare_and_set(stored, sent)
    with pytest.raises(StoreConflict, match=subject.name):
        kit.make().compare_and_set(stored, sent)
    with pytest.raises(StoreConflict):
        kit.make().compare_and_set(None, staged(subject), new_password=canary())
    assert passwords(kit.make(), subject) == {Slot.PENDING: password.reveal()}


def test_what_is_gone_is_a_conflict(kit: Kit) -> None:
    stored = kit.make().compare_and_set(None, staged(new_subject()), new_password=canary())
    other = replace(stored.document, subject=new_subject())
    with pytest.raises(StoreError):
        kit.make().compare_and_set(Stored(other, stored.revision, stored.parts, stored.known), other)


@pytest.mark.parametrize("first", [True, False])
def test_of_eight_that_stage_at_once_one_wins(kit: Kit, first: bool) -> None:
    subject = new_subject()
    if not first:
        rotated(kit.make(), subject, "r0")
    before = kit.make().load(subject)
    together = threading.Barrier(8)

    def stage(_number: int) -> tuple[Stored, Secret] | None:
        store, password = kit.make(), canary()
        store.load(new_subject())
        together.wait()
        try:
            return store.compare_and_set(before, staged(subject, before), new_password=password), password
        except StoreConflict:
            return None

    with ThreadPoolExecutor(8) as pool:
        winners = [winner for winner in pool.map(stage, range(8)) if winner]
    # Key Vault has no conditional write: when two see each other, both step back.
    assert len(winners) == 1 or (kit.kind == "azure_keyvault" and not winners)
    for stored, password in winners:
        assert passwords(kit.make(), subject)[Slot.PENDING] == password.reveal()
        assert finished(kit.make(), stored).document.current is not None
    if not winners:
        rotated(kit.make(), subject, "r1")


def test_of_eight_threads_that_change_at_once_one_wins(kit: Kit) -> None:
    store = kit.make()
    stored = store.compare_and_set(None, staged(new_subject()), new_password=canary())
    together = threading.Barrier(8)

    def change(number: int) -> bool:
        document = stored.document.mark_sent(owner=f"owner:{number}", now=NOW)
        together.wait()
        try:
            store.compare_and_set(stored, document)
        except StoreConflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(change, range(8))) == 1


def test_many_users_at_once_with_one_object(kit: Kit) -> None:
    store = kit.make()
    made = [(new_subject(), canary()) for _user in range(16)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda pair: rotated(store, pair[0], "r1", pair[1]), made))
    again = kit.make()
    assert all(passwords(again, subject) == {Slot.CURRENT: password.reveal()} for subject, password in made)


def test_the_lock_keeps_others_out_and_is_given_back(kit: Kit) -> None:
    subject, order = new_subject(), list[str]()
    store, other = kit.make(), kit.make()
    with store.lock(subject) as hold:
        with pytest.raises(StoreBusy, match=subject.name), other.lock(subject, wait=0.0):
            pass
        with other.lock(new_subject(), wait=0.0):
            pass
        thread = threading.Thread(target=lambda: order.append(_locked(other, subject)))
        thread.start()
        time.sleep(0.05)
        order.append(hold.owner)
        stored = store.compare_and_set(None, staged(subject), new_password=canary())
    thread.join(5)
    assert order[0] == hold.owner and order[1] != hold.owner
    with store.lock(subject) as mine:
        assert stored.document.pending is not None
        dead = replace(stored.document.pending, owner=hold.owner)
        elsewhere = replace(dead, owner="other-domain:host:1:a")
        assert mine.may_resume(dead, NOW)
        assert mine.may_resume(elsewhere, NOW) is mine.exclusive
        assert mine.may_resume(elsewhere, NOW + LEASE + timedelta(seconds=1))


def _locked(store: object, subject: Subject) -> str:
    with store.lock(subject) as hold:  # type: ignore[attr-defined]
        return str(hold.owner)


def test_users_are_found_by_id_and_by_name(kit: Kit) -> None:
    customer, other = random_id(), random_id()
    anna, bert = new_subject("anna.o'hara@fabrikam.com", customer), new_subject("bert@fabrikam.com", customer)
    twin = new_subject("bert@fabrikam.com", other)
    for subject in (anna, bert, twin):
        rotated(kit.make(), subject, "r1")
    store = kit.make()
    assert set(store.subjects(customer)) == {anna, bert}
    assert {subject.user_principal_name for subject in store.subjects(customer)} == {
        anna.user_principal_name,
        bert.user_principal_name,
    }
    assert store.find("ANNA.O'Hara@fabrikam.com") == anna
    assert store.find(bert.user_id) == store.find(bert.user_id, customer) == bert
    assert store.find("bert@fabrikam.com", other) == twin
    with pytest.raises(StoreError, match="give customer_id"):
        store.find("bert@fabrikam.com")
    with pytest.raises(StoreError, match=r"nobody@fabrikam\.com"):
        store.find("nobody@fabrikam.com", customer)


def test_an_empty_slot_is_an_error_that_names_the_user(kit: Kit) -> None:
    subject = new_subject()
    store = kit.make()
    stored = store.compare_and_set(None, staged(subject), new_password=canary())
    with pytest.raises(StoreError, match=f"{subject.name}: no current password"):
        store.password(stored, Slot.CURRENT)


def test_the_check_passes_and_writes_no_user(kit: Kit) -> None:
    subject, store = new_subject(), kit.make()
    store.check([subject])
    store.check([subject], write=False)
    assert store.load(subject) is None
    rotated(store, subject, "r1")
    kit.make().check([subject])


def test_a_full_outbox_fits(kit: Kit) -> None:
    subject = new_subject("a" * 64 + "@" + "b" * 40 + ".com")
    store = kit.make()
    stored = None
    for number in range(4):
        stored = store.compare_and_set(stored, staged(subject, stored, f"{number}" + "r" * 99), new_password=canary())
        stored = store.compare_and_set(stored, stored.document.mark_sent(owner="d" * 90, now=NOW))
        applied = stored.document.mark_applied(now=NOW, evidence="assumed")
        stored = store.compare_and_set(stored, applied.promote())
    found = kit.make().load(subject)
    assert found is not None and len(found.document.outbox) == 4


def test_an_owner_names_the_folder_in_which_the_lock_counts(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    here, there = (os.open(path, os.O_RDONLY) for path in (tmp_path, tmp_path / "other"))
    first, second = (Hold.of_lock_in(here, exclusive=True) for _lock in range(2))
    assert first.domain == second.domain != Hold.of_lock_in(there, exclusive=True).domain
    assert first.owner != second.owner and first.owner.split(":")[0] == first.domain
    for descriptor in (here, there):
        os.close(descriptor)
