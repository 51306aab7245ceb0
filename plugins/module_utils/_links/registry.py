# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of the kinds of link services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from .._base.errors import InputError
from .link import LinkService
from .options import KINDS, LinkOptions


def make_links(given: Mapping[str, object] | None, environment: Mapping[str, str], place: str = "link") -> LinkService:
    """Return the link service that the option ``link`` describes, checked offline; nothing is sent yet.

    Raises :class:`InputError` with the place, or ``MissingLibraryError`` with the library.
    """
    given = given or {}
    kind = given.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(f"{place}.type", f"must be one of {', '.join(KINDS)}")
    make: Callable[[LinkOptions], LinkService] = import_module(f".{kind}", __package__).make
    options = LinkOptions(given, place, environment)
    service = make(options)
    options.finish()
    return service
