# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change by hand in a network store (destroyed, deleted, disabled, edited) gets its own error and advice."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import DamagedSecretError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import StoreConflict
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.tests.unit.stores.hands import TYPED, Hand, VaultHand
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


@pytest.fixture
def vault(hashi_vault: Kit) -> VaultHand:
    return VaultHand(hashi_vault)


@pytest.fixture
def aws(aws_secretsmanager: Kit) -> Hand:
    return Hand(aws_secretsmanager)


def test_a_destroyed_version_of_vault(vault: VaultHand) -> None:
    version = vault.newest()
    vault.kv.destroy_secret_versions(vault.name, versions=[version])
    sentence = vault.told()
    assert f"version {version} of the secret, the newest one, was destroyed at the store" in sentence
    assert f"'vault kv metadata delete -mount=secret {vault.name}'" in sentence
    vault.kv.delete_metadata_and_all_versions(vault.name)
    assert vault.kit.make().load(vault.subject) is None
    rotated(vault.kit.make(), vault.subject, "r3")


def test_a_deleted_version_of_vault(vault: VaultHand) -> None:
    version = vault.newest()
    vault.kv.delete_latest_version_of_secret(vault.name)
    sentence = vault.told()
    assert f"version {version} of the secret, the newest one, was deleted" in sentence
    assert f"'vault kv undelete -mount=secret -versions={version} {vault.name}'" in sentence
    vault.kv.undelete_secret_versions(vault.name, versions=[version])
    vault.is_well()


@pytest.mark.parametrize("how", ["patch", "put", "put over everything"])
def test_a_version_of_vault_that_was_written_by_hand(vault: VaultHand, how: str) -> None:
    version = vault.newest()
    before = vault.fields(version)
    vault.put(**{"patch": {**before, "password": TYPED}, "put": {"password": TYPED}}.get(how, {"other": TYPED}))
    sentence = vault.told()
    assert f"version {version + 1} of the secret was written by hand, over version {version}" in sentence
    assert f"'vault kv rollback -mount=secret -version={version} {vault.name}'" in sentence
    vault.put(**before)  # what the rollback does
    vault.is_well()


def test_an_old_version_of_vault_that_was_brought_back(vault: VaultHand) -> None:
    """The old version is complete, but its passwords are no longer valid."""
    vault.put(**vault.fields(vault.newest() - 2))
    assert "brought back by hand, and may hold old passwords" in vault.told() or "over version" in vault.told()


def test_what_lies_between_was_destroyed(vault: VaultHand) -> None:
    """The destroyed version may have been the last one of ours."""
    version = vault.newest()
    before = vault.fields(version - 1)
    vault.kv.destroy_secret_versions(vault.name, versions=[version])
    vault.put(**before)
    assert "brought back by hand, and may hold old passwords" in vault.told()


def test_a_secret_of_the_first_release_is_read_and_marked(hashi_vault: Kit) -> None:
    subject, password = new_subject(), canary()
    rotated(hashi_vault.make(), subject, "r1", password)
    hand: Any = hashi_vault.make()
    found = hand._api.read(hand._path(subject))
    fields = {name: value for name, value in found.fields.items() if name != "check"}
    hand._api.write(hand._path(subject), fields, found.version)
    assert passwords(hashi_vault.make(), subject) == {Slot.CURRENT: password.reveal()}
    rotated(hashi_vault.make(), subject, "r2")
    assert "check" in hand._api.read(hand._path(subject)).fields


@pytest.mark.parametrize("destroyed", [False, True])
def test_a_refused_write_is_another_runs_only_where_it_was_one(vault: VaultHand, destroyed: bool) -> None:
    store = vault.kit.make()
    before = store.load(vault.subject)
    rotated(vault.kit.make(), vault.subject, "r3")
    if destroyed:
        vault.kv.destroy_secret_versions(vault.name, versions=[vault.newest()])
    with pytest.raises(DamagedSecretError if destroyed else StoreConflict):
        store.compare_and_set(before, staged(vault.subject, before, "r4"), new_password=canary())


def test_a_kill_within_a_promotion_is_no_change_by_hand(network_kit: Kit) -> None:
    """The password is published, and the document does not say so yet."""
    subject, password = new_subject(), canary()
    store: Any = network_kit.make()
    stored = rotated(store, subject, "r1")
    stored = store.compare_and_set(stored, staged(subject, stored, "r2"), new_password=password)
    stored = store.compare_and_set(stored, stored.document.mark_sent(owner="a:b", now=NOW))
    stored = store.compare_and_set(stored, stored.document.mark_applied(now=NOW, evidence="exact"))
    version = stored.document.pending.version
    if network_kit.kind == "azure_keyvault":
        store._published(subject, store._name(subject), stored.document.promote(), password)
    elif network_kit.kind == "aws_secretsmanager":
        store._promoted(stored, version)
    found = network_kit.make().load(subject)
    assert found is not None and found.document == stored.document
    finished(network_kit.make(), found)
    assert passwords(network_kit.make(), subject)[Slot.CURRENT] == password.reveal()


