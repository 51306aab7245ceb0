# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Encryption at rest with Ansible's own vault secrets (``--vault-id``). On the controller only."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib

from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.stores.base import CipherError
from ansible_collections.csp.partnercenter.plugins.module_utils._service.secret import Secret


class VaultCipher:
    """Encrypts with one vault id, decrypts with every vault secret that the run was given. Safe under threads."""

    def __init__(self, secrets: list[tuple[str, Any]], vault_id: str | None = None) -> None:
        """``secrets`` are those of the loader; without ``vault_id`` the first is taken, as Ansible itself does.

        Raises :class:`CipherError` where there is none.
        """
        chosen = next(((name, secret) for name, secret in secrets if vault_id in (None, name)), None)
        if chosen is None:
            raise CipherError
        # The default id is not written into the text: then any of the secrets may fit.
        self._vault_id = chosen[0] if vault_id else None
        self._secret = chosen[1]
        self._vault = VaultLib(secrets)

    def encrypt(self, secret: Secret) -> str:
        try:
            text = self._vault.encrypt(secret.reveal(), secret=self._secret, vault_id=self._vault_id)
            return str(text.decode("ascii")).strip()
        except AnsibleError:
            raise CipherError from None

    def decrypt(self, text: str) -> Secret:
        try:
            return Secret(self._vault.decrypt(text.encode("ascii")).decode())
        except (AnsibleError, UnicodeError):
            raise CipherError from None


def vault_cipher(loader: Any, vault_id: str | None) -> VaultCipher:
    """The cipher of a run, from its data loader."""
    return VaultCipher(list(loader._vault.secrets or []), vault_id)
