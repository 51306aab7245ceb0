# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page on the architecture names files that there are, and every room; each unit test lies by its room."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.tests.unit.support.documentation import HOME, PLUGINS

PAGE = (HOME / "docs" / "architecture.md").read_text(encoding="utf-8")
#: Without the drawing, and without the files of a ledger, which have the name of a customer.
NAMED = [name for name in re.findall(r"`([^`\s]+)`", re.sub(r"(?s)```.*?```", "", PAGE)) if "<" not in name]
PATHS = sorted({name for name in NAMED if "/" in name or name.endswith((".py", ".yml", ".md"))})
ROOMS = [
    *(folder.relative_to(HOME).as_posix() for folder in (PLUGINS / "module_utils").iterdir() if folder.is_dir()),
    *(f"plugins/{folder.name}" for folder in PLUGINS.iterdir() if folder.name != "module_utils"),
    *(f"roles/{folder.name}" for folder in (HOME / "roles").iterdir()),
    *(f"tests/{folder.name}" for folder in (HOME / "tests").iterdir() if folder.is_dir()),
    *("playbooks", "extensions/eda", "docs", "docs/docsite"),
]
#: Folders of unit tests that are about something else than a room of plugins.
OTHERS = {"docs", "emulator", "extensions", "hostile", "house", "playbooks", "support"}
UNIT = HOME / "tests" / "unit"


def rooms_of_plugins() -> dict[str, str]:
    """Return the rooms of the plugins that a test imports, by the name of their folder."""
    inside = {folder.name.removeprefix("_"): f"module_utils.{folder.name}" for folder in folders("module_utils")}
    shared = {folder.name.removeprefix("_"): f"plugin_utils.{folder.name}" for folder in folders("plugin_utils")}
    return {folder.name: f"plugins.{folder.name}" for folder in PLUGINS.iterdir()} | inside | shared


def folders(above: str) -> list[Path]:
    return [path for path in (PLUGINS / above).iterdir() if path.is_dir() and not path.name.startswith("__")]


@pytest.mark.parametrize("file", sorted(UNIT.rglob("test_*.py")), ids=lambda file: str(file.relative_to(UNIT)))
def test_a_unit_test_lies_by_the_room_that_it_tests(file: Path) -> None:
    folder = file.relative_to(UNIT).parts[0]
    if folder not in OTHERS:
        text = file.read_text(encoding="utf-8")
        # Ansible itself finds the lookup, by its name.
        assert rooms_of_plugins()[folder] in text or (folder == "lookup" and "csp.partnercenter.partnercenter" in text)


@pytest.mark.parametrize("path", PATHS)
def test_a_file_that_is_named_is_there(path: str) -> None:
    assert any((folder / path).exists() for folder in (HOME, PLUGINS, PLUGINS / "module_utils"))


@pytest.mark.parametrize(
    "room",
    # tests/output: what the benchmark has written
    [room for room in sorted(ROOMS) if not Path(room).name.startswith(("__", ".")) and room != "tests/output"],
)
def test_each_room_has_its_place(room: str) -> None:
    assert room in NAMED


def test_the_page_has_paths_and_rooms() -> None:
    assert len(PATHS) > 80 and len(ROOMS) > 30
