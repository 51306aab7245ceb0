# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bare git repository on disk, and clones of it, driven by the real git."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).resolve().parents[3] / "playbooks" / "files" / "ledger.py"
LOCK = "partnercenter-lock"
IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main")


@dataclass
class Repository:
    """``folder`` holds the remote and its clones; ``environment`` is added to that of the program."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def made(cls, folder: Path, files: Mapping[str, str]) -> Repository:
        """A repository with one commit."""
        folder.mkdir()
        found = cls(folder)
        found.git(folder, "init", "--quiet", "--bare", "remote.git")
        author = found.clone("author")
        for name, content in files.items():
            found.commit(author, name, content)
        return found

    @property
    def remote(self) -> Path:
        return self.folder / "remote.git"

    def clone(self, name: str) -> Path:
        self.git(self.folder, "clone", "--quiet", str(self.remote), name)
        return self.folder / name

    def git(self, place: Path, *arguments: str) -> str:
        command = ["git", *IDENTITY, *arguments]
        return subprocess.run(command, cwd=place, capture_output=True, text=True, check=True).stdout.strip()

    def commit(self, clone: Path, name: str, content: str) -> None:
        """Commits one file, and pushes it."""
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_text(content)
        self.git(clone, "add", "--force", name)
        self.git(clone, "commit", "--quiet", "-m", f"Change {name}")
        self.git(clone, "push", "--quiet", "origin", "HEAD:main")

    def files(self, branch: str = "main") -> list[str]:
        return self.git(self.remote, "ls-tree", "-r", "--name-only", branch).splitlines()

    def branches(self) -> list[str]:
        return self.git(self.remote, "for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()

    def log(self, branch: str = "main") -> list[str]:
        return self.git(self.remote, "log", "--format=%s", branch).splitlines()

    def everything(self) -> str:
        return self.git(self.remote, "log", "-p", "--all")

    def refuse(self, reference: str | None = None, *, hook: str = "update") -> None:
        """Make the remote refuse this reference from now on; with None, accept everything again."""
        script = self.remote / "hooks" / hook
        script.parent.mkdir(exist_ok=True)
        script.write_text(
            f'#!/bin/sh\n[ "$1" = refs/heads/{reference} ] && {{ echo "GH006: protected" >&2; exit 1; }}\nexit 0\n'
        )
        script.chmod(0o755)

    def ledger(self, clone: Path, *arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
        """The program that the playbook calls, in an emptied environment."""
        merged = {
            "declarations": str(clone / "rotations.yml"),
            "ledger": str(clone / "ledger"),
            "record": "events.jsonl",
            "remote": "origin",
            "branch": "main",
            "lock": LOCK,
            "message": "Record",
            "trial": True,
            **settings,
        }
        return subprocess.run(
            [sys.executable, "-B", str(PROGRAM), *arguments],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                # A folder for temporary files may lie in a clone itself.
                "GIT_CEILING_DIRECTORIES": str(self.folder.parent),
                **self.environment,
            },
            input=json.dumps(merged),
            capture_output=True,
            text=True,
            check=False,
        )
