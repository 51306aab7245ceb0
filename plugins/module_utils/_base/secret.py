# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A string that does not show itself."""

from __future__ import annotations

import hmac
from typing import NoReturn

from .errors import InputError


class Secret:
    """Holds a secret text; only :meth:`reveal` gives it out.

    ``str``, ``repr`` and ``format`` give ``***``. It cannot be pickled or copied into a log record by accident.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the one place that sends or encrypts it."""
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
    """The secret of an option, without the line end that a file or a variable of a platform leaves behind it.

    With ``blanks``, those around it are a part of it. None where there is nothing. Raises :class:`InputError` that
    names ``place`` for a line break inside of it.
    """
    text = (value or "").removeprefix("\ufeff").strip("\r\n" if blanks else None)
    if len(text.splitlines()) > 1:
        raise InputError(place, "holds a line break in its middle, and must be one line")
    return Secret(text) if text else None
