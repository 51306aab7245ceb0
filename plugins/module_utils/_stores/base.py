# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interface of a store of passwords.

To add a kind: a file beside this one, a line in ``options.py``, and a fixture for the contract tests.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from .._base.errors import StoreError
from .._base.identifiers import known_guid
from .._base.secret import Secret
from .document import Document
from .records import Pending, Slot, Subject

#: Seconds to wait for a lock: the reset of one user with all its retries can take as long.
LOCK_SECONDS = 600.0


class StoreConflict(StoreError):
    """The document was changed since it was loaded. Nothing was written; load it again."""


class StoreBusy(StoreError):
    """The user is locked by another run."""


class CipherError(Exception):
    """A text cannot be encrypted or decrypted with the given keys. The error has no text."""


class Cipher(Protocol):
    """Encrypts passwords at rest. Safe under threads; raises :class:`CipherError`."""

    def encrypt(self, secret: Secret) -> str:
        """Return the ciphertext of a password."""

    def decrypt(self, text: str) -> Secret:
        """Return the password of a ciphertext."""

    def seal(self, content: bytes) -> str:
        """Return a keyed check of a content."""

    def fits(self, content: bytes, seal: str) -> bool:
        """Return whether a check belongs to a content. Raises where it was made with another key."""


@dataclass(frozen=True)
class Context:
    """The surroundings that a store may need besides its options.

    ``environment`` is that of play and task. ``home`` is a folder for this collection's own files. ``cipher`` returns
    the cipher for a vault id (None: the default one) and raises :class:`CipherError` where there is none.
    """

    environment: Mapping[str, str]
    home: str
    cipher: Callable[[str | None], Cipher]


@dataclass(frozen=True)
class Hold:
    """A lock on one user.

    ``owner``: the name of the run that holds it, for the document. ``domain``: the part of the name for the machine and
    folder in which the lock counts. ``exclusive``: the lock keeps out every other run on any machine.
    """

    owner: str
    domain: str
    exclusive: bool

    @classmethod
    def of_lock_in(cls, folder: int, *, exclusive: bool) -> Hold:
        """Return a hold with a new name: domain, host, process, and a random part. Two containers have two domains."""
        status = os.fstat(folder)
        seen = f"{platform.node()}/{_boot()}/{status.st_dev}/{status.st_ino}"
        domain = hashlib.sha256(seen.encode()).hexdigest()[:16]
        owner = f"{domain}:{platform.node()[:64]}:{os.getpid()}:{secrets.token_hex(4)}"
        return cls(owner, domain, exclusive)

    def may_resume(self, pending: Pending, now: datetime) -> bool:
        """Return whether the run that worked on the pending password has ended, certainly or by its lease."""
        same_domain = pending.owner.partition(":")[0] == self.domain
        return self.exclusive or same_domain or now >= pending.leased_until


@functools.cache
def _boot() -> str:
    with suppress(OSError), open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()
    return ""


@dataclass(frozen=True)
class Stored:
    """A document in the store, at one ``revision``. ``parts`` and ``known`` are for the store alone."""

    document: Document
    revision: str
    parts: Mapping[str, str] = field(default_factory=dict, repr=False)
    known: Mapping[str, Secret] = field(default_factory=dict, repr=False)


