# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a store, read one by one. An option that is never read is unknown. Offline."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from .._base import hosts
from .._base.errors import InputError
from .._base.secret import Secret, one_line

#: The form of names that become part of paths, secret names and URLs.
_PREFIX = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}[A-Za-z0-9])?")


#: Each kind of store, by the name of its file, and what the documentation says of it.
KINDS = {
    "file": "keeps one YAML file for each user. The passwords in it are encrypted with ansible-vault.",
    "azure_keyvault": "needs C(azure-keyvault-secrets) and C(azure-identity).",
    "hashi_vault": "needs C(hvac) and a KV engine of version 2.",
    "aws_secretsmanager": "needs C(boto3).",
    "git": "keeps the same files as V(file) in a branch of a remote repository, and needs the program C(git).",
}


class StoreOptions:
    """The options of one store. ``place``: where the user wrote them, such as ``store``.

    Methods raise :class:`InputError`, and take a missing option from the given ``variables`` of the environment.
    """

    _what = "store"

    def __init__(self, given: Mapping[str, object], place: str, environment: Mapping[str, str]) -> None:
        self._given = {str(name): value for name, value in given.items() if value is not None}
        self._place = place
        self.environment = environment
        self._read: set[str] = {"type"}

    def place(self, name: str) -> str:
        return f"{self._place}.{name}"

    def text(self, name: str, *variables: str) -> str | None:
        """Return the option, or the first of these environment variables that is set."""
        self._read.add(name)
        value = self._given.get(name)
        if value is None:
            named = (self.environment.get(variable, "").strip() for variable in variables)
            return next((found for found in named if found), None)
        if not isinstance(value, str) or not value.strip():
            raise InputError(self.place(name), "must be a text that is not empty")
        return str(value).strip()

    def secret(self, name: str, *variables: str) -> Secret | None:
        return one_line(self.text(name, *variables), self.place(name))

    def prefix(self) -> str:
        """Return the beginning of the names of all secrets."""
        value = self.text("prefix") or "partnercenter"
        if not _PREFIX.fullmatch(value):
            raise InputError(self.place("prefix"), "must be 1 to 40 letters, digits and hyphens, no hyphen at its ends")
        return value

    def path(self, name: str, *variables: str) -> str | None:
        value = self.text(name, *variables)
        return os.path.expanduser(os.path.expandvars(value)) if value else None

    def ca_path(self, *variables: str) -> str | None:
        value = self.path("ca_path", *variables)
        if value and not os.access(value, os.R_OK):
            raise InputError(self.place("ca_path"), "names a CA bundle that does not exist or cannot be read")
        return value

    def url(self, name: str, *variables: str, known: re.Pattern[str] | None = None) -> str | None:
        """Return an https URL whose host may get passwords, or an http URL of a loopback address."""
        value = self.text(name, *variables)
        if value is None:
            return None
        origin = hosts.origin_of(value)
        if origin is None or "?" in value or "#" in value:
            raise InputError(self.place(name), "must be a URL such as https://vault.example.com, without a user name")
        if origin.scheme == "http" and not hosts.is_loopback(origin.host):
            raise InputError(self.place(name), "must begin with https://, because passwords travel over it")
        hosts.check(value, self.place(name), known=known, variables=variables)
        return value.rstrip("/")

    def together(self, *names: str) -> bool:
        """Return whether these options are given; raises where only some of them are."""
        given = [name for name in names if self._given.get(name) is not None]
        if given and len(given) != len(names):
            missing = next(name for name in names if name not in given)
            raise InputError(self.place(missing), f"is missing: it belongs to {given[0]}")
        return bool(given)

    def finish(self) -> None:
        """Raise :class:`InputError` for options that were not read."""
        if unknown := sorted(set(self._given) - self._read):
            known = ", ".join(sorted(self._read))
            raise InputError(self.place(unknown[0]), f"is not an option of this {self._what}; there are {known}")
