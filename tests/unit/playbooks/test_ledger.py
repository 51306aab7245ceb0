# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock of a repository, and the ledger that is written back: what is found before, and what is left afterwards."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.tests.unit.playbooks.ledgers import EVENT, claimed, refused, written
from ansible_collections.csp.partnercenter.tests.unit.support.repository import LOCK, Repository


def test_claimed_once_and_recorded(repository: Repository, clone: Path) -> None:
    claim = claimed(repository, clone)
    assert repository.branches() == ["main", LOCK]
    assert repository.log(LOCK)[0].startswith("Claimed by ")
    written(clone)
    assert repository.ledger(clone, "record", claim).stdout == "recorded\n"
    assert repository.branches() == ["main"]
    assert repository.log() == ["Record", "Change README.md", "Change rotations.yml"]
    assert repository.files() == ["README.md", "ledger/events.jsonl", "rotations.yml"]
    assert "rotations@localhost" in repository.git(repository.remote, "log", "-1", "--format=%ce")


def test_nothing_new_is_not_recorded(repository: Repository, clone: Path) -> None:
    assert repository.ledger(clone, "record", claimed(repository, clone)).stdout == "unchanged\n"
    assert repository.branches() == ["main"] and len(repository.log()) == 2


def test_a_clone_that_is_kept_runs_again(repository: Repository, clone: Path) -> None:
    """It stands at the commit that was pushed, with the locks and journals of the run beside the ledger."""
    for text in (EVENT, EVENT * 2):
        claim = claimed(repository, clone)
        written(clone, text)
        assert repository.ledger(clone, "record", claim).stdout == "recorded\n"
        assert repository.git(clone, "rev-parse", "HEAD") == repository.git(repository.remote, "rev-parse", "main")
        assert repository.git(clone, "diff", "HEAD", "--stat") == ""
    assert len(repository.log()) == 4


@pytest.mark.parametrize(
    ("seen", "job"),
    [
        ({"CI_JOB_URL": "https://gitlab.example/-/jobs/7"}, "https://gitlab.example/-/jobs/7, "),
        (
            {"GITHUB_SERVER_URL": "https://github.example", "GITHUB_REPOSITORY": "a/b", "GITHUB_RUN_ID": "7"},
            "https://github.example/a/b/actions/runs/7, ",
        ),
        (
            {"SYSTEM_COLLECTIONURI": "https://azure.example/a/", "SYSTEM_TEAMPROJECT": "b", "BUILD_BUILDID": "7"},
            "https://azure.example/a/b/_build/results?buildId=7, ",
        ),
        ({}, ""),
    ],
)
def test_another_run_has_the_lock(repository: Repository, clone: Path, seen: dict[str, str], job: str) -> None:
    """Also of a run that was killed: it is told who claimed, since when, where, and how to take the lock away."""
    repository.environment = seen
    claimed(repository, clone)
    second = repository.ledger(repository.clone("second"), "claim")
    assert second.returncode == 1 and second.stdout == ""
    assert re.search(
        rf"another run has the lock, the branch {LOCK} of origin: Claimed by \S+@\S+, \d{{4}}-\d\d-\d\dT[\d:]{{8}}Z,"
        rf" {re.escape(job)}[0-9a-f]{{16}}: Record\.",
        second.stderr,
    )
    way = re.search(r"If it is dead: git (push origin :\S+)$", second.stderr.strip())
    assert way is not None
    repository.git(repository.folder / "second", *way[1].split())
    claimed(repository, repository.folder / "second")


def test_a_lock_that_somebody_took_away_is_not_taken_from_another(repository: Repository, clone: Path) -> None:
    first = claimed(repository, clone)
    repository.git(clone, "push", "--quiet", "origin", f":{LOCK}")
    other = claimed(repository, repository.clone("other"))
    left = repository.ledger(clone, "record", first)
    assert left.returncode == 1 and "the lock partnercenter-lock cannot be removed" in left.stderr
    assert repository.git(repository.remote, "rev-parse", LOCK) == other


@pytest.mark.parametrize("moved", [True, False])
def test_an_old_commit(repository: Repository, clone: Path, moved: bool) -> None:
    """Whether others pushed, or this clone has a commit that nobody else has."""
    if moved:
        repository.commit(repository.folder / "author", "README.md", "newer\n")
    else:
        repository.git(clone, "commit", "--quiet", "--allow-empty", "-m", "mine")
    assert "this is not the newest commit of main at origin" in refused(repository, clone)


def test_no_branch_or_no_remote(repository: Repository, clone: Path) -> None:
    said = refused(repository, clone, branch="release")
    assert (
        "the branch release cannot be read from origin: is it there, and may this job read it? (git says: fatal: "
        in said
    )
    assert "the branch main cannot be read from upstream" in refused(repository, clone, remote="upstream")
    assert "rotations_lock must be another branch" in refused(repository, clone, branch=LOCK)


@pytest.mark.parametrize("hook", ["update", "pre-receive"])
def test_a_branch_that_the_remote_protects(repository: Repository, clone: Path, hook: str) -> None:
    if hook == "update":
        repository.refuse("main")
    else:
        repository.refuse("main", hook=hook)
        script = repository.remote / "hooks" / hook
        script.write_text(script.read_text().replace('[ "$1"', 'read old new name; [ "$name"'))
    said = refused(repository, clone)
    assert "origin would refuse the ledger" in said and "GH006: protected" in said
    assert "set rotations_branch" in said


