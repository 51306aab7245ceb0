# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for secrets in whatever was written, in all the forms in which they may show."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

#: A secret that is longer is looked for by two pieces of it, so that a shortened one is found as well.
LONG = 60
PIECE = 40
#: Ansible breaks long lines of warnings and errors, in the middle of a word where it must.
_LINE_BREAK = re.compile(rb"\s*\n\s*")


def forms(secret: str) -> dict[str, str]:
    """Text to the name of its form."""
    found = {
        "plain": secret,
        "repr": repr(secret)[1:-1],
        "JSON": json.dumps(secret)[1:-1],
        "URL": quote(secret, safe=""),
        "form": quote_plus(secret),
        "HTML": html.escape(secret),
    }
    for offset in range(3):
        found[f"base64 at {offset}"] = _inner_base64(secret.encode(), offset)
        found[f"URL-safe base64 at {offset}"] = found[f"base64 at {offset}"].translate(str.maketrans("+/", "-_"))
    named: dict[str, str] = {}
    for name, text in found.items():
        named.setdefault(text, name)
    return named


def _inner_base64(content: bytes, offset: int) -> str:
    """What is the same in the base64 form of every text that holds ``content`` at such an offset."""
    encoded = base64.b64encode(b"\0" * offset + content).decode().rstrip("=")
    return encoded[(0, 2, 3)[offset] : len(encoded) - bool((len(content) + offset) % 3)]


def pieces(secret: str) -> list[str]:
    """The secret itself, or the middle and the end of a long one."""
    if len(secret) <= LONG:
        return [secret]
    middle = (len(secret) - PIECE) // 2
    return [secret[middle : middle + PIECE], secret[-PIECE:]]


@dataclass(frozen=True)
class Leak:
    """A secret by its name, the form it was found in, and where."""

    secret: str
    form: str
    place: str


@dataclass
class Hunt:
    """Goes through places. ``secrets`` is name to text; the names are shown, the texts never.

    What is escaped more than once, as a result in JSON that quotes JSON, is found as well: backslashes do not count.
    """

    secrets: Mapping[str, str]
    leaks: list[Leak] = field(default_factory=list)
    places: int = 0
    size: int = 0

    def __post_init__(self) -> None:
        self._wanted: dict[bytes, tuple[str, str]] = {}
        for name, secret in self.secrets.items():
            assert len(secret) >= 7, f"{name} is too short: it would be found by accident"
            for piece in pieces(secret):
                for text, form in forms(piece).items():
                    self._wanted[text.encode()] = self._wanted[_unescaped(text.encode())] = (name, form)

    @property
    def texts(self) -> int:
        """How many different texts are sought."""
        return len(self._wanted)

    def content(self, place: str, content: bytes | str, given: Collection[str] = ()) -> None:
        """One text. Secrets named in ``given`` may be there: that is how they were given."""
        if isinstance(content, str):
            content = content.encode("utf-8", "surrogateescape")
        self.places += 1
        self.size += len(content)
        texts = {content, _LINE_BREAK.sub(b"", content), _unescaped(content)}
        for wanted, (name, form) in self._wanted.items():
            if name not in given and any(wanted in text for text in texts):
                self.leaks.append(Leak(name, form, place))

    def files(self, folder: Path, given: Callable[[Path], Collection[str]] = lambda path: ()) -> None:
        """All files below, with their names. ``given`` tells which secrets a file may hold."""
        for path in sorted(folder.rglob("*")):
            self.content(f"the name of {path}", str(path.relative_to(folder)))
            if path.is_file() and not path.is_symlink():
                self.file(str(path), path.read_bytes(), given(path))

    def file(self, place: str, content: bytes, given: Collection[str] = ()) -> None:
        """The content of a file; of an archive, that of its members."""
        self.content(place, content, given)
        for name, member in _members(content):
            self.content(f"{name} in {place}", member, given)


def _unescaped(text: bytes) -> bytes:
    return text.replace(b"\\", b"")


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    if content.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                yield from ((name, archive.read(name)) for name in archive.namelist())
        except zipfile.BadZipFile:
            return  # it was read while somebody was writing it
