# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The git store: what is pushed, what a rejected push means, and what git is given. The remote is a bare repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._stores import git_branch, git_program
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import StoreConflict
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.git_program import GitAnswer
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.tests.unit.support.kits import (
    NOW,
    VAULT_PASSWORD,
    Kit,
    canary,
    new_subject,
    passwords,
    rotated,
    rotated_at_once,
    staged,
)

BRANCH = "partnercenter-passwords"
REFUSING = "#!/bin/sh\necho 'GH006: protected branch of canary' >&2\nexit 1\n"


def at_remote(kit: Kit, *arguments: str, text: str | None = None) -> str:
    """Return what git prints in the remote."""
    author = ("-c", "user.name=Other", "-c", "user.email=other@example.com")
    command = ["git", *author, "-C", kit.options["repository"], *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, input=text).stdout.strip()


def on_another_machine(kit: Kit, name: str = "other") -> Kit:
    """Return the same store as another machine sees it."""
    return replace(kit, home=kit.home / name)


def path_of(kit: Kit, subject: Subject) -> str:
    return f"{kit._prefix}/{subject.customer_id}/{subject.user_id}.yml"


def put(kit: Kit, path: str, content: str) -> None:
    """Commit a file by hand on top of the branch."""
    blob = at_remote(kit, "hash-object", "-w", "--stdin", text=content)
    at_remote(kit, "read-tree", BRANCH)
    at_remote(kit, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    commit = at_remote(kit, "commit-tree", "-p", BRANCH, "-m", "by hand", at_remote(kit, "write-tree"))
    at_remote(kit, "update-ref", f"refs/heads/{BRANCH}", commit)


def refuse(kit: Kit, script: str = REFUSING) -> None:
    """Make the remote refuse every push from now on."""
    hook = Path(kit.options["repository"]) / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(script)
    hook.chmod(0o755)


def pushes(store: Any, *answers: GitAnswer, before: bool = False) -> list[str]:
    """Let the store get these answers to its next pushes, which reach the remote ``before`` or never."""
    real, left, pushed = store._api._push, list(answers), list[str]()

    def push(commit: str, *options: str) -> GitAnswer:
        pushed.append(commit)
        if not left:
            return real(commit, *options)  # type: ignore[no-any-return]
        if before:
            real(commit, *options)
        return left.pop(0)

    store._api._push = push
    return pushed


def runs(process: str) -> bool:
    """Return whether a process is there, and not only its exit status."""
    try:
        return not Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].startswith("Z")
    except (FileNotFoundError, ProcessLookupError):
        return False


# What is pushed


def test_each_step_is_one_commit_that_only_touches_the_file_of_the_user(git: Kit) -> None:
    subject, secret = new_subject(), canary()
    rotated(git.make(), subject, "r1", secret)
    commits = at_remote(git, "log", "--format=%s|%an", BRANCH).splitlines()
    assert len(commits) == 5 and {line.partition("|")[0] for line in commits} == {
        f"Keep {path_of(git, subject)} [skip ci]"
    }
    assert at_remote(git, "ls-tree", "-r", "--name-only", BRANCH) == path_of(git, subject)
    everything = at_remote(git, "log", "-p", "--all")
    assert "$ANSIBLE_VAULT;1.1;AES256" in everything
    assert secret.reveal() not in everything and VAULT_PASSWORD not in everything


def test_the_files_are_those_of_the_file_store(git: Kit, file: Kit) -> None:
    """A branch that is checked out is a file store."""
    subject, secret = new_subject(), canary()
    rotated(git.make(), subject, "r1", secret)
    folder = Path(file.options["path"])
    folder.mkdir(mode=0o700)
    archive = subprocess.run(
        ["git", "-C", git.options["repository"], "archive", BRANCH, git._prefix], capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "-x", "--strip-components=1", "-C", folder], input=archive, check=True)
    assert passwords(file.make(), subject) == {Slot.CURRENT: secret.reveal()}


def test_other_files_of_the_branch_stay(git: Kit) -> None:
    subject = new_subject()
    rotated_at_once(git.make(), subject, canary())
    put(git, "README.md", "of others")
    put(git, f"{git._prefix}/notes/no-user.yml", "of others")
    rotated_at_once(git.make(), subject, canary())
    assert "README.md" in at_remote(git, "ls-tree", "--name-only", BRANCH)
    assert list(git.make().places()) == [subject]


# A rejected push


