# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folders that are made closed and durable, and refused where everybody can write."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices, safe_folders
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import EvidenceError
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.fingerprint import key_from_file


@pytest.fixture(params=[0o000, 0o022, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_new_folders_are_closed_whatever_the_umask(tmp_path: Path, umask: None) -> None:
    assert safe_folders.make(str(tmp_path / "a" / "b" / "c"))
    assert [mode(tmp_path / name) for name in ("a", "a/b", "a/b/c")] == [0o700] * 3
    assert not safe_folders.make(str(tmp_path / "a" / "b" / "c"))


def test_the_name_of_each_new_folder_is_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    safe_folders.make(str(tmp_path / "a" / "b"))
    assert synced == [str(tmp_path), str(tmp_path / "a")]


def test_a_folder_that_its_group_can_write_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o770)
    notices.take()
    safe_folders.check(str(tmp_path))
    assert notices.take() == [f"{tmp_path} can be written by its whole group: chmod g-w {tmp_path}"]


@pytest.mark.parametrize(("bits", "told"), [(0o777, True), (0o1777, False), (0o755, False)])
def test_a_folder_in_one_that_everybody_can_write_is_told(tmp_path: Path, bits: int, told: bool) -> None:
    safe_folders.make(str(tmp_path / "inner"))
    tmp_path.chmod(bits)
    notices.take()
    safe_folders.check(str(tmp_path / "inner"))
    assert bool(notices.take()) is told


def test_a_folder_that_is_not_there_is_no_problem_to_a_reader(tmp_path: Path) -> None:
    safe_folders.check(str(tmp_path / "none"))
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("bits", [0o777, 0o1777, 0o702])
def test_the_key_of_the_ledger_is_not_taken_from_a_folder_that_everybody_can_write(tmp_path: Path, bits: Any) -> None:
    key_from_file(str(tmp_path / "home" / "ledger.key"))
    (tmp_path / "home").chmod(bits)
    with pytest.raises(EvidenceError, match="can be written by everybody: chmod o-w"):
        key_from_file(str(tmp_path / "home" / "ledger.key"))


def test_the_key_of_the_ledger_is_closed_whatever_the_umask(tmp_path: Path, umask: None) -> None:
    key_from_file(str(tmp_path / "home" / "ledger.key"))
    assert (mode(tmp_path / "home"), mode(tmp_path / "home" / "ledger.key")) == (0o700, 0o600)


def test_an_inner_folder_is_made_and_closed(tmp_path: Path, umask: None) -> None:
    with safe_folders.opened(str(tmp_path), "inner", create=True) as folder:
        assert os.path.samestat(os.fstat(folder), (tmp_path / "inner").stat())
    (tmp_path / "inner").chmod(0o755)
    with safe_folders.opened(str(tmp_path), "inner"):
        assert mode(tmp_path / "inner") == 0o700


def test_an_inner_folder_is_not_made_for_a_reader(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), safe_folders.opened(str(tmp_path), "inner"):
        pass
    assert os.listdir(tmp_path) == []


def test_a_link_in_place_of_an_inner_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "inner").symlink_to("/")
    with (
        pytest.raises(safe_folders.Unsafe, match="inner is a symbolic link, and links are not followed here"),
        safe_folders.opened(str(tmp_path), "inner", create=True),
    ):
        pass


def test_a_folder_that_everybody_can_write_is_not_opened(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(safe_folders.Unsafe, match="can be written by everybody"), safe_folders.opened(str(tmp_path)):
        pass
