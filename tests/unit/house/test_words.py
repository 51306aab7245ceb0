# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Functions have words: a docstring begins with a verb or a plain noun phrase and is understood at first reading."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.tests.unit.support.documentation import PLUGINS

#: Beginnings in the middle of a thought, which only make sense together with the name above them.
UNCLEAR = re.compile(
    r"(of|from|by|to|with|without|for|as|at|in|on|if|that|whether|how|why|what|where|when|which|who|whom|whose)\b",
    re.IGNORECASE,
)
FILES = sorted([*PLUGINS.rglob("*.py"), *(PLUGINS.parent / "playbooks").rglob("*.py")])


def unclear(source: str) -> list[str]:
    """Return the docstrings that begin unclearly."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = (ast.get_docstring(node) or "" for node in ast.walk(ast.parse(source)) if isinstance(node, kinds))
    return [docstring for docstring in docstrings if UNCLEAR.match(docstring)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PLUGINS.parent)))
def test_a_docstring_is_understood_without_the_name_above_it(file: Path) -> None:
    assert unclear(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PLUGINS.parent)))
def test_a_function_without_a_body_says_what_it_is_for(file: Path) -> None:
    """The sanity tests of ansible-core 2.18 refuse three dots on the line of the name as well."""
    assert not re.search(r"^\s*def .*: \.\.\.$", file.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("beginning", ["Of the file itself", "Whom not to touch", "By what it is known", "That it is"])
def test_an_unclear_beginning_is_found(beginning: str) -> None:
    assert unclear(f'def work():\n    """{beginning}."""') == [f"{beginning}."]
    assert unclear(f'def work():\n    """Return a user. {beginning}."""') == []
