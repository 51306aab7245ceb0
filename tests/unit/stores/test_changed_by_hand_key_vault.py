# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change by hand in Key Vault (deleted, disabled, dated, edited) gets its own error and advice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.tests.unit.stores.hands import TYPED, Hand
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Kit, canary, new_subject, rotated

YESTERDAY, TOMORROW = (datetime.now(UTC) + timedelta(days=days) for days in (-1, 1))


@pytest.fixture
def key_vault(azure_keyvault: Kit) -> Hand:
    return Hand(azure_keyvault)


def test_a_new_value_of_the_consumers_secret_of_key_vault(key_vault: Hand) -> None:
    made = key_vault.client.set_secret(key_vault.name, TYPED).properties.version
    sentence = key_vault.told()
    assert f"version {made} of the secret {key_vault.name} was made, or lost its tag, by hand" in sentence
    current = key_vault.kit.make()._head(key_vault.subject).document.current.version  # type: ignore[attr-defined]
    assert f"with the tag partnercenter-version={current}" in sentence
    key_vault.client.set_secret(key_vault.name, key_vault.second.reveal(), tags={"partnercenter-version": current})
    key_vault.is_well()


def test_a_new_version_of_the_pending_secret_of_key_vault(key_vault: Hand) -> None:
    name = f"{key_vault.name}--pending"
    made = key_vault.client.set_secret(name, TYPED).properties.version
    assert f"version {made} of the secret {name} was made, or lost its tags, by hand: disable" in key_vault.told()
    key_vault.client.update_secret_properties(name, made, enabled=False)
    key_vault.is_well()


@pytest.mark.parametrize("pending", ["", "--pending"])
def test_a_deleted_secret_of_key_vault(key_vault: Hand, pending: str) -> None:
    name = key_vault.name + pending
    key_vault.client.begin_delete_secret(name).wait()
    assert f"the secret {name} was deleted: recover it ('az keyvault secret recover --name {name}')" in key_vault.told()
    key_vault.client.begin_recover_deleted_secret(name).wait()
    key_vault.is_well()


@pytest.mark.parametrize("pending", ["", "--pending"])
def test_a_purged_secret_of_key_vault(key_vault: Hand, pending: str) -> None:
    key_vault.client.begin_delete_secret(key_vault.name + pending).wait()
    key_vault.client.purge_deleted_secret(key_vault.name + pending)
    assert f"the secret {key_vault.name}{pending} was deleted and purged. Begin anew" in key_vault.told()


def test_both_secrets_of_key_vault_deleted(key_vault: Hand) -> None:
    for name in (key_vault.name, f"{key_vault.name}--pending"):
        key_vault.client.begin_delete_secret(name).wait()
    assert "was deleted: recover it" in key_vault.told()
    for name in (key_vault.name, f"{key_vault.name}--pending"):
        key_vault.client.purge_deleted_secret(name)
    assert key_vault.kit.make().load(key_vault.subject) is None


@pytest.mark.parametrize("pending", ["", "--pending"])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"enabled": False}, "was disabled by hand: enable it"),
        ({"expires_on": YESTERDAY}, "was given dates by hand, and has expired"),
        ({"not_before": TOMORROW}, "was given dates by hand, and has expired or is not valid yet"),
    ],
)
def test_an_unusable_version_of_key_vault(key_vault: Hand, pending: str, change: dict[str, Any], told: str) -> None:
    version = key_vault.client.get_secret(key_vault.name + pending).properties.version
    key_vault.client.update_secret_properties(key_vault.name + pending, version, **change)
    assert told in key_vault.told()


def test_a_promotion_of_another_run_is_no_change_by_hand(azure_keyvault: Kit) -> None:
    """It ends between the two looks of a load: at the document, and at what consumers get."""
    subject, password = new_subject(), canary()
    rotated(azure_keyvault.make(), subject, "r1")
    store: Any = azure_keyvault.make()
    head, looks = store._head, []

    def once_overtaken(subject: Subject) -> Any:
        found = head(subject)
        if not looks:
            rotated(azure_keyvault.make(), subject, "r2", password)
        looks.append(found)
        return found

    store._head = once_overtaken
    assert store.password(store.load(subject), Slot.CURRENT) == password