def test_a_push_that_comes_second_is_made_again_on_top_of_the_first(git: Kit) -> None:
    mine, theirs, other = new_subject(), new_subject(), on_another_machine(git)
    store = git.make()
    stored = store.compare_and_set(None, staged(mine), new_password=canary())
    rotated_at_once(other.make(), theirs, canary())
    store.compare_and_set(stored, stored.document.mark_sent(owner="a:b", now=NOW))
    assert set(git.make().places()) == {mine, theirs}
    assert at_remote(git, "rev-list", "--count", "--min-parents=2", BRANCH) == "0"


def test_a_push_that_comes_second_for_the_same_user_is_a_conflict(git: Kit) -> None:
    subject, mine, theirs = new_subject(), canary(), canary()
    store, other = git.make(), on_another_machine(git).make()
    with store.lock(subject) as here, other.lock(subject) as there:
        assert not here.exclusive and not there.exclusive
        assert store.load(subject) is None and other.load(subject) is None
        other.compare_and_set(None, staged(subject), new_password=theirs)
        with pytest.raises(StoreConflict, match="another run has changed the document meanwhile"):
            store.compare_and_set(None, staged(subject), new_password=mine)
    assert passwords(git.make(), subject) == {Slot.PENDING: theirs.reveal()}


@pytest.mark.parametrize("overtaken", [False, True])
def test_a_push_whose_answer_was_lost_is_not_made_twice(git: Kit, overtaken: bool) -> None:
    subject, secret = new_subject(), canary()
    store: Any = git.make()
    pushed = pushes(store, GitAnswer(128, errors="fatal: the remote end hung up unexpectedly"), before=True)
    if overtaken:
        fetch, other = store._api._fetch, on_another_machine(git).make()

        def fetch_late() -> Any:
            store._api._fetch = fetch
            if pushed:
                rotated_at_once(other, new_subject(), canary())
            return fetch()

        store.load(subject)
        store._api._fetch = fetch_late
    store.compare_and_set(None, staged(subject), new_password=secret)
    assert passwords(git.make(), subject) == {Slot.PENDING: secret.reveal()}
    assert len(pushed) == 1


def test_a_branch_that_always_moves_is_told(git: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_branch, "_PAUSE", 0.0)
    monkeypatch.setattr(git_branch, "_TRIES", 3)
    store, subject = git.make(), new_subject()
    pushed = pushes(store, *[GitAnswer(1, errors="! [rejected] (fetch first)")] * 9)
    with pytest.raises(StoreError, match=f"user {subject.name}: others push to this branch all the time"):
        store.compare_and_set(None, staged(subject), new_password=canary())
    assert len(pushed) == 3 and git.make().load(subject) is None


def test_a_branch_that_was_deleted_meanwhile_is_a_conflict(git: Kit) -> None:
    subject, store = new_subject(), git.make()
    stored = store.compare_and_set(None, staged(subject), new_password=canary())
    at_remote(git, "update-ref", "-d", f"refs/heads/{BRANCH}")
    pushes(store, GitAnswer(1, errors="! [rejected] (fetch first)"))
    with pytest.raises(StoreConflict):
        store.compare_and_set(stored, stored.document.mark_sent(owner="a:b", now=NOW))


def test_what_another_run_has_pushed_and_this_one_has_not_fetched_is_no_conflict(git: Kit) -> None:
    subject, store = new_subject(), git.make()
    store.load(new_subject())
    rotated_at_once(store, new_subject(), canary())
    stored = on_another_machine(git).make().compare_and_set(None, staged(subject), new_password=canary())
    written = store.compare_and_set(stored, stored.document.mark_sent(owner="a:b", now=NOW))
    assert git.make().load(subject) == replace(written, known={})


# A remote that refuses


def test_a_remote_that_refuses_the_push_is_told_without_its_words(git: Kit) -> None:
    refuse(git)
    subject, store = new_subject(), git.make()
    pushed = pushes(store)
    with pytest.raises(StoreError, match=f"user {subject.name}: it refuses the push") as caught:
        store.compare_and_set(None, staged(subject), new_password=canary())
    assert "canary" not in str(caught.value).replace(subject.name, "") and caught.value.__suppress_context__
    assert len(pushed) == 1 and git.make().load(subject) is None


def test_a_remote_that_is_gone_is_no_empty_store(git: Kit) -> None:
    subject = new_subject()
    rotated_at_once(git.make(), subject, canary())
    shutil.move(git.options["repository"], git.home / "moved")
    for ask in (lambda: git.make().load(subject), lambda: list(git.make().places()), lambda: git.make().check([])):
        with pytest.raises(StoreError, match="there is no repository: check the option repository"):
            ask()


