# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user gets: the tarball alone, installed offline into an empty home, with every role and playbook."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from driver import Player, password, patches
from guides import GUIDES, blocks
from rotating import vault_password_file

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
#: No command takes as long, on any machine: one that hangs ends here.
SECONDS = 600
ALONE: dict[str, str | None] = {"ANSIBLE_COLLECTIONS_PATH": None, "PYTHONPATH": None}


@pytest.fixture
def installed(play: Player, tmp_path: Path) -> Path:
    """Builds, installs, and returns the folder of the collection."""

    def galaxy(*arguments: str) -> None:
        command = [str(BIN / "ansible-galaxy"), "collection", *arguments]
        environment = play.environment(ALONE)
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True, timeout=SECONDS)

    galaxy("build", "--output-path", str(tmp_path / "built"))
    (tarball,) = (tmp_path / "built").glob("csp-partnercenter-*.tar.gz")
    galaxy("install", "--offline", str(tarball))
    return play.home / ".ansible" / "collections" / "ansible_collections" / "csp" / "partnercenter"


def test_from_the_tarball(emulator: Any, play: Player, installed: Path, tmp_path: Path) -> None:
    top = {path.name for path in installed.iterdir()}
    assert {
        "MANIFEST.json",
        "FILES.json",
        "LICENSE",
        "README.md",
        "docs",
        "meta",
        "playbooks",
        "plugins",
        "roles",
    } <= top
    assert not top & {"tests", "noxfile.py", "build", ".nox", ".git"}

    # The community asks that the rest works without everything else.
    for path in installed.iterdir():
        if path.is_dir() and path.name not in {"meta", "playbooks", "plugins", "roles"}:
            shutil.rmtree(path)

    playbooks = [f"csp.partnercenter.{path.stem}" for path in sorted((installed / "playbooks").glob("*.yml"))]
    assert len(playbooks) >= 7
    environment = play.environment(ALONE)
    command = [str(BIN / "ansible-playbook"), "--syntax-check", "-i", "localhost,", *playbooks]
    check = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert check.returncode == 0, check.stdout + check.stderr

    customer = emulator.customers[0]
    users = [{"user_principal_name": user["user_principal_name"]} for user in customer["users"][:2]]
    host = {"partnercenter_customer_id": customer["id"]}
    hosts = {"given": [user | {"password": password(7)} for user in users], "generated": users}
    content = {"hosts": {name: host | {"partnercenter_users": people} for name, people in hosts.items()}}
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps({"all": content}))
    declared = {"customer_id": customer["id"], "users": users}
    rotations = tmp_path / "repository" / "rotations.yml"
    rotations.parent.mkdir()
    rotations.write_text(json.dumps({"version": 1, "defaults": {"rotation_id": "x"}, "customers": [declared]}))

    variables = {
        "user_password_rotation_rotation_id": "2026-11",
        "user_password_rotation_store": {"type": "file", "path": str(tmp_path / "passwords")},
        "rotations_file": str(rotations),
    }
    for playbook, limit in (
        ("reset_user_passwords", "given"),
        ("rotate_user_passwords", "generated"),
        ("apply_rotations", ""),
    ):
        run = play(
            playbook=f"csp.partnercenter.{playbook}",
            check=True,
            variables=variables,
            environment={**ALONE, "ANSIBLE_VAULT_PASSWORD_FILE": vault_password_file(tmp_path)},
            arguments=["-i", str(inventory), "--limit", limit] if limit else [],
        )
        assert run.rc == 0, run.screen
        assert "2 of 2 passwords would be set" in run.screen, run.screen
    assert patches(emulator) == []


def test_the_guide_says_how_to_look_at_it_and_how_to_remove_it(play: Player, installed: Path, tmp_path: Path) -> None:
    kept = play.home / ".ansible" / "partnercenter"
    (kept / "ledger").mkdir(parents=True)
    environment = play.environment(ALONE | {"HOME": str(play.home), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"})
    typed = [text for language, _caption, text in blocks(GUIDES / "guide_upgrade.rst") if language == "shell"]
    assert len(typed) == 1
    for line in typed[0].splitlines():
        subprocess.run(
            line, shell=True, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=SECONDS
        )
    removed = re.findall(r"(?m)^      (rm -r ~/\.ansible/.+)$", (GUIDES / "guide_upgrade.rst").read_text())
    assert len(removed) == 2
    for line in removed:
        subprocess.run(
            line, shell=True, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=SECONDS
        )
    assert not installed.exists() and not kept.exists()
