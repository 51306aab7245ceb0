# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipeline samples, run as they are written, in a checkout that would take over whatever is started in it."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driver import Player, patches
from pipelines import LOCAL_RUNNER, Runner, job
from rotating import vault_password_file

from ansible_collections.csp.partnercenter.tests.unit.support.repository import Repository

NEEDS_LOCAL_RUNNER = pytest.mark.skipif(not LOCAL_RUNNER, reason="there is no gitlab-ci-local here")
PLATFORMS = pytest.mark.parametrize(
    "platform",
    [
        "github-actions",
        "gitlab-ci",
        "azure-pipelines",
        pytest.param("gitlab-ci-local", marks=(pytest.mark.places, NEEDS_LOCAL_RUNNER)),
    ],
)
MERGE_REQUEST = {
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    "CI_PROJECT_ID": "7",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "7",
    "CI_MERGE_REQUEST_IID": "3",
}
CALLBACK = """\
import os
from ansible.plugins.callback import CallbackBase
open({stolen!r}, "a").write("callback")
class CallbackModule(CallbackBase):
    CALLBACK_NAME = "hello"
    CALLBACK_TYPE = "aggregate"
"""


def hostile(stolen: Path) -> dict[str, str]:
    """What a pull request can bring that runs where ansible or Python is started beside it."""
    module = f'open({str(stolen)!r}, "a").write(__name__)\n'
    plugins = ("callback", "filter", "vars", "inventory", "lookup", "action", "strategy", "connection", "cache")
    settings = "\n".join(f"{name}_plugins = ./plugins" for name in plugins)
    enabled = "callbacks_enabled = hello\ninventory = ./hosts\ncollections_path = ./collections\nlibrary = ./plugins"
    return {
        "ansible.cfg": f"[defaults]\n{settings}\n{enabled}\n[galaxy]\nserver_list = evil\n",
        "plugins/hello.py": CALLBACK.format(stolen=str(stolen)),
        "hosts": f"#!/bin/sh\necho inventory >>{stolen}\necho '{{}}'\n",
        **{f"{name}.py": module for name in ("json", "hvac", "ansible", "yaml", "sitecustomize", "msal", "requests")},
        "pip/__main__.py": module,
        ".envrc": f"touch {stolen}\n",
    }


@pytest.fixture
def repository(emulator: Any, play: Player, tmp_path: Path) -> Repository:
    """With settings that were reviewed, and a pull request that changes them and all else."""
    customer = emulator.customers[0]
    users = [
        {"user_principal_name": user["user_principal_name"], "rotation_id": "2026-11"} for user in customer["users"][:2]
    ]
    declared = {"version": 1, "customers": [{"customer_domain": customer["domain"], "users": users}]}
    store = {"user_password_rotation_store": {"type": "file", "path": str(tmp_path / "store")}}
    return Repository.made(
        tmp_path / "git",
        {
            "rotations.yml": json.dumps(declared),
            "settings.yml": json.dumps(store),
            "plan.yml": "rotations_connection: {}\n",
            "requirements.txt": "ansible-core==2.21.5\n",
        },
    )


def runner(repository: Repository, play: Player, tmp_path: Path, checkout: Path) -> Runner:
    """With the emulator's sign-in instead of that of the platform."""
    head = repository.git(checkout, "rev-parse", "HEAD")
    own = {"ANSIBLE_VAULT_PASSWORD_FILE": vault_password_file(tmp_path), "ANSIBLE_CALLBACKS_ENABLED": None}
    known = play.environment({**own, "PARTNERCENTER_CLIENT_ASSERTION_SOURCE": ""}) | {
        "GITHUB_WORKSPACE": str(checkout),
        "GITHUB_REPOSITORY": "owner/name",
        "GITHUB_SHA": repository.git(checkout, "rev-parse", "origin/main"),
        "GITHUB_EVENT_PULL_REQUEST_HEAD_SHA": head,
        "GITHUB_EVENT_PULL_REQUEST_NUMBER": "7",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "CI_PROJECT_DIR": str(checkout),
        "CI_PROJECT_URL": str(repository.remote).removesuffix(".git"),
        "CI_COMMIT_SHA": head,
        "CI_DEFAULT_BRANCH": "main",
        "BUILD_SOURCESDIRECTORY": str(checkout),
        **dict.fromkeys(("GITHUB_TOKEN", "ROTATIONS_TOKEN", "SYSTEM_ACCESSTOKEN", "VAULT_ID_TOKEN"), "a-token"),
    }
    for name in (
        "SYSTEM_COLLECTIONURI",
        "SYSTEM_TEAMPROJECT",
        "BUILD_REPOSITORY_ID",
        "SYSTEM_PULLREQUEST_PULLREQUESTID",
    ):
        known[name] = "http://127.0.0.1:9/"
    return Runner(tmp_path, checkout, known)


def run(machine: Runner, platform: str, name: str) -> subprocess.CompletedProcess[str]:
    """The job ``plan`` or ``apply``, by the platform's own runner where there is one."""
    if platform != "gitlab-ci-local":
        return machine.run(job(platform, name))
    own = {name: machine.known[name] for name in ("CI_PROJECT_URL", "ROTATIONS_TOKEN")}
    own["PARTNERCENTER_CLIENT_ASSERTION_SOURCE"] = ""
    return machine.run_locally(name, **own, **(MERGE_REQUEST if name == "plan" else {}))


