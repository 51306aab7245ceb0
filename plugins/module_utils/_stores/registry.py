# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of the kinds of stores."""

from __future__ import annotations

from collections.abc import Mapping

from .._base.errors import InputError
from . import aws_secretsmanager, azure_keyvault, file, hashi_vault
from .base import Context, Store
from .options import StoreOptions

_STORES = {
    "file": file.make,
    "azure_keyvault": azure_keyvault.make,
    "hashi_vault": hashi_vault.make,
    "aws_secretsmanager": aws_secretsmanager.make,
}


def make_store(given: Mapping[str, object] | None, context: Context, place: str = "store") -> Store:
    """Return the store that the option ``store`` describes, checked offline; nothing is read or written yet.

    Raises :class:`InputError` with the place, or ``MissingLibraryError`` with the library.
    """
    given = given or {}
    kind = given.get("type") or "file"
    make = _STORES.get(kind) if isinstance(kind, str) else None
    if make is None:
        raise InputError(f"{place}.type", f"must be one of {', '.join(_STORES)}")
    options = StoreOptions(given, place, context.environment)
    store = make(options, context)
    options.finish()
    return store
