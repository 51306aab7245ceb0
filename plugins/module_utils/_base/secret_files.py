# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the small files that hold secrets: credentials of an application, refresh tokens, federated tokens."""

from __future__ import annotations

import os
import stat

from . import notices
from .errors import InputError

_LARGEST = 1024 * 1024
VAULT_HEADER = "$ANSIBLE_VAULT"


def read_bytes(path: str, place: str) -> bytes:
    """The content; raises :class:`InputError` that names the option ``place``.

    A file that every user of this machine can read or write is used, with a notice.
    """
    try:
        with open(os.path.expanduser(path), "rb") as file:
            content = file.read(_LARGEST)
            mode = os.fstat(file.fileno()).st_mode
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "not a path"
        raise InputError(place, f"the file cannot be read ({reason})") from None
    if not content.strip():
        raise InputError(place, "the file is empty")
    if mode & stat.S_IROTH and not content.startswith(VAULT_HEADER.encode()):
        notices.add(f"{place}: every user of this machine can read the file: chmod go= {path}")
    if mode & stat.S_IWOTH:
        notices.add(f"{place}: every user of this machine can write the file: chmod go= {path}")
    return content


def read_text(path: str, place: str) -> str:
    """The stripped text of a file that is not encrypted."""
    text = read_bytes(path, place).decode("utf-8-sig", "replace").strip()
    if text.startswith(VAULT_HEADER):
        raise InputError(
            place,
            "the file is encrypted with ansible-vault; only refresh_token_file may be, where the task runs in the "
            "controller's process. Give the decrypted content in the option instead",
        )
    return text
