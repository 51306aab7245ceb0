# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of release 0.1.0 in a file store: they have no check, and are read as they were when the store was taken over.

Who can write the folder could take the check off a file, or put a file of another user there without one. So the first
run that writes lists the files that have none, with their digests, in ``.first-release`` beside the customers' folders,
under a keyed check. From then on a file without a check is read only if it is in the list and unchanged.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from .._base import notices
from . import folders
from .base import LOCK_SECONDS, Cipher
from .local_lock import locked
from .records import Subject

NAME = ".first-release"
_LOCK = f"{NAME}.lock"
_LARGEST = 64 * 1024 * 1024

#: How a check stands in a file.
_CHECKED = b"\n  check: "

Identity = tuple[int, int, int]


class Untrusted(Exception):
    """Says why a file without a check is not read."""


@dataclass
class FirstRelease:
    """Of the store in the folder ``root``. Raises what :mod:`folders` and the cipher raise."""

    root: str
    cipher: Cipher = field(repr=False)
    _taken_over: bool = False
    _known: tuple[Identity | None, dict[str, str]] = field(default_factory=lambda: (None, {}))
    _checked_files: bool | None = None

    def take_over(self, places: Iterable[Subject]) -> None:
        """Lists the files without a check, unless that was done before. ``places``: everybody in the store."""
        if self._taken_over:
            return
        with folders.opened(self.root, create=True) as folder:
            if self._content(folder) is None:
                with locked(folder, _LOCK, LOCK_SECONDS):
                    if self._content(folder) is None:
                        self._write(folder, self._unchecked(places))
        self._taken_over = True

    def check(self, subject: Subject, content: bytes, places: Iterable[Subject]) -> None:
        """Raises :class:`Untrusted` where a file without a check is not one that release 0.1.0 has left."""
        with folders.opened(self.root) as folder:
            listed = self._listed(folder)
        if listed is None:
            if self._any_checked(places):
                raise Untrusted(f"has no check, though others of this store have one, and the list {NAME} is gone")
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
            raise Untrusted(f"has no check, and the list {NAME} is damaged") from None
        if not self.cipher.fits(_covered(files), seal):
            raise Untrusted(f"has no check, and the list {NAME} was changed")
        return files

    def _content(self, folder: int) -> bytes | None:
        return folders.read(folder, NAME, os.path.join(self.root, NAME), largest=_LARGEST)

    def _write(self, folder: int, files: dict[str, str]) -> None:
        text = json.dumps({"files": files, "check": self.cipher.seal(_covered(files))}, indent=1, sort_keys=True)
        folders.replace(folder, NAME, f"{text}\n".encode(), folders.Durability())
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
            with folders.opened(self.root, place.customer_id) as folder:
                return folders.read(folder, name, os.path.join(self.root, place.customer_id, name))
        except (OSError, folders.Unsafe):
            return None


def _identity(folder: int) -> Identity | None:
    """Of the list in the open folder: each new one is another file."""
    try:
        status = os.stat(NAME, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _name(subject: Subject) -> str:
    return f"{subject.customer_id}/{subject.user_id}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _covered(files: dict[str, str]) -> bytes:
    return json.dumps({"files": files}, sort_keys=True).encode()