def test_an_account_that_may_only_read_is_told_before_anything_is_written(git: Kit) -> None:
    store = git.make()
    pushed = pushes(
        store, *[GitAnswer(128, errors="fatal: unable to access: The requested URL returned error: 403")] * 2
    )
    store.check([new_subject()], write=False)
    assert pushed == []
    with pytest.raises(StoreError, match="may not do this: let it read, and push to this branch"):
        store.check([new_subject()])
    assert at_remote(git, "for-each-ref") == ""


def test_a_remote_that_does_not_answer_is_given_up(git: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = tmp_path / "silent"
    silent.write_text(f"#!/bin/sh\necho $$ >>{tmp_path}/started\nexec sleep 600\n")
    silent.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(silent))
    monkeypatch.setattr(git_branch, "_SECONDS_AT_REMOTE", 1.0)
    with pytest.raises(StoreError, match="it did not answer in time"):
        git.make(repository="git@git.contoso.com:passwords.git").load(new_subject())
    for process in (tmp_path / "started").read_text().split():
        deadline = time.monotonic() + 60
        while runs(process):
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.mark.parametrize(("words", "sentence"), git_program._SENTENCES.items())
def test_what_git_prints_has_a_sentence_of_ours(words: str, sentence: str) -> None:
    refusal = GitAnswer(128, errors=f"fatal: canary: {words.title()}").refused()
    assert str(refusal) == sentence


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        (b"To x\n!\tabc:refs/heads/b\t[remote rejected] (pre-receive hook declined)\nDone\n", "refuses the push"),
        (b"!\tabc:refs/heads/not found\tunclear\n", "git does not get through"),
        (b"anything", "git does not get through"),
    ],
)
def test_only_what_is_told_of_a_reference_counts(printed: bytes, sentence: str) -> None:
    assert sentence in str(GitAnswer(1, printed).refused())


def test_words_in_the_name_of_the_repository_do_not_count(git: Kit) -> None:
    with pytest.raises(StoreError, match="there is no repository"):
        git.make(repository=f"{git.home}/permission.git").load(new_subject())


# Reading


def test_one_fetch_serves_all_who_wait(git: Kit) -> None:
    store: Any = git.make()
    subjects = [new_subject() for _user in range(4)]
    real, begun, go_on, fetches = store._api._fetch, threading.Event(), threading.Event(), []

    def fetch() -> Any:
        fetches.append(1)
        begun.set()
        go_on.wait(60)
        return real()

    rotated_at_once(store, new_subject(), canary())
    store._api._fetch = fetch
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(store.load, subjects[0])
        begun.wait(60)
        asked = store._api._asked
        others = [pool.submit(store.load, subject) for subject in subjects[1:]]
        while store._api._asked < asked + 3:
            time.sleep(0.01)
        go_on.set()
        assert [load.result(60) for load in (first, *others)] == [None] * 4
    assert len(fetches) == 2


@pytest.mark.parametrize("damage", ["gone", "emptied", "locked"])
def test_a_damaged_repository_of_our_own_is_made_anew(git: Kit, damage: str) -> None:
    subject, secret = new_subject(), canary()
    store = git.make()
    stored = store.compare_and_set(None, staged(subject), new_password=secret)
    (own,) = (git.home / "git").glob("*/repository.git")
    if damage == "gone":
        shutil.rmtree(own)
    elif damage == "emptied":
        for item in [*own.glob("objects/??/*"), *own.glob("objects/pack/*")]:
            item.chmod(0o600)
            item.write_bytes(b"")
    else:
        (own / "shallow.lock").touch()
        (own / "refs" / "partnercenter" / "tip.lock").touch()
    assert passwords(git.make(), subject) == {Slot.PENDING: secret.reveal()}
    store.compare_and_set(stored, stored.document.mark_sent(owner="a:b", now=NOW))
    assert passwords(git.make(), subject) == {Slot.PENDING: secret.reveal()}


def test_a_file_that_was_changed_or_moved_is_refused(git: Kit) -> None:
    one, other = new_subject(), new_subject()
    for subject in (one, other):
        rotated_at_once(git.make(), subject, canary())
    put(git, path_of(git, other), at_remote(git, "show", f"{BRANCH}:{path_of(git, one)}") + "\n")
    with pytest.raises(StoreError, match=f"user {other.name}"):
        git.make().load(other)
    text = at_remote(git, "show", f"{BRANCH}:{path_of(git, one)}") + "\n"
    put(git, path_of(git, one), text.replace('rotation_id: "2026-11"', 'rotation_id: "2026-12"'))
    with pytest.raises(StoreError, match=r"its check does not fit.*find out who can push to the branch"):
        git.make().load(one)
    put(git, path_of(git, one), "\n".join(line for line in text.splitlines() if "  check: " not in line) + "\n")
    with pytest.raises(StoreError, match=f"user {one.name}"):
        git.make().load(one)
    put(git, path_of(git, one), "x" * (1024 * 1024 + 1))
    with pytest.raises(StoreError, match="larger than such a file can be"):
        git.make().load(one)


