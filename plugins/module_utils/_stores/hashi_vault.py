# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HashiCorp Vault (or OpenBao), KV version 2: one secret for each user, written whole with check-and-set.

``<mount>/<prefix>/<customer id>/<user id>`` has the fields ``password`` (for consumers), ``password_pending``,
``password_previous``, ``document`` and ``check``. Every step is one write, and Vault refuses it when the version is
not the one that was loaded: a kill leaves the old or the new version.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from .._base.errors import InputError
from .._base.identifiers import known_guid, random_id
from .._base.secret import Secret
from .base import Context, Store, Stored, staged_version
from .document import Document
from .options import StoreOptions
from .records import Slot, Subject
from .remote import RemoteStore, as_json
from .vault_api import Newest, VaultApi, VaultRefused
from .vault_sign_in import make_sign_in

_FIELDS = {
    Slot.CURRENT: "password",
    Slot.PENDING: "password_pending",
    Slot.PREVIOUS: "password_previous",
}

#: The field that names the version it was written as, and a hash of the other fields.
_MARK = "check"
#: Vault keeps ten versions unless it is told otherwise.
_LOOKED_BACK = 10

T = TypeVar("T")


def make(options: StoreOptions, context: Context) -> Store:
    url, namespace = address(options)
    mount = (options.text("mount_point") or "secret").strip("/")
    if mount.endswith(("/data", "/metadata")):
        raise InputError(options.place("mount_point"), "is where the engine is mounted: leave /data or /metadata out")
    ca_path = options.ca_path("VAULT_CACERT", "REQUESTS_CA_BUNDLE")
    api = VaultApi(url, namespace, mount, ca_path, make_sign_in(options, url))
    return HashiVault(api, options.prefix(), os.path.join(context.home, "locks"))


def address(options: StoreOptions) -> tuple[str, str | None]:
    """Return the address of the server and the namespace."""
    variables = ("VAULT_AGENT_ADDR", "VAULT_ADDR")
    if (options.text("url", *variables) or "").startswith("unix:"):
        raise InputError(options.place("url"), "is a Unix socket: have the Vault Agent listen on a loopback address")
    url = options.url("url", *variables)
    if url is None:
        raise InputError(options.place("url"), "is missing, or the environment variable VAULT_ADDR")
    if url.endswith("/v1"):
        raise InputError(options.place("url"), "ends with /v1: give the address without it")
    return url, (options.text("namespace", "VAULT_NAMESPACE") or "").strip("/") or None


