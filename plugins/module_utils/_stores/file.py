# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``file`` store: one YAML file with encrypted values for each user, ``<path>/<customer id>/<user id>.yml``."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext

from .._base import durable, notices, safe_folders
from .._base.errors import InputError, StoreError
from .._base.identifiers import known_guid
from .._base.lock import Lock
from .._base.secret import Secret
from . import file_checks, file_format
from .base import LOCK_SECONDS, Cipher, CipherError, Context, Hold, Store, StoreBusy, Stored, staged_version
from .document import Document
from .document_data import from_data, to_data
from .file_checks import FileChecks, Untrusted, WrongKey
from .options import StoreOptions
from .records import Slot, Subject

#: If so many documents need another vault password, the given one is wrong.
_MOST_LOCKED = 20


def make(options: StoreOptions, context: Context) -> Store:
    path = options.path("path", "PARTNERCENTER_STORE_PATH") or os.path.join(context.home, "passwords")
    vault_id = options.text("vault_id")
    try:
        cipher = context.cipher(vault_id)
    except CipherError:
        which = "a vault password with this vault id" if vault_id else "a vault password"
        raise InputError(
            options.place("vault_id"),
            f"the file store needs {which} of Ansible: give --vault-id, or ANSIBLE_VAULT_PASSWORD_FILE",
        ) from None
    return FileStore(os.path.abspath(path), cipher)


