# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The place of the ledger: one from which it cannot be committed is refused before the lock is taken."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.tests.unit.playbooks.ledgers import EVENT, claimed, refused, written
from ansible_collections.csp.partnercenter.tests.unit.support.repository import PROGRAM, Repository


def test_no_clone_and_no_commit(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert "is no clone of a git repository" in refused(repository, tmp_path / "plain")
    repository.git(tmp_path, "init", "--quiet", "empty")
    assert "the clone holds no commit" in refused(repository, tmp_path / "empty")


@pytest.mark.parametrize("change", ["edited", "new", "lost"])
def test_a_ledger_that_differs_from_the_commit(repository: Repository, clone: Path, change: str) -> None:
    repository.commit(clone, "ledger/events.jsonl", EVENT)
    if change == "lost":
        (clone / "ledger" / "events.jsonl").unlink()
    else:
        written(clone, "edited\n", "events.jsonl" if change == "edited" else "new.json")
    said = refused(repository, clone)
    assert "holds changes that are not committed: ledger/" in said and ".lock" not in said


@pytest.mark.parametrize("rule", ["ledger/", "*.jsonl", "/ledger/events.*", "*"])
@pytest.mark.parametrize("place", [".gitignore", ".git/info/exclude"])
def test_an_ignored_ledger(repository: Repository, clone: Path, place: str, rule: str) -> None:
    if place == ".gitignore":
        repository.commit(clone, place, f"{rule}\n")
    else:
        (clone / place).parent.mkdir(exist_ok=True)
        (clone / place).write_text(f"{rule}\n")
    assert f"is ignored by git ({place}:1:{rule})" in refused(repository, clone)


def test_a_rule_for_others_does_not_matter(repository: Repository, clone: Path) -> None:
    repository.commit(clone, ".gitignore", "*.json\n.*\n")
    claimed(repository, clone)


def test_an_ignored_ledger_of_given_passwords(repository: Repository, clone: Path) -> None:
    repository.commit(clone, ".gitignore", "*.json\n")
    assert "is ignored by git" in refused(repository, clone, record="00000000-0000-0000-0000-000000000000.json")


@pytest.mark.parametrize("where", ["outside", "link", "top", "git", "file"])
def test_a_ledger_that_cannot_be_committed(repository: Repository, clone: Path, tmp_path: Path, where: str) -> None:
    place = {"outside": tmp_path / "out", "link": clone / "ledger", "top": clone, "git": clone / ".git" / "ledger"}
    if where == "link":
        (tmp_path / "out").mkdir()
        (clone / "ledger").symlink_to(tmp_path / "out")
    said = refused(repository, clone, ledger=str(place.get(where, clone / "README.md" / "ledger")))
    words = {"git": "git's own folder", "file": "is not a folder"}
    assert words.get(where, "must be a folder inside of the repository") in said


def test_a_ledger_that_is_read_only(repository: Repository, clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may write everywhere but on a file system that is mounted so; the system is asked."""
    monkeypatch.syspath_prepend(str(PROGRAM.parent))
    git, place = (importlib.import_module(name) for name in ("ledger_git", "ledger_place"))
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != clone / "ledger")
    (clone / "ledger").mkdir()
    with pytest.raises(git.Refused, match="ledger is read-only for this job"):
        place.place_in(git.Clone.at(clone, "origin"), str(clone / "ledger"), "events.jsonl")


def test_names_of_any_kind(repository: Repository) -> None:
    clone = repository.folder / "a clöne $(touch x) 'of' \"mine\""
    repository.git(repository.folder, "clone", "--quiet", str(repository.remote), str(clone))
    place = clone / "the lédger & more"
    claim = claimed(repository, clone, ledger=str(place))
    place.mkdir()
    (place / "events.jsonl").write_text(EVENT)
    assert repository.ledger(clone, "record", claim, ledger=str(place)).stdout == "recorded\n"
    assert repository.git(repository.remote, "show", "main:the lédger & more/events.jsonl") == EVENT.strip()


@pytest.mark.parametrize("folder", ["ledger", "ops/m365/ledger", "ops/a/b/c"])
def test_a_ledger_beside_other_files(repository: Repository, clone: Path, folder: str) -> None:
    """The ledger is at any depth, with and without earlier records."""
    place = clone / folder
    repository.commit(clone, f"{place.parent.relative_to(clone).as_posix()}/beside.yml", "other\n")
    for text in (EVENT, EVENT * 2):
        claim = claimed(repository, clone, ledger=str(place), declarations=str(place.parent / "beside.yml"))
        place.mkdir(exist_ok=True)
        (place / "events.jsonl").write_text(text)
        done = repository.ledger(
            clone, "record", claim, ledger=str(place), declarations=str(place.parent / "beside.yml")
        )
        assert done.stdout == "recorded\n", done.stderr
    assert f"{folder}/events.jsonl" in repository.files()


def test_a_file_in_the_place_of_the_ledger(repository: Repository, clone: Path) -> None:
    """The file is in the commit, while the clone has a folder there."""
    repository.commit(clone, "ops", "a file\n")
    (clone / "ops").unlink()
    (clone / "ops" / "ledger").mkdir(parents=True)
    assert "is not a folder in the repository" in refused(repository, clone, ledger=str(clone / "ops" / "ledger"))


def test_a_ledger_behind_a_link_inside_of_the_repository(repository: Repository, clone: Path) -> None:
    """It is committed where it is."""
    (clone / "kept").mkdir()
    (clone / "ledger").symlink_to("kept")
    claim = claimed(repository, clone)
    written(clone)
    assert repository.ledger(clone, "record", claim).stdout == "recorded\n"
    assert "kept/events.jsonl" in repository.files()


@pytest.mark.parametrize("there", [True, False])
def test_a_ledger_in_a_submodule(repository: Repository, clone: Path, there: bool) -> None:
    """Filled, or left empty as by a clone without --recurse-submodules."""
    allowed = ("-c", "protocol.file.allow=always")
    repository.git(clone, *allowed, "submodule", "--quiet", "add", str(repository.remote), "ledger")
    repository.git(clone, "commit", "--quiet", "-m", "submodule")
    repository.git(clone, "push", "--quiet", "origin", "HEAD:main")
    place = clone if there else repository.clone("empty")
    assert "submodule" in refused(repository, place)


def test_a_linked_record(repository: Repository, clone: Path) -> None:
    (clone / "ledger").mkdir()
    (clone / "ledger" / "events.jsonl").symlink_to(clone / "README.md")
    assert "which is a link or no file" in refused(repository, clone)


def test_ends_of_lines_that_git_changes(repository: Repository, clone: Path) -> None:
    """A ledger that a checkout wrote with other ends of lines has not changed."""
    repository.commit(clone, ".gitattributes", "* text eol=crlf\n")
    repository.commit(clone, "ledger/events.jsonl", EVENT)
    fresh = repository.clone("fresh")
    assert b"\r\n" in (fresh / "ledger" / "events.jsonl").read_bytes()
    claimed(repository, fresh)