class HashiVault(RemoteStore):
    """The revision is Vault's version number of the secret."""

    def __init__(self, api: VaultApi, prefix: str, lock_folder: str) -> None:
        super().__init__(lock_folder)
        self._api = api
        self._prefix = prefix

    def describe(self) -> str:
        namespace = f", namespace {self._api.namespace}" if self._api.namespace else ""
        return f"HashiCorp Vault {self._api.url}{namespace}, {self._api.mount}/{self._prefix}"

    def check(self, subjects: Sequence[Subject] = (), *, write: bool = True) -> None:
        for subject in subjects[:1] or [Subject(random_id(), random_id())]:
            self._asked(subject, self._api.check_engine)
            self._reached(subject)
            if write:
                self._asked(subject, partial(self._api.check_rights, self._path(subject)))

    def load(self, subject: Subject, *, read_only: bool = False) -> Stored | None:
        newest = self._asked(subject, lambda: self._api.read(self._path(subject)))
        if newest is None:
            return None
        if newest.fields is None:
            raise self.damaged(subject, self._gone(subject, newest))
        self._check_unchanged(subject, newest)
        fields = newest.fields
        text = fields.get("document")
        document = self._document(text if isinstance(text, str) else "", subject)
        known = {}
        for slot, name in _FIELDS.items():
            held, value = document.version_in(slot), fields.get(name)
            if held and not (isinstance(value, str) and value):
                raise self.damaged(subject, f"the secret is damaged: it has no field {name}. {self._anew(subject)}")
            if held:
                known[held] = Secret(str(value))
        return Stored(document, str(newest.version), known=known)

    def compare_and_set(
        self, stored: Stored | None, document: Document, *, new_password: Secret | None = None
    ) -> Stored:
        subject = document.subject
        known = dict(stored.known) if stored else {}
        staged = staged_version(stored, document)
        if staged and new_password is not None:
            known[staged] = new_password
        held = {slot: version for slot in Slot if (version := document.version_in(slot))}
        if missing := [slot for slot, version in held.items() if version not in known]:
            raise self.problem(subject, f"there is no {missing[0]} password to be written")
        passwords = {_FIELDS[slot]: known[version].reveal() for slot, version in held.items()}
        fields = {"document": as_json(document), **passwords}
        written = self._write(subject, stored, fields)
        if staged:
            self._read_back(subject, written, fields)
        return Stored(document, written, known={version: known[version] for version in held.values()})

    def places(self, customer_id: str | None = None) -> Iterator[Subject]:
        customers = [customer_id] if customer_id else self._names(self._prefix)
        for customer in filter(known_guid, customers):
            for user_id in filter(known_guid, self._names(f"{self._prefix}/{customer}")):
                yield Subject(customer, user_id)

    def _read(self, stored: Stored, slot: Slot, version: str) -> Secret:
        raise self.problem(stored.document.subject, f"the {slot} password is missing")

    def _write(self, subject: Subject, stored: Stored | None, fields: dict[str, str]) -> str:
        before = int(stored.revision) if stored else 0
        marked = {**fields, _MARK: _mark(before + 1, fields)}
        try:
            return str(self._api.write(self._path(subject), marked, before))
        except VaultRefused as problem:
            if problem.kind != "Conflict":
                raise self.problem(subject, problem.sentence) from None
        found = self.load(subject)  # tells what was deleted, destroyed or changed by hand meanwhile
        if found is None and stored is not None:
            raise self.damaged(subject, "the secret was deleted while this run worked on it")
        if (found.revision if found else None) == (stored.revision if stored else None):
            raise self.problem(subject, "Vault refuses the write as one of an old version, and none is newer")
        raise self.conflict(subject)

    def _read_back(self, subject: Subject, written: str, fields: Mapping[str, str]) -> None:
        newest = self._asked(subject, lambda: self._api.read(self._path(subject)))
        if newest is None or str(newest.version) != written:
            raise self.conflict(subject)
        if newest.fields != {**fields, _MARK: _mark(newest.version, fields)}:
            raise self.problem(subject, "what was written cannot be read back")

    def _check_unchanged(self, subject: Subject, newest: Newest) -> None:
        """Compares the newest version with what this collection wrote, by number and content."""
        if _is_ours(newest):
            return
        last = self._last_of_ours(subject, newest.version)
        if last is not None and newest.fields == last.fields:
            return  # somebody has brought it back
        if last is not None:
            what = f"version {newest.version} of the secret was written by hand, over version {last.version} of this"
            command = self._command("rollback", subject, f"-version={last.version}")
            raise self.damaged(
                subject,
                f"{what} collection. Bring that one back: {command}. If the live password is another one: "
                f"{self._anew(subject)}",
            )
        if newest.fields and _MARK in newest.fields:
            what = f"version {newest.version} of the secret was changed or brought back by hand"
            raise self.damaged(subject, f"{what}, and may hold old passwords. {self._anew(subject)}")
        raise self.damaged(subject, "what is stored there is not of this collection; it is left alone")

    def _last_of_ours(self, subject: Subject, before: int) -> Newest | None:
        """The last version that this collection wrote; None where a version after it is gone, which may have been."""
        for number in range(before - 1, max(before - _LOOKED_BACK, 0), -1):
            found = self._asked(subject, partial(self._api.read, self._path(subject), number))
            if found is None or found.fields is None:
                return None
            if _is_ours(found):
                return found
        return None

    def _gone(self, subject: Subject, newest: Newest) -> str:
        version = newest.version
        if newest.destroyed:
            return f"version {version} of the secret, the newest one, was destroyed at the store. {self._anew(subject)}"
        command = self._command("undelete", subject, f"-versions={version}")
        return (
            f"version {version} of the secret, the newest one, was deleted at the store, or has expired. Bring it "
            f"back: {command}. If it is not wanted: {self._anew(subject)}"
        )

    def _anew(self, subject: Subject) -> str:
        return (
            f"Begin anew with {self._command('metadata delete', subject)}; the next run then makes and stores a new one"
        )

    def _command(self, verb: str, subject: Subject, more: str = "") -> str:
        return " ".join(f"'vault kv {verb} -mount={self._api.mount} {more} {self._path(subject)}'".split())

    def _names(self, path: str) -> list[str]:
        return self._asked(None, lambda: self._api.names(path))

    def _asked(self, subject: Subject | None, call: Callable[[], T]) -> T:
        try:
            return call()
        except VaultRefused as problem:
            raise self._failed(subject, problem.sentence) from None

    def _path(self, subject: Subject) -> str:
        return f"{self._prefix}/{subject.customer_id}/{subject.user_id}"


def _mark(version: int, fields: Mapping[str, Any]) -> str:
    """Return the mark of a version of ours. One that was written or brought back by hand has another mark, or none.

    The mark protects against mistakes only: whoever may write can make one, and whoever may read has the passwords
    beside it.
    """
    text = json.dumps({name: value for name, value in fields.items() if name != _MARK}, sort_keys=True)
    return f"{version}:{hashlib.sha256(text.encode()).hexdigest()}"


def _is_ours(found: Newest) -> bool:
    """Version 0.1.0 wrote no mark. Nobody of ours wrote anything but texts."""
    fields = found.fields or {}
    if not all(isinstance(value, str) for value in fields.values()):
        return False
    if _MARK not in fields:
        return isinstance(fields.get("document"), str)
    return bool(fields[_MARK] == _mark(found.version, fields))
