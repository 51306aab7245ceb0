# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job, shown: given passwords reset twice, then made passwords rotated twice, against an emulator of Partner
Center, in an empty home. Every password is then compared with the one at the service, which only an emulator can tell.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from partnercenter_emulator.launcher import running_emulator

ROOT = Path(__file__).resolve().parents[2]
INVENTORY = ROOT / "docs" / "examples" / "inventory"
SERVICE_ACCOUNTS = ROOT / "docs" / "examples" / "service_accounts" / "inventory.yml"
ARGUMENTS = argparse.ArgumentParser(description="Show the main job.")
ARGUMENTS.add_argument("report", nargs="?", type=Path, default=ROOT / ".nox" / "demo-report")
ARGUMENTS.add_argument("--gateway", choices=["partner_center", "graph"], default="partner_center")
OPTIONS = ARGUMENTS.parse_args()
REPORT = OPTIONS.report
VAULT_PASSWORD = "example"
CREDENTIALS = ("api_url", "graph_url", "authority_url", "ca_path", "tenant_id", "client_id", "client_secret")


@dataclass(frozen=True)
class Run:
    """``changed`` counts users, ``failed`` counts customers as Ansible does."""

    changed: int
    failed: int


def run_playbook(emulator: Any, home: Path, title: str, playbook: str, inventory: Path, **variables: Any) -> Run:
    """Show the playbook at work, and read from the screen what it says of itself."""
    print(f"\n{title}", flush=True)
    vault = home / "vault-password"
    vault.write_text(VAULT_PASSWORD)
    program = shutil.which(
        "ansible-playbook", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    command = [str(program), "-i", str(inventory), "-e", json.dumps(variables)]
    command += ["--vault-password-file", str(vault), f"csp.partnercenter.{playbook}"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_") or k == "ANSIBLE_COLLECTIONS_PATH"}
    environment = kept | {f"PARTNERCENTER_{name.upper()}": str(getattr(emulator, name)) for name in CREDENTIALS}
    environment |= {"PARTNERCENTER_GATEWAY": OPTIONS.gateway}
    refresh_token = home / "refresh-token"
    if not refresh_token.exists():
        refresh_token.touch(0o600)
        refresh_token.write_text(emulator.refresh_token)
    environment |= {"PARTNERCENTER_REFRESH_TOKEN_FILE": str(refresh_token)}
    environment |= {"HOME": str(home), "ANSIBLE_NOCOLOR": "1", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, env=environment, cwd=home, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    screen = ""
    for line in process.stdout:
        screen += line
        print(f"  {line}", end="", flush=True)
    status = process.wait()
    changed = sum(int(number) for number in re.findall(r"(\d+) of \d+ passwords set", screen))
    failed = sum(int(number) for number in re.findall(r"(?:failed|unreachable)=(\d+)", screen))
    return Run(changed, failed or status)


class VaultedYaml(yaml.SafeLoader):
    """Decrypts."""


VAULT = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
VaultedYaml.add_constructor("!vault", lambda _loader, node: VAULT.decrypt(node.value.encode()).decode())
VaultedYaml.add_constructor("!unsafe", lambda loader, node: loader.construct_mapping(node, deep=True))


def declared_passwords() -> dict[str, str]:
    """The passwords of the example inventory, by principal name."""
    files = sorted((INVENTORY / "host_vars").glob("*.yml"))
    lists = [yaml.load(file.read_text(), Loader=VaultedYaml)["partnercenter_users"] for file in files]
    return {user["user_principal_name"]: user["password"] for users in lists for user in users}


def stored_passwords(store: Path) -> dict[str, str]:
    """The passwords that the rotation keeps, by principal name."""
    files = [yaml.load(file.read_text(), Loader=VaultedYaml) for file in sorted(store.glob("*/*.yml"))]
    document = "partnercenter_password_document"
    return {kept[document]["subject"]["user_principal_name"]: kept["partnercenter_password"] for kept in files}


def verified(emulator: Any, expected: dict[str, str]) -> bool:
    """Whether each user has this password at the service."""
    passwords = emulator.passwords()
    users = [user for customer in emulator.customers for user in customer["users"]]
    names = {user["user_principal_name"]: user["id"] for user in users}
    good = sum(passwords[names[name]]["current"] == password for name, password in expected.items())
    print(f"  {good} of {len(expected)} users have this password at the service", flush=True)
    return good == len(expected) > 0


@dataclass(frozen=True)
class Twice:
    """The same declaration run twice. ``good``: every password is right, and the second run sent none."""

    first: Run
    second: Run
    good: bool

    @property
    def passed(self) -> bool:
        quiet = not (self.first.failed or self.second.failed or self.second.changed)
        return self.good and quiet and self.first.changed > 0


def run_twice(emulator: Any, expected: Callable[[], dict[str, str]], title: str, run: Callable[[str], Run]) -> Twice:
    """Runs it twice, and counts what was sent."""
    before = emulator.counters()["patches"]
    first = run(f"{title}, first run")
    sent = emulator.counters()["patches"] - before
    good = verified(emulator, expected()) and sent == first.changed == len(expected())
    second = run(f"{title}, second run: the same declaration once more")
    repeated = emulator.counters()["patches"] - before - sent
    print(f"  {repeated} passwords were sent by the second run")
    return Twice(first, second, verified(emulator, expected()) and good and repeated == 0)


def main() -> int:
    """0 only if everything is as it should be."""
    shutil.rmtree(REPORT, ignore_errors=True)
    with running_emulator(customers=3, users=10) as emulator, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        store = home / "passwords"
        service = "Microsoft Graph" if OPTIONS.gateway == "graph" else "Partner Center"
        url = emulator.graph_url if OPTIONS.gateway == "graph" else emulator.api_url
        print(f"An emulator of {service} answers at {url}: 3 customers with 10 users each.")
        reset = run_twice(
            emulator,
            declared_passwords,
            "Given passwords",
            lambda title: run_playbook(emulator, home, title, "reset_user_passwords", INVENTORY),
        )
        rotated = run_twice(
            emulator,
            lambda: stored_passwords(store),
            "Service accounts",
            lambda title: run_playbook(
                emulator,
                home,
                title,
                "rotate_user_passwords",
                SERVICE_ACCOUNTS,
                user_password_rotation_store={"type": "file", "path": str(store)},
                user_password_rotation_report_folder=str(REPORT),
            ),
        )
    pages = sorted(REPORT.glob("*.html"))
    print("\nThe report, to be opened in a browser: " + (str(pages[0]) if pages else "NOT written"))
    line = (
        f"demo: first run changed={reset.first.changed} failed={reset.first.failed}, "
        f"second run changed={reset.second.changed} failed={reset.second.failed}, "
        f"{'every' if reset.good else 'NOT every'} password verified at the service"
    )
    print(line)
    print(
        f"{line}, rotation changed={rotated.first.changed}, second rotation changed={rotated.second.changed}, "
        f"{'every' if rotated.good else 'NOT every'} stored password verified at the service"
    )
    return 0 if reset.passed and rotated.passed and pages else 1


if __name__ == "__main__":
    sys.exit(main())
