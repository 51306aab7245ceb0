# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure Key Vault: two secrets for each user. ``<name>`` is for consumers and gets a new version at each promotion;
``<name>--pending`` gets one at each staging, and the tags of its newest version are the document.

Key Vault has no conditional write, so the order of the steps makes them safe. Staging adds a version with the next
generation number. It only counts if no other run has added a version for this generation: a run that sees another's
version withdraws its own. All later steps change the tags of this version, and only its owner takes them (see the
lease). A promotion first makes the password a version of ``<name>`` (it is live by then), then changes the document.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar
from urllib.parse import urlsplit

from .._base import hosts
from .._base.errors import DamagedSecretError, InputError
from .._base.identifiers import known_guid
from .._base.secret import Secret
from .base import Context, Store, Stored, staged_version
from .document import Document
from .key_vault_api import (
    LONGEST_TAG,
    MOST_PIECES,
    PASSWORD_VERSION,
    PENDING,
    PIECE,
    REVISION,
    WITHDRAWN,
    Identity,
    KeyVaultApi,
    Version,
    deleted,
    document_text,
    generation_of,
)
from .key_vault_refusals import KeyVaultRefused
from .options import StoreOptions
from .records import Slot, Subject
from .remote import RemoteStore, as_json

_STRIPES = 64

T = TypeVar("T")


def make(options: StoreOptions, context: Context) -> Store:
    """Return the store; without credentials, azure-identity uses its usual places. Raises :class:`InputError`."""
    vault_url = options.url("vault_url", "AZURE_KEYVAULT_URL", known=hosts.KEY_VAULT)
    if vault_url is None:
        raise InputError(
            options.place("vault_url"), "is missing: set it, or the environment variable AZURE_KEYVAULT_URL"
        )
    if urlsplit(vault_url).scheme != "https":
        raise InputError(options.place("vault_url"), "must begin with https://")
    if urlsplit(vault_url).path:
        raise InputError(options.place("vault_url"), "is the address of the vault alone, without a path")
    access_token = options.secret("access_token")
    tenant_id = options.text("tenant_id", "AZURE_TENANT_ID")
    client_id = options.text("client_id", "AZURE_CLIENT_ID")
    client_secret = options.secret("client_secret", "AZURE_CLIENT_SECRET")
    if client_secret and not (tenant_id and client_id):
        raise InputError(options.place("client_secret"), "needs tenant_id and client_id")
    authority_url = options.url("authority_url", known=hosts.ENTRA_ID_OF_KEY_VAULT)
    identity = Identity(access_token, tenant_id, client_id, client_secret, authority_url)
    api = KeyVaultApi(vault_url, identity, options.ca_path("REQUESTS_CA_BUNDLE"))
    return KeyVault(api, options.prefix(), os.path.join(context.home, "locks"))


