# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflows: what they run has a fixed version, may do the least, and is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EACH = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.stem)

SESSIONS = set(re.findall(r"(?m)^def (\w+)\(session", (ROOT / "noxfile.py").read_text())) | set(
    re.findall(r"(?m)^def (\w+)\(session", (ROOT / "tests" / "tools" / "proofs.py").read_text())
)


def jobs(workflow: Path) -> dict[str, Any]:
    return yaml.safe_load(workflow.read_text())["jobs"]


@EACH
def test_actions_are_named_by_the_hash_of_a_commit(workflow: Path) -> None:
    used = re.findall(r"uses: (.+)", workflow.read_text())
    assert used and all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action) for action in used)


def test_an_action_has_one_version() -> None:
    used = {action for workflow in WORKFLOWS for action in re.findall(r"uses: (.+)", workflow.read_text())}
    assert len({action.partition("@")[0] for action in used}) == len(used)


@EACH
def test_a_workflow_may_do_nothing_and_a_job_the_least(workflow: Path) -> None:
    content = yaml.safe_load(workflow.read_text())
    assert content["permissions"] == {}
    for name, job in content["jobs"].items():
        writes = {right for right, access in job["permissions"].items() if access == "write"}
        assert not writes or (workflow.stem, name) == ("release", "publish"), writes
        assert job["timeout-minutes"] <= 120


@EACH
def test_a_checkout_keeps_no_credentials(workflow: Path) -> None:
    steps = [step for job in jobs(workflow).values() for step in job["steps"]]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_sessions_that_are_run_are_there() -> None:
    named = set(jobs(ROOT / ".github/workflows/nightly.yml")["long"]["strategy"]["matrix"]["session"])
    named |= {name for workflow in WORKFLOWS for name in re.findall(r"noxfile\.py -s (\w+)", workflow.read_text())}
    assert named <= SESSIONS


def test_unit_tests_run_with_each_supported_ansible_core() -> None:
    from cores import PYTHONS

    matrix = jobs(ROOT / ".github/workflows/test.yml")["units"]["strategy"]["matrix"]["include"]
    assert {pair["core"] for pair in matrix} == set(PYTHONS)
    assert all(pair["python"] in PYTHONS[pair["core"]] for pair in matrix)


def test_the_release_compares_the_tag_with_the_version() -> None:
    text = (ROOT / ".github/workflows/release.yml").read_text()
    assert 'grep -qx "version: $GITHUB_REF_NAME" galaxy.yml' in text
    assert re.search(r"(?m)^version: \d+\.\d+\.\d+$", (ROOT / "galaxy.yml").read_text())


def test_the_job_that_publishes_installs_by_hashes() -> None:
    """It holds the token of Galaxy."""
    text = (ROOT / ".github/workflows/release.yml").read_text()
    installs = re.findall(r"pip install (.+)", text)
    assert installs == ["--quiet --require-hashes --only-binary :all: -r requirements.txt"]
    assert "cp docs/pipelines/requirements.txt dist" in text


def test_the_release_finds_its_version_in_the_changelog() -> None:
    """In the file of data, since antsibull-changelog writes dots as ``\\.`` into the page."""
    text = (ROOT / ".github/workflows/release.yml").read_text()
    assert 'grep -qxF "  $GITHUB_REF_NAME:" changelogs/changelog.yaml' in text
    changelog = (ROOT / "changelogs" / "changelog.yaml").read_text(encoding="utf-8")
    releases = yaml.safe_load(changelog)["releases"]
    assert "0.1.0" in releases
    assert all(f"  {version}:" in changelog.splitlines() for version in releases)


def test_the_list_of_requirements_names_files_that_there_are() -> None:
    page = ROOT / "docs" / "inclusion.md"
    links = re.findall(r"\]\((?!https:)([^)]+)\)", page.read_text(encoding="utf-8"))
    assert len(links) > 40
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_page_on_security_names_tests_that_there_are() -> None:
    text = (ROOT / "docs" / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:unit|acceptance)/[\w/]+\.py)`", text)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / "tests" / name).exists()] == []
    attacked = re.findall(
        r"(?m)^\| ([^|]+?) \|", text.partition("An attacker who can **write**")[2].partition("Tests try")[0]
    )
    tested = re.findall(
        r"(?m)^\| ([^|]+?) \| `", text.partition("Tests try each row")[2].partition("## How it is done")[0]
    )
    assert [row for row in tested if not any(cell.startswith(row) for cell in attacked)] == []
    assert len(attacked) - len(tested) == 2, "the heading, and DNS, which TLS answers for"
