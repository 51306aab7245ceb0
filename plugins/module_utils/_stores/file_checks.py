# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keyed check over each file of a file store.

It covers the document and the ciphertext in each slot, so that whoever can write the folder, and has no vault password,
cannot move a password to another user, slot or version, and cannot change when it was set. What no check can find is a
whole older file of the same user in the place of the newer one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._base.errors import StoreError
from . import file_format
from .base import Cipher, CipherError
from .document_data import SCHEMA
from .first_release import FirstRelease, Untrusted
from .records import Slot, Subject

_KEY_ID = re.compile(r"1;([0-9a-f]{8});")


class WrongKey(StoreError):
    """None of the run's vault passwords is the one that is needed."""


@dataclass(frozen=True)
class FileChecks:
    """Of the store in the folder ``root``. Raises what :mod:`first_release` raises."""

    root: str
    cipher: Cipher = field(repr=False)
    _first_release: FirstRelease = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_first_release", FirstRelease(self.root, self.cipher))

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
