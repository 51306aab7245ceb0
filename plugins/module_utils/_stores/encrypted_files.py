# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The common part of the stores that keep one YAML file with encrypted values for each user: in a folder, or in git."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .._base.errors import InputError, StoreError
from .._base.secret import Secret
from . import file_format
from .base import Cipher, CipherError, Context, Store, Stored, staged_version
from .document import Document
from .document_data import from_data, to_data
from .file_checks import LARGEST, Untrusted, WrongKey
from .options import StoreOptions
from .records import Slot, Subject

#: If so many documents need another vault password, the given one is wrong.
_MOST_LOCKED = 20


def cipher_of(options: StoreOptions, context: Context, name: str) -> Cipher:
    """Return the cipher for the option ``vault_id``; raises :class:`InputError`. ``name``: what messages call it."""
    vault_id = options.text("vault_id")
    try:
        return context.cipher(vault_id)
    except CipherError:
        which = "a vault password with this vault id" if vault_id else "a vault password"
        raise InputError(
            options.place("vault_id"),
            f"the {name} store needs {which} of Ansible: give --vault-id, or ANSIBLE_VAULT_PASSWORD_FILE",
        ) from None


class EncryptedFiles(Store):
    """A store of files. A password is encrypted once, when it is staged; later its ciphertext is only moved.

    A keyed check over each file ties the ciphertexts to user, slot and version. ``parts`` are the ciphertexts by
    version; the revision is a digest of the file.
    """

    #: The people to look for where a file was changed by something else.
    _writers: str

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    @abstractmethod
    def _content(self, subject: Subject) -> bytes | None:
        """Return the file of the user as it is now; None where there is none."""

    @abstractmethod
    def _replace(self, subject: Subject, stored: Stored | None, content: bytes) -> None:
        """Write the file if it is still as ``stored``; else raise :class:`StoreConflict`."""

    @abstractmethod
    def _sealed(self, data: Mapping[str, Any], ciphertexts: Mapping[Slot, str]) -> dict[str, Any]:
        """Return the document with its check, for a file."""

    @abstractmethod
    def _verified(
        self, subject: Subject, content: bytes, data: Mapping[str, Any], ciphertexts: Mapping[Slot, str]
    ) -> dict[str, Any]:
        """Return the document without its check; raises :class:`Untrusted`."""

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
        self._replace(subject, stored, content)
        if version and self._content(subject) != content:
            raise self.problem(subject, "what was written cannot be read back")
        used = set(by_slot.values())
        return Stored(
            document,
            revision(content),
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

    def _check_key(self, subjects: Iterable[Subject], load: Callable[[Subject], Stored | None]) -> None:
        """Check that the vault passwords open one document. A damaged document only fails the turn of its user."""
        locked_out: list[WrongKey] = []
        for subject in subjects:
            try:
                stored = load(subject)
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

    def _stored(self, subject: Subject, content: bytes) -> Stored:
        if len(content) > LARGEST:
            raise self.problem(subject, "the file is larger than such a file can be")
        try:
            data, ciphertexts = file_format.parse(content.decode())
            with self._translated(subject):
                data = self._verified(subject, content, data, ciphertexts)
        except UnicodeDecodeError:
            raise self.problem(subject, "the file is not text") from None
        except file_format.NotOurs as problem:
            raise self.problem(subject, f"the file {problem}") from None
        document = from_data(data, subject, self.describe())
        if set(ciphertexts) != {slot for slot in Slot if document.version_in(slot)}:
            raise self.problem(subject, "the file is damaged: its passwords do not fit its document")
        parts = {str(document.version_in(slot)): text for slot, text in ciphertexts.items()}
        return Stored(document, revision(content), parts)

    def _content_of(self, document: Document, ciphertexts: Mapping[Slot, str]) -> bytes:
        with self._translated(document.subject):
            return file_format.dump(self._sealed(to_data(document), ciphertexts), ciphertexts).encode()

    def _encrypted(self, subject: Subject, password: Secret) -> str:
        try:
            return self._cipher.encrypt(password)
        except CipherError:
            raise self.problem(subject, "the password cannot be encrypted with this vault password") from None

    @contextmanager
    def _translated(self, subject: Subject | None) -> Iterator[None]:
        """Turn what may go wrong with a file into a :class:`StoreError` that names store and user."""
        where = f"{self.describe()}, user {subject.name}" if subject else self.describe()
        try:
            yield
        except Untrusted as problem:
            raise StoreError(
                f"{where}: the file {problem}. Nothing in it is used: find out who can {self._writers}, and restore it"
            ) from None
        except CipherError:
            raise StoreError(f"{where}: the vault password is empty") from None


def revision(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
