# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``file`` store: one YAML file with encrypted values for each user, ``<path>/<customer id>/<user id>.yml``."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from .._base import durable, notices, safe_folders
from .._base.errors import StoreError
from .._base.identifiers import known_guid
from .._base.lock import Lock
from . import file_checks
from .base import LOCK_SECONDS, Cipher, Context, Hold, Store, StoreBusy, Stored
from .encrypted_files import EncryptedFiles, cipher_of, revision
from .file_checks import FileChecks
from .options import StoreOptions
from .records import Slot, Subject


def make(options: StoreOptions, context: Context) -> Store:
    path = options.path("path", "PARTNERCENTER_STORE_PATH") or os.path.join(context.home, "passwords")
    return FileStore(os.path.abspath(path), cipher_of(options, context, "file"))


class FileStore(EncryptedFiles):
    """A store in a folder."""

    _writers = "write the folder"

    def __init__(self, root: str, cipher: Cipher) -> None:
        super().__init__(cipher)
        self._root = root
        self._held = threading.local()
        self._durability: dict[str, durable.Durability] = {}
        self._checks = FileChecks(root, cipher)

    def describe(self) -> str:
        return f"file store {self._root}"

    def check(self, subjects: Sequence[Subject] = (), *, write: bool = True) -> None:
        if not os.path.isdir(self._root):
            notices.add(f"there was no {self.describe()} yet: {'a new one was made' if write else 'it would be made'}")
        if write:
            with self._translated(None), safe_folders.opened(self._root, create=True) as folder:
                probe = f".probe-{secrets.token_hex(4)}"
                durable.replace(folder, probe, b"\0" * 4096)
                os.unlink(probe, dir_fd=folder)
                self._checks.take_over(self.places())
        if os.path.isdir(self._root):
            self._check_key((*subjects, *self.places()), self.load)

    @contextmanager
    def lock(self, subject: Subject, *, wait: float = LOCK_SECONDS) -> Iterator[Hold]:
        with ExitStack() as stack:
            with self._translated(subject):
                folder = stack.enter_context(safe_folders.opened(self._root, subject.customer_id, create=True))
                stack.enter_context(Lock(f".{subject.user_id}.lock", wait, folder=folder, remove=True))
                hold = Hold.of_lock_in(folder, exclusive=True)
            held = self._held_here()
            held[subject] = _Held(folder)
            stack.callback(held.pop, subject)
            yield hold

    def places(self, customer_id: str | None = None) -> Iterator[Subject]:
        for customer in [customer_id] if customer_id else self._customers():
            for name in self._users_of(customer):
                user_id = known_guid(name.removesuffix(".yml"))
                if user_id and name == f"{user_id}.yml":
                    yield Subject(customer, user_id)

    def _customers(self) -> list[str]:
        try:
            with self._translated(None):
                return sorted(name for name in os.listdir(self._root) if known_guid(name) == name)
        except _Missing:
            return []

    def _users_of(self, customer_id: str) -> list[str]:
        """Return the names of a customer's files. A folder that cannot be read gives a warning and no names."""
        folder = os.path.join(self._root, customer_id)
        try:
            return sorted(os.listdir(folder))
        except FileNotFoundError:
            return []
        except OSError as error:
            notices.add(f"{folder}: cannot be read ({os.strerror(error.errno or 0)})")
            return []

    def _content(self, subject: Subject) -> bytes | None:
        try:
            with self._translated(subject), self._folder(subject) as folder:
                return file_checks.read(self._root, folder, subject.customer_id, f"{subject.user_id}.yml")
        except _Missing:
            return None

    def _sealed(self, data: Mapping[str, Any], ciphertexts: Mapping[Slot, str]) -> dict[str, Any]:
        self._checks.take_over(self.places())
        return file_checks.sealed(self._cipher, data, ciphertexts)

    def _verified(
        self, subject: Subject, content: bytes, data: Mapping[str, Any], ciphertexts: Mapping[Slot, str]
    ) -> dict[str, Any]:
        return self._checks.verified(subject, content, data, ciphertexts, self.places())

    def _replace(self, subject: Subject, stored: Stored | None, content: bytes) -> None:
        name = f"{subject.user_id}.yml"
        durability = self._durability.setdefault(subject.customer_id, durable.Durability())
        lock = nullcontext() if subject in self._held_here() else self.lock(subject)
        with lock, self._translated(subject):
            held = self._held_here()[subject]
            expected = stored.revision if stored else None
            # A file that is as this lock's last write left it is not read again.
            if not held.written or held.written != (expected, durable.mark_of(held.folder, name)):
                found = file_checks.read(self._root, held.folder, subject.customer_id, name)
                if expected != (None if found is None else revision(found)):
                    raise self.conflict(subject)
            held.written = revision(content), durable.replace(held.folder, name, content, durability)

    @contextmanager
    def _folder(self, subject: Subject) -> Iterator[int]:
        """Give the open folder of the user: that of the lock that this thread holds, else by name."""
        held = self._held_here().get(subject)
        if held is not None:
            yield held.folder
            return
        with safe_folders.opened(self._root, subject.customer_id) as folder:
            yield folder

    def _held_here(self) -> dict[Subject, _Held]:
        """Return the users whose lock this thread holds."""
        held: dict[Subject, _Held] = self._held.__dict__.setdefault("users", {})
        return held

    @contextmanager
    def _translated(self, subject: Subject | None) -> Iterator[None]:
        where = f"{self.describe()}, user {subject.name}" if subject else self.describe()
        try:
            with super()._translated(subject):
                yield
        except FileNotFoundError:
            raise _Missing(f"{where}: there is no such folder") from None
        except TimeoutError:
            raise StoreBusy(f"{where}: another run has held the lock for too long") from None
        except safe_folders.Unsafe as problem:
            raise StoreError(f"{where}: {problem}") from None
        except OSError as error:
            raise StoreError(f"{where}: cannot be read or written ({os.strerror(error.errno or 0)})") from None


@dataclass
class _Held:
    """The open folder of a user whose lock a thread holds, and the last write under that lock: revision and mark."""

    folder: int
    written: tuple[str, durable.Mark] | None = None


class _Missing(StoreError):
    """The file or folder does not exist."""
