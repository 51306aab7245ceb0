# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A refresh token kept in a file: plain, or encrypted with ansible-vault where the run has the vault's password."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .._base import durable, notices, safe_folders
from .._base.errors import CredentialError, InputError, StoreError
from .._base.lock import Lock
from .._base.secret import VAULT_HEADER, Secret, read_bytes
from .._entra.credentials import check_token
from .._entra.token_source import LIFETIME, ended_seed, only_seed
from .._stores.base import Cipher, CipherError

PLACE = "refresh_token_file"
_LOCK_SECONDS = 300.0


@dataclass(frozen=True)
class TokenFile:
    """A file that keeps a refresh token. ``cipher`` gives the cipher for a vault id; None outside of the controller.

    A file stays in the form it has. Where its folder cannot be written, as with a mounted secret, new tokens are kept
    for this process only, with a notice. ``thrown_away_with`` says with what the folder is thrown away; then the file
    is replaced for what else runs meanwhile, with a notice as well.
    """

    path: str
    cipher: Callable[[str | None], Cipher] | None = field(default=None, compare=False)
    thrown_away_with: str | None = None
    _newest: list[Secret] = field(default_factory=list, compare=False, repr=False)

    def describe(self) -> str:
        return f"the file {self.path}"

    @contextmanager
    def held(self) -> Iterator[None]:
        if not self._can_be_replaced():
            yield
            return
        folder, name = self._place()
        with (
            self._translated(),
            safe_folders.opened(folder) as descriptor,
            Lock(f".{name}.lock", _LOCK_SECONDS, folder=descriptor, remove=True),
        ):
            yield

    def load(self) -> Secret:
        if self._newest:
            return self._newest[-1]
        token = self._opened(self._text())
        check_token(token, PLACE)
        return token

    def _text(self) -> str:
        """Return the text as it would be if no editor of another system had been at it."""
        return read_bytes(self.path, PLACE).decode("utf-8-sig", "replace").replace("\r\n", "\n").strip()

    def _opened(self, text: str) -> Secret:
        if not text.startswith(VAULT_HEADER):
            return Secret(text)
        try:
            return Secret(self._cipher(None).decrypt(text).reveal().strip())
        except CipherError:
            raise InputError(PLACE, "cannot be decrypted with the vault passwords of this run") from None

    def instead(self, refusal: CredentialError) -> Secret:
        raise refusal if self.saved_at() else ended_seed(refusal)

    def save(self, token: Secret) -> None:
        if not self._can_be_replaced():
            self._newest[:] = [token]
            notices.add(
                f"{PLACE}: Entra ID gave a new refresh token, and the folder of {self.path} cannot be written. "
                f"{only_seed(self._until())}"
            )
            return
        if self.thrown_away_with:
            notices.add(
                f"{PLACE}: Entra ID gave a new refresh token, and {self.path} is thrown away with "
                f"{self.thrown_away_with}. {only_seed()}"
            )
        text = self._text()
        if text.startswith(VAULT_HEADER):
            self.write(token, vault_id=_vault_id(text))
        else:
            self._replace(token.reveal())

    def write(self, token: Secret, *, vault_id: str | None = None, encrypt: bool = True) -> None:
        """Write a first token, or one in another form; the folder is made where there is none."""
        try:
            self._replace(self._cipher(vault_id).encrypt(token) if encrypt else token.reveal())
        except CipherError:
            raise InputError(PLACE, "cannot be encrypted: " + _NO_PASSWORD) from None

    def check(self, *, write: bool = True) -> None:
        """Check that :meth:`write` will find its place, which is made with ``write``; before anybody has to sign in."""
        try:
            folder, name = self._place()
        except ValueError:
            raise InputError(PLACE, "is not a path") from None
        if os.path.isdir(os.path.join(folder, name)) or self.path.endswith(os.sep):
            raise InputError(PLACE, f"{self.path} is a folder: name a file in it")
        with self._translated():
            _check_folder(_nearest(folder))
            if write:
                with safe_folders.opened(folder, create=True):
                    _check_folder(folder)

    def check_encryption(self, vault_id: str | None) -> None:
        """Check that :meth:`write` will be able to encrypt; before anybody has to sign in."""
        try:
            self._cipher(vault_id)
        except CipherError:
            raise InputError(PLACE, "cannot be encrypted: " + _NO_PASSWORD) from None

    def saved_at(self) -> datetime | None:
        """Return when the newest one was saved. None where it does not stay."""
        return self._written_at() if self._can_be_replaced() and not self.thrown_away_with else None

    def _until(self) -> str:
        """Return when a token ends that stays as it is. It is not newer than its file, which may have been copied."""
        written = self._written_at()
        ends = written + LIFETIME if written else None
        made = "at most 90 days after it was made"
        return f"on {ends:%Y-%m-%d} at the latest, {made}" if ends and ends > datetime.now(UTC) else made

    def _written_at(self) -> datetime | None:
        try:
            return datetime.fromtimestamp(os.stat(os.path.expanduser(self.path)).st_mtime, UTC)
        except OSError:
            return None

    def _cipher(self, vault_id: str | None) -> Cipher:
        if self.cipher is None:
            raise InputError(
                PLACE,
                "is encrypted with ansible-vault, and only a task that runs in the controller's process (connection: "
                "local, no become) can open it",
            )
        return self.cipher(vault_id)

    def _replace(self, text: str) -> None:
        folder, name = self._place()
        with self._translated(), safe_folders.opened(folder, create=True) as descriptor:
            durable.replace(descriptor, name, f"{text}\n".encode())

    def _place(self) -> tuple[str, str]:
        """Return folder and name of the file itself: a link to it stays a link."""
        folder, name = os.path.split(os.path.realpath(os.path.expanduser(self.path)))
        return folder, name

    def _can_be_replaced(self) -> bool:
        return os.access(self._place()[0], os.W_OK | os.X_OK)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except safe_folders.Unsafe as problem:
            raise StoreError(f"{PLACE}: {problem}") from None
        except TimeoutError:
            raise StoreError(f"{PLACE}: another run has redeemed this refresh token for too long") from None
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise StoreError(f"{PLACE}: a refresh token cannot be saved in {self.path} ({reason})") from None


_NO_PASSWORD = "give a vault password (--vault-id, --ask-vault-pass or ANSIBLE_VAULT_PASSWORD_FILE)"


def _nearest(folder: str) -> str:
    """Return the folder, or the nearest one above it that exists."""
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    return folder


def _check_folder(path: str) -> None:
    if not os.path.isdir(path):
        raise NotADirectoryError(errno.ENOTDIR, "")
    if not os.access(path, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "")


def _vault_id(text: str) -> str | None:
    """Return the vault id in the first line, where it has one."""
    parts = text.split("\n", 1)[0].strip().split(";")
    with suppress(IndexError):
        return parts[3] or None
    return None
