# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names in stores: the id is the identity, and a name is a label that the document confirms."""

from __future__ import annotations

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import random_id
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Store
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Kit, canary, new_subject, passwords, rotated

NAME = "carl@fabrikam.com"


def not_found(store: Store, name: str, customer: str) -> str:
    with pytest.raises(StoreError) as caught:
        store.find(name, customer)
    return str(caught.value)


def test_a_renamed_user_is_found_by_the_new_name_and_nobody_by_the_old_one(kit: Kit) -> None:
    customer, password = random_id(), canary()
    carl = new_subject(NAME, customer)
    stored = rotated(kit.make(), carl, "r1", password)
    kit.make().compare_and_set(stored, stored.document.called("Karl@fabrikam.com"))
    found = kit.make().find("karl@FABRIKAM.com", customer)
    assert (found, found.user_principal_name) == (carl, "Karl@fabrikam.com")
    assert f"nothing is stored for user {NAME}" in not_found(kit.make(), NAME, customer)
    heir = new_subject(NAME, customer)
    rotated(kit.make(), heir, "r1")
    assert kit.make().find(NAME, customer) == heir
    assert passwords(kit.make(), carl) == {Slot.CURRENT: password.reveal()}


def test_a_user_without_a_name_is_found_by_id_alone(kit: Kit) -> None:
    customer = random_id()
    carl = new_subject(NAME, customer)
    stored = rotated(kit.make(), carl, "r1")
    kit.make().compare_and_set(stored, stored.document.nameless())
    assert f"nothing is stored for user {NAME}" in not_found(kit.make(), NAME, customer)
    assert kit.make().find(carl.user_id) == carl
    assert [subject.user_principal_name for subject in kit.make().subjects(customer)] == [None]


def test_a_name_that_two_documents_claim_is_an_error_that_names_both(kit: Kit) -> None:
    customer = random_id()
    twins = [new_subject(name, customer) for name in (NAME, NAME.upper())]
    for twin in twins:
        rotated(kit.make(), twin, "r1")
    message = not_found(kit.make(), NAME, customer)
    assert message.endswith("; look up by object id")
    assert all(f"{twin.user_id} of customer {customer}" in message for twin in twins)


def test_a_name_of_an_index_that_the_document_does_not_confirm_is_an_error(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = random_id()
    carl = new_subject("karl@fabrikam.com", customer)
    rotated(kit.make(), carl, "r1")
    store = kit.make()
    monkeypatch.setattr(
        store, "subjects", lambda _customer, **_unreadable: iter([Subject(customer, carl.user_id, NAME)])
    )
    message = not_found(store, NAME, customer)
    assert f"user {NAME} is stored for {carl.user_id}, whose document has another name now" in message


def test_letters_beyond_ascii_are_no_letters_of_ascii(kit: Kit) -> None:
    """``lower`` makes a k of the Kelvin sign."""
    customer = random_id()
    rotated(kit.make(), new_subject("karl@fabrikam.com", customer), "r1")
    assert "nothing is stored" in not_found(kit.make(), "\N{KELVIN SIGN}arl@fabrikam.com", customer)
