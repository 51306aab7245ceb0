# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SDKs of stores are optional: each is imported when a store of its kind is made."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..._service.errors import MissingLibraryError


def sdk(module: str, library: str, purpose: str) -> Any:
    """The module; a :class:`MissingLibraryError` that names its package on PyPI where it cannot be imported."""
    try:
        return import_module(module)
    except ImportError:
        raise MissingLibraryError(library, purpose) from None
