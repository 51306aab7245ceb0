# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keyed check over each file of a file store.

It covers the document and the ciphertext in each slot, so that whoever can write the folder, and has no vault password,
cannot move a password to another user, slot or version, and cannot change when it was set. What no check can find is a
whole older file of the same user in the place of the newer one.

Files of release 0.1.0 have no check, and are read as they were when the store was taken over. Whoever can write the
folder could take the check off a file, or put a file of another user there without one. So the first run that writes
lists the files that have none, with their digests, in ``.first-release`` beside the customers' folders, under a keyed
check. From then on a file without a check is read only if it is in the list and unchanged.
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
_LARGEST = 1024 * 1024
_LARGEST_LIST = 64 * 1024 * 1024
#: How a check stands in a file.
_CHECKED = b"\n  check: "

_Identity = tuple[int, int, int]
_KEY_ID = re.compile(r"1;([0-9a-f]{8});")


class Untrusted(Exception):
    """Says why a file without a check is not read."""


class WrongKey(StoreError):
    """None of the run's vault passwords is the one that is needed."""


@dataclass(frozen=True)
class FileChecks:
    """The checks of the store in the folder ``root``. Raises what :mod:`durable` and the cipher raise."""

    root: str
    cipher: Cipher = field(repr=False)
    _first_release: _FirstRelease = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_first_release", _FirstRelease(self.root, self.cipher))

    def take_over(self, places: Iterable[Subject]) -> None:
        """Before the first write: notes which files of release 0.1.0 are there, which have no check."""
        self._first_release.take_over(places)

    def sealed(self, data: Mapping[str, Any], ciphertexts: Mapping[Slot, str]) -> dict[str, Any]:
        """The document with its check, as it is written into a file."""
        form = {**data, "schema": file_format.SCHEMA}
        return form | {file_format.CHECK: self.cipher.seal(file_format.covered(form, ciphertexts))}

    def verified(
        self,
        subject: Subject,
        content: bytes,
        data: Mapping[str, Any],
        ciphertexts: Mapping[Slot, str],
        places: Iterable[Subject],
    ) -> dict[str, Any]:
        """The document as every store has it; raises :class:`Untrusted` for what this collection has not written."""
        seal = data.get(file_format.CHECK)
        try:
            if data.get("schema") == 1 and seal is None:
                self._first_release.check(subject, content, places)
                return dict(data)
            if data.get("schema") != file_format.SCHEMA:
                return dict(data)  # of a newer release, or of nobody: that is told where the document is read
            if not isinstance(seal, str) or not self.cipher.fits(file_format.covered(data, ciphertexts), seal):
                raise Untrusted("was changed by something else than this collection: its check does not fit")
        except CipherError:
            raise self._wrong_key(subject, str(seal)) from None
        return {name: value for name, value in data.items() if name != file_format.CHECK} | {"schema": SCHEMA}

    def _wrong_key(self, subject: Subject, seal: str) -> WrongKey:
        match = _KEY_ID.match(seal)
        named = f" (its key is {match[1]})" if match else ""
        return WrongKey(
            f"file store {self.root}, user {subject.name}: the file was written with another vault password{named} "
            "than this run has: is it the right vault password? After a change give both, the new one first "
            "(--vault-id new@... --vault-id old@...)"
        )


def read(root: str, folder: int, *place: str, largest: int = _LARGEST) -> bytes | None:
    """The content of a file of the store, or None; ``folder`` is the open one that it is in, ``place`` its path.

    A git checkout makes files that everybody can read: they are closed where that is allowed, and refused where not.
    """
    notice = f"{root}: every user of this machine could read files of this store; they were closed"
    return durable.read(place[-1], largest=largest, folder=folder, shown=os.path.join(root, *place), notice=notice)


@dataclass
class _FirstRelease:
    """The list of such files in the store in the folder ``root``."""

    root: str
    cipher: Cipher = field(repr=False)
    _taken_over: bool = False
    _known: tuple[_Identity | None, dict[str, str]] = field(default_factory=lambda: (None, {}))
    _checked_files: bool | None = None

    def take_over(self, places: Iterable[Subject]) -> None:
        """Lists the files without a check, unless that was done before. ``places``: everybody in the store."""
        if self._taken_over:
            return
        with safe_folders.opened(self.root, create=True) as folder:
            if self._content(folder) is None:
                with Lock(_LOCK, LOCK_SECONDS, folder=folder, remove=True):
                    if self._content(folder) is None:
                        self._write(folder, self._unchecked(places))
        self._taken_over = True

    def check(self, subject: Subject, content: bytes, places: Iterable[Subject]) -> None:
        """Raises :class:`Untrusted` where a file without a check is not one that release 0.1.0 has left."""
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
        """What is in the list; read once, because every file that has no check is looked up in it."""
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
        """None of them where a file has a check: then the list was there, and somebody has removed it."""
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
    """What tells one list in the open folder from the next one, which is another file."""
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