def test_a_new_value_in_aws(aws: Hand) -> None:
    stored = aws.kit.make().load(aws.subject)
    assert stored is not None
    before = stored.document.version_in(Slot.CURRENT)
    made = aws.client.put_secret_value(SecretId=aws.name, SecretString=TYPED)["VersionId"]
    sentence = aws.told()
    assert "AWSCURRENT was moved by hand, and consumers get another value" in sentence
    moved = {"MoveToVersionId": before, "RemoveFromVersionId": made}
    assert f"--version-stage AWSCURRENT --move-to-version-id {before} --remove-from-version-id {made}" in sentence
    aws.client.update_secret_version_stage(SecretId=aws.name, VersionStage="AWSCURRENT", **moved)
    aws.is_well()


def test_a_deleted_secret_in_aws(aws: Hand) -> None:
    aws.client.delete_secret(SecretId=aws.name)
    assert f"'aws secretsmanager restore-secret --secret-id {aws.name}'" in aws.told()
    aws.client.restore_secret(SecretId=aws.name)
    aws.is_well()


def test_a_label_that_was_taken_away_in_aws(aws: Hand) -> None:
    """The user is not begun anew behind anybody's back."""
    stages = aws.client.describe_secret(SecretId=aws.name)["VersionIdsToStages"]
    version = next(version for version, labels in stages.items() if "PARTNERCENTER" in labels)
    aws.client.update_secret_version_stage(SecretId=aws.name, VersionStage="PARTNERCENTER", RemoveFromVersionId=version)
    assert "the label PARTNERCENTER was taken away by hand" in aws.told()


def test_what_was_deleted_while_a_run_worked_is_no_other_run(network_kit: Kit) -> None:
    hand = Hand(network_kit)
    store = network_kit.make()
    before = store.load(hand.subject)
    if network_kit.kind == "azure_keyvault":
        for name in (hand.name, f"{hand.name}--pending"):
            hand.client.begin_delete_secret(name).wait()
            hand.client.purge_deleted_secret(name)
    elif network_kit.kind == "hashi_vault":
        hand.client.secrets.kv.v2.delete_metadata_and_all_versions(hand.name)
    else:
        hand.client.delete_secret(SecretId=hand.name, ForceDeleteWithoutRecovery=True)
    with pytest.raises(DamagedSecretError, match=r"deleted|gone"):
        store.compare_and_set(before, staged(hand.subject, before, "r3"), new_password=canary())


def test_one_damaged_secret_concerns_its_user_only(network_kit: Kit) -> None:
    hand = Hand(network_kit)
    if network_kit.kind == "azure_keyvault":
        hand.client.set_secret(f"{hand.name}--pending", TYPED)
    elif network_kit.kind == "hashi_vault":
        hand.client.secrets.kv.v2.create_or_update_secret(hand.name, secret={"document": "{"})
    else:
        hand.client.put_secret_value(SecretId=hand.name, SecretString=TYPED)
    other, password = new_subject("other@contoso.onmicrosoft.com"), canary()
    store = network_kit.make()
    store.check([hand.subject, other])
    rotated(store, other, "r1", password)
    assert {place.user_id for place in store.places()} >= {hand.subject.user_id, other.user_id}
    assert passwords(store, other) == {Slot.CURRENT: password.reveal()}


def test_a_user_with_another_name_is_found_by_the_name_of_the_document(network_kit: Kit) -> None:
    before = new_subject("old@contoso.onmicrosoft.com")
    after = Subject(before.customer_id, before.user_id, "new@contoso.onmicrosoft.com")
    stored = rotated(network_kit.make(), before, "r1")
    renamed = staged(after, stored, "r2")
    object.__setattr__(renamed, "subject", after)
    store = network_kit.make()
    finished(store, store.compare_and_set(store.load(after), renamed, new_password=canary()))
    assert [found.user_principal_name for found in network_kit.make().subjects()] == ["new@contoso.onmicrosoft.com"]
    found = network_kit.make().load(Subject(before.customer_id, before.user_id), read_only=True)
    assert found is not None and found.document.subject.user_principal_name == "new@contoso.onmicrosoft.com"


def test_a_value_of_another_kind_is_not_given_to_anybody(network_kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    hand = Hand(network_kit)
    store: Any = network_kit.make()
    stored = store.load(hand.subject, read_only=True)
    monkeypatch.setattr(type(store), "_read", lambda *_place: Secret("x" * 100_000))
    object.__setattr__(stored, "known", {})
    with pytest.raises(DamagedSecretError, match="more characters than was ever stored"):
        store.password(stored, Slot.CURRENT)
