# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations declared in a git repository: planned, applied once, written back, and never by two at once.

The remote is a bare repository on disk, driven by the real git.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from driver import Player, Run, password, patches, sent

PLAYBOOK = "csp.partnercenter.apply_rotations"


@dataclass
class Repository:
    """A bare repository, and clones of it."""

    folder: Path

    @property
    def remote(self) -> Path:
        return self.folder / "remote.git"

    def clone(self, name: str) -> Path:
        self.git(self.folder, "clone", "--quiet", str(self.remote), name)
        return self.folder / name

    def git(self, place: Path, *arguments: str) -> str:
        identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"]
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=place, capture_output=True, text=True, check=True).stdout.strip()

    def commit(self, clone: Path, name: str, content: str) -> None:
        (clone / name).write_text(content)
        self.git(clone, "add", name)
        self.git(clone, "commit", "--quiet", "-m", f"Change {name}")
        self.git(clone, "push", "--quiet", "origin", "HEAD:main")

    def files(self) -> list[str]:
        return self.git(self.remote, "ls-tree", "-r", "--name-only", "main").splitlines()

    def branches(self) -> list[str]:
        return self.git(self.remote, "for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()

    def log(self) -> list[str]:
        return self.git(self.remote, "log", "--format=%s", "main").splitlines()

    def everything(self) -> str:
        return self.git(self.remote, "log", "-p", "--all")


def declaration(emulator: Any, *, rotation_id: str = "2026-11", users: int = 2) -> str:
    """JSON is YAML; for two customers."""
    customers = [
        {
            "customer_domain": customer["domain"],
            "users": [{"user_principal_name": user["user_principal_name"]} for user in customer["users"][:users]],
        }
        for customer in emulator.customers[:2]
    ]
    return json.dumps({"version": 1, "defaults": {"rotation_id": rotation_id}, "customers": customers}, indent=1)


@pytest.fixture
def repository(emulator: Any, tmp_path: Path) -> Repository:
    """With the declarations in it."""
    found = Repository(tmp_path / "git")
    found.folder.mkdir()
    found.git(found.folder, "init", "--quiet", "--bare", "remote.git")
    found.commit(found.clone("author"), "rotations.yml", declaration(emulator))
    return found


class Pipeline:
    """Jobs in clones of their own; the store and its key outlive them."""

    def __init__(self, play: Player, repository: Repository) -> None:
        self.play = play
        self.repository = repository
        self.store = play.folder / "store"
        vault = play.folder / "vault-password"
        vault.write_text("a password of the vault")
        self.environment = {"ANSIBLE_VAULT_PASSWORD_FILE": str(vault), "PARTNERCENTER_LEDGER_KEY": "ab" * 32}
        self.count = 0

    def start(self, **options: Any) -> Any:
        self.count += 1
        self.clone = self.repository.clone(f"job-{self.count}")
        self.report = self.play.folder / f"report-{self.count}.md"
        variables = {
            "rotations_file": str(self.clone / "rotations.yml"),
            "rotations_report": str(self.report),
            "user_password_rotation_store": {"type": "file", "path": str(self.store)},
            **options.pop("variables", {}),
        }
        return self.play.start(playbook=PLAYBOOK, environment=self.environment, variables=variables, **options)

    def __call__(self, **options: Any) -> Run:
        run: Run = self.start(**options).finish()
        return run


@pytest.fixture
def pipeline(play: Player, repository: Repository) -> Pipeline:
    return Pipeline(play, repository)


def generated(emulator: Any) -> list[str]:
    """All passwords that were set."""
    return [entry for user in emulator.passwords().values() for entry in user["history"][1:]]


def test_plan_and_apply(emulator: Any, pipeline: Pipeline, repository: Repository) -> None:
    plan = pipeline(arguments=["--check", "--diff"])
    assert plan.rc == 0, plan.screen
    assert patches(emulator) == []
    assert repository.branches() == ["main"]
    comment = pipeline.report.read_text()
    assert "Plan of the rotations" in comment and "4 would reset" in comment
    assert comment.count("| would reset | no ledger |") == 4

    applied = pipeline()
    assert applied.rc == 0, applied.screen
    assert len(patches(emulator)) == 4
    assert repository.log() == ["Record rotations [skip ci]", "Change rotations.yml"]
    assert repository.files() == ["ledger/events.jsonl", "rotations.yml"]
    assert repository.branches() == ["main"]
    assert "4 applied" in pipeline.report.read_text()
    assert len(generated(emulator)) == 4
    assert not any(secret in repository.everything() + pipeline.report.read_text() for secret in generated(emulator))


@pytest.mark.parametrize("path", ["beside", None])
def test_started_in_the_clone(emulator: Any, pipeline: Pipeline, path: str | None) -> None:
    """As in a pipeline: paths begin there, and a store that is not in it is outside, wherever that is."""
    clone = pipeline.repository.clone("job")
    store = {"type": "file", **({"path": f"{clone}-{path}"} if path else {})}
    variables = {"rotations_report": "plan.md", "user_password_rotation_store": store}
    run = pipeline.play(
        playbook=PLAYBOOK, environment=pipeline.environment, variables=variables, here=clone, arguments=["--check"]
    )
    assert run.rc == 0, run.screen
    assert "would" in (clone / "plan.md").read_text()


def test_nothing_is_written_back_where_that_is_not_wanted(pipeline: Pipeline, repository: Repository) -> None:
    """Said by -e, it is text."""
    run = pipeline(arguments=["-e", "rotations_write_back=false"])
    assert run.rc == 0, run.screen
    assert repository.log() == ["Change rotations.yml"] and repository.branches() == ["main"]


def test_a_misspelt_kind_takes_no_lock(emulator: Any, pipeline: Pipeline, repository: Repository) -> None:
    run = pipeline(variables={"rotations_kind": "generatd"})
    assert run.rc != 0 and "rotations_kind is generated or given" in run.screen
    assert repository.branches() == ["main"] and emulator.counters()["requests"] == 0


def test_given_passwords_and_a_user_who_fails(emulator: Any, pipeline: Pipeline, repository: Repository) -> None:
    """The ledger is written back for those who were reset; the next job, in another clone, resets nobody again."""
    author = repository.folder / "author"
    repository.git(author, "pull", "--quiet", "origin", "main")
    document = json.loads(declaration(emulator))
    federated = emulator.customers[0]["special_users"]["federated"]["user_principal_name"]
    document["customers"][0]["users"].append({"user_principal_name": federated})
    repository.commit(author, "rotations.yml", json.dumps(document, indent=1))
    people = [user["user_principal_name"] for customer in document["customers"] for user in customer["users"]]
    secrets = {name: password(number) for number, name in enumerate(people)}
    for _turn in range(2):
        run = pipeline(variables={"rotations_kind": "given", "rotations_passwords": secrets})
        assert run.rc != 0
        assert "federated" in run.screen
        assert len(patches(emulator)) == 4
        assert repository.branches() == ["main"]
    customers = sorted(customer["id"] for customer in emulator.customers[:2])
    assert repository.files() == [*(f"ledger/{name}.json" for name in customers), "rotations.yml"]
    assert repository.log().count("Record rotations [skip ci]") == 1
    assert not any(secret in repository.everything() for secret in secrets.values())


def test_unknown_key(emulator: Any, pipeline: Pipeline, repository: Repository) -> None:
    text = declaration(emulator).replace('"user_principal_name"', '"user_name"', 1)
    line = next(number for number, content in enumerate(text.splitlines(), 1) if "user_name" in content)
    repository.commit(repository.folder / "author", "rotations.yml", text)
    run = pipeline()
    assert run.rc != 0
    assert f"rotations.yml:{line}: unknown key 'user_name'" in run.screen
    assert emulator.counters()["requests"] == 0


def test_two_at_once(emulator: Any, pipeline: Pipeline, repository: Repository) -> None:
    """The second cannot push the lock; it sends nothing and says who has it. A merge meanwhile does no harm."""
    emulator.advance()
    emulator.knobs(latency_ms=1000)
    first = pipeline.start()
    assert emulator.wait(requests=1, timeout=60)
    second = pipeline()
    repository.commit(repository.folder / "author", "README.md", "merged meanwhile")
    emulator.knobs(latency_ms=0)
    emulator.advance(1)
    done = first.finish()
    assert done.rc == 0, done.screen
    assert second.rc != 0
    assert "another run has the lock; nothing was sent. Claimed by" in second.screen
    assert repository.log() == ["Record rotations [skip ci]", "Change README.md", "Change rotations.yml"]
    assert repository.branches() == ["main"]
    for customer in emulator.customers[:2]:
        assert all(len(sent(emulator, {"user_id": user["id"]})) == 1 for user in customer["users"][:2])


def test_a_store_inside_of_the_repository(emulator: Any, pipeline: Pipeline) -> None:
    inside = {"type": "file", "path": f"{pipeline.repository.folder}/job-1/passwords"}
    run = pipeline(variables={"user_password_rotation_store": inside})
    assert run.rc != 0 and patches(emulator) == []
    assert "The store must be outside of the repository" in run.screen
