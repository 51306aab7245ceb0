# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""git works for the job: nothing of the clone runs with its sign-in, and what git says is safe to print."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.tests.unit.playbooks.ledgers import claimed, refused, written
from ansible_collections.csp.partnercenter.tests.unit.support.repository import LOCK, Repository

SHUT = "#!/bin/sh\necho 'a hook ran' >&2\ntouch {mark}\nexit 1\n"


def test_a_filter_of_others(repository: Repository, clone: Path, tmp_path: Path) -> None:
    """It is not run, and what it would do is not done: the ledger is excepted, or refused."""
    repository.commit(clone, ".gitattributes", "ledger/* filter=mark\n")
    repository.git(clone, "config", "filter.mark.clean", f"touch {tmp_path}/ran; cat")
    written(clone)
    assert "goes through the filter mark of .gitattributes" in refused(repository, clone)
    shutil.rmtree(clone / "ledger")
    repository.commit(clone, ".gitattributes", "* filter=mark\nledger/** -filter\n")
    (tmp_path / "ran").unlink(missing_ok=True)
    claim = claimed(repository, clone)
    (clone / "README.md").write_text("changed\n")
    written(clone)
    assert repository.ledger(clone, "record", claim).stdout == "recorded\n"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("hook", ["pre-commit", "commit-msg", "pre-push", "reference-transaction", "post-commit"])
def test_no_hook_of_the_clone_runs(repository: Repository, clone: Path, tmp_path: Path, hook: str) -> None:
    """Hooks would run with the sign-in of the job, and a kept clone may hold hooks of anybody."""
    for folder in (clone / ".git" / "hooks", tmp_path / "own"):
        folder.mkdir(exist_ok=True)
        (folder / hook).write_text(SHUT.format(mark=tmp_path / "ran"))
        (folder / hook).chmod(0o755)
    for setting in (None, str(tmp_path / "own")):
        if setting:
            repository.git(clone, "config", "core.hooksPath", setting)
        (tmp_path / "ran").unlink(missing_ok=True)
        claim = claimed(repository, clone)
        written(clone, f"{setting}\n")
        assert repository.ledger(clone, "record", claim).stdout == "recorded\n"
        assert not (tmp_path / "ran").exists()


def test_no_monitor_of_files_runs_and_no_program_gets_the_sign_in(
    repository: Repository, clone: Path, tmp_path: Path
) -> None:
    script = tmp_path / "monitor"
    script.write_text(SHUT.format(mark=tmp_path / "ran"))
    script.chmod(0o755)
    repository.git(clone, "config", "core.fsmonitor", str(script))
    signer = tmp_path / "signer"
    signer.write_text(f"#!/bin/sh\nenv >>{tmp_path}/seen\nexit 1\n")
    signer.chmod(0o755)
    repository.git(clone, "config", "commit.gpgsign", "true")
    repository.git(clone, "config", "gpg.program", str(signer))
    repository.environment = {
        "PARTNERCENTER_CLIENT_SECRET": "Kanarie",
        "VAULT_TOKEN": "Kanarie",
        "ROTATIONS_TOKEN": "kept",
    }
    refused(repository, clone)
    seen = (tmp_path / "seen").read_text()
    assert "Kanarie" not in seen and "ROTATIONS_TOKEN=kept" in seen
    assert not (tmp_path / "ran").exists()


def test_a_signing_key_that_is_missing(repository: Repository, clone: Path) -> None:
    repository.git(clone, "config", "commit.gpgsign", "true")
    repository.git(clone, "config", "gpg.program", "/bin/false")
    assert "a commit of the ledger cannot be signed, as commit.gpgsign demands" in refused(repository, clone)


@pytest.mark.parametrize("named", ["remote", "setting"])
def test_no_token_of_a_url_is_shown(repository: Repository, clone: Path, named: str) -> None:
    url = 'http://oauth2:canary-git-token"42@127.0.0.1:9/x.git?private_token=canary-git-token'
    if named == "remote":
        repository.git(clone, "remote", "set-url", "origin", url)
    said = refused(repository, clone, **({"remote": url} if named == "setting" else {}))
    assert "canary" not in said and "42" not in said
    assert "cannot be read from" in said


def test_text_of_others_commands_no_runner(repository: Repository, clone: Path) -> None:
    commands = [
        "##vso[task.setvariable variable=BASH_ENV]/tmp/evil",
        "::add-mask::x",
        "section_start:1:a\r\x1b[0K",
        "##[group]x",
    ]
    empty = repository.git(clone, "hash-object", "-w", "-t", "tree", "/dev/null")
    for command in commands:
        lock = repository.git(clone, "commit-tree", empty, "-m", f"{command} {'long ' * 1000}")
        repository.git(clone, "push", "--quiet", "--force", "origin", f"{lock}:refs/heads/{LOCK}")
        said = repository.ledger(clone, "claim").stderr
        assert "another run has the lock" in said and said.count("\n") == 1 and len(said) < 1200
        assert not re.search(r"##|::|section_start:\d|[\r\x1b]", said)


def test_a_stale_index_and_an_author_of_the_clone(repository: Repository, clone: Path) -> None:
    """A dead git's lock of the index prevents nothing but the clone's own moving on."""
    repository.git(clone, "config", "user.name", "Robot")
    repository.git(clone, "config", "user.email", "robot@example.com")
    claim = claimed(repository, clone)
    written(clone)
    (clone / ".git" / "index.lock").write_text("")
    assert repository.ledger(clone, "record", claim).returncode == 0
    assert repository.git(repository.remote, "log", "-1", "--format=%an %ce") == "Robot robot@example.com"
