# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks of code in the pages of the documentation, for tests that do what a page tells its reader to do."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
GUIDES = ROOT / "docs" / "docsite" / "rst"


def blocks(page: Path) -> Iterator[tuple[str, str, str]]:
    """Language, caption and text of each block of code of a page, in order."""
    text = page.read_text()
    if page.suffix == ".md":
        for match in re.finditer(r"(?ms)^```(\w+)\n(.*?)^```", text):
            yield match[1], "", match[2]
        return
    for match in re.finditer(r"(?m)^\.\. code-block:: (\S+)\n((?: +:.*\n)*)\n((?:   .*\n|\n)+)", text):
        caption = re.search(r":caption: (.+)", match[2])
        yield match[1], caption[1] if caption else "", textwrap.dedent(match[3])
