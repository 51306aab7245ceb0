# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure Key Vault: two secrets for each user. ``<name>`` is for consumers and gets a new version at each promotion;
``<name>--pending`` gets one at each staging, and the tags of its newest version are the document.

Key Vault has no conditional write, so the steps are made safe by their order. Staging adds a version with the next
generation number, and counts only if no other run has added one for the same generation: whoever sees another's
withdraws its own. Everything else changes the tags of that one version, which its owner alone does (see the lease).
A promotion first makes the password a version of ``<name>`` (by then it is live) and then changes the document.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

from ..._service import hosts
from ..._service.errors import InputError
from ..._service.identifiers import known_guid, random_id
from ..._service.secret import Secret
from ..document import Document
from ..records import Slot, Subject
from .base import Context, Store, Stored, staged_version
from .key_vault_api import Identity, KeyVaultApi, Refused, Version
from .options import Options
from .remote import RemoteStore, as_json

_PENDING = "--pending"
_REVISION, _WITHDRAWN = "partnercenter-revision", "partnercenter-withdrawn"
_PIECE = "partnercenter-document-{:02d}"
#: Which password a version of ``<name>`` is.
_PASSWORD_VERSION = "partnercenter-version"

#: Limits of Key Vault: 15 tags of 256 characters; two are needed for other things.
_LONGEST_TAG, _MOST_PIECES = 256, 13
_STRIPES = 64
_REVISION_TEXT = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9a-f]{16}")

T = TypeVar("T")


