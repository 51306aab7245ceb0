# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter by which roles place what is relative."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible import context

from ansible_collections.csp.partnercenter.plugins.filter.absolute_place import FilterModule

OURS = "/x/ansible_collections/csp/partnercenter/playbooks"


@pytest.fixture(autouse=True)
def _no_inventory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(context, "CLIARGS", {"inventory": ["localhost,"]})
    monkeypatch.chdir(tmp_path)


def place(path: str, *folders: Any) -> dict[str, str]:
    result: dict[str, str] = FilterModule().filters()["absolute_place"](path, "report_folder", *folders)
    return result


def test_a_relative_path_begins_at_the_inventory_before_the_playbook() -> None:
    assert place("report", "/srv/inventory", "/srv/play") == {"path": "/srv/inventory/report", "problem": ""}


def test_without_an_inventory_file_it_begins_at_the_playbook() -> None:
    assert place("report", "None", "/srv/play")["path"] == "/srv/play/report"


def test_an_absolute_path_stays() -> None:
    assert place("/var/report", "", OURS) == {"path": "/var/report", "problem": ""}


def test_where_it_begins_nowhere_a_sentence_says_so() -> None:
    found = place("report", "", OURS)
    assert found["path"] == ""
    assert found["problem"].startswith("report_folder: is a relative path, and nothing says where it begins")
