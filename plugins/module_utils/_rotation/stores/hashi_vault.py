# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HashiCorp Vault (or OpenBao), KV version 2: one secret for each user, written whole with check-and-set.

``<mount>/<prefix>/<customer id>/<user id>`` has the fields ``password`` (for consumers), ``password_pending``,
``password_previous`` and ``document``. Every step is one write, and Vault refuses it when the version is not the one
that was loaded: a kill leaves the old or the new version.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from ..._service.errors import InputError
from ..._service.identifiers import known_guid, random_id
from ..._service.secret import Secret
from ..document import Document
from ..records import Slot, Subject
from .base import Context, Store, Stored, staged_version
from .options import Options
from .remote import RemoteStore, as_json
from .vault_api import Refused, SignIn, VaultApi

_FIELDS = {
    Slot.CURRENT: "password",
    Slot.PENDING: "password_pending",
    Slot.PREVIOUS: "password_previous",
}

T = TypeVar("T")


def make(options: Options, context: Context) -> Store:
    url = options.url("url", "VAULT_ADDR")
    if url is None:
        raise InputError(options.place("url"), "is missing, or the environment variable VAULT_ADDR")
    by_role = options.together("role_id", "secret_id")
    token = options.secret("token", *(() if by_role else ("VAULT_TOKEN",)))
    if (token is None) is not by_role:
        raise InputError(options.place("token"), "give either token (or VAULT_TOKEN), or role_id and secret_id")
    sign_in = SignIn(token, options.text("role_id"), options.secret("secret_id"))
    namespace = options.text("namespace", "VAULT_NAMESPACE")
    mount = (options.text("mount_point") or "secret").strip("/")
    api = VaultApi(url, namespace, mount, options.ca_path("VAULT_CACERT", "REQUESTS_CA_BUNDLE"), sign_in)
    return HashiVault(api, options.prefix(), os.path.join(context.home, "locks"))


class HashiVault(RemoteStore):
    """The revision is Vault's version number of the secret."""

    TYPE = "hashi_vault"

    def __init__(self, api: VaultApi, prefix: str, lock_folder: str) -> None:
        super().__init__(lock_folder)
        self._api = api
        self._prefix = prefix

    def describe(self) -> str:
        return f"HashiCorp Vault {self._api.url}, {self._api.mount}/{self._prefix}"

    def check(self, subjects: Sequence[Subject] = (), *, write: bool = True) -> None:
        for subject in subjects[:1] or [Subject(random_id(), random_id())]:
            self.load(subject)
            if write:
                self._asked(subject, partial(self._may_write, subject))

    def load(self, subject: Subject, *, read_only: bool = False) -> Stored | None:
        found = self._asked(subject, lambda: self._api.read(self._path(subject)))
        if found is None:
            return None
        version, fields = found
        if fields is None:
            raise self.problem(subject, "the secret was deleted: undelete it, or delete its metadata to begin anew")
        text = fields.get("document")
        document = self._document(text if isinstance(text, str) else "", subject)
        known = {}
        for slot, name in _FIELDS.items():
            held, value = document.version_in(slot), fields.get(name)
            if held and not (isinstance(value, str) and value):
                raise self.problem(subject, f"the secret is damaged: it has no field {name}")
            if held:
                known[held] = Secret(str(value))
        return Stored(document, str(version), known=known)

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
        written = self._write(subject, stored, {"document": as_json(document), **passwords})
        if staged:
            read_back = self.load(subject)
            if read_back is None or read_back.revision != written:
                raise self.conflict(subject)
            if self.password(read_back, Slot.PENDING) != known[staged]:
                raise self.problem(subject, "what was written cannot be read back")
        return Stored(document, written, known={version: known[version] for version in held.values()})

    def places(self, customer_id: str | None = None) -> Iterator[Subject]:
        customers = [customer_id] if customer_id else self._names(self._prefix)
        for customer in filter(known_guid, customers):
            for user_id in filter(known_guid, self._names(f"{self._prefix}/{customer}")):
                yield Subject(customer, user_id)

    def _read(self, stored: Stored, slot: Slot, version: str) -> Secret:
        raise self.problem(stored.document.subject, f"the {slot} password is missing")

    def _may_write(self, subject: Subject) -> None:
        if not self._api.may_write(self._path(subject)):
            raise self.problem(subject, "the policies of the token do not allow to write")

    def _write(self, subject: Subject, stored: Stored | None, fields: dict[str, str]) -> str:
        try:
            return str(self._api.write(self._path(subject), fields, int(stored.revision) if stored else 0))
        except Refused as problem:
            if problem.kind == "Conflict":
                raise self.conflict(subject) from None
            raise self.problem(subject, problem.sentence) from None

    def _names(self, path: str) -> list[str]:
        return self._asked(None, lambda: self._api.names(path))

    def _asked(self, subject: Subject | None, call: Callable[[], T]) -> T:
        try:
            return call()
        except Refused as problem:
            raise self._failed(subject, problem.sentence) from None

    def _path(self, subject: Subject) -> str:
        return f"{self._prefix}/{subject.customer_id}/{subject.user_id}"