class FileStore(Store):
    """A store in a folder. A password is encrypted once, when it is staged; later its ciphertext is only moved.

    A keyed check over each file ties the ciphertexts to user, slot and version. ``parts`` are the ciphertexts by
    version; the revision is a digest of the file.
    """

    def __init__(self, root: str, cipher: Cipher) -> None:
        self._root = root
        self._cipher = cipher
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
            self._check_key(subjects)

    def _check_key(self, subjects: Sequence[Subject]) -> None:
        """Check that the vault passwords open one document. A damaged document only fails the turn of its user."""
        locked_out: list[WrongKey] = []
        for subject in (*subjects, *self.places()):
            try:
                stored = self.load(subject)
                slot = next((slot for slot in Slot if stored and stored.document.version_in(slot)), None)
                if stored is None or slot is None:
                    continue
                self.password(stored, slot)
                return
            except WrongKey as error:
                locked_out.append(error)
                if len(locked_out) == _MOST_LOCKED:
                    break
            except StoreError:
                continue
        if locked_out:
            raise locked_out[0]

    @contextmanager
    def lock(self, subject: Subject, *, wait: float = LOCK_SECONDS) -> Iterator[Hold]:
        with ExitStack() as stack:
            with self._translated(subject):
                folder = stack.enter_context(safe_folders.opened(self._root, subject.customer_id, create=True))
                stack.enter_context(Lock(f".{subject.user_id}.lock", wait, folder=folder, remove=True))
                hold = Hold.of_lock_in(folder, exclusive=True)
            held = self._held_here()
            held[subject] = folder
            stack.callback(held.pop, subject)
            yield hold

    def load(self, subject: Subject, *, read_only: bool = False) -> Stored | None:
        content = self._content(subject)
        return None if content is None else self._stored(subject, content)

    def compare_and_set(
        self, stored: Stored | None, document: Document, *, new_password: Secret | None = None
    ) -> Stored:
        subject = document.subject
        ciphertexts = dict(stored.parts) if stored else {}
        known = dict(stored.known) if stored else {}
        version = staged_version(stored, document)
        if version and new_password is not None:
            ciphertexts[version], known[version] = self._encrypted(subject, new_password), new_password
        by_slot = {slot: held for slot in Slot if (held := document.version_in(slot))}
        if missing := [slot for slot, version in by_slot.items() if version not in ciphertexts]:
            raise self.problem(subject, f"there is no {missing[0]} password to be written")
        content = self._content_of(document, {slot: ciphertexts[version] for slot, version in by_slot.items()})
        with nullcontext() if subject in self._held_here() else self.lock(subject):
            self._replace(subject, stored, content)
        if version and self._content(subject) != content:
            raise self.problem(subject, "what was written cannot be read back")
        used = set(by_slot.values())
        return Stored(
            document,
            _revision(content),
            {version: text for version, text in ciphertexts.items() if version in used},
            {version: secret for version, secret in known.items() if version in used},
        )

    def _read(self, stored: Stored, slot: Slot, version: str) -> Secret:
        try:
            return self._cipher.decrypt(stored.parts[version])
        except (CipherError, KeyError):
            raise WrongKey(
                self._sentence(
                    stored.document.subject,
                    f"the {slot} password cannot be decrypted: is it the right vault password? One that was encrypted "
                    "before the vault password changed needs the old one as well (--vault-id)",
                )
            ) from None

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

    def _stored(self, subject: Subject, content: bytes) -> Stored:
        try:
            data, ciphertexts = file_format.parse(content.decode())
            with self._translated(subject):
                data = self._checks.verified(subject, content, data, ciphertexts, self.places())
        except UnicodeDecodeError:
            raise self.problem(subject, "the file is not text") from None
        except file_format.NotOurs as problem:
            raise self.problem(subject, f"the file {problem}") from None
        document = from_data(data, subject, self.describe())
        if set(ciphertexts) != {slot for slot in Slot if document.version_in(slot)}:
            raise self.problem(subject, "the file is damaged: its passwords do not fit its document")
        parts = {str(document.version_in(slot)): text for slot, text in ciphertexts.items()}
        return Stored(document, _revision(content), parts)

    def _content_of(self, document: Document, ciphertexts: Mapping[Slot, str]) -> bytes:
        with self._translated(document.subject):
            self._checks.take_over(self.places())
            return file_format.dump(self._checks.sealed(to_data(document), ciphertexts), ciphertexts).encode()

    def _replace(self, subject: Subject, stored: Stored | None, content: bytes) -> None:
        name = f"{subject.user_id}.yml"
        durability = self._durability.setdefault(subject.customer_id, durable.Durability())
        with self._translated(subject), self._folder(subject) as folder:
            found = file_checks.read(self._root, folder, subject.customer_id, name)
            if (stored.revision if stored else None) != (None if found is None else _revision(found)):
                raise self.conflict(subject)
            durable.replace(folder, name, content, durability)

    def _encrypted(self, subject: Subject, password: Secret) -> str:
        try:
            return self._cipher.encrypt(password)
        except CipherError:
            raise self.problem(subject, "the password cannot be encrypted with this vault password") from None

    @contextmanager
    def _folder(self, subject: Subject) -> Iterator[int]:
        """Give the open folder of the user: that of the lock that this thread holds, else by name."""
        held = self._held_here().get(subject)
        if held is not None:
            yield held
            return
        with safe_folders.opened(self._root, subject.customer_id) as folder:
            yield folder

    def _held_here(self) -> dict[Subject, int]:
        """Return the users whose lock this thread holds, with the open folder of the lock."""
        held: dict[Subject, int] = self._held.__dict__.setdefault("folders", {})
        return held

    @contextmanager
    def _translated(self, subject: Subject | None) -> Iterator[None]:
        where = f"{self.describe()}, user {subject.name}" if subject else self.describe()
        try:
            yield
        except FileNotFoundError:
            raise _Missing(f"{where}: there is no such folder") from None
        except TimeoutError:
            raise StoreBusy(f"{where}: another run has held the lock for too long") from None
        except safe_folders.Unsafe as problem:
            raise StoreError(f"{where}: {problem}") from None
        except Untrusted as problem:
            raise StoreError(
                f"{where}: the file {problem}. Nothing in it is used: find out who can write the folder, and restore it"
            ) from None
        except CipherError:
            raise StoreError(f"{where}: the vault password is empty") from None
        except OSError as error:
            raise StoreError(f"{where}: cannot be read or written ({os.strerror(error.errno or 0)})") from None


class _Missing(StoreError):
    """The file or folder does not exist."""


def _revision(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
