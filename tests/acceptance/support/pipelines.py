# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the jobs of the pipeline samples as their platforms would: their own scripts, in order, in a checkout.

What a job installs and posts is replaced by stand-ins; ansible-playbook and git are the real ones. gitlab-ci-local can
run those of GitLab as well: it reads the rules of the sample.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

LOCAL_RUNNER = shutil.which("gitlab-ci-local")
#: No job takes as long, on any machine: one that hangs ends here.
_SECONDS = 600
SAMPLES = Path(__file__).resolve().parents[3] / "docs" / "pipelines"
#: Each notes where it was started; the posted plan is kept.
_STANDINS = {
    "pip": 'pwd >>"$JOURNAL"; for one; do case $one in *.txt) cat "$one" >>"$JOURNAL" ;; esac; done',
    "ansible-galaxy": 'pwd >>"$JOURNAL"; echo "config $ANSIBLE_CONFIG" >>"$JOURNAL"',
    "apt-get": "true",
    # gitlab-ci-local copies the checkout for containers, which are not used here.
    "rsync": "true",
    "mktemp": 'mkdir -p "$RUNNER_TEMP/made" && echo "$RUNNER_TEMP/made"',
    "python": "echo a-token-of-the-vault",
    "curl": 'for one; do case $one in body@*) cp "${one#body@}" "$POSTED" ;; @-) cat >"$POSTED" ;; esac; done',
    "gh": 'for one; do case $one in plan.md) cp plan.md "$POSTED" ;; repos/*) name=${one#*contents/}\n'
    'git -C "$CHECKOUT" show "${name#*ref=}:${name%%\\?*}" ;; esac; done',
}


@dataclass(frozen=True)
class Step:
    """One script, where it is started, and what it alone gets."""

    script: str
    folder: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """A job of a sample."""

    environment: Mapping[str, str]
    steps: tuple[Step, ...]


def job(platform: str, name: str) -> Job:
    """The job ``plan`` or ``apply`` of a platform."""
    sample: dict[str, Any] = yaml.safe_load((SAMPLES / f"{platform}.yml").read_text())
    return {"github-actions": _github, "gitlab-ci": _gitlab, "azure-pipelines": _azure}[platform](sample, name)


def _github(sample: dict[str, Any], name: str) -> Job:
    steps = [step for step in sample["jobs"][name]["steps"] if "run" in step]
    made = (Step(step["run"], step.get("working-directory", ""), step.get("env", {})) for step in steps)
    return Job({**sample["env"], **sample["jobs"][name]["env"]}, tuple(made))


def _gitlab(sample: dict[str, Any], name: str) -> Job:
    lines = [*sample["default"]["before_script"], *sample[name]["script"]]
    variables = {**sample["variables"], **sample[name].get("variables", {})}
    return Job({key: value.replace("$$", "$") for key, value in variables.items()}, (Step("\n".join(lines)),))


def _azure(sample: dict[str, Any], name: str) -> Job:
    stage = next(stage for stage in sample["stages"] if stage["stage"] == name)
    (work,) = stage["jobs"]
    steps = work["steps"] if "steps" in work else work["strategy"]["runOnce"]["deploy"]["steps"]
    return Job({**sample["variables"], **stage["variables"]}, tuple(_azure_steps(steps)))


def _azure_steps(steps: list[dict[str, Any]]) -> Iterator[Step]:
    for step in steps:
        inputs = step.get("inputs", {})
        script = step.get("script") or inputs.get("inlineScript")
        if script:
            folder = step.get("workingDirectory") or inputs.get("workingDirectory", "")
            yield Step(script, folder, step.get("env", {}))


@dataclass
class Runner:
    """A machine with a checkout. ``known`` is what the platform puts into the environment."""

    folder: Path
    checkout: Path
    known: dict[str, str]

    @property
    def posted(self) -> Path:
        return self.folder / "posted"

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    def run(self, work: Job) -> subprocess.CompletedProcess[str]:
        """All steps up to the first that fails; the output is that of the last."""
        environment = self._environment(work.environment)
        done = subprocess.CompletedProcess[str]([], 0, "", "")
        for step in work.steps:
            own = {name: self._expanded(text, environment) for name, text in step.environment.items()}
            done = subprocess.run(
                ["bash", "-e", "-c", self._expanded(step.script, environment)],
                cwd=self._expanded(step.folder, environment) or self.checkout,
                env={**environment, **own},
                capture_output=True,
                text=True,
                check=False,
                timeout=_SECONDS,
            )
            if done.returncode:
                break
            added = Path(environment["GITHUB_ENV"])
            environment |= dict(line.split("=", 1) for line in added.read_text().splitlines()) if added.exists() else {}
        return done

    def run_locally(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """By gitlab-ci-local with its executor for shells, such as ``plan`` or ``--list-all``."""
        assert LOCAL_RUNNER
        given = {"CI_PROJECT_DIR": str(self.checkout), **variables}
        options = ["--force-shell-executor", "--no-json-schema-validation", "--no-color"]
        options += ["--file", os.path.relpath(SAMPLES / "gitlab-ci.yml", self.checkout)]
        options += ["--state-dir", os.path.relpath(self.folder / "state", self.checkout)]
        options += ["--ignore-predefined-vars", ",".join(given)]
        options += [part for name, value in given.items() for part in ("--variable", f"{name}={value}")]
        # The platform gives variables to a job, and here they are in the environment of the program.
        hidden = [name for name in self.known if name.startswith("CI_")]
        return subprocess.run(
            [LOCAL_RUNNER, *options, *arguments],
            cwd=self.checkout,
            env={name: value for name, value in self._environment({}).items() if name not in hidden},
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )

    def _environment(self, own: Mapping[str, str]) -> dict[str, str]:
        """That of a job, with the folders it uses and the stand-ins in its path."""
        temporary, tools = self.folder / "temporary", self.folder / "tools"
        for place in (temporary, tools):
            place.mkdir(exist_ok=True)
        for name, script in _STANDINS.items():
            (tools / name).write_text(f"#!/bin/sh\n{script}\n")
            (tools / name).chmod(0o755)
        places = {"RUNNER_TEMP": str(temporary), "AGENT_TEMPDIRECTORY": str(temporary), "CHECKOUT": str(self.checkout)}
        files = {"GITHUB_ENV": str(self.folder / "added"), "JOURNAL": str(self.journal), "POSTED": str(self.posted)}
        path = f"{tools}:{Path(sys.executable).parent}:{self.known['PATH']}"
        return {**self.known, **own, **self.known, **places, **files, "PATH": path}

    def _expanded(self, text: str, environment: Mapping[str, str]) -> str:
        """``${{ a.b }}`` of GitHub and ``$(A.B)`` of Azure DevOps, as the variables of the same name."""
        named = re.compile(r"\$\{\{ ([\w.]+) \}\}|\$\(([A-Z]\w+\.[\w.]+)\)")
        return named.sub(lambda found: environment[(found[1] or found[2]).upper().replace(".", "_")], text)