class Store(ABC):
    """Passwords and documents of many users. Every method is safe under threads and raises :class:`StoreError`."""

    @abstractmethod
    def describe(self) -> str:
        """Return the name of the store for messages, such as ``file store /srv/passwords``."""

    @abstractmethod
    def check(self, subjects: Sequence[Subject] = (), *, write: bool = True) -> None:
        """Check that the store can be reached, is ours, and the keys fit; with ``write``, that it can be written."""

    @abstractmethod
    def lock(self, subject: Subject, *, wait: float = LOCK_SECONDS) -> AbstractContextManager[Hold]:
        """Keep other runs from this user; :class:`StoreBusy` after ``wait`` seconds. Must not be nested."""

    @abstractmethod
    def load(self, subject: Subject, *, read_only: bool = False) -> Stored | None:
        """Return the stored document of the user; None where there is none. No password is read.

        If a run was killed during a step, the step is finished first, unless ``read_only``. The result is the same.
        """

    @abstractmethod
    def compare_and_set(
        self, stored: Stored | None, document: Document, *, new_password: Secret | None = None
    ) -> Stored:
        """Make one durable step from ``stored`` (None: nothing) to ``document``; else raise :class:`StoreConflict`.

        ``new_password`` is the password of ``document.pending.version``. It is given only when it is staged, and is
        read back before this returns. After a kill at any instant, the store holds the old or the new document,
        complete, and every password that it names. After any other error, it holds one of the two.
        """

    @abstractmethod
    def places(self, customer_id: str | None = None) -> Iterator[Subject]:
        """Give all users in the store, or of a customer; without their names where these would need another request."""

    @abstractmethod
    def _read(self, stored: Stored, slot: Slot, version: str) -> Secret:
        """Return the password of this version, which the document has in this slot."""

    def password(self, stored: Stored, slot: Slot) -> Secret:
        """Return the password in this slot; raises a :class:`StoreError` that names the user where there is none.

        For ``pending``, this is the password to send, so that what is sent is what the store really holds.
        """
        version = stored.document.version_in(slot)
        if version is None:
            raise self.problem(stored.document.subject, f"no {slot} password is stored")
        password = stored.known.get(version) or self._read(stored, slot, version)
        if not password:
            raise self.problem(stored.document.subject, f"the {slot} password is empty")
        return password

    def subjects(
        self, customer_id: str | None = None, *, unreadable: list[StoreError] | None = None
    ) -> Iterator[Subject]:
        """Give the users with their names. Errors of documents that cannot be read are added to ``unreadable``."""
        for place in self.places(customer_id):
            try:
                stored = None if place.user_principal_name else self.load(place, read_only=True)
            except StoreError as error:
                if unreadable is not None:
                    unreadable.append(error)
                continue
            yield stored.document.subject if stored else place

    def find(self, term: str, customer_id: str | None = None) -> Subject:
        """Return the user with this id or principal name; raises :class:`StoreError` where there is none or several.

        With an id and a customer id, the store is not asked. Unreadable documents of other users do not matter.
        """
        user_id = known_guid(term)
        if user_id and customer_id:
            return Subject(customer_id, user_id)
        unreadable: list[StoreError] = []
        if user_id:
            matches = [place for place in self.places() if place.user_id == user_id]
        else:
            subjects = self.subjects(customer_id, unreadable=unreadable)
            matches = self._confirmed([subject for subject in subjects if subject.is_called(term.strip())], term)
        if not matches:
            but = f", but not every document can be read: {unreadable[0]}" if unreadable else ""
            raise StoreError(f"{self.describe()}: nothing is stored for user {term}{but}")
        if len(matches) > 1:
            owners = ", ".join(f"{match.user_id} of customer {match.customer_id}" for match in matches[:5])
            several = len({match.customer_id for match in matches}) > 1
            advice = "give customer_id" if several else "look up by object id"
            raise StoreError(f"{self.describe()}: user {term} is stored for {owners}; {advice}")
        return matches[0]

    def _confirmed(self, matches: list[Subject], term: str) -> list[Subject]:
        """Return the matches whose document has the name, because an index of names may be older."""
        stored = [self.load(subject, read_only=True) for subject in matches]
        confirmed = [item.document.subject for item in stored if item and item.document.subject.is_called(term.strip())]
        if matches and not confirmed:
            raise StoreError(
                f"{self.describe()}: user {term} is stored for {matches[0].user_id}, whose document has another name "
                "now: look up by object id, or rotate first, which brings the names up to date"
            )
        return confirmed

    def problem(self, subject: Subject, what: str) -> StoreError:
        """Return an error that names store and user."""
        return StoreError(self._sentence(subject, what))

    def conflict(self, subject: Subject) -> StoreConflict:
        return StoreConflict(self._sentence(subject, "another run has changed the document meanwhile"))

    def _sentence(self, subject: Subject, what: str) -> str:
        return f"{self.describe()}, user {subject.name}: {what}"


def staged_version(stored: Stored | None, document: Document) -> str | None:
    """Return the version that this write stages as ``pending``, or None."""
    version = document.version_in(Slot.PENDING)
    return None if stored and stored.document.version_in(Slot.PENDING) == version else version
