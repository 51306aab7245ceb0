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
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._stores import aws_api, key_vault_refusals, vault_api
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import StoreConflict
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import Document
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.vault_api import Newest
from ansible_collections.csp.partnercenter.tests.unit.support.clock import never_wait
from ansible_collections.csp.partnercenter.tests.unit.support.kits import (
    CUSTOMER,
    NOW,
    Kit,
    canary,
    finished,
    new_subject,
    passwords,
    rotated,
    staged,
)

OTHER = "what-was-not-written"


def spoiled(store: Any, kind: str) -> Any:
    """A store that gives back another password than it was given."""
    if kind in ("file", "git"):
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


def test_a_place_for_locks_that_everybody_can_write_is_refused(network_kit: Kit) -> None:
    subject, store = new_subject(), network_kit.make()
    locks = network_kit.home / "locks"
    locks.mkdir()
    locks.chmod(0o777)
    with pytest.raises(StoreError, match=f"user {subject.name}: no lock can be taken: .*chmod"), store.lock(subject):
        raise AssertionError("the lock was taken")


def test_who_has_no_known_name_is_kept_by_the_id(kit: Kit) -> None:
    subject, password = replace(new_subject(), user_principal_name=None), canary()
    rotated(kit.make(), subject, "r1", password)
    assert passwords(kit.make(), subject) == {Slot.CURRENT: password.reveal()}
    assert list(kit.make().subjects()) == [subject]


def test_an_empty_password_is_none(kit: Kit) -> None:
    subject = new_subject()
    rotated(kit.make(), subject, "r1")
    store: Any = kit.make()
    stored = replace(store.load(subject), known={})
    store._read = lambda *_arguments: Secret("")
    with pytest.raises(StoreError, match=f"user {subject.name}: the current password is empty"):
        store.password(stored, Slot.CURRENT)


