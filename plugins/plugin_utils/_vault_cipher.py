# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Encryption at rest with Ansible's vault secrets (``--vault-id``). Works on the controller only."""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import lru_cache
from typing import Any

from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib

from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import CipherError

_SALT_BYTES = 32
#: As ansible-vault has it: the check makes a vault password no easier to guess than the ciphertext beside it.
_ROUNDS = 10_000
_FORM = "1"


class VaultCipher:
    """Encrypts with one vault id, and decrypts with every vault secret of the run. Safe under threads."""

    def __init__(self, secrets: list[tuple[str, Any]], vault_id: str | None = None) -> None:
        """Take the loader's secrets. Without ``vault_id`` the first one encrypts, as in Ansible itself.

        Raises :class:`CipherError` if there is none.
        """
        chosen = next(((name, secret) for name, secret in secrets if vault_id in (None, name)), None)
        if chosen is None:
            raise CipherError
        # The default id is not written into the text: then any of the secrets may fit.
        self._vault_id = chosen[0] if vault_id else None
        self._secret = chosen[1]
        self._secrets = [secret for _name, secret in secrets]
        self._vault = VaultLib(secrets)
        self._salt: bytes | None = None

    def encrypt(self, secret: Secret) -> str:
        """Encrypt with a new salt, whatever ``ANSIBLE_VAULT_ENCRYPT_SALT`` says.

        With the same salt for all passwords, somebody who knows one password could read the others.
        """
        try:
            salt = os.urandom(_SALT_BYTES)
            text = self._vault.encrypt(secret.reveal(), secret=self._secret, vault_id=self._vault_id, salt=salt)
            return str(text.decode("ascii")).strip()
        except AnsibleError:
            raise CipherError from None

    def decrypt(self, text: str) -> Secret:
        try:
            return Secret(self._vault.decrypt(text.encode("ascii")).decode())
        except (AnsibleError, UnicodeError):
            raise CipherError from None

    def seal(self, content: bytes) -> str:
        """Return a check (HMAC-SHA256) of the content, with form, key id and salt, by a key from the vault secret."""
        # One salt for all three parts: another thread may set its own at the same time.
        salt = self._salt = self._salt or os.urandom(_SALT_BYTES)
        key = _key(self._secret, salt)
        return ";".join((_FORM, _key_id(key), salt.hex(), _mac(key, content)))

    def fits(self, content: bytes, seal: str) -> bool:
        """Return whether the check belongs to this content, under any vault secret of the run."""
        form, _semicolon, rest = seal.partition(";")
        parts = rest.split(";")
        if form != _FORM or len(parts) != 3:
            return False
        key_id, salt_text, mac = parts
        try:
            salt = bytes.fromhex(salt_text)
        except ValueError:
            return False
        if len(salt) != _SALT_BYTES:
            return False
        for secret in self._secrets:
            key = _key(secret, salt)
            if hmac.compare_digest(_key_id(key).encode(), key_id.encode("utf-8", "replace")):
                self._salt = self._salt or salt  # a key costs milliseconds: one for a store, where that can be
                return hmac.compare_digest(_mac(key, content).encode(), mac.encode("utf-8", "replace"))
        raise CipherError


def _key(secret: Any, salt: bytes) -> bytes:
    if not secret.bytes:
        raise CipherError
    return _derived(bytes(secret.bytes), salt)


@lru_cache(maxsize=64)
def _derived(secret: bytes, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", secret, b"csp.partnercenter check\0" + salt, _ROUNDS)


def _key_id(key: bytes) -> str:
    """Return a name for the key that reveals nothing about it."""
    return _mac(key, b"id")[:8]


def _mac(key: bytes, content: bytes) -> str:
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def vault_cipher(loader: Any, vault_id: str | None) -> VaultCipher:
    """Return the cipher of a run, from its data loader."""
    return VaultCipher(list(loader._vault.secrets or []), vault_id)
