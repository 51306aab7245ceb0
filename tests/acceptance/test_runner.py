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
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2.sandbox
import pytest
import yaml
from driver import CANARY, _family, password, patches

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "playbooks" / "vars" / "configure_awx.yml"


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
    count: int = 0

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
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
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
        self.assert_nothing_left(private, output)
        return process.returncode, events(private)

    def assert_nothing_left(self, private: Path, output: str = "") -> None:
        """No secret in what the job left: artifacts, events, facts, home; the command file and credentials aside."""
        secrets = [CANARY, self.emulator.client_secret, self.emulator.refresh_token]
        secrets += [entry for user in self.emulator.passwords().values() for entry in user["history"][1:]]
        assert not any(secret in output for secret in secrets)
        for path in private.rglob("*"):
            if path.is_file() and path.name != "command" and path.parent.name not in ("secrets", "inventory"):
                content = path.read_text(errors="replace")
                assert not any(secret in content for secret in secrets), f"a secret is in {path}"


ADDRESSES = ("api_url", "authority_url", "ca_path")


def events(private: Path) -> list[dict[str, Any]]:
    """Job events in order."""
    folders = sorted(private.glob("artifacts/*/job_events"))
    found = [json.loads(path.read_text()) for folder in folders for path in folder.glob("*.json")]
    return sorted(found, key=lambda event: int(event["counter"]))


def told(found: list[dict[str, Any]]) -> str:
    """The sentence that the role shows, from the job's events."""
    lines = [
        event["event_data"]["res"]["msg"]
        for event in found
        if event["event"] == "runner_on_ok" and event["event_data"]["task"] == "Show the outcome"
    ]
    return "; ".join(line for part in lines for line in part)


def stats(found: list[dict[str, Any]], key: str) -> int:
    """A number of the recap."""
    (last,) = [event for event in found if event["event"] == "playbook_on_stats"]
    return sum(last["event_data"][key].values())


@pytest.fixture
def inventory(emulator: Any) -> dict[str, Any]:
    hosts = {}
    for customer in emulator.customers[:2]:
        users = [{"user_principal_name": user["user_principal_name"]} for user in customer["users"][:3]]
        hosts[customer["domain"]] = {"partnercenter_customer_id": customer["id"], "partnercenter_users": users}
    return {"all": {"hosts": hosts}}


def kill_within(process: subprocess.Popen[str], emulator: Any, patches_before: int) -> None:
    """Waits until a reset is under way, and kills all processes of the job."""
    assert emulator.wait(patches=patches_before + 1, timeout=60)
    for pid in _family(process.pid):
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            continue
    process.communicate()


def test_given_passwords(emulator: Any, inventory: dict[str, Any], tmp_path: Path) -> None:
    """An apply that is killed, and another one: the ledger and its key outlive the containers."""
    people = [user for host in inventory["all"]["hosts"].values() for user in host["partnercenter_users"]]
    for number, user in enumerate(people):
        user["password"] = password(number)
    lasting = {"PARTNERCENTER_LEDGER": str(tmp_path / "ledger"), "PARTNERCENTER_LEDGER_KEY": "ab" * 32}
    jobs = Jobs(emulator, tmp_path, lasting, inventory, {"user_password_reset_rotation_id": "2026-11"})

    emulator.fault("timeout_after", method="PATCH", seconds=60, count=6)
    process, private = jobs.start("reset_user_passwords")
    kill_within(process, emulator, 0)
    jobs.assert_nothing_left(private)
    emulator.clear_faults()

    status, again = jobs("reset_user_passwords")
    assert status == 0 and stats(again, "changed") == 2
    assert told(again) == "3 of 3 passwords set; 3 of 3 passwords set"
    names = {user["id"]: user["user_principal_name"] for customer in emulator.customers for user in customer["users"]}
    sent = {names[key]: set(user["history"][1:]) for key, user in emulator.passwords().items() if key in names}
    assert all(sent[user["user_principal_name"]] == {user["password"]} for user in people)


def test_rotation(emulator: Any, inventory: dict[str, Any], tmp_path: Path) -> None:
    """Plan, apply that is killed, resume, apply, verify: the store outlives the containers, no password is lost."""
    vault = tmp_path / "vault-password"
    vault.write_text("a password of the vault")
    lasting = {"ANSIBLE_VAULT_PASSWORD_FILE": str(vault)}
    store = {"type": "file", "path": str(tmp_path / "passwords")}
    variables = {"user_password_rotation_rotation_id": "2026-11", "user_password_rotation_store": store}
    jobs = Jobs(emulator, tmp_path, lasting, inventory, variables)

    status, plan = jobs("rotate_user_passwords", "--check", "--diff")
    assert (status, patches(emulator)) == (0, []), told(plan)
    assert told(plan) == "3 of 3 passwords would be set; 3 of 3 passwords would be set"

    emulator.fault("timeout_after", method="PATCH", seconds=60, count=6)
    process, private = jobs.start("rotate_user_passwords")
    kill_within(process, emulator, 0)
    jobs.assert_nothing_left(private)
    emulator.clear_faults()

    status, resumed = jobs("rotate_user_passwords", user_password_rotation_operation="resume")
    assert status == 0, told(resumed)
    status, applied = jobs("rotate_user_passwords")
    assert status == 0, told(applied)
    sent = {key: set(user["history"][1:]) for key, user in emulator.passwords().items() if user["history"][1:]}
    assert len(sent) == 6 and all(len(passwords) == 1 for passwords in sent.values())

    status, verified = jobs("verify_user_passwords")
    assert status == 0 and stats(verified, "changed") == 0 and stats(verified, "failures") == 0