def make(options: Options, context: Context) -> Store:
    """Without credentials azure-identity looks where it always looks."""
    vault_url = options.url("vault_url", "AZURE_KEYVAULT_URL", known=hosts.KEY_VAULT)
    if vault_url is None:
        raise InputError(options.place("vault_url"), "is missing, or the environment variable AZURE_KEYVAULT_URL")
    if urlsplit(vault_url).scheme != "https":
        raise InputError(options.place("vault_url"), "must begin with https://")
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
    """The revision is ``<generation>.<writes>.<random>``; ``parts`` has the Key Vault version of the document."""

    TYPE = "azure_keyvault"

    def __init__(self, api: KeyVaultApi, prefix: str, lock_folder: str) -> None:
        super().__init__(lock_folder)
        self._api = api
        self._prefix = prefix
        # Between the threads of one process; what is between processes is in the description above.
        self._writing = [threading.Lock() for _stripe in range(_STRIPES)]

    def describe(self) -> str:
        return f"Key Vault {self._api.vault_url}, {self._prefix}"

    def check(self, subjects: Sequence[Subject] = (), *, write: bool = True) -> None:
        """That it can be written is shown by staging, which comes before anything is sent."""
        for subject in subjects[:1] or [Subject(random_id(), random_id())]:
            self.load(subject)

    def load(self, subject: Subject, *, read_only: bool = False) -> Stored | None:
        name = self._name(subject)
        versions = self._asked(subject, lambda: self._api.versions(name + _PENDING))
        marked = [version for version in versions if _REVISION_TEXT.fullmatch(version.tags.get(_REVISION, ""))]
        ours = [version for version in marked if _WITHDRAWN not in version.tags]
        if not ours:
            if versions != marked or self._asked(subject, lambda: self._api.versions(name)):
                raise self.problem(subject, "what is stored there is not of this collection; it is left alone")
            return None
        head = max(ours, key=_order)
        if not head.enabled:
            raise self.problem(subject, f"the newest version of {name}{_PENDING} was disabled by hand: enable it")
        document = self._document(_text(head.tags), subject)
        return Stored(document, head.tags[_REVISION], {"version": head.id})

    def compare_and_set(
        self, stored: Stored | None, document: Document, *, new_password: Secret | None = None
    ) -> Stored:
        subject = document.subject
        with self._writing[hash(subject) % _STRIPES]:
            found = self.load(subject)
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
            ids = name.removeprefix(start).removesuffix(_PENDING)
            place = Subject(ids[:36], ids[37:])
            if name != f"{self._name(place)}{_PENDING}" or _REVISION not in tags:
                continue
            if customer_id in (None, place.customer_id) and known_guid(place.customer_id) and known_guid(place.user_id):
                # Only a claim that was withdrawn has no document.
                yield place if _WITHDRAWN in tags else self._document(_text(tags), place).subject

    def _read(self, stored: Stored, slot: Slot, version: str) -> Secret:
        subject = stored.document.subject
        name = self._name(subject)
        if slot is Slot.PENDING:
            return Secret(self._asked(subject, lambda: self._api.value(name + _PENDING, stored.parts["version"])))
        versions = self._asked(subject, lambda: self._api.versions(name))
        fitting = [found for found in versions if found.tags.get(_PASSWORD_VERSION) == version and found.enabled]
        if not fitting:
            raise self.problem(subject, f"the version of {name} with the {slot} password is gone or disabled")
        return Secret(self._asked(subject, lambda: self._api.value(name, fitting[0].id)))

    def _staged(self, stored: Stored | None, document: Document, new_password: Secret | None) -> Stored:
        """A claim for the next generation, withdrawn where there is another one."""
        subject = document.subject
        name = self._name(subject) + _PENDING
        password = new_password or self._moved(stored, document)
        generation = _generation(stored.revision) + 1 if stored else 1
        revision = f"{generation}.0.{secrets.token_hex(8)}"
        tags = self._tags(document, revision)
        version = self._asked(subject, lambda: self._api.put(name, password.reveal(), tags))
        seen = self._asked(subject, lambda: self._api.versions(name))
        rivals = [found for found in seen if _is_rival(found, generation, revision)]
        moved_on = stored and all(found.tags.get(_REVISION) != stored.revision for found in seen)
        if rivals or moved_on:
            withdrawn = {_REVISION: revision, _WITHDRAWN: "true"}
            self._asked(subject, lambda: self._api.retag(name, version, withdrawn, enabled=False))
            raise self.conflict(subject)
        if self._asked(subject, lambda: self._api.value(name, version)) != password.reveal():
            raise self.problem(subject, "what was written cannot be read back")
        return Stored(document, revision, {"version": version}, {str(document.version_in(Slot.PENDING)): password})

    def _moved(self, stored: Stored | None, document: Document) -> Secret:
        """The password that a rollback stages again."""
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
        generation, writes = _generation(stored.revision), int(stored.revision.split(".")[1]) + 1
        revision = f"{generation}.{writes}.{secrets.token_hex(8)}"
        tags, version = self._tags(document, revision), stored.parts["version"]
        self._asked(subject, lambda: self._api.retag(name + _PENDING, version, tags))
        kept = {held for slot in Slot if (held := document.version_in(slot))}
        return Stored(
            document, revision, stored.parts, {held: secret for held, secret in known.items() if held in kept}
        )

    def _published(self, subject: Subject, name: str, document: Document, password: Secret) -> None:
        """A new version of ``<name>``, unless the run before was killed just after it had made it."""
        applied = document.current
        if applied is None or self._asked(subject, lambda: self._api.latest_tags(name)).get(_PASSWORD_VERSION) == (
            applied.version
        ):
            return
        tags = {_PASSWORD_VERSION: applied.version, "rotation-id": applied.rotation_id[:_LONGEST_TAG]}
        if subject.user_principal_name:
            tags["user-principal-name"] = subject.user_principal_name[:_LONGEST_TAG]
        self._asked(subject, lambda: self._api.put(name, password.reveal(), tags))

    def _tags(self, document: Document, revision: str) -> dict[str, str]:
        text = as_json(document)
        pieces = [text[start : start + _LONGEST_TAG] for start in range(0, len(text), _LONGEST_TAG)]
        if len(pieces) > _MOST_PIECES:
            raise self.problem(document.subject, "the document is too long for tags: deliver the events of its outbox")
        return {_REVISION: revision, **{_PIECE.format(number): piece for number, piece in enumerate(pieces)}}

    def _asked(self, subject: Subject | None, call: Callable[[], T]) -> T:
        try:
            return call()
        except Refused as problem:
            raise self._failed(subject, problem.sentence) from None

    def _name(self, subject: Subject) -> str:
        return f"{self._prefix}-{subject.customer_id}-{subject.user_id}"


def _text(tags: Mapping[str, str]) -> str:
    return "".join(tags.get(_PIECE.format(number), "") for number in range(_MOST_PIECES))


def _generation(revision: str) -> int:
    return int(revision.split(".")[0])


def _order(version: Version) -> tuple[int, int, float, str]:
    """The newest generation; in it the one that was worked on, else the oldest: everybody picks the same one."""
    generation, writes, _random = version.tags[_REVISION].split(".")
    created = version.created.timestamp() if version.created else 0.0
    return int(generation), int(writes), -created, version.id


def _is_rival(found: Version, generation: int, revision: str) -> bool:
    """Another claim for the generation. The same revision is our own, made twice because an answer was lost."""
    known = found.tags.get(_REVISION, "")
    valid = bool(_REVISION_TEXT.fullmatch(known)) and _WITHDRAWN not in found.tags
    return valid and known != revision and _generation(known) >= generation
