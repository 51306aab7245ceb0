# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rotations for the tests: tasks, the stores they use, and what is in a store afterwards."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.parsing.vault import VaultSecret
from driver import name_of, patches, sent

from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Context, Store, Stored
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.registry import make_store
from ansible_collections.csp.partnercenter.plugins.plugin_utils._vault_cipher import VaultCipher

ROTATION = "csp.partnercenter.partnercenter_user_password_rotation"
VAULT_PASSWORD = "vault-password-of-the-tests"
KILLER = str(Path(__file__).resolve().parent / "killer")


def vault_password_file(folder: Path, password: str = VAULT_PASSWORD) -> str:
    """Write the vault password of a play or a job, and return the path."""
    file = folder / "vault-password"
    file.write_text(password)
    file.chmod(0o600)
    return str(file)


@dataclass
class Vaulted:
    """A store of these tests. ``options`` are those of the task."""

    play: Any
    options: Mapping[str, Any]
    environment: dict[str, str] = field(default_factory=dict)
    vault_password: str = VAULT_PASSWORD

    def __post_init__(self) -> None:
        file = vault_password_file(self.play.folder, self.vault_password)
        self.environment["ANSIBLE_VAULT_PASSWORD_FILE"] = file

    def task(self, name: str, users: list[dict[str, str]], **options: Any) -> dict[str, Any]:
        """A task that rotates these users."""
        return {"name": name, ROTATION: {"users": users, "store": dict(self.options), **options}}

    def killing(self, **kill: str) -> dict[str, str]:
        """The environment of a run that dies at that step (see the folder ``killer``)."""
        python_path = os.pathsep.join([KILLER, os.environ.get("PYTHONPATH", "")])
        return {**self.environment, **kill, "PYTHONPATH": python_path}

    @property
    def store(self) -> Store:
        """The store as the engine sees it."""
        secrets = [("default", VaultSecret(self.vault_password.encode()))]
        context = Context({}, str(self.play.home), lambda vault_id: VaultCipher(secrets, vault_id))
        return make_store(self.options, context)

    def load(self, user: Mapping[str, str]) -> Stored | None:
        return self.store.load(Subject(user["customer_id"], user["user_id"]), read_only=True)

    def passwords(self, user: Mapping[str, str]) -> dict[str, str]:
        """What is stored for the user, by slot."""
        store, stored = self.store, self.load(user)
        if stored is None:
            return {}
        return {slot.value: store.password(stored, slot).reveal() for slot in Slot if stored.document.version_in(slot)}


def looked_up(name: str, user: dict[str, str], store: Any, version: str = "current") -> dict[str, Any]:
    """Uses a password without showing it."""
    arguments = f"customer_id='{user['customer_id']}', store=store, version='{version}'"
    password = f"lookup('csp.partnercenter.partnercenter_password', '{user['user_id']}', {arguments})"
    return {
        "name": name,
        "ansible.builtin.assert": {"that": ["secret | length > 8"]},
        "vars": {"secret": f"{{{{ {password} }}}}", "store": dict(store)},
    }


@dataclass
class Witness:
    """What must hold, whatever happened."""

    emulator: Any
    play: Any
    vaulted: Vaulted

    def live(self, user: Mapping[str, str]) -> str:
        return str(self.emulator.passwords()[user["user_id"]]["current"])

    def assert_nothing_is_lost(self, user: Mapping[str, str], initial: str) -> None:
        """The live password can still be found."""
        assert self.live(user) in {initial, *self.vaulted.passwords(user).values()}

    def assert_current_is_live(self, user: Mapping[str, str]) -> None:
        assert self.vaulted.passwords(user)["current"] == self.live(user)
        assert "pending" not in self.vaulted.passwords(user)

    def assert_one_password_was_sent(self, user: Mapping[str, str]) -> None:
        assert len(set(sent(self.emulator, user))) == 1

    def assert_one_event_for_each_request(self, users: list[dict[str, str]]) -> None:
        path = self.play.home / ".ansible" / "partnercenter" / "events.jsonl"
        events = [json.loads(line) for line in path.read_text().splitlines()]
        assert len(events) == len({event["id"] for event in events})
        name = "correlation_id" if self.play.gateway == "graph" else "id"
        assert {event[name] for event in events} == {name_of(entry) for entry in patches(self.emulator)}
        assert {event["user_id"] for event in events} == {user["user_id"] for user in users}
