# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keyed check over each file of a file store.

It covers the document and the ciphertext in each slot. A person who can write the folder, but has no vault password,
cannot move a password to another user, slot or version, and cannot change the time when it was set. The check cannot
detect that a complete older file of the same user was put back.

Files of release 0.1.0 have no check. So that nobody can remove the check of a file, or add a file without one, the
first run that writes makes the list ``.first-release`` beside the customers' folders: all files without a check, with
their digests, under a keyed check. Later, a file without a check is read only if it is in the list and unchanged.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._base import durable, notices, safe_folders
from .._base.errors import StoreError
from .._base.lock import Lock
from . import file_format
from .base import LOCK_SECONDS, Cipher, CipherError
from .document_data import SCHEMA
from .records import Slot, Subject

FIRST_RELEASE = ".first-release"
_LOCK = f"{FIRST_RELEASE}.lock"
LARGEST = 1024 * 1024
_LARGEST_LIST = 64 * 1024 * 1024
#: The form of a check in a file.
_CHECKED = b"\n  check: "

_Identity = tuple[int, int, int]
_KEY_ID = re.compile(r"1;([0-9a-f]{8});")


class Untrusted(Exception):
    """A file must not be read. The text says why."""


class WrongKey(StoreError):
    """None of the vault passwords of this run can open the file."""


@dataclass(frozen=True)
class FileChecks:
    """The checks of the store in the folder ``root``. Methods raise the errors of :mod:`durable` and of the cipher."""

    root: str
    cipher: Cipher = field(repr=False)
    _first_release: _FirstRelease = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_first_release", _FirstRelease(self.root, self.cipher))

    def take_over(self, places: Iterable[Subject]) -> None:
        """Make the list of the files without a check, before the first write. ``places``: all users in the store."""
        self._first_release.take_over(places)

    def verified(
        self,
        subject: Subject,
        content: bytes,
        data: Mapping[str, Any],
        ciphertexts: Mapping[Slot, str],
        places: Iterable[Subject],
    ) -> dict[str, Any]:
        """Return the document without its check; raises :class:`Untrusted` where this collection did not write it."""
        where = f"file store {self.root}, user {subject.name}"
        if data.get("schema") != 1 or data.get(file_format.CHECK) is not None:
            return verified(self.cipher, where, data, ciphertexts)
        try:
            self._first_release.check(subject, content, places)
        except CipherError:
            raise _wrong_key(where, None) from None
        return dict(data)


def sealed(cipher: Cipher, data: Mapping[str, Any], ciphertexts: Mapping[Slot, str]) -> dict[str, Any]:
    """Return the document with its check, for a file."""
    form = {**data, "schema": file_format.SCHEMA}
    return form | {file_format.CHECK: cipher.seal(file_format.covered(form, ciphertexts))}


def verified(cipher: Cipher, where: str, data: Mapping[str, Any], ciphertexts: Mapping[Slot, str]) -> dict[str, Any]:
    """Return the document without its check; raises :class:`Untrusted`, or :class:`WrongKey` with ``where``."""
    seal = data.get(file_format.CHECK)
    if data.get("schema") == 1 and seal is None:
        raise Untrusted("has no check")
    if data.get("schema") != file_format.SCHEMA:
        return dict(data)  # of a newer release, or malformed: the reader of the document says which
    try:
        if not isinstance(seal, str) or not cipher.fits(file_format.covered(data, ciphertexts), seal):
            raise Untrusted("was changed by something else than this collection: its check does not fit")
    except CipherError:
        raise _wrong_key(where, seal) from None
    return {name: value for name, value in data.items() if name != file_format.CHECK} | {"schema": SCHEMA}


def _wrong_key(where: str, seal: object) -> WrongKey:
    match = _KEY_ID.match(str(seal))
    named = f" (its key is {match[1]})" if match else ""
    return WrongKey(
        f"{where}: the file was written with another vault password{named} than this run has: is it the right vault "
        "password? After a change give both, the new one first (--vault-id new@... --vault-id old@...)"
    )


