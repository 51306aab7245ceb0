# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A password is sent only if the store certainly holds it: lost, odd and wrong answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._stores import aws_api, key_vault_refusals, vault_api
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import StoreConflict
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import Document
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.vault_api import Newest
from ansible_collections.csp.partnercenter.tests.unit.support.kits import (
    CUSTOMER,
    NOW,
    Kit,
    canary,
    new_subject,
    passwords,
    rotated,
    staged,
)

OTHER = "what-was-not-written"


def spoiled(store: Any, kind: str) -> Any:
    """A store that gives back another password than it was given."""
    if kind == "file":
        store._content = lambda _subject: OTHER.encode()
    elif kind == "azure_keyvault":
        store._api.value = lambda _name, _version: OTHER
    elif kind == "hashi_vault":
        read = store._api.read

        def spoiling(path: str, version: int | None = None) -> Newest | None:
            found = read(path, version)
            return found and replace(found, fields={**(found.fields or {}), "password_pending": OTHER})

        store._api.read = spoiling
    else:
        call = store._api.call
        store._api.call = lambda what, **more: (
            {"SecretString": OTHER} if what == "get_secret_value" else call(what, **more)
        )
    return store


def odd(store: Any, answer: Callable[..., Any]) -> Any:
    """A store whose service gives that answer to everything."""
    setattr(store._api, "call" if hasattr(store._api, "call") else "_ask", answer)
    return store


def test_a_password_that_cannot_be_read_back_is_not_used(kit: Kit) -> None:
    subject, password = new_subject(), canary()
    with pytest.raises(StoreError, match=f"user {subject.name}.*what was written cannot be read back") as caught:
        spoiled(kit.make(), kit.kind).compare_and_set(None, staged(subject), new_password=password)
    assert password.reveal() not in str(caught.value) and OTHER not in str(caught.value)


@pytest.mark.parametrize("first", [True, False])
def test_nothing_is_staged_without_its_password(kit: Kit, first: bool) -> None:
    subject = new_subject()
    if not first:
        rotated(kit.make(), subject, "r1")
    store = kit.make()
    stored = store.load(subject)
    with pytest.raises(StoreError, match=f"user {subject.name}.*there is no pending password to be written"):
        store.compare_and_set(stored, staged(subject, stored, "r2"))
    assert Slot.PENDING not in passwords(kit.make(), subject)


def test_a_user_that_was_staged_meanwhile_is_a_conflict(kit: Kit) -> None:
    subject, password = new_subject(), canary()
    rotated(kit.make(), subject, "r1")
    first, second = kit.make(), kit.make()
    before, same = first.load(subject), second.load(subject)
    first.compare_and_set(before, staged(subject, before, "r2"), new_password=password)
    with pytest.raises(StoreConflict, match=subject.name):
        second.compare_and_set(same, staged(subject, same, "r2"), new_password=canary())
    assert passwords(kit.make(), subject)[Slot.PENDING] == password.reveal()


def test_who_promotes_what_was_promoted_meanwhile_is_told(kit: Kit) -> None:
    subject = new_subject()
    store = kit.make()
    stored = store.compare_and_set(None, staged(subject), new_password=canary())
    stored = store.compare_and_set(stored, stored.document.mark_sent(owner="a:b", now=NOW))
    stored = store.compare_and_set(stored, stored.document.mark_applied(now=NOW, evidence="exact"))
    kit.make().compare_and_set(stored, stored.document.promote())
    with pytest.raises(StoreConflict, match=subject.name):
        kit.make().compare_and_set(stored, stored.document.promote())


def test_the_first_document_has_a_password(azure_keyvault: Kit) -> None:
    subject = new_subject()
    with pytest.raises(StoreError, match="a document without a password cannot be the first"):
        azure_keyvault.make().compare_and_set(None, Document(subject).note_failed_cycle(orphan_after=5, now=NOW))


def test_a_document_that_does_not_fit_into_tags_says_what_to_do(azure_keyvault: Kit) -> None:
    subject = new_subject()
    store = azure_keyvault.make()
    stored = rotated(store, subject, "r1")
    event = staged(subject).mark_sent(owner="a:b", now=NOW).mark_applied(now=NOW, evidence="exact").promote().outbox
    with pytest.raises(StoreError, match="deliver the events of its outbox"):
        store.compare_and_set(stored, replace(stored.document, outbox=event * 40))


def test_a_version_that_was_disabled_by_hand_is_missed_when_it_is_read(azure_keyvault: Kit) -> None:
    subject = new_subject()
    rotated(azure_keyvault.make(), subject, "r1")
    store: Any = azure_keyvault.make()
    stored = store.load(subject)
    name = store._name(subject)
    (version,) = store._api.versions(name)
    store._api.retag(name, version.id, version.tags, enabled=False)
    with pytest.raises(StoreError, match="with the current password is gone or disabled"):
        store.password(stored, Slot.CURRENT)


def test_a_secret_that_lost_a_field_is_damaged(hashi_vault: Kit) -> None:
    subject = new_subject()
    rotated(hashi_vault.make(), subject, "r1")
    store: Any = hashi_vault.make()
    path = store._path(subject)
    found = store._api.read(path)
    store._api.write(path, {"document": found.fields["document"]}, found.version)
    with pytest.raises(StoreError, match=f"user {subject.name}.*damaged: it has no field password"):
        hashi_vault.make().load(subject)


def test_whoever_made_the_secret_and_died_is_followed(aws_secretsmanager: Kit) -> None:
    """The secret is there, and its first version has no label of ours yet."""
    subject, password = new_subject(), canary()
    store: Any = aws_secretsmanager.make()
    move = store._move
    store._move = lambda *_arguments: pytest.fail("killed")
    with pytest.raises(pytest.fail.Exception):
        store.compare_and_set(None, staged(subject), new_password=canary())
    store._move = move
    assert aws_secretsmanager.make().load(subject) is None
    aws_secretsmanager.make().compare_and_set(None, staged(subject), new_password=password)
    assert passwords(aws_secretsmanager.make(), subject) == {Slot.PENDING: password.reveal()}


def test_a_service_that_fails_is_an_error_and_no_empty_store(network_kit: Kit) -> None:
    failure = {
        "azure_keyvault": key_vault_refusals.KeyVaultRefused(500),
        "hashi_vault": vault_api.VaultRefused("InternalServerError"),
        "aws_secretsmanager": aws_api.AwsRefused("InternalServiceError"),
    }[network_kit.kind]

    def failing(*_arguments: Any, **_more: Any) -> Any:
        raise failure

    subject, store = new_subject(), odd(network_kit.make(), failing)
    for action in (
        lambda: store.load(subject),
        lambda: store.check([subject]),
        lambda: store.compare_and_set(None, staged(subject), new_password=canary()),
        lambda: list(store.places()),
    ):
        with pytest.raises(StoreError) as caught:
            action()
        assert not isinstance(caught.value, StoreConflict)
        assert str(caught.value).startswith(store.describe())


def test_nobody_is_in_an_empty_store(kit: Kit) -> None:
    assert list(kit.make().places()) == list(kit.make().places(CUSTOMER)) == []


def test_without_a_place_for_locks_nothing_is_begun(network_kit: Kit) -> None:
    subject, store = new_subject(), network_kit.make()
    (network_kit.home / "locks").write_text("not a folder")
    with pytest.raises(StoreError, match=f"user {subject.name}: no lock can be taken"), store.lock(subject):
        raise AssertionError("the lock was taken")
