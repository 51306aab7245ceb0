# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody at the own tools of a network store."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import DamagedSecretError
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Kit, canary, new_subject, passwords, rotated

TYPED = "Typed\\-by-'hand'-\"7\""


class Hand:
    """Somebody at the store's own tools, at the secret of one user who was rotated twice."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.subject = new_subject()
        self.first, self.second = canary(), canary()
        rotated(kit.make(), self.subject, "r1", self.first)
        rotated(kit.make(), self.subject, "r2", self.second)
        store: Any = kit.make()
        self.api: Any = store._api
        self.client: Any = kit.tools or store._api._client
        self.name: str = (store._path if kit.kind == "hashi_vault" else store._name)(self.subject)

    def told(self) -> str:
        """Check that every read and write gives the same error and changes nothing."""
        store = self.kit.make()
        sentences = set()
        for read_only in (True, False):
            with pytest.raises(DamagedSecretError) as caught:
                store.load(self.subject, read_only=read_only)
            sentences.add(str(caught.value))
        (sentence,) = sentences
        assert sentence.startswith(f"{store.describe()}, user {self.subject.name}: ") and TYPED not in sentence
        store.check([self.subject])  # the store itself is well: others are not concerned
        return sentence

    def is_well(self) -> None:
        found = passwords(self.kit.make(), self.subject)
        assert found == {Slot.CURRENT: self.second.reveal(), Slot.PREVIOUS: self.first.reveal()}
        third = canary()
        rotated(self.kit.make(), self.subject, "r3", third)
        assert passwords(self.kit.make(), self.subject)[Slot.CURRENT] == third.reveal()


class VaultHand(Hand):
    @property
    def kv(self) -> Any:
        return self.client.secrets.kv.v2

    def newest(self) -> int:
        return int(self.kv.read_secret_metadata(self.name)["data"]["current_version"])

    def put(self, **fields: str) -> None:
        self.kv.create_or_update_secret(self.name, secret=fields)

    def fields(self, version: int) -> dict[str, str]:
        return dict(
            self.kv.read_secret_version(self.name, version=version, raise_on_deleted_version=True)["data"]["data"]
        )
