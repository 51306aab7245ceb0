# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: ansible-runner, credentials injected by the collection's own credential type, job events.

ansible-runner writes the environment into ``artifacts/*/command``, and this is documented not to be published. Nothing
else that a job leaves behind may hold a secret.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2.sandbox
import yaml
from canary import Hunt
from driver import CANARY

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "playbooks" / "vars" / "configure_awx.yml"
OF_A_USER = re.compile(r"@|^(diff|warning)\b")


class Loader(yaml.SafeLoader):
    """Knows Ansible's tags."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def inject(inputs: Mapping[str, str], folder: Path) -> dict[str, str]:
    """What AWX makes of a credential: files in the job's private folder, and the job's environment."""
    injectors = yaml.load(SAMPLE.read_text(), Loader)["awx_credential_type"]["injectors"]
    assert set(injectors) == {"env", "file"}
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment()
    names: dict[str, str] = {}
    for name, template in injectors["file"].items():
        path = folder / f"awx_{name}"
        path.touch(0o600)
        path.write_text(environment.from_string(template).render(**inputs))
        names[name.removeprefix("template.")] = str(path)
    files = {"filename": names}
    return {
        name: environment.from_string(template).render(tower=files, **inputs)
        for name, template in injectors["env"].items()
    }


@dataclass
class Jobs:
    """Runs jobs of one template, each in a private folder of its own, as containers are."""

    emulator: Any
    folder: Path
    lasting: dict[str, str]
    inventory: dict[str, Any]
    variables: dict[str, Any]
    programs: Path = Path(sys.executable).parent
    count: int = 0
    hunts: list[Hunt] = field(default_factory=list)

    def start(self, playbook: str, *arguments: str, **variables: Any) -> tuple[subprocess.Popen[str], Path]:
        """The process of a job, and its private folder."""
        self.count += 1
        private = self.folder / f"job-{self.count}"
        for name in ("env", "inventory", "project", "secrets", "home"):
            (private / name).mkdir(parents=True)
        (private / "inventory" / "hosts.json").write_text(json.dumps(self.inventory))
        (private / "env" / "extravars").write_text(json.dumps(self.variables | variables))
        (private / "env" / "cmdline").write_text(" ".join(arguments))
        (private / "project" / "job.yml").write_text(f"- import_playbook: csp.partnercenter.{playbook}\n")
        secret = {name: str(getattr(self.emulator, name)) for name in ("client_secret", "refresh_token")}
        plain = {name: str(getattr(self.emulator, name)) for name in ("tenant_id", "client_id")}
        where = {f"PARTNERCENTER_{name.upper()}": str(getattr(self.emulator, name)) for name in ADDRESSES}
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "PARTNERCENTER_"))}
        environment = {
            **kept,
            "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
            "HOME": str(private / "home"),
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            **where,
            **inject(plain | secret, private / "secrets"),
            **self.lasting,
        }
        command = [str(Path(sys.executable).parent / "ansible-runner"), "run", str(private), "-p", "job.yml", "-q"]
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        return process, private

    def __call__(self, playbook: str, *arguments: str, **variables: Any) -> tuple[int, list[dict[str, Any]]]:
        """Exit status and events of a job that ended."""
        process, private = self.start(playbook, *arguments, **variables)
        output, _nothing = process.communicate(timeout=300)
        self.hunts.append(self.assert_nothing_left(private, output))
        return process.returncode, events(private)

    def assert_nothing_left(self, private: Path, output: str = "") -> Hunt:
        """No secret in what the job left: artifacts, events, facts, home; the command file and credentials aside."""
        emulator = self.emulator
        secrets = {"a password": CANARY, "the client secret": emulator.client_secret}
        secrets |= {"the refresh token": emulator.refresh_token}
        for kind, issued in emulator.issued().items():
            secrets |= {f"{kind} {number}": text for number, text in enumerate(issued)}
        for user, known in emulator.passwords().items():
            secrets |= {f"password {number} of {user}": text for number, text in enumerate(known["history"][1:])}
        hunt = Hunt(secrets)
        hunt.content("what was shown", output)
        hunt.files(private, lambda path: secrets if path.name == "command" or path.parent.name in GIVEN else ())
        assert not hunt.leaks, hunt.leaks[:20]
        return hunt


#: What AWX itself puts there, with the secrets in it.
GIVEN = ("secrets", "inventory")
ADDRESSES = ("api_url", "authority_url", "ca_path")


def events(private: Path) -> list[dict[str, Any]]:
    """Job events in order."""
    folders = sorted(private.glob("artifacts/*/job_events"))
    found = [json.loads(path.read_text()) for folder in folders for path in folder.glob("*.json")]
    return sorted(found, key=lambda event: int(event["counter"]))


def told(found: list[dict[str, Any]]) -> str:
    """The sentences that the role shows, without those of single users, from the job's events."""
    lines = [
        event["event_data"]["res"]["msg"]
        for event in found
        if event["event"] == "runner_on_ok" and event["event_data"]["task"] == "Show the outcome"
    ]
    return "; ".join(line for part in lines for line in part if not OF_A_USER.search(line))


def stats(found: list[dict[str, Any]], key: str) -> int:
    """A number of the recap."""
    (last,) = [event for event in found if event["event"] == "playbook_on_stats"]
    return sum(last["event_data"][key].values())
