# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A text that is shown as ``***``, and the small files from which secrets are read."""

from __future__ import annotations

import hmac
import os
import stat
from collections.abc import Callable
from typing import ClassVar, NoReturn

from . import notices
from .errors import InputError

_LARGEST = 1024 * 1024
VAULT_HEADER = "$ANSIBLE_VAULT"


class Secret:
    """A secret text; only :meth:`reveal` returns it.

    ``str``, ``repr`` and ``format`` give ``***``. It cannot be pickled or copied into a log record by accident.

    :cvar mask: is told the text of every secret as soon as it exists, so that what shows texts can hide it there.
    """

    __slots__ = ("_value",)
    mask: ClassVar[Callable[[str], object] | None] = None

    def __init__(self, value: str) -> None:
        self._value = value
        if Secret.mask is not None:
            Secret.mask(value)

    def reveal(self) -> str:
        """Return the text itself, for the code that sends or encrypts it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(
            self._value.encode("utf-8", "surrogatepass"), other._value.encode("utf-8", "surrogatepass")
        )

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be serialised")


def one_line(value: str | None, place: str, *, blanks: bool = False) -> Secret | None:
    """Return the secret of an option without the line break at its end; None where there is nothing.

    With ``blanks``, blanks around it belong to it. Raises :class:`InputError` with ``place`` for a line break inside.
    """
    text = (value or "").removeprefix("\ufeff").strip("\r\n" if blanks else None)
    if len(text.splitlines()) > 1:
        raise InputError(place, "holds a line break in its middle, and must be one line")
    return Secret(text) if text else None


def _folder_of(path: str) -> str:
    """Name the folder in which the file should be, if it is there. The name of the file may be a mistaken secret."""
    folder = os.path.dirname(os.path.abspath(os.path.expanduser(path)))
    return f"; its folder is {folder}" if "\0" not in path and os.path.isdir(folder) else ""


def read_bytes(path: str, place: str) -> bytes:
    """Return the content of a file; raises :class:`InputError` that names the option ``place``.

    A file that every user of this machine can read or write is used, with a notice; without one where nobody could
    change that, because the platform mounts it read-only, such as the token of a Kubernetes pod.
    """
    try:
        with open(os.path.expanduser(path), "rb") as file:
            content = file.read(_LARGEST)
            read_only = os.fstatvfs(file.fileno()).f_flag & os.ST_RDONLY
            mode = 0 if read_only else os.fstat(file.fileno()).st_mode
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "not a path"
        raise InputError(place, f"the file cannot be read ({reason}){_folder_of(path)}") from None
    if not content.strip():
        raise InputError(place, "the file is empty")
    if mode & stat.S_IROTH and not content.startswith(VAULT_HEADER.encode()):
        notices.add(f"{place}: every user of this machine can read the file: chmod go= {path}")
    if mode & stat.S_IWOTH:
        notices.add(f"{place}: every user of this machine can write the file: chmod go= {path}")
    return content


def read_text(path: str, place: str) -> str:
    """Return the stripped text of a file; raises :class:`InputError`, also where it is encrypted with ansible-vault."""
    text = read_bytes(path, place).decode("utf-8-sig", "replace").strip()
    if text.startswith(VAULT_HEADER):
        raise InputError(
            place,
            "the file is encrypted with ansible-vault; only refresh_token_file may be, where the task runs in the "
            "controller's process. Give the decrypted content in the option instead",
        )
    return text
