# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipeline samples: what is installed has a version, and what cannot be read is an error."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "docs" / "pipelines"
EACH = pytest.mark.parametrize("name", ["github-actions", "gitlab-ci", "azure-pipelines"])


def text(name: str, kind: str = "yml") -> str:
    return (SAMPLES / f"{name}.{kind}").read_text()


@EACH
def test_what_is_installed_is_pinned(name: str) -> None:
    """Packages by their hashes, actions and images by theirs; the collection has the version of the sample."""
    installed = re.findall(r"pip install(?: --quiet)? (.+)", text(name))
    assert installed
    for options in installed:
        assert re.fullmatch(r'--require-hashes --only-binary :all: -r "?[\w$/]*requirements\.txt"?', options), options
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    collections = re.findall(r"collection install (\S+)", text(name))
    assert collections and set(collections) == {f"csp.partnercenter:{version}"}
    actions = re.findall(r"uses: (\S+)", text(name))
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in actions), actions
    images = re.findall(r" image: (\S+)", text(name))
    assert all(re.fullmatch(r"[\w.:/-]+@sha256:[0-9a-f]{64}", image) for image in images), images


def test_the_execution_environment_is_pinned_and_reads_no_settings_of_a_project() -> None:
    content = (ROOT / "docs" / "execution-environment" / "execution-environment.yml").read_text()
    definition = yaml.safe_load(content)
    assert re.search(r"@sha256:[0-9a-f]{64}$", definition["images"]["base_image"]["name"])
    needed = definition["dependencies"]
    packages = [*needed["python"], needed["ansible_core"]["package_pip"], needed["ansible_runner"]["package_pip"]]
    assert all("==" in package for package in packages)
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    assert needed["galaxy"]["collections"] == [{"name": "csp.partnercenter", "version": version}]
    assert "ENV ANSIBLE_CONFIG=/etc/ansible/ansible.cfg" in definition["additional_build_steps"]["append_final"]


def test_packages_are_pinned_with_all_that_they_need() -> None:
    lines = [line for line in text("requirements", "txt").splitlines() if line and not line.startswith("#")]
    assert len(lines) > 20
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+ --hash=sha256:[0-9a-f]{64}(  # asked for)?", line) for line in lines)


@EACH
def test_a_plan_is_another_identity_than_an_apply(name: str) -> None:
    """What is different for a plan is in plan.yml, and each job has its own application."""
    command = re.compile(r"csp\.partnercenter\.apply_rotations\s+((?:--check|-e \S+|\s+)+)")
    plan, apply = (" ".join(options.split()) for options in command.findall(text(name)))
    assert plan.startswith("--check -e @settings.yml -e @plan.yml ") and "plan.yml" not in apply
    sample = yaml.safe_load(text(name))
    if name == "azure-pipelines":
        ids = [stage["variables"]["PARTNERCENTER_CLIENT_ID"] for stage in sample["stages"]]
        assert len(set(ids)) == 2 and "PARTNERCENTER_CLIENT_ID" not in sample["variables"]
        assert set(re.findall(r"azureSubscription: (\S+)", text(name))) == {"partner-center-plan", "partner-center"}
        return
    jobs = sample["jobs"] if name == "github-actions" else sample
    environments = [jobs["plan"]["environment"], jobs["apply"]["environment"]]
    assert environments in (["plan", "apply"], [{"name": "plan", "action": "access"}, "production"])
    everywhere = sample["env"] if name == "github-actions" else sample["variables"]
    assert "PARTNERCENTER_CLIENT_ID" not in everywhere


def test_no_plan_for_a_fork_or_into_another_branch() -> None:
    github, azure = (yaml.safe_load(text(name)) for name in ("github-actions", "azure-pipelines"))
    assert github["on"]["pull_request_target"]["branches"] == ["main"]
    assert "head.repo.full_name == github.repository" in github["jobs"]["plan"]["if"]
    assert "ne(variables['System.PullRequest.IsFork'], 'True')" in azure["stages"][0]["condition"]
    (rule,) = yaml.safe_load(text("gitlab-ci"))["plan"]["rules"]
    assert "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID" in rule["if"] and rule["when"] == "manual"
    assert "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == $CI_DEFAULT_BRANCH" in rule["if"]


@EACH
def test_what_cannot_be_read_is_an_error(name: str) -> None:
    sample = yaml.safe_load(text(name))
    variables = sample["env" if name == "github-actions" else "variables"]
    assert variables["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] == "true"
    assert variables["ANSIBLE_INVENTORY_UNPARSED_FAILED"] == "true"
    assert text(name).count("ansible-playbook -i localhost, csp.partnercenter.apply_rotations") == 2


@EACH
def test_nothing_is_imported_from_where_it_is_started(name: str) -> None:
    assert not re.search(r"python3? (?!-I)", text(name).replace("python-version", ""))