def test_the_trial_leaves_nothing(repository: Repository, clone: Path) -> None:
    """Nor is it needed: a remote that cannot take all or nothing, or does not like its name, is asked for the lock."""
    repository.git(repository.remote, "config", "receive.advertiseAtomic", "false")
    claimed(repository, clone)
    repository.git(clone, "push", "--quiet", "origin", f":{LOCK}")
    repository.git(repository.remote, "config", "receive.advertiseAtomic", "true")
    repository.refuse("main/trial")
    claimed(repository, clone, trial=False)
    assert repository.branches() == ["main", LOCK] and len(repository.log()) == 2


def test_a_lock_that_the_remote_refuses(repository: Repository, clone: Path) -> None:
    repository.refuse(LOCK)
    assert "the lock cannot be pushed to origin" in refused(repository, clone)


def test_a_merge_meanwhile(repository: Repository, clone: Path) -> None:
    """The ledger goes on top, although a file that was merged has changed here; nothing of it is overwritten."""
    claim = claimed(repository, clone)
    (clone / "README.md").write_text("changed by the job\n")
    (clone / "rotations.yml").write_text("staged by the job\n")
    repository.git(clone, "add", "rotations.yml")
    repository.commit(repository.folder / "author", "README.md", "merged meanwhile\n")
    written(clone)
    assert repository.ledger(clone, "record", claim).stdout == "recorded\n"
    assert repository.log()[:2] == ["Record", "Change README.md"] and repository.branches() == ["main"]
    assert repository.git(repository.remote, "show", "main:README.md") == "merged meanwhile"
    assert repository.git(repository.remote, "show", "main:rotations.yml") == "version: 1"
    assert (clone / "README.md").read_text() == "changed by the job\n"


def test_a_merge_meanwhile_in_a_clone_that_is_kept(repository: Repository, clone: Path) -> None:
    """It has to be pulled, and can be."""
    claim = claimed(repository, clone)
    repository.commit(repository.folder / "author", "README.md", "merged meanwhile\n")
    written(clone)
    assert repository.ledger(clone, "record", claim).stdout == "recorded\n"
    assert "this is not the newest commit" in refused(repository, clone)
    repository.git(clone, "pull", "--quiet", "--ff-only", "origin", "main")
    assert (clone / "README.md").read_text() == "merged meanwhile\n"
    claimed(repository, clone)


def test_a_branch_that_is_protected_during_the_run(repository: Repository, clone: Path) -> None:
    """The ledger is kept in the branch of the lock: it outlives the clone, and no run starts without it."""
    claim = claimed(repository, clone)
    written(clone)
    repository.refuse("main")
    failed = repository.ledger(clone, "record", claim)
    assert failed.returncode == 1 and "GH006: protected" in failed.stderr
    assert f"It is kept in the branch {LOCK} of origin" in failed.stderr
    assert f"Merge it into main, then: git push origin :{LOCK}" in failed.stderr
    assert "ledger/events.jsonl" in repository.files(LOCK) and repository.log(LOCK)[1:] == repository.log()

    shutil.rmtree(clone)
    next_one = repository.clone("next")
    assert "Kept by " in repository.ledger(next_one, "claim").stderr
    repository.refuse("nothing")
    repository.git(next_one, "pull", "--quiet", "origin", LOCK)
    repository.git(next_one, "push", "--quiet", "origin", "HEAD:main", f":{LOCK}")
    claimed(repository, next_one)


def test_a_ledger_that_somebody_else_changed(repository: Repository, clone: Path) -> None:
    claim = claimed(repository, clone)
    written(clone)
    repository.commit(repository.folder / "author", "ledger/events.jsonl", "other\n")
    failed = repository.ledger(clone, "record", claim)
    assert "somebody else changed the ledger meanwhile" in failed.stderr
    assert repository.git(repository.remote, "show", "main:ledger/events.jsonl") == "other"
    assert repository.git(repository.remote, "show", f"{LOCK}:ledger/events.jsonl") == EVENT.strip()


def test_a_remote_that_is_gone(repository: Repository, clone: Path) -> None:
    claim = claimed(repository, clone)
    written(clone)
    repository.remote.rename(repository.folder / "away.git")
    failed = repository.ledger(clone, "record", claim)
    assert failed.returncode == 1 and f"It is in {clone}/ledger on " in failed.stderr
    assert (clone / "ledger" / "events.jsonl").read_text() == EVENT


def test_a_clone_that_cannot_be_used_any_more(repository: Repository, clone: Path) -> None:
    claim = claimed(repository, clone)
    written(clone)
    (clone / "ledger" / "b.json").symlink_to("events.jsonl")
    failed = repository.ledger(clone, "record", claim)
    assert "what was done could not be recorded: the ledger holds b.json" in failed.stderr
    assert f"git push origin :{LOCK}" in failed.stderr and LOCK in repository.branches()


def test_a_lock_that_cannot_be_removed(repository: Repository, clone: Path) -> None:
    claim = claimed(repository, clone)
    written(clone)
    repository.git(repository.remote, "config", "receive.denyDeletes", "true")
    failed = repository.ledger(clone, "record", claim)
    assert failed.returncode == 1 and "the ledger is at origin, but the lock" in failed.stderr
    assert "Record" in repository.log()


def test_wrong_use(repository: Repository, clone: Path) -> None:
    assert "usage: " in repository.ledger(clone, "recrd").stderr
