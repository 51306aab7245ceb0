# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The store of passwords, as every kind of it is.

To add one: a file beside this one, a line in ``options.py``, the contract tests.
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

#: How long a lock is waited for, in seconds: as long as one user's reset with all its retries can take.
LOCK_SECONDS = 600.0


class StoreConflict(StoreError):
    """The document was changed since it was loaded. Nothing was written: load again and decide anew."""


class StoreBusy(StoreError):
    """Another run works on this user."""


class CipherError(Exception):
    """A text cannot be encrypted or decrypted with the keys at hand. Has no text of its own."""


class Cipher(Protocol):
    """Encrypts passwords at rest. Safe under threads; raises :class:`CipherError`.

    ``seal`` gives a keyed check over a content, and ``fits`` says whether it is the one of this content; that raises
    where the check was made with a key that is not at hand.
    """

    def encrypt(self, secret: Secret) -> str: ...

    def decrypt(self, text: str) -> Secret: ...

    def seal(self, content: bytes) -> str: ...

    def fits(self, content: bytes, seal: str) -> bool: ...


@dataclass(frozen=True)
class Context:
    """The things that a store may need besides its options.

    ``environment`` is that of play and task. ``home`` is a folder for this collection's own files. ``cipher`` gives
    the cipher for a vault id (None: the default one) and raises :class:`CipherError` where there is none.
    """

    environment: Mapping[str, str]
    home: str
    cipher: Callable[[str | None], Cipher]


@dataclass(frozen=True)
class Hold:
    """A lock on one user. ``owner`` goes into the document; ``domain`` is its part that names where the lock counts.

    ``exclusive``: the lock keeps out every other run, wherever it is.
    """

    owner: str
    domain: str
    exclusive: bool

    @classmethod
    def of_lock_in(cls, folder: int, *, exclusive: bool) -> Hold:
        """A name for one lock in the open folder, once: domain, host, process, and a random part.

        The domain names the machine and the folder in which the lock counts. Two containers have two names.
        """
        status = os.fstat(folder)
        seen = f"{platform.node()}/{_boot()}/{status.st_dev}/{status.st_ino}"
        domain = hashlib.sha256(seen.encode()).hexdigest()[:16]
        owner = f"{domain}:{platform.node()[:64]}:{os.getpid()}:{secrets.token_hex(4)}"
        return cls(owner, domain, exclusive)

    def may_resume(self, pending: Pending, now: datetime) -> bool:
        """Return whether the run that worked on the pending password is over, certainly or by its lease."""
        same_domain = pending.owner.partition(":")[0] == self.domain
        return self.exclusive or same_domain or now >= pending.leased_until


@functools.cache
def _boot() -> str:
    with suppress(OSError), open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()
    return ""


@dataclass(frozen=True)
class Stored:
    """A document as it is in the store, at one ``revision``; the rest is the store's own business."""

    document: Document
    revision: str
    parts: Mapping[str, str] = field(default_factory=dict, repr=False)
    known: Mapping[str, Secret] = field(default_factory=dict, repr=False)


class Store(ABC):
    """Passwords and documents of many users. Every method is safe under threads and raises :class:`StoreError`."""

    @abstractmethod
    def describe(self) -> str:
        """Return the store in words, such as ``file store /srv/passwords``."""

    @abstractmethod
    def check(self, subjects: Sequence[Subject] = (), *, write: bool = True) -> None:
        """Check that it is reachable, is not somebody else's, and the keys fit; with ``write``, writable as well."""

    @abstractmethod
    def lock(self, subject: Subject, *, wait: float = LOCK_SECONDS) -> AbstractContextManager[Hold]:
        """Keep other runs from this user; :class:`StoreBusy` after ``wait`` seconds. Not to be nested."""

    @abstractmethod
    def load(self, subject: Subject, *, read_only: bool = False) -> Stored | None:
        """Return what is stored of the user; None where that is nothing.

        Where a kill has left a step half done, it is finished, unless ``read_only``; what is returned is right in
        either case. No password is read.
        """

    @abstractmethod
    def compare_and_set(
        self, stored: Stored | None, document: Document, *, new_password: Secret | None = None
    ) -> Stored:
        """Make one durable step from ``stored`` (None: nothing is there) to ``document``; else :class:`StoreConflict`.

        ``new_password`` is that of ``document.pending.version``, and given exactly when it is staged; it is read back
        before this returns. Killed at any instant, the store holds the old or the new document, whole, and every
        password that it names. After another error it is one of the two.
        """

    @abstractmethod
    def places(self, customer_id: str | None = None) -> Iterator[Subject]:
        """Give everybody in the store, or every user of a customer; with the name only where that costs nothing."""

    @abstractmethod
    def _read(self, stored: Stored, slot: Slot, version: str) -> Secret:
        """Return the password of that version, which the document has in that slot."""

    def password(self, stored: Stored, slot: Slot) -> Secret:
        """Return the password in that slot; a :class:`StoreError` that names the user where there is none.

        For ``pending`` this is what is to be sent: what the store really holds, not what the generator made.
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
        """Give the places with the names. A document that cannot be read is left out, and put into ``unreadable``."""
        for place in self.places(customer_id):
            try:
                stored = None if place.user_principal_name else self.load(place, read_only=True)
            except StoreError as error:
                if unreadable is not None:
                    unreadable.append(error)
                continue
            yield stored.document.subject if stored else place

    def find(self, term: str, customer_id: str | None = None) -> Subject:
        """Return the one user with that id, or whose document has that principal name: the id is the identity.

        A document that cannot be read stops nobody else's look-up.
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
        """Return those whose document has the name: an index of names may be older."""
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
    """Return the version that this write brings into ``pending``, or None."""
    version = document.version_in(Slot.PENDING)
    return None if stored and stored.document.version_in(Slot.PENDING) == version else version
