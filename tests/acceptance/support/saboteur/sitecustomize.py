# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On PYTHONPATH, raises an exception that nobody foresees and that quotes a document, itself raised from another one.

``SABOTAGE`` is a word that makes a JSON document unreadable in this way.
"""

from __future__ import annotations

import json
import os

_WORD = os.environ.get("SABOTAGE")
_loads = json.loads


def _sabotaged(document, *arguments, **options):
    text = document if isinstance(document, str) else bytes(document).decode("utf-8", "replace")
    if _WORD in text:
        try:
            raise LookupError(text)
        except LookupError as error:
            raise RuntimeError(f"cannot read {text!r}") from error
    return _loads(document, *arguments, **options)


if _WORD:
    json.loads = _sabotaged