def test_another_vault_password_is_told_before_anything(git: Kit) -> None:
    subject = new_subject()
    rotated_at_once(git.make(), subject, canary())
    with pytest.raises(StoreError, match=r"git store .*another vault password.* than this run has"):
        replace(git, vault_password="another-canary").make().check([new_subject()])


def test_a_new_branch_is_told(git: Kit) -> None:
    git.make().check([], write=True)
    assert [notice for notice in notices.take() if f"there was no git store {git.options['repository']}" in notice]
    rotated_at_once(git.make(), new_subject(), canary())
    git.make().check([], write=True)
    assert not notices.take()


# What git is given


def test_git_gets_no_secret_and_nothing_of_a_checkout(
    git: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program in front of git notes how it is called."""
    real, front, hooks = shutil.which("git"), tmp_path / "bin", tmp_path / "hooks"
    front.mkdir()
    (front / "git").write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$*" >>{tmp_path}/called\nenv >>{tmp_path}/seen\nexec {real} "$@"\n'
    )
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/hook\n")
    for program in (front / "git", *hooks.iterdir()):
        program.chmod(0o755)
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "init", "--quiet", checkout], check=True)
    subprocess.run(["git", "-C", checkout, "config", "core.sshCommand", f"touch {tmp_path}/hook"], check=True)
    monkeypatch.chdir(checkout)
    settings = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": str(hooks)}
    secrets = {"PARTNERCENTER_CLIENT_SECRET": "canary-1", "VAULT_TOKEN": "canary-2", "ANSIBLE_VAULT_X": "canary-3"}
    traps = {"GIT_DIR": str(checkout / ".git"), "GIT_TRACE": "2", "GIT_INDEX_FILE": "/x", "SSH_ASKPASS": "/x"}
    for name, value in {**settings, **secrets, **traps, "PATH": f"{front}:{os.environ['PATH']}"}.items():
        monkeypatch.setenv(name, value)
    subject, secret = new_subject(), canary()
    rotated_at_once(git.make(), subject, secret)
    called, seen = (tmp_path / "called").read_text(), (tmp_path / "seen").read_text()
    assert "push" in called and "GIT_TERMINAL_PROMPT=0" in seen and "GIT_CONFIG_COUNT=1" in seen
    assert not [text for text in (*secrets.values(), secret.reveal(), VAULT_PASSWORD) if text in called + seen]
    assert not [name for name in traps if f"\n{name}=" in seen]
    assert not (tmp_path / "hook").exists()


@pytest.mark.parametrize("printed", [None, "git version 2.24.9", "something else"])
def test_a_missing_or_old_program_is_told(
    git: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str | None
) -> None:
    front = tmp_path / "bin"
    front.mkdir()
    if printed:
        (front / "git").write_text(f"#!/bin/sh\necho '{printed}'\n")
        (front / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(front))
    with pytest.raises(InputError, match=r"store\.type: git needs the program git, 2\.25 or newer"):
        git.make()


def test_the_environment_of_the_process_allows_one_repository(git: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = "https://elsewhere.invalid/passwords.git"
    with pytest.raises(InputError, match=r"leads to elsewhere\.invalid, which is not a known host"):
        git.make(repository=allowed)
    monkeypatch.setenv("PARTNERCENTER_STORE_REPOSITORY", allowed)
    assert allowed in git.make(repository=allowed).describe()
    with pytest.raises(InputError):
        git.make(repository="https://elsewhere.invalid/another.git")


def test_a_folder_that_everybody_can_write_is_no_place_for_git(git: Kit) -> None:
    git.make().load(new_subject())
    (own,) = (git.home / "git").iterdir()
    own.chmod(0o777)
    with pytest.raises(StoreError, match=r"git has no place to work.*can be written by everybody"):
        git.make().load(new_subject())
    own.chmod(0o700)
    shutil.rmtree(own)
    own.write_text("no folder")
    with pytest.raises(StoreError, match="git cannot work in"):
        git.make().load(new_subject())
