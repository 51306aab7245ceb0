# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README begins with a playbook, keeps the order of certified content, and lists all that is in the collection."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"(?m)^\| `csp\.partnercenter\.(\w+)` \| (\w+) \| (.+) \|$", TEXT)
REPOSITORY = "https://github.com/csp-partnercenter/csp.partnercenter"

FILES = {
    "module": "plugins/modules/*.py",
    "inventory": "plugins/inventory/*.py",
    "lookup": "plugins/lookup/*.py",
    "filter": "plugins/filter/*.py",
    "role": "roles/*",
    "playbook": "playbooks/*.yml",
}


def test_a_playbook_comes_before_anything_else() -> None:
    beginning = TEXT[: TEXT.index("\n## ")]
    (playbook,) = re.findall(r"(?s)```yaml\n(.*?)```", beginning)
    assert yaml.safe_load(playbook)[0]["tasks"]
    assert beginning.count("ansible-playbook -i inventory.yml csp.partnercenter.rotate_user_passwords") == 2


def test_the_order_is_that_of_certified_content() -> None:
    assert re.findall(r"(?m)^## (.+)$", TEXT) == [
        *("Description", "Requirements", "Installation", "Use Cases", "Testing", "Contributing", "Support"),
        *("Release Notes and Roadmap", "Related Information", "License Information"),
    ]


@pytest.mark.parametrize("kind", FILES)
def test_the_contents_are_what_there_is(kind: str) -> None:
    listed = [name for name, kind_of_row, _text in ROWS if kind_of_row == kind]
    assert sorted(listed) == sorted(file.stem for file in ROOT.glob(FILES[kind]))


def test_each_row_has_a_kind_that_there_is_and_one_line() -> None:
    assert {kind for _name, kind, _text in ROWS} == set(FILES)
    assert all(len(text) < 120 for _name, _kind, text in ROWS)


def test_links_into_the_repository_lead_to_files() -> None:
    """All links are absolute, because Galaxy shows this page as well."""
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert all(link.startswith("https://") for link in links)
    inside = [link.partition("/main/")[2].partition("#")[0] for link in links if link.startswith(f"{REPOSITORY}/")]
    inside = [path for path in inside if path]
    assert len(inside) > 20
    assert [path for path in inside if not (ROOT / path).exists()] == []


def test_each_guide_is_linked() -> None:
    guides = {guide.name for guide in (ROOT / "docs" / "docsite" / "rst").glob("guide_*.rst")}
    assert {guide for guide in guides if f"docs/docsite/rst/{guide})" not in TEXT} == set()