class TestAws:
    def test_what_others_keep_below_the_same_name_is_no_user(self, aws_secretsmanager: Kit) -> None:
        store: Any = aws_secretsmanager.make()
        name = f"{aws_secretsmanager._prefix}/{CUSTOMER}/{new_subject().user_id}"
        for other in (name, f"{aws_secretsmanager._prefix}/{CUSTOMER}/notes"):
            store._api.call("create_secret", Name=other, SecretString="theirs")
        assert list(store.places()) == list(store.places(CUSTOMER)) == []

    @pytest.mark.parametrize("circle", [True, False])
    def test_pages_that_do_not_end_are_no_list_of_users(
        self, aws_secretsmanager: Kit, monkeypatch: pytest.MonkeyPatch, circle: bool
    ) -> None:
        monkeypatch.setattr(aws_api, "_MOST_PAGES", 9)
        asked: list[str | None] = []

        def listed(_operation: str, **arguments: Any) -> Any:
            asked.append(arguments.get("NextToken"))
            return {"SecretList": [], "NextToken": "again" if circle else f"page-{len(asked)}"}

        with pytest.raises(StoreError, match="AWS gave no usable answer"):
            list(odd(aws_secretsmanager.make(), listed).places())
        assert len(asked) == (2 if circle else 9) and asked[0] is None

    @pytest.mark.parametrize("answer", [{"SecretList": 7}, {"SecretList": [{"Tags": []}]}, {"SecretList": [7]}])
    def test_a_list_of_another_form_is_no_empty_store(self, aws_secretsmanager: Kit, answer: Any) -> None:
        with pytest.raises(StoreError, match="AWS gave no usable answer"):
            list(odd(aws_secretsmanager.make(), lambda _operation, **_arguments: answer).places())

    def failing_moves(self, store: Any, code: str, *, made: bool) -> Any:
        """A store whose moves of labels are answered by this code, whether AWS has ``made`` them or not."""
        call = store._api.call

        def instead(operation: str, **arguments: Any) -> Any:
            if operation != "update_secret_version_stage":
                return call(operation, **arguments)
            if made:
                call(operation, **arguments)
            raise aws_api.AwsRefused(code)

        store._api.call = instead
        return store

    def test_a_move_whose_first_answer_was_lost_counts(self, aws_secretsmanager: Kit) -> None:
        """AWS refuses the repeated request, because the label is there already."""
        subject, password = new_subject(), canary()
        store = self.failing_moves(aws_secretsmanager.make(), "InvalidParameterException", made=True)
        store.compare_and_set(None, staged(subject), new_password=password)
        assert passwords(aws_secretsmanager.make(), subject) == {Slot.PENDING: password.reveal()}

    @pytest.mark.parametrize(
        ("code", "sentence"),
        [("", "AWS gave no usable answer"), ("LimitExceededException", "a limit of AWS for secrets")],
    )
    def test_a_move_that_was_not_made_is_no_step(self, aws_secretsmanager: Kit, code: str, sentence: str) -> None:
        subject = new_subject()
        before = rotated(aws_secretsmanager.make(), subject, "r1")
        store = self.failing_moves(aws_secretsmanager.make(), code, made=False)
        with pytest.raises(StoreError, match=f"user {subject.name}: {sentence}") as caught:
            store.compare_and_set(before, staged(subject, before, "r2"), new_password=canary())
        assert not isinstance(caught.value, StoreConflict)
        after = aws_secretsmanager.make().load(subject)
        assert after is not None and after.document == before.document

    def test_a_secret_that_goes_while_a_run_works_on_it_is_told(self, aws_secretsmanager: Kit) -> None:
        subject, store = new_subject(), aws_secretsmanager.make()
        stored = store.compare_and_set(None, staged(subject), new_password=canary())
        stored = store.compare_and_set(stored, stored.document.mark_sent(owner="a:b", now=NOW))
        stored = store.compare_and_set(stored, stored.document.mark_applied(now=NOW, evidence="exact"))
        api: Any = aws_secretsmanager.make()
        api._api.call("delete_secret", SecretId=api._name(subject), ForceDeleteWithoutRecovery=True)
        with pytest.raises(StoreError, match="the secret was deleted, or begun anew, while this run worked on it"):
            store.compare_and_set(stored, stored.document.promote())

    def test_a_name_that_is_taken_and_shows_nothing_is_a_conflict(
        self, aws_secretsmanager: Kit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another run makes the secret, or deletes it, at the same moment."""
        never_wait(monkeypatch)
        subject = new_subject()
        store: Any = aws_secretsmanager.make()
        call = store._api.call

        def taken(operation: str, **arguments: Any) -> Any:
            if operation == "create_secret":
                raise aws_api.AwsRefused("ResourceExistsException")
            return call(operation, **arguments)

        store._api.call = taken
        with pytest.raises(StoreConflict, match=subject.name):
            store.compare_and_set(None, staged(subject), new_password=canary())


class TestKeyVault:
    def test_what_others_keep_below_the_same_name_is_no_user(self, azure_keyvault: Kit) -> None:
        store: Any = azure_keyvault.make()
        prefix = azure_keyvault._prefix
        for other in (f"{prefix}-notes", f"{prefix}-notes--pending", f"{prefix}-{'x' * 36}-{'y' * 36}--pending"):
            store._api.put(other, "theirs", {})
        assert list(store.places()) == []

    def test_what_is_put_in_the_consumers_place_before_the_first_promotion_is_told(self, azure_keyvault: Kit) -> None:
        subject = new_subject()
        azure_keyvault.make().compare_and_set(None, staged(subject), new_password=canary())
        store: Any = azure_keyvault.make()
        name = store._name(subject)
        store._api.put(name, "theirs", {})
        with pytest.raises(
            StoreError, match=f"of the secret {name} was made, .* by hand.*Begin anew: delete and purge"
        ):
            store.load(subject)

    def test_a_secret_that_is_not_there_has_no_versions(self, azure_keyvault: Kit) -> None:
        store: Any = azure_keyvault.make()
        api = store._api
        self.failing(api, 404, "SecretNotFound")
        assert api.versions("x") == [] and api.latest("x") is None
        self.failing(api, 404)
        for read in (api.versions, api.latest):
            with pytest.raises(key_vault_refusals.KeyVaultRefused):
                read("x")

    @pytest.mark.parametrize(("status", "known"), [(403, True), (404, True), (500, False)])
    def test_who_may_not_look_for_deleted_secrets_finds_none(
        self, azure_keyvault: Kit, status: int, known: bool
    ) -> None:
        store: Any = azure_keyvault.make()
        api = store._api
        self.failing(api, status)
        if known:
            assert api.is_deleted("x") is False
            return
        with pytest.raises(key_vault_refusals.KeyVaultRefused):
            api.is_deleted("x")

    def failing(self, api: Any, status: int, *codes: str) -> None:
        def refused(_call: Any) -> Any:
            raise key_vault_refusals.KeyVaultRefused(status, codes=codes)

        api._ask = refused

    def test_a_vault_that_fails_in_a_promotion_leaves_it_undone(self, azure_keyvault: Kit) -> None:
        subject, password = new_subject(), canary()
        store: Any = azure_keyvault.make()
        stored = store.compare_and_set(None, staged(subject), new_password=password)
        stored = store.compare_and_set(stored, stored.document.mark_sent(owner="a:b", now=NOW))
        stored = store.compare_and_set(stored, stored.document.mark_applied(now=NOW, evidence="exact"))
        latest = store._api.latest

        def failing(_name: str) -> Any:
            raise key_vault_refusals.KeyVaultRefused(500)

        store._api.latest = failing
        with pytest.raises(StoreError, match=f"user {subject.name}: ") as caught:
            store.compare_and_set(stored, stored.document.promote())
        assert not isinstance(caught.value, StoreConflict)
        store._api.latest = latest
        finished(store, stored)
        assert passwords(azure_keyvault.make(), subject) == {Slot.CURRENT: password.reveal()}


class TestVault:
    def test_a_password_that_was_not_loaded_is_missing(self, hashi_vault: Kit) -> None:
        subject, store = new_subject(), hashi_vault.make()
        stored = rotated(store, subject, "r1")
        with pytest.raises(StoreError, match=f"user {subject.name}: the current password is missing"):
            store.password(replace(stored, known={}), Slot.CURRENT)

    def test_a_refusal_as_an_old_version_where_none_is_newer_is_no_conflict(self, hashi_vault: Kit) -> None:
        """It would be tried again for ever."""
        subject = new_subject()
        stored = rotated(hashi_vault.make(), subject, "r1")
        store: Any = hashi_vault.make()

        def refusing(*_arguments: Any) -> Any:
            raise vault_api.VaultRefused("Conflict")

        store._api.write = refusing
        with pytest.raises(StoreError, match="as one of an old version, and none is newer") as caught:
            store.compare_and_set(stored, staged(subject, stored, "r2"), new_password=canary())
        assert not isinstance(caught.value, StoreConflict)

    def test_a_write_of_another_run_in_between_is_a_conflict(self, hashi_vault: Kit) -> None:
        """It came after the write of this run, and before that was read back."""
        subject = new_subject()
        store: Any = hashi_vault.make()
        write = store._api.write

        def overtaken(path: str, fields: Any, version: int) -> int:
            written: int = write(path, fields, version)
            write(path, fields, written)
            return written

        store._api.write = overtaken
        with pytest.raises(StoreConflict, match=subject.name):
            store.compare_and_set(None, staged(subject), new_password=canary())

    def test_a_server_that_fails_when_it_is_asked_for_rights_stops_the_run(self, hashi_vault: Kit) -> None:
        subject = new_subject()
        store: Any = hashi_vault.make()
        ask = store._api._ask

        def failing(call: Any, read: Any, right: Any = None) -> Any:
            if right is None:
                raise vault_api.VaultRefused("VaultDown")
            return ask(call, read, right)

        store._api._ask = failing
        with pytest.raises(StoreError, match="Vault is sealed, on standby"):
            store.check([subject])