def read(root: str, folder: int, *place: str, largest: int = LARGEST) -> bytes | None:
    """Return the content of a file of the store, or None. ``folder``: its open folder; ``place``: its path in ``root``.

    Files that others can read, as after a git checkout, are closed to them, or refused where that is not possible.
    """
    notice = f"{root}: every user of this machine could read files of this store; they were closed"
    return durable.read(place[-1], largest=largest, folder=folder, shown=os.path.join(root, *place), notice=notice)


@dataclass
class _FirstRelease:
    """The list of the files of release 0.1.0 in the store in the folder ``root``."""

    root: str
    cipher: Cipher = field(repr=False)
    _taken_over: bool = False
    _known: tuple[_Identity | None, dict[str, str]] = field(default_factory=lambda: (None, {}))
    _checked_files: bool | None = None

    def take_over(self, places: Iterable[Subject]) -> None:
        """Write the list, unless there is one. ``places``: all users in the store."""
        if self._taken_over:
            return
        with safe_folders.opened(self.root, create=True) as folder:
            if self._content(folder) is None:
                with Lock(_LOCK, LOCK_SECONDS, folder=folder, remove=True):
                    if self._content(folder) is None:
                        self._write(folder, self._unchecked(places))
        self._taken_over = True

    def check(self, subject: Subject, content: bytes, places: Iterable[Subject]) -> None:
        """Raise :class:`Untrusted` where a file without a check is not in the list, or was changed."""
        with safe_folders.opened(self.root) as folder:
            listed = self._listed(folder)
        if listed is None:
            if self._any_checked(places):
                raise Untrusted(
                    f"has no check, though others of this store have one, and the list {FIRST_RELEASE} is gone"
                )
            return
        if listed.get(_name(subject)) != _digest(content):
            raise Untrusted("has no check, and is not as release 0.1.0 has left it")

    def _listed(self, folder: int) -> dict[str, str] | None:
        """Return the digests in the list by name; None without a list. It is read again only when it has changed."""
        identity = _identity(folder)
        if identity is None:
            return None
        if self._known[0] != identity:
            self._known = identity, self._read(self._content(folder) or b"")
        return self._known[1]

    def _read(self, content: bytes) -> dict[str, str]:
        try:
            read = json.loads(content)
            files, seal = dict(read["files"]), str(read["check"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Untrusted(f"has no check, and the list {FIRST_RELEASE} is damaged") from None
        if not self.cipher.fits(_covered(files), seal):
            raise Untrusted(f"has no check, and the list {FIRST_RELEASE} was changed")
        return files

    def _content(self, folder: int) -> bytes | None:
        return read(self.root, folder, FIRST_RELEASE, largest=_LARGEST_LIST)

    def _write(self, folder: int, files: dict[str, str]) -> None:
        text = json.dumps({"files": files, "check": self.cipher.seal(_covered(files))}, indent=1, sort_keys=True)
        durable.replace(folder, FIRST_RELEASE, f"{text}\n".encode())
        if files:
            notices.add(
                f"{self.root}: {len(files)} files of release 0.1.0 were taken over as they are; each gets a check when "
                "it is next written. Read this once after the upgrade: read again, it means that somebody has changed "
                "the folder"
            )

    def _unchecked(self, places: Iterable[Subject]) -> dict[str, str]:
        """Return the files without a check. If a file has one, somebody has removed the list: then return none."""
        files: dict[str, str] = {}
        for place in places:
            content = self._file(place)
            if content is not None and _CHECKED in content:
                return {}
            if content is not None:
                files[_name(place)] = _digest(content)
        return files

    def _any_checked(self, places: Iterable[Subject]) -> bool:
        if self._checked_files is None:
            self._checked_files = any(_CHECKED in (self._file(place) or b"") for place in places)
        return self._checked_files

    def _file(self, place: Subject) -> bytes | None:
        name = f"{place.user_id}.yml"
        try:
            with safe_folders.opened(self.root, place.customer_id) as folder:
                return read(self.root, folder, place.customer_id, name)
        except (OSError, safe_folders.Unsafe):
            return None


def _identity(folder: int) -> _Identity | None:
    """Return what identifies the list in the open folder: a new list is another file."""
    try:
        status = os.stat(FIRST_RELEASE, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _name(subject: Subject) -> str:
    return f"{subject.customer_id}/{subject.user_id}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _covered(files: dict[str, str]) -> bytes:
    return json.dumps({"files": files}, sort_keys=True).encode()
