# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock of a repository, and the ledger that is written back: what is found before, and what is left afterwards."""

from __future__ import annotations

import importlib
import os
import re
import shutil
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.tests.unit.support.repository import LOCK, PROGRAM, Repository

DECLARED = {"rotations.yml": "version: 1\n", "README.md": "hello\n"}
EVENT = '{"event": "one"}\n'
SHUT = "#!/bin/sh\necho 'a hook ran' >&2\ntouch {mark}\nexit 1\n"


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


def claimed(repository: Repository, clone: Path, **settings: object) -> str:
    claim = repository.ledger(clone, "claim", **settings)
    assert claim.returncode == 0, claim.stderr
    return claim.stdout.strip()


def refused(repository: Repository, clone: Path, **settings: object) -> str:
    """The sentence; neither the branch nor the lock has changed."""
    before = repository.log()
    claim = repository.ledger(clone, "claim", **settings)
    assert claim.returncode == 1 and claim.stdout == ""
    assert claim.stderr.startswith("nothing was sent: ") and claim.stderr.count("\n") == 1
    assert repository.log() == before and LOCK not in repository.branches()
    return claim.stderr


def written(clone: Path, text: str = EVENT, name: str = "events.jsonl") -> None:
    """What a run leaves behind."""
    (clone / "ledger").mkdir(exist_ok=True)
    (clone / "ledger" / name).write_text(text)
    (clone / "ledger" / ".a.lock").write_text("")
    (clone / "ledger" / "a.journal").write_text("")
    (clone / "ledger" / "a.json.new").write_text("")


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
    """At any depth, with and without what was recorded before."""
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
    """In the commit, while the clone holds a folder."""
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


def test_ends_of_lines_that_git_changes(repository: Repository, clone: Path) -> None:
    """A ledger that a checkout wrote with other ends of lines has not changed."""
    repository.commit(clone, ".gitattributes", "* text eol=crlf\n")
    repository.commit(clone, "ledger/events.jsonl", EVENT)
    fresh = repository.clone("fresh")
    assert b"\r\n" in (fresh / "ledger" / "events.jsonl").read_bytes()
    claimed(repository, fresh)


@pytest.mark.parametrize("hook", ["pre-commit", "commit-msg", "pre-push", "reference-transaction", "post-commit"])
def test_no_hook_of_the_clone_runs(repository: Repository, clone: Path, tmp_path: Path, hook: str) -> None:
    """With the sign-in of the job they could do anything, and a kept clone may hold those of anybody."""
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


def test_wrong_use(repository: Repository, clone: Path) -> None:
    assert "usage: " in repository.ledger(clone, "recrd").stderr
