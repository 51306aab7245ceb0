# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A repository with a clone, for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.tests.unit.support.repository import Repository

DECLARED = {"rotations.yml": "version: 1\n", "README.md": "hello\n"}


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a clone, to be copied."""
    made = Repository.made(tmp_path_factory.mktemp("pattern") / "git", DECLARED)
    for name in ("author", "job"):
        place = made.folder / name
        made.git(place if place.exists() else made.clone(name), "remote", "set-url", "origin", "../remote.git")
    return made.folder


@pytest.fixture
def repository(pattern: Path, tmp_path: Path) -> Repository:
    return Repository(Path(shutil.copytree(pattern, tmp_path / "git", symlinks=True)))


@pytest.fixture
def clone(repository: Repository) -> Path:
    return repository.folder / "job"
