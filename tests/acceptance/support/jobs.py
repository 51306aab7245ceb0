# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: ansible-runner, credentials injected by AWX's own code, and job events.

The credential type is the sample of the collection. ansible-runner writes the environment into
``artifacts/*/command``, and this is documented not to be published. Nothing else that a job leaves behind may hold a
secret.
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

import yaml
from awx_plugins.interfaces._temporary_private_api import ManagedCredentialType
from awx_plugins.interfaces._temporary_private_container_api import CONTAINER_ROOT
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential
from canary import Hunt
from driver import CANARY

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "playbooks" / "vars" / "configure_awx.yml"
OF_A_USER = re.compile(r"@|^(diff|warning)\b")


class Loader(yaml.SafeLoader):
    """Knows Ansible's tags."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def inject(inputs: Mapping[str, str], private: Path) -> dict[str, str]:
    """What AWX makes of a credential: files in the job's private folder, and the job's environment."""
    sample = yaml.load(SAMPLE.read_text(), Loader)["awx_credential_type"]
    kind = ManagedCredentialType(
        "partner_center", sample["name"], "cloud", inputs=sample["inputs"], injectors=sample["injectors"]
    )
    environment: dict[str, Any] = {}
    arguments: list[str] = []
    (private / "env").mkdir(parents=True, exist_ok=True)
    inject_credential(kind, Credential(dict(inputs)), environment, {}, arguments, str(private))
    assert not arguments, "variables of the playbook"
    # A container has the private folder in this place.
    mounted = {name: re.sub(f"^{CONTAINER_ROOT}/", f"{private}/", text) for name, text in environment.items()}
    return mounted | {"AWX_PRIVATE_DATA_DIR": str(private)}


@dataclass
class Jobs:
    """Runs jobs of one template, each in a private folder of its own, as containers are.

    ``credential`` holds inputs of the credential besides those of the emulator.
    """

    emulator: Any
    folder: Path
    lasting: dict[str, str]
    inventory: dict[str, Any]
    variables: dict[str, Any]
    programs: Path = Path(sys.executable).parent
    credential: dict[str, str] = field(default_factory=dict)
    count: int = 0
    hunts: list[Hunt] = field(default_factory=list)

    def start(self, playbook: str, *arguments: str, **variables: Any) -> tuple[subprocess.Popen[str], Path]:
        """The process of a job, and its private folder."""
        self.count += 1
        private = self.folder / f"job-{self.count}"
        for name in ("env", "inventory", "project", "home"):
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
            **inject(plain | secret | self.credential, private),
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
        hunt.files(private, lambda path: secrets if path.name == "command" or given(path) else ())
        assert not hunt.leaks, hunt.leaks[:20]
        return hunt


ADDRESSES = ("api_url", "graph_url", "authority_url", "ca_path")


def given(path: Path) -> bool:
    """Whether AWX itself puts this file there, with the secrets in it."""
    return path.parent.name == "inventory" or (path.parent.name == "env" and path.name.startswith("tmp"))


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
