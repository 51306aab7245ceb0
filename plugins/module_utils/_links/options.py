# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a link service, read one by one. Offline."""

from __future__ import annotations

from .._base.errors import InputError
from .._stores.options import StoreOptions

#: Each kind of link service, by the name of its file, and what the documentation says of it.
KINDS = {
    "password_pusher": "an instance of Password Pusher with version 2 of its API.",
    "hashi_vault": "response wrapping of HashiCorp Vault or OpenBao. It needs C(hvac).",
}


class LinkOptions(StoreOptions):
    """The options of one link service, with those of its sign-in. Methods raise :class:`InputError`."""

    _what = "link service"

    def number(self, name: str, default: int, most: int) -> int:
        """Return a whole number from 1 to ``most``."""
        value = self._value(name, default)
        # isinstance, because ansible-core has its own integers with tags.
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise InputError(self.place(name), f"must be a whole number from 1 to {most}")
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self._value(name, default)
        if not isinstance(value, bool):
            raise InputError(self.place(name), "must be true or false")
        return value

    def needed_url(self, *variables: str) -> str:
        """Return the address of the service."""
        value = self.url("url", *variables)
        if value is None:
            raise InputError(self.place("url"), "is missing: the address of the link service")
        return value

    def _value(self, name: str, default: object) -> object:
        self._read.add(name)
        value = self._given.get(name)
        return default if value is None else value
