# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations declared in a git repository: planned, applied once, written back, and never by two at once.

The remote is a bare repository on disk, driven by the real git.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from driver import Player, Run, password, patches, sent
from guides import GUIDES, blocks
from rotating import vault_password_file

from ansible_collections.csp.partnercenter.tests.unit.support.repository import LOCK, Repository

PLAYBOOK = "csp.partnercenter.apply_rotations"


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
    return Repository.made(tmp_path / "git", {"rotations.yml": declaration(emulator)})


class Pipeline:
    """Jobs in clones of their own; the store and its key outlive them."""

    def __init__(self, play: Player, repository: Repository) -> None:
        self.play = play
        self.repository = repository
        self.store = play.folder / "store"
        self.environment = {
            "ANSIBLE_VAULT_PASSWORD_FILE": vault_password_file(play.folder),
            "PARTNERCENTER_LEDGER_KEY": "ab" * 32,
        }
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
    pipeline.environment["ANSIBLE_SHOW_CUSTOM_STATS"] = "true"
    plan = pipeline(arguments=["--check", "--diff"])
    assert plan.rc == 0, plan.screen
    assert patches(emulator) == []
    assert repository.branches() == ["main"]
    comment = pipeline.report.read_text()
    assert "Plan of the rotations" in comment and "4 would reset" in comment
    assert comment.count("` | would reset | no ledger |") == 4
    assert "| would reset" not in plan.screen, "no diff of what others wrote"

    (approved,) = re.findall(r'"user_password_rotation_approved_plan": "([0-9a-f]{64})"', plan.screen)
    applied = pipeline(variables={"user_password_rotation_approved_plan": approved})
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


def refused(emulator: Any, pipeline: Pipeline, variables: dict[str, Any], **options: Any) -> str:
    """The sentence of a job that took no lock and sent nothing, however it was built inside."""
    run = pipeline(variables=variables, **options)
    assert run.rc != 0
    assert pipeline.repository.branches() == ["main"] and emulator.counters()["requests"] == 0
    assert "non-zero return code" not in run.screen and "filter plugin" not in run.screen
    return run.screen


def test_settings_that_cannot_be_meant(emulator: Any, pipeline: Pipeline) -> None:
    """All at once."""
    wrong = {"rotations_file": "/none.yml", "rotations_kind": "generatd", "rotations_report": "/none/plan.md"}
    said = refused(emulator, pipeline, wrong | {"user_password_rotation_store": {"type": "file", "path": "store"}})
    for sentence in (
        "rotations_kind is generated or given",
        "rotations_file: there is no file /none.yml",
        "rotations_report: there is no folder /none",
        "The path of the store, store, must be a whole one",
    ):
        assert sentence in said
    assert "; nothing was sent" in said


def test_a_limit(emulator: Any, pipeline: Pipeline) -> None:
    """Ansible would pass over the plays, and end with status 0."""
    said = refused(emulator, pipeline, {}, arguments=["-i", "customer,", "--limit", "customer"])
    assert "apply_rotations takes no --limit; nothing was sent" in said


def test_users_without_a_password(emulator: Any, pipeline: Pipeline) -> None:
    """Named before the first of the others is reset."""
    one, two = (emulator.customers[number]["users"][0]["user_principal_name"] for number in (0, 1))
    said = refused(emulator, pipeline, {"rotations_kind": "given", "rotations_passwords": {one.upper(): password()}})
    assert "rotations_passwords: there is no password for " in said and two in said and f" {one}" not in said

    everybody = [user["user_principal_name"] for customer in emulator.customers[:2] for user in customer["users"]]
    for given, told in ((12345678, "must be a text, and is a number"), ("Canary-{{9Zz-1", "marked with !unsafe")):
        secrets = {name: password(number) for number, name in enumerate(everybody)} | {one: given}
        said = refused(emulator, pipeline, {"rotations_kind": "given", "rotations_passwords": secrets})
        assert "rotations_passwords" in said and told in said and "; nothing was sent" in said
        assert "12345678" not in said and "Canary-" not in said and "'Zz'" not in said


def test_a_remote_that_would_refuse_the_ledger(emulator: Any, pipeline: Pipeline, repository: Repository) -> None:
    repository.refuse("main")
    assert "nothing was sent: origin would refuse the ledger" in refused(emulator, pipeline, {})


def test_no_token_of_a_url_is_shown(emulator: Any, pipeline: Pipeline) -> None:
    url = "http://oauth2:canary-git-token@127.0.0.1:9/rotations.git"
    said = refused(emulator, pipeline, {"rotations_remote": url}, arguments=["-vvvvv"])
    assert "cannot be read from http://***@127.0.0.1:9/rotations.git" in said
    assert "canary-git-token" not in said


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
    said = refused(emulator, pipeline, {})
    assert f'"msg": "rotations.yml:{line}: unknown key \'user_name\'' in said


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
    assert (
        "nothing was sent: another run has the lock, the branch partnercenter-lock of origin: Claimed by"
        in second.screen
    )
    assert repository.log() == ["Record rotations [skip ci]", "Change README.md", "Change rotations.yml"]
    assert repository.branches() == ["main"]
    for customer in emulator.customers[:2]:
        assert all(len(sent(emulator, {"user_id": user["id"]})) == 1 for user in customer["users"][:2])


def test_a_store_inside_of_the_repository(emulator: Any, pipeline: Pipeline) -> None:
    inside = {"type": "file", "path": f"{pipeline.repository.folder}/job-1/passwords"}
    run = pipeline(variables={"user_password_rotation_store": inside})
    assert run.rc != 0 and patches(emulator) == []
    assert "The store must be outside of the repository" in run.screen


def test_passwords_in_a_branch_of_the_repository(emulator: Any, pipeline: Pipeline, repository: Repository) -> None:
    """The sample of the guide, in jobs of which nothing is left but what they pushed."""
    (sample,) = [
        text for _kind, caption, text in blocks(GUIDES / "guide_gitops.rst") if caption == "settings.yml, in git"
    ]
    settings = yaml.safe_load(sample)
    settings["user_password_rotation_store"]["repository"] = str(repository.remote)
    for _job in range(2):
        run = pipeline(variables=settings)
        assert run.rc == 0, run.screen
        assert len(patches(emulator)) == 4
        pipeline.play.new_home()
    branch = settings["user_password_rotation_store"]["branch"]
    assert repository.branches() == ["main", branch]
    assert repository.files() == ["ledger/events.jsonl", "rotations.yml"]
    assert len(repository.files(branch)) == 4 and len(repository.log(branch)) == 5 * 4
    assert not any(secret in repository.everything() for secret in generated(emulator))


def test_a_killed_job(emulator: Any, pipeline: Pipeline, repository: Repository) -> None:
    """The next one says who had the lock and how to take it away; then it goes on where the dead one was."""
    emulator.knobs(latency_ms=1000)
    first = pipeline.start()
    assert emulator.wait(requests=1, timeout=60)
    first.kill()
    first.finish()
    emulator.knobs(latency_ms=0)
    before = emulator.counters()["requests"]
    second = pipeline()
    assert second.rc != 0 and emulator.counters()["requests"] == before
    assert (
        "nothing was sent: another run has the lock" in second.screen
        and "If it is dead: git push origin" in second.screen
    )
    repository.git(pipeline.clone, "push", "--quiet", "origin", f":{LOCK}")
    third = pipeline()
    assert third.rc == 0, third.screen
    assert repository.branches() == ["main"]
    for customer in emulator.customers[:2]:
        assert all(len(set(sent(emulator, {"user_id": user["id"]}))) == 1 for user in customer["users"][:2])