class KeyVault(RemoteStore):
    """A revision is ``<generation>.<writes>.<random>``; ``parts`` has the Key Vault version of the document."""

    def __init__(self, api: KeyVaultApi, prefix: str, lock_folder: str) -> None:
        super().__init__(lock_folder)
        self._api = api
        self._prefix = prefix
        # For the threads of one process; the text above says what protects processes from each other.
        self._writing = [threading.Lock() for _stripe in range(_STRIPES)]

    def describe(self) -> str:
        return f"Key Vault {self._api.vault_url}, {self._prefix}"

    def load(self, subject: Subject, *, read_only: bool = False) -> Stored | None:
        stored = self._head(subject)
        while stored is not None:
            problem = self._changed_by_hand(subject, stored.document)
            if problem is None:
                break
            before, stored = stored, self._head(subject)
            if stored is not None and stored.revision == before.revision:
                raise self.damaged(subject, problem)
        return stored

    def _head(self, subject: Subject) -> Stored | None:
        """Return the document; the secret of the consumers is not read."""
        name = self._name(subject) + PENDING
        versions = self._asked(subject, lambda: self._api.versions(name))
        marked = [version for version in versions if version.is_marked]
        ours = [version for version in marked if WITHDRAWN not in version.tags]
        strays = [version.id for version in versions if version not in marked and version.enabled]
        if not ours:
            self._check_nothing_there(subject, strays)
            return None
        head = max(ours, key=lambda version: version.order)
        if strays:
            what = f"version {strays[0]} of the secret {name} was made, or lost its tags, by hand"
            raise self.damaged(subject, f"{what}: disable that version")
        if problem := head.unusable(name):
            raise self.damaged(subject, problem)
        document = self._document(document_text(head.tags), subject)
        return Stored(document, head.tags[REVISION], {"version": head.id})

    def _check_nothing_there(self, subject: Subject, strays: Sequence[str]) -> None:
        """Check that the user is new, and not one whose document was deleted."""
        name = self._name(subject)
        published = self._asked(subject, lambda: self._api.versions(name))
        if strays or any(PASSWORD_VERSION not in version.tags for version in published):
            raise self.damaged(subject, "what is stored there is not of this collection; it is left alone")
        if self._asked(subject, lambda: self._api.is_deleted(name + PENDING)):
            raise self.damaged(subject, deleted(name + PENDING))
        if published:
            what = f"the secret {name}{PENDING} was deleted and purged"
            raise self.damaged(subject, f"{what}. Begin anew: delete and purge {name} as well")

    def _changed_by_hand(self, subject: Subject, document: Document) -> str | None:
        """Return what is wrong with the secret of the consumers, or None.

        It must have the current password, or the pending one if a run was killed in a promotion.
        """
        name = self._name(subject)
        current = document.version_in(Slot.CURRENT)
        latest = self._latest(subject, name)
        if latest is None:
            if current is None:
                return None
            if self._asked(subject, lambda: self._api.is_deleted(name)):
                return deleted(name)
            return f"the secret {name} was deleted and purged. Begin anew: delete and purge {name}{PENDING} as well"
        if latest.tags.get(PASSWORD_VERSION) in {current, document.version_in(Slot.PENDING)} - {None}:
            return latest.unusable(name)
        what = f"version {latest.id} of the secret {name} was made, or lost its tag, by hand, and consumers get it"
        if current is None:
            return f"{what}. Begin anew: delete and purge {name} and {name}{PENDING}"
        return (
            f"{what} in place of the current password. Set the value of the version before it once more with the tag "
            f"{PASSWORD_VERSION}={current}; if its value is the live password, give this tag to it"
        )

    def _latest(self, subject: Subject, name: str) -> Version | None:
        try:
            return self._api.latest(name)
        except KeyVaultRefused as problem:
            if not problem.is_disabled:
                raise self._failed(subject, problem.sentence) from None
        # The newest version is disabled, and only the list names it.
        disabled = [found for found in self._asked(subject, lambda: self._api.versions(name)) if not found.enabled]
        return max(disabled, key=lambda found: found.age) if disabled else None

    def compare_and_set(
        self, stored: Stored | None, document: Document, *, new_password: Secret | None = None
    ) -> Stored:
        subject = document.subject
        with self._writing[hash(subject) % _STRIPES]:
            found = self._head(subject)
            if found is None and stored is not None:
                raise self.damaged(subject, "the secret was deleted while this run worked on it")
            if (found.revision if found else None) != (stored.revision if stored else None):
                raise self.conflict(subject)
            if staged_version(stored, document):
                return self._staged(stored, document, new_password)
            if stored is None:
                raise self.problem(subject, "a document without a password cannot be the first")
            return self._changed(stored, document)

    def places(self, customer_id: str | None = None) -> Iterator[Subject]:
        start = f"{self._prefix}-"
        for name, tags in self._asked(None, self._api.secrets):
            ids = name.removeprefix(start).removesuffix(PENDING)
            place = Subject(ids[:36], ids[37:])
            if name != f"{self._name(place)}{PENDING}" or customer_id not in (None, place.customer_id):
                continue
            if known_guid(place.customer_id) and known_guid(place.user_id):
                yield self._named(place, tags)

    def _named(self, place: Subject, tags: Mapping[str, str]) -> Subject:
        """Return the place with the name in the document, if these tags hold a readable document."""
        if REVISION in tags and WITHDRAWN not in tags:
            with suppress(DamagedSecretError):
                return self._document(document_text(tags), place).subject
        return place

    def _read(self, stored: Stored, slot: Slot, version: str) -> Secret:
        subject = stored.document.subject
        name = self._name(subject)
        if slot is Slot.PENDING:
            return Secret(self._asked(subject, lambda: self._api.value(name + PENDING, stored.parts["version"])))
        versions = self._asked(subject, lambda: self._api.versions(name))
        fitting = [found for found in versions if found.tags.get(PASSWORD_VERSION) == version and found.enabled]
        if not fitting:
            raise self.damaged(subject, f"the version of {name} with the {slot} password is gone or disabled")
        newest = max(fitting, key=lambda found: found.age)
        return Secret(self._asked(subject, lambda: self._api.value(name, newest.id)))

    def _staged(self, stored: Stored | None, document: Document, new_password: Secret | None) -> Stored:
        """Claim the next generation; withdraw the claim and raise a conflict where another run has one."""
        subject = document.subject
        name = self._name(subject) + PENDING
        password = new_password or self._moved(stored, document)
        generation = generation_of(stored.revision) + 1 if stored else 1
        revision = f"{generation}.0.{secrets.token_hex(8)}"
        tags = self._tags(document, revision)
        version = self._asked(subject, lambda: self._api.put(name, password.reveal(), tags))
        seen = self._asked(subject, lambda: self._api.versions(name))
        rivals = [found for found in seen if found.is_rival(generation, revision)]
        moved_on = stored and all(found.tags.get(REVISION) != stored.revision for found in seen)
        if rivals or moved_on:
            withdrawn = {REVISION: revision, WITHDRAWN: "true"}
            self._asked(subject, lambda: self._api.retag(name, version, withdrawn, enabled=False))
            raise self.conflict(subject)
        if self._asked(subject, lambda: self._api.value(name, version)) != password.reveal():
            raise self.problem(subject, "what was written cannot be read back")
        return Stored(document, revision, {"version": version}, {str(document.version_in(Slot.PENDING)): password})

    def _moved(self, stored: Stored | None, document: Document) -> Secret:
        """Return the password that a rollback stages again."""
        version = document.version_in(Slot.PENDING)
        for slot in (Slot.PREVIOUS, Slot.CURRENT):
            if stored and stored.document.version_in(slot) == version:
                return self.password(stored, slot)
        raise self.problem(document.subject, "there is no pending password to be written")

    def _changed(self, stored: Stored, document: Document) -> Stored:
        subject, name = document.subject, self._name(document.subject)
        known = dict(stored.known)
        current = document.version_in(Slot.CURRENT)
        if current and current == stored.document.version_in(Slot.PENDING):
            known[current] = self.password(stored, Slot.PENDING)
            self._published(subject, name, document, known[current])
        generation, writes = generation_of(stored.revision), int(stored.revision.split(".")[1]) + 1
        revision = f"{generation}.{writes}.{secrets.token_hex(8)}"
        tags, version = self._tags(document, revision), stored.parts["version"]
        self._asked(subject, lambda: self._api.retag(name + PENDING, version, tags))
        kept = {held for slot in Slot if (held := document.version_in(slot))}
        return Stored(
            document, revision, stored.parts, {held: secret for held, secret in known.items() if held in kept}
        )

    def _published(self, subject: Subject, name: str, document: Document, password: Secret) -> None:
        """Make a new version of ``<name>``, unless an earlier run was killed just after it had made it."""
        applied = document.current
        latest = self._latest(subject, name)
        made_before = latest is not None and latest.enabled and latest.tags.get(PASSWORD_VERSION)
        if applied is None or made_before == applied.version:
            return
        tags = {PASSWORD_VERSION: applied.version, "rotation-id": applied.rotation_id[:LONGEST_TAG]}
        if subject.user_principal_name:
            tags["user-principal-name"] = subject.user_principal_name[:LONGEST_TAG]
        self._asked(subject, lambda: self._api.put(name, password.reveal(), tags))

    def _tags(self, document: Document, revision: str) -> dict[str, str]:
        text = as_json(document)
        pieces = [text[start : start + LONGEST_TAG] for start in range(0, len(text), LONGEST_TAG)]
        if len(pieces) > MOST_PIECES:
            raise self.problem(document.subject, "the document is too long for tags: deliver the events of its outbox")
        return {REVISION: revision, **{PIECE.format(number): piece for number, piece in enumerate(pieces)}}

    def _asked(self, subject: Subject | None, call: Callable[[], T]) -> T:
        try:
            return call()
        except KeyVaultRefused as problem:
            raise self._failed(subject, problem.sentence) from None

    def _name(self, subject: Subject) -> str:
        return f"{self._prefix}-{subject.customer_id}-{subject.user_id}"
