# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each guide is in the lists of both sites, and each playbook has a page with all of its variables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
GUIDES = ROOT / "docs" / "docsite" / "rst"
PAGES = sorted(page.stem for page in GUIDES.glob("*.rst"))
PLAYBOOKS = sorted(playbook.stem for playbook in (ROOT / "playbooks").glob("*.yml"))


def test_each_page_has_a_place() -> None:
    sections = yaml.safe_load((ROOT / "docs" / "docsite" / "extra-docs.yml").read_text())["sections"]
    assert sorted(page for section in sections for page in section["toctree"]) == PAGES
    landing = (ROOT / "tests" / "sphinx" / "index.rst").read_text(encoding="utf-8")
    assert sorted(re.findall(r"(?m)^   collection/docsite/(\w+)$", landing)) == PAGES


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_its_own_name_as_label(page: str) -> None:
    text = (GUIDES / f"{page}.rst").read_text(encoding="utf-8")
    assert f".. _ansible_collections.csp.partnercenter.docsite.{page}:\n" in text


def variables(playbook: str) -> set[str]:
    """Return what ``-e`` can set: variables that the playbook uses and does not make, and those of its file."""
    files = [ROOT / "playbooks" / folder / f"{playbook}.yml" for folder in (".", "tasks")]
    text = re.sub(r"#.*", "", "".join(file.read_text(encoding="utf-8") for file in files if file.exists()))
    names = set(re.findall(rf"(?<![.\w])((?:partnercenter|{playbook})_\w+)\b(?!:)", text))
    names -= set(re.findall(r"register: (\w+)", text))
    if (file := ROOT / "playbooks" / "vars" / f"{playbook}.yml").exists():
        settings, _mark, _made = file.read_text(encoding="utf-8").partition("# Made of the above.")
        names |= set(re.findall(r"(?m)^(\w+):", settings))
    return names


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_the_page_of_a_playbook_has_its_variables(playbook: str) -> None:
    text = (GUIDES / f"playbook_{playbook}.rst").read_text(encoding="utf-8")
    assert set(re.findall(r"(?m)^   \* - ``(\w+)``$", text)) == variables(playbook)
    assert f"csp.partnercenter.{playbook}" in text


def test_each_environment_variable_is_listed() -> None:
    labels = {"PARTNERCENTER_DOCUMENT", "PARTNERCENTER_PASSWORD"}  # of versions at AWS
    code = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "plugins").rglob("*.py"))
    text = (GUIDES / "guide_environment.rst").read_text(encoding="utf-8")
    listed = re.findall(r"(?m)^   \* - ``(PARTNERCENTER_\w+)``$", text)
    assert sorted(listed) == sorted(set(re.findall(r"\bPARTNERCENTER_[A-Z_]+", code)) - labels)
