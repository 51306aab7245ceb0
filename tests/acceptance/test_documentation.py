# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation tells to write is valid, and the first steps lead where the guide says."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from driver import Player, patches
from guides import GUIDES, ROOT, blocks

FIRST_STEPS = GUIDES / "guide_first_steps.rst"
BIN = Path(sys.executable).parent
LEAK = "-e user_password_rotation_rotation_id=incident-7 -e partnercenter_only_users=user-0001@customer-001.example.com"


class Loader(yaml.SafeLoader):
    """Knows Ansible's tags."""


for tag in ("!vault", "!unsafe"):
    Loader.add_constructor(tag, lambda loader, node: loader.construct_scalar(node))


def pages() -> list[Path]:
    found = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("roles/*/README.md"), *GUIDES.glob("*.rst")]
    return sorted(found)


def examples() -> Iterator[tuple[str, Any]]:
    """Where each example stands, and what is in it."""
    for page in pages():
        for number, (language, _caption, text) in enumerate(blocks(page)):
            if language.lower().startswith("yaml"):
                yield f"{page.relative_to(ROOT)}, block {number}", yaml.load(text, Loader)
            elif language == "json":
                yield f"{page.relative_to(ROOT)}, block {number}", json.loads(text)
    for module in sorted(ROOT.glob("plugins/modules/*.py")):
        text = re.search(r'(?s)\nEXAMPLES = r"""\n(.*?)"""', module.read_text())
        assert text, f"{module} has no examples"
        yield str(module.relative_to(ROOT)), yaml.load(text[1], Loader)


def test_examples_are_valid(emulator: Any, play: Player, tmp_path: Path) -> None:
    """YAML can be read; plays and tasks pass Ansible's own check of syntax, all in one call."""
    playbooks = []
    for number, (place, content) in enumerate(examples()):
        if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
            continue
        if not any(key in part for part in content for key in ("hosts", "import_playbook")):
            if not all("name" in part and any("." in str(key) for key in part) for part in content):
                continue  # a list of something else than tasks
            content = [{"name": place, "hosts": "all", "gather_facts": False, "tasks": content}]
        playbook = tmp_path / f"example-{number}.yml"
        playbook.write_text(f"# {place}\n{yaml.safe_dump(content, sort_keys=False)}")
        playbooks.append(str(playbook))
    assert len(playbooks) >= 5
    command = [str(BIN / "ansible-playbook"), "--syntax-check", "-i", "localhost,", *playbooks]
    check = subprocess.run(command, env=play.environment({}), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr


def after_the_first_steps() -> Iterator[tuple[str, str, str]]:
    """What other guides tell to type with the same inventory; what is to be done after a leak twice."""
    (leak,) = [block for block in blocks(GUIDES / "guide_rotation.rst") if "incident-7" in block[2]]
    yield from (block for block in blocks(GUIDES / "guide_troubleshooting.rst") if block[0] == "shell")
    yield from (leak, leak)


def test_first_steps(emulator: Any, play: Player, tmp_path: Path) -> None:
    """Files are written and commands are run as the guides have them, but for installing and signing in."""
    environment = play.environment(
        {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "ANSIBLE_CALLBACKS_ENABLED": None}
    )
    screens, shown = [], ""
    for language, caption, text in (*blocks(FIRST_STEPS), *after_the_first_steps()):
        if language == "yaml":
            (tmp_path / caption).write_text(text)
            continue
        for line in re.sub(r"\\\n *", "", text).splitlines():
            words = shlex.split(line, comments=True)
            if not words or "venv" in words or "install" in words or line.startswith("export PARTNERCENTER_"):
                continue
            if words[0] == "export":
                name, value = words[1].split("=", 1)
                environment[name] = value
                continue
            run = subprocess.run(
                line, shell=True, cwd=tmp_path, env=environment, capture_output=True, check=False, text=True
            )
            assert run.returncode == 0, f"{line}\n{run.stdout}{run.stderr}"
            if words[0] == "ansible":
                shown = run.stdout  # the only command that is meant to show a password
                continue
            screens.append((line, run.stdout, len(patches(emulator))))
    told = [(line.split("csp.partnercenter.")[1], made) for line, _screen, made in screens if "csp." in line]
    assert told == [
        ("rotate_user_passwords --check --diff", 0),
        ("rotate_user_passwords", 2),
        ("rotate_user_passwords", 2),
        ("verify_user_passwords", 2),
        ("rotate_user_passwords --check", 2),
        ("verify_user_passwords", 2),
        (f"rotate_user_passwords {LEAK}", 3),
        (f"rotate_user_passwords {LEAK}", 3),
    ]
    assert ["2 of 2 passwords would be set" in screen for line, screen, _made in screens if "--diff" in line] == [True]
    new = [user["current"] for user in emulator.passwords().values() if len(user["history"]) > 1]
    assert len(new) == 2
    first = next(user["history"][1] for user in emulator.passwords().values() if len(user["history"]) == 3)
    assert json.dumps(first) in shown
    kept = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert kept.count("$ANSIBLE_VAULT") >= 2
    assert not any(password in kept + "".join(screen for _line, screen, _made in screens) for password in [*new, first])


def test_project_of_awx(emulator: Any, play: Player, tmp_path: Path) -> None:
    """The playbook of the guide's project takes the answers of the survey: one user, by name; verifying does, too."""
    for caption, text in [(caption, text) for _kind, caption, text in blocks(GUIDES / "guide_awx.rst") if caption]:
        (tmp_path / caption).write_text(text)
    hosts = {
        customer["domain"]: {
            "partnercenter_customer_id": customer["id"],
            "partnercenter_users": [{"user_principal_name": user["user_principal_name"]} for user in customer["users"]],
        }
        for customer in emulator.customers[:2]
    }
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    (tmp_path / "vault-password").write_text("a password of the vault")
    name = emulator.customers[0]["users"][1]["user_principal_name"]
    survey = {
        "partnercenter_hosts": "all",
        "partnercenter_only_users": f"{name.upper()},\n",
        "user_password_rotation_rotation_id": "2026-11",
        "user_password_rotation_store": {"type": "file", "path": str(tmp_path / "passwords")},
    }

    def job(check: bool = False, **more: str) -> Any:
        return play(
            playbook=str(tmp_path / "rotate.yml"),
            check=check,
            variables=survey | more,
            environment={"ANSIBLE_VAULT_PASSWORD_FILE": str(tmp_path / "vault-password")},
            arguments=["-i", str(tmp_path / "hosts.json")],
        )

    run = job(check=True)
    assert run.rc == 0, run.screen
    assert f"{name}: would" in run.screen
    assert run.screen.count("1 of 1 would be set") == 1 and run.screen.count(": would") == 1
    assert job(user_password_rotation_operation="verify").rc != 0
    assert job().rc == 0
    verified = job(user_password_rotation_operation="verify")
    assert verified.rc == 0, verified.screen
    sent_before = len(patches(emulator))
    checked = play(playbook=str(tmp_path / "check.yml"), arguments=["-i", str(tmp_path / "hosts.json")])
    assert checked.rc == 0 and checked.screen.count("ready") >= 2, checked.screen
    assert len(patches(emulator)) == sent_before == 1
