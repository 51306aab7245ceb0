# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of the kinds of stores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from .._base.errors import InputError
from .base import Context, Store
from .options import KINDS, StoreOptions


def make_store(given: Mapping[str, object] | None, context: Context, place: str = "store") -> Store:
    """Return the store that the option ``store`` describes, checked offline; nothing is read or written yet.

    Raises :class:`InputError` with the place, or ``MissingLibraryError`` with the library.
    """
    given = given or {}
    kind = given.get("type") or "file"
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(f"{place}.type", f"must be one of {', '.join(KINDS)}")
    make: Callable[[StoreOptions, Context], Store] = import_module(f".{kind}", __package__).make
    options = StoreOptions(given, place, context.environment)
    store = make(options, context)
    options.finish()
    return store
