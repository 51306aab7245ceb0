# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keyed, salted fingerprints, which recognise a password without keeping it, and their key.

Without the key, the ledger does not help to guess a password. A hash without a key could be attacked offline.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from dataclasses import dataclass, field
from functools import cached_property

from ..._base import durable, notices, safe_folders
from ..._base.errors import EvidenceError, InputError
from ..._base.secret import Secret

KEY_BYTES = 32
_VERSION = "1"


@dataclass(frozen=True)
class Fingerprint:
    """A fingerprint. ``key_id`` names the key without revealing it. All three are hexadecimal."""

    key_id: str
    salt: str
    digest: str


@dataclass(frozen=True)
class LedgerKey:
    """The key of a ledger, 256 bits."""

    value: bytes = field(repr=False)

    @cached_property
    def id(self) -> str:
        return self._mac(b"csp.partnercenter ledger key id 2")[:8]

    @cached_property
    def first_id(self) -> str:
        """Return the id of the key in release 0.1.0. Only entries with it may be without a check."""
        return self._mac(b"csp.partnercenter ledger key id")[:8]

    def seal(self, text: str) -> str:
        """Return the keyed check of a text, with the id of the key."""
        return f"{self.id}-{self._mac(f'ledger entry 2 {text}'.encode())[:32]}"

    def fingerprint(self, customer_id: str, user_id: str, password: Secret, *, salt: str | None = None) -> Fingerprint:
        """Return the fingerprint: HMAC-SHA256 over version, customer, user, salt and password."""
        salt = salt or secrets.token_hex(16)
        parts = (_VERSION, customer_id, user_id, salt, password.reveal())
        digest = hmac.new(self.value, "\0".join(parts).encode(), hashlib.sha256).hexdigest()
        return Fingerprint(self.id, salt, digest)

    def check(self, key_id: str, user_id: str) -> None:
        """Raise :class:`EvidenceError` where ``key_id`` names another key."""
        if key_id not in (self.id, self.first_id):
            raise EvidenceError(
                f"the ledger's entry of user {user_id} was made with key {key_id}, and this run has {self.id}: "
                "set ledger_key or PARTNERCENTER_LEDGER_KEY to the key that made it; nothing was sent"
            )

    def recognises(self, known: Fingerprint, customer_id: str, user_id: str, password: Secret) -> bool:
        """Return whether the fingerprint is of this password, and was made with this key."""
        made = self.fingerprint(customer_id, user_id, password, salt=known.salt)
        return hmac.compare_digest(made.digest, known.digest)

    def _mac(self, text: bytes) -> str:
        return hmac.new(self.value, text, hashlib.sha256).hexdigest()


def parse_key(text: Secret, place: str = "ledger_key") -> LedgerKey:
    """Return the key from 64 hexadecimal digits or base64; raises :class:`InputError`."""
    written = text.reveal().strip()
    value = b""
    with contextlib.suppress(ValueError):
        value = bytes.fromhex(written)
    if not value:
        with contextlib.suppress(ValueError):
            value = base64.b64decode(written, validate=True)
    if len(value) != KEY_BYTES:
        raise InputError(
            place,
            f"must be {KEY_BYTES} bytes, written as {2 * KEY_BYTES} hexadecimal digits or in base64; "
            "make one with: openssl rand -hex 32",
        )
    return LedgerKey(value)


def key_from_file(path: str, *, make: bool = True) -> LedgerKey:
    """Return the key in the file. The first run makes the file, unless ``make`` is False."""
    try:
        safe_folders.check(os.path.dirname(path), create=make)
        if make and not os.path.exists(path):
            folder, name = os.path.split(path)
            with safe_folders.opened(folder) as descriptor:
                durable.create(descriptor, name, f"{secrets.token_hex(KEY_BYTES)}\n".encode())
        with open(path, encoding="ascii") as file:
            text = Secret(file.read(1024))
        mode = os.stat(path).st_mode
        if mode & 0o077:
            os.chmod(path, 0o600)
        if mode & stat.S_IROTH:
            notices.add(f"{path}: every user of this machine could read the ledger's key; the file was closed")
    except safe_folders.Unsafe as problem:
        raise EvidenceError(f"the ledger's key file cannot be used: {problem}; nothing was sent") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "it is not text"
        raise EvidenceError(f"the ledger's key file {path} cannot be used: {reason}; nothing was sent") from None
    return parse_key(text, path)
