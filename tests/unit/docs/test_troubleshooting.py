# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide *Troubleshooting* has every error number of the code, and quotes messages that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import error_tables
import pytest

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
SITUATIONS, _mark, TABLES = error_tables.GUIDE.read_text(encoding="utf-8").partition(error_tables.BEGIN)

#: Messages of Ansible, and words that stand for a state.
OF_OTHERS = {"skipping: no hosts matched"}


def messages() -> str:
    """Return all texts of the code, one a line, with a dash for what is filled in."""
    texts = []
    for file in PLUGINS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                texts.append("".join(p.value if isinstance(p, ast.Constant) else "-" for p in node.values))
    return "\n".join(texts)


def test_the_tables_are_those_of_the_code() -> None:
    """If this fails: run tests/tools/error_tables.py in the environment of the session ``units``."""
    assert f"\n{error_tables.tables()}" == TABLES


@pytest.mark.parametrize(
    "shown", ["AADSTS50173", "AADSTS7000215", "code 900308, with HTTP status 403", "SecretDisabled"]
)
def test_what_is_seen_is_found(shown: str) -> None:
    assert f"   * - {shown}\n" in TABLES


@pytest.mark.parametrize("number", ["50173", "900308", "900421", "7000215"])
def test_a_bare_number_is_in_the_index(number: str) -> None:
    """Because the search of the site finds no bare number in a text."""
    listed = " ".join(re.findall(r"(?m)^\.\. index:: (.+(?:\n   .+)*)", TABLES))
    assert number in re.split(r"[,\s]+", listed)


def test_quoted_messages_are_those_of_the_code() -> None:
    rows = SITUATIONS[SITUATIONS.index("Situations\n---") :]
    quoted = {" ".join(text.split()) for text in re.findall(r"(?s)   \* - \*(.+?)\*", rows)} - OF_OTHERS
    assert len(quoted) >= 10
    code = messages()
    assert {text for text in quoted if text not in code} == set()
