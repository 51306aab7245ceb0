# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Encryption and checks with Ansible's vault secrets."""

from __future__ import annotations

import binascii
from typing import Any

import pytest
from ansible.parsing.vault import VaultSecret

from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import CipherError
from ansible_collections.csp.partnercenter.plugins.plugin_utils import _vault_cipher
from ansible_collections.csp.partnercenter.plugins.plugin_utils._vault_cipher import VaultCipher

CANARY = "Kanarie\\\"'7-vault"
ONE, OTHER = ("one", VaultSecret(b"vault-canary-1")), ("other", VaultSecret(b"vault-canary-2"))


def salt_of(text: str) -> bytes:
    return binascii.unhexlify("".join(text.split("\n")[1:])).split(b"\n")[0]


def test_each_encryption_has_a_salt_of_its_own_whatever_ansible_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_VAULT_ENCRYPT_SALT", "the-same-for-all")
    cipher = VaultCipher([ONE])
    texts = [cipher.encrypt(Secret(CANARY)) for _number in range(3)]
    assert len({salt_of(text) for text in texts}) == 3
    assert {cipher.decrypt(text).reveal() for text in texts} == {CANARY}


def test_a_check_fits_its_content_only() -> None:
    cipher = VaultCipher([ONE])
    seal = cipher.seal(b"content")
    assert cipher.fits(b"content", seal) and not cipher.fits(b"content.", seal)
    assert VaultCipher([OTHER, ONE]).fits(b"content", seal), "by any vault secret of the run"
    assert CANARY not in seal


def test_a_check_is_made_with_the_secret_that_encrypts() -> None:
    seal = VaultCipher([ONE, OTHER], "other").seal(b"content")
    assert VaultCipher([OTHER]).fits(b"content", seal)
    with pytest.raises(CipherError):
        VaultCipher([ONE]).fits(b"content", seal)


@pytest.mark.parametrize(
    "seal",
    ["", ";", "1", "1;2;3", "1;2;3;4", "2;00000000;" + "0" * 64 + ";" + "0" * 64, "1;a;" + "0" * 62 + ";b", "é;ö;ü;ä"],
)
def test_what_is_no_check_fits_nothing(seal: str) -> None:
    assert not VaultCipher([ONE]).fits(b"content", seal)


@pytest.mark.parametrize("secret", [VaultSecret(b""), VaultSecret(None)])
def test_an_empty_secret_makes_no_check(secret: Any) -> None:
    with pytest.raises(CipherError):
        VaultCipher([("empty", secret)]).seal(b"content")


def test_a_check_fits_although_another_thread_chose_another_salt_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    cipher, derive = VaultCipher([ONE]), _vault_cipher._key

    def key(secret: Any, salt: bytes) -> bytes:
        cipher._salt = b"another salt".ljust(len(salt))
        return derive(secret, salt)

    monkeypatch.setattr(_vault_cipher, "_key", key)
    seal = cipher.seal(b"content")
    assert VaultCipher([ONE]).fits(b"content", seal)
