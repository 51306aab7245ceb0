# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether every live password can still be found in the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

_DOCUMENT = "partnercenter_password_document"


class _Loader(yaml.SafeLoader):
    """Keeps ciphertexts as they are."""


_Loader.add_constructor("!vault", lambda _loader, node: node.value)
_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_mapping(node, deep=True))


@dataclass
class Witness:
    """Reads the files of the store as anybody could who has the vault password, and asks the emulator for the truth."""

    emulator: Any
    store: Path
    vault_password: str
    looked_at: float = 0.0
    looks: int = 0
    _plain: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._vault = VaultLib([("default", VaultSecret(self.vault_password.encode()))])
        self._initial = {user_id: known["current"] for user_id, known in self.emulator.passwords().items()}

    def lost(self) -> list[str]:
        """The users whose live password is nowhere, among those whose file or password changed since the last look."""
        truth = self.emulator.passwords()
        found = []
        for path in self.store.glob("*/*.yml"):
            if path.stat().st_mtime >= self.looked_at:
                self.looks += 1
                if truth[path.stem]["current"] not in {self._initial[path.stem], *self._kept(path).values()}:
                    found.append(path.stem)
        kept = {path.stem for path in self.store.glob("*/*.yml")}
        found += [user for user, known in truth.items() if user not in kept and known["current"] != self._initial[user]]
        self.looked_at = max((path.stat().st_mtime for path in self.store.glob("*/*.yml")), default=0.0) - 5.0
        return found

    def wrong_at_the_end(self, rotations: int) -> list[str]:
        """The users whose current password is not the live one, or who were sent more than one for each rotation."""
        truth = self.emulator.passwords()
        return [
            path.stem
            for path in self.store.glob("*/*.yml")
            if self._kept(path).get("partnercenter_password") != truth[path.stem]["current"]
            or len(set(truth[path.stem]["history"][1:])) != rotations
        ]

    def _kept(self, path: Path) -> dict[str, str]:
        content = yaml.load(path.read_text(), _Loader)
        return {name: self._decrypted(text) for name, text in content.items() if name != _DOCUMENT}

    def _decrypted(self, text: str) -> str:
        if text not in self._plain:
            self._plain[text] = self._vault.decrypt(text.encode()).decode()
        return self._plain[text]
