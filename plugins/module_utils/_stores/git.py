# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``git`` store: the files of the ``file`` store, as ``<prefix>/<customer id>/<user id>.yml`` in a remote branch.

Each read is at the newest commit of the remote. Each write is one commit and one push, and is done when the remote has
accepted the push. A rejected push is the lock between machines: if another run has changed the file of the same user,
the write is a conflict; if it has changed other files, the commit is made again on top of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from .._base import hosts, notices
from .._base.errors import InputError, StoreError
from .._base.identifiers import known_guid
from .base import Cipher, Context, Store, Stored
from .encrypted_files import EncryptedFiles, cipher_of, revision
from .file_checks import sealed, verified
from .git_branch import GitBranch, GitChanged
from .git_program import OLDEST, GitRefused, version
from .options import StoreOptions
from .records import Slot, Subject
from .remote import RemoteStore

#: The environment variable of the option ``repository``. In Ansible's own process, it also allows the host.
VARIABLE = "PARTNERCENTER_STORE_REPOSITORY"
_BRANCH = re.compile(r"(?!.*(\.\.|//|/\.|\.lock(/|$)))[A-Za-z0-9][A-Za-z0-9._/-]{0,98}[A-Za-z0-9_-]|[A-Za-z0-9]")
#: ``git@host:path`` and ``ssh://git@host:port/path``.
_BY_SSH = re.compile(
    r"(?P<scheme>ssh://)?(?:[A-Za-z0-9_][\w.-]*@)?(?P<host>[A-Za-z0-9][\w.-]*)"
    r"(?(scheme)(?P<port>:[0-9]{1,5})?/|:(?!:|//))[!-~]+"
)

T = TypeVar("T")


def make(options: StoreOptions, context: Context) -> Store:
    url = _repository(options)
    branch = options.text("branch") or "partnercenter-passwords"
    if not _BRANCH.fullmatch(branch):
        raise InputError(options.place("branch"), "is not the name of a branch, such as partnercenter-passwords")
    if (version() or (0, 0)) < OLDEST:
        needed = ".".join(map(str, OLDEST))
        raise InputError(
            options.place("type"),
            f"git needs the program git, {needed} or newer, and the machine that runs this task has none on its PATH, "
            "or an older one: install it",
        )
    cipher = cipher_of(options, context, "git")
    folder = os.path.join(context.home, "git")
    return GitStore(
        GitBranch(url, branch, folder, options.ca_path("GIT_SSL_CAINFO")),
        options.prefix(),
        cipher,
        os.path.join(context.home, "locks"),
    )


def _repository(options: StoreOptions) -> str:
    """Return where the repository is; raises :class:`InputError` where secrets may not be sent there."""
    place = options.place("repository")
    value = options.text("repository", VARIABLE)
    if value is None:
        raise InputError(place, f"is missing, or the environment variable {VARIABLE}")
    if os.path.isabs(value.removeprefix("file://")) and value.isprintable():
        return value
    by_ssh = _BY_SSH.fullmatch(value)
    origin = hosts.origin_of(value)
    if (origin is None and by_ssh is None) or "?" in value or "#" in value:
        raise InputError(
            place,
            "must be a URL such as https://git.example.com/rotations.git, a place such as "
            "git@git.example.com:rotations.git, or an absolute path. A user name, password or token in a URL is not "
            "taken, because URLs are shown: give them to git by a credential helper or GIT_ASKPASS",
        )
    if origin and origin.scheme == "http" and not hosts.is_loopback(origin.host):
        raise InputError(place, "must begin with https://, because passwords travel over it")
    if value != os.environ.get(VARIABLE, "").strip():
        hosts.check(f"https://{by_ssh['host']}{by_ssh['port'] or ''}" if by_ssh else value, place)
    return value


class GitStore(EncryptedFiles, RemoteStore):
    """A store in a branch. Runs on one machine are separated by a lock, those on several by rejected pushes."""

    _writers = "push to the branch"

    def __init__(self, api: GitBranch, prefix: str, cipher: Cipher, lock_folder: str) -> None:
        EncryptedFiles.__init__(self, cipher)
        RemoteStore.__init__(self, lock_folder)
        self._api = api
        self._prefix = prefix

    def describe(self) -> str:
        return f"git store {self._api.url}, {self._api.branch}:{self._prefix}"

    def check(self, subjects: Sequence[Subject] = (), *, write: bool = True) -> None:
        found = [
            subject
            for path in self._asked(None, lambda: self._api.paths(self._prefix))
            if (subject := self._subject(path))
        ]
        if write:
            self._asked(None, self._api.check_rights)
        if not self._asked(None, self._api.exists):
            notices.add(f"there was no {self.describe()} yet: {'a new one is made' if write else 'it would be made'}")
        stored = set(found)
        first = [subject for subject in subjects if subject in stored]
        self._check_key((*first, *found), lambda subject: self._loaded(subject, fetch=False))

    def places(self, customer_id: str | None = None) -> Iterator[Subject]:
        folder = f"{self._prefix}/{customer_id}" if customer_id else self._prefix
        for path, content in self._asked(None, lambda: self._api.contents(folder)).items():
            subject = self._subject(path)
            if subject is None:
                continue
            try:
                yield self._stored(subject, content).document.subject
            except StoreError:
                yield subject

    def _content(self, subject: Subject) -> bytes | None:
        return self._asked(subject, lambda: self._api.content(self._path(subject)))

    def _loaded(self, subject: Subject, *, fetch: bool) -> Stored | None:
        content = self._asked(subject, lambda: self._api.content(self._path(subject), fetch=fetch))
        return None if content is None else self._stored(subject, content)

    def _replace(self, subject: Subject, stored: Stored | None, content: bytes) -> None:
        before = stored.revision if stored else None

        def is_as_loaded(found: bytes | None) -> bool:
            return before == (None if found is None else revision(found))

        try:
            self._asked(subject, lambda: self._api.replace(self._path(subject), content, is_as_loaded))
        except GitChanged:
            raise self.conflict(subject) from None

    def _sealed(self, data: Mapping[str, Any], ciphertexts: Mapping[Slot, str]) -> dict[str, Any]:
        return sealed(self._cipher, data, ciphertexts)

    def _verified(
        self, subject: Subject, content: bytes, data: Mapping[str, Any], ciphertexts: Mapping[Slot, str]
    ) -> dict[str, Any]:
        return verified(self._cipher, f"{self.describe()}, user {subject.name}", data, ciphertexts)

    def _asked(self, subject: Subject | None, call: Callable[[], T]) -> T:
        try:
            return call()
        except GitRefused as problem:
            raise self._failed(subject, str(problem)) from None

    def _path(self, subject: Subject) -> str:
        return f"{self._prefix}/{subject.customer_id}/{subject.user_id}.yml"

    def _subject(self, path: str) -> Subject | None:
        """Return the user of a path; None where it is no file of this store."""
        customer, _slash, name = path.removeprefix(f"{self._prefix}/").partition("/")
        user = name.removesuffix(".yml")
        ours = known_guid(customer) and known_guid(user) and path == self._path(Subject(customer, user))
        return Subject(customer, user) if ours else None