@PLATFORMS
def test_a_pull_request_is_planned_and_runs_nothing(
    emulator: Any, repository: Repository, play: Player, tmp_path: Path, platform: str
) -> None:
    """Its rotations are data; its settings are not read, since they may hold templates."""
    checkout, stolen = repository.clone("checkout"), tmp_path / "stolen"
    repository.git(checkout, "checkout", "--quiet", "-b", "change")
    evil = {
        "plan.yml": "rotations_kind: evil\n",
        "requirements.txt": "evil==1.0\n",
        "settings.yml": f"rotations_message: \"{{{{ lookup('pipe', 'touch {stolen}') }}}}\"\nrotations_kind: evil\n",
        "rotations.yml": (checkout / "rotations.yml").read_text() + "\n",
    }
    for name, content in (hostile(stolen) | evil).items():
        (checkout / name).parent.mkdir(exist_ok=True)
        (checkout / name).write_text(content)
        (checkout / name).chmod(0o755)
    repository.git(checkout, "add", "--force", ".")
    repository.git(checkout, "commit", "--quiet", "-m", "A new rotation")
    machine = runner(repository, play, tmp_path, checkout)
    done = run(machine, platform, "plan")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not stolen.exists(), stolen.read_text()
    assert "2 would reset" in machine.posted.read_text() and patches(emulator) == []
    assert str(checkout) not in machine.journal.read_text(), "nothing is installed in the checkout, nor by its settings"
    assert "ansible-core==2.21.5" in machine.journal.read_text() and "evil" not in machine.journal.read_text()


@PLATFORMS
def test_a_merge_is_applied_and_written_back(
    emulator: Any, repository: Repository, play: Player, tmp_path: Path, platform: str
) -> None:
    """Also where what was merged would run where ansible or Python is started beside it."""
    stolen = tmp_path / "stolen"
    for name, content in hostile(stolen).items():
        repository.commit(repository.folder / "author", name, content)
    checkout = repository.clone("checkout")
    machine = runner(repository, play, tmp_path, checkout)
    done = run(machine, platform, "apply")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not stolen.exists(), stolen.read_text()
    assert len(patches(emulator)) == 2
    assert repository.log()[0] == "Record rotations [skip ci]" and repository.branches() == ["main"]
    assert str(checkout) not in machine.journal.read_text()


def test_nothing_of_a_commit_reaches_the_runner_as_a_command(repository: Repository, play: Player) -> None:
    """Azure DevOps looks for them in the whole line, GitHub at its beginning. What is refused is named all the same."""
    author, command = repository.folder / "author", "##vso[task.complete]x ##[error]x\n::add-mask::x"
    good = json.loads((author / "rotations.yml").read_text())
    (customer,) = good["customers"]
    unknown = good | {command: 1}
    value = good | {"customers": [{**customer, "defaults": {"rotation_id": command}}]}
    for number, declared in enumerate((unknown, value)):
        repository.commit(author, "rotations.yml", json.dumps(declared))
        clone = repository.clone(f"clone-{number}")
        done = play(
            playbook="csp.partnercenter.apply_rotations",
            variables={"rotations_file": str(clone / "rotations.yml")},
            arguments=["--check", "--diff", "-v"],
        )
        assert done.rc != 0 and "rotations.yml:1: " in done.screen, done.screen
        shown = done.stdout + done.stderr
        assert not re.search(r"##(vso)?\[|^\s*::", shown, re.MULTILINE), shown


@pytest.mark.places
@NEEDS_LOCAL_RUNNER
def test_which_jobs_gitlab_starts(
    repository: Repository, play: Player, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """By the rules of the sample: a person starts a plan, and there is none for a fork or into another branch."""
    checkout = repository.clone("checkout")
    repository.git(checkout, "checkout", "--quiet", "-b", "change")
    (checkout / "rotations.yml").write_text("{}")
    repository.git(checkout, "commit", "--quiet", "--all", "-m", "A new rotation")
    machine = runner(repository, play, tmp_path, checkout)

    def jobs(**variables: str) -> dict[str, str]:
        done = machine.run_locally("--list-csv-all", **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        listed = done.stdout[done.stdout.index("name;") :].splitlines()
        return {row["name"]: row["when"] for row in csv.DictReader(listed, delimiter=";")}

    assert jobs(**MERGE_REQUEST) == {"plan": "manual", "apply": "never"}
    assert jobs(**MERGE_REQUEST | {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "8"}) == {"plan": "never", "apply": "never"}
    assert jobs(**MERGE_REQUEST | {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "other"})["plan"] == "never"
    assert jobs(CI_PIPELINE_SOURCE="push") == {"plan": "never", "apply": "never"}, "a branch that is not merged"
    repository.git(checkout, "checkout", "--quiet", "main")
    for source in ("push", "schedule"):
        assert jobs(CI_PIPELINE_SOURCE=source) == {"plan": "never", "apply": "on_success"}
    figure("gitlab-ci-local: plan and apply ran; 6 kinds of pipelines start the jobs that they should")
