# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job, shown: the example inventory, reset twice against an emulator of Partner Center, in an empty home.

Every password is then compared with the one at the service, which only an emulator can tell.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from partnercenter_emulator.launcher import running_emulator

INVENTORY = Path(__file__).resolve().parents[2] / "docs" / "examples" / "inventory"
VAULT_PASSWORD = "example"
CREDENTIALS = ("api_url", "authority_url", "ca_path", "tenant_id", "client_id", "client_secret", "refresh_token")


@dataclass(frozen=True)
class Run:
    """``changed`` counts users, ``failed`` counts customers as Ansible does."""

    changed: int
    failed: int


def run_playbook(emulator: Any, home: Path, title: str) -> Run:
    """Show the playbook at work, and read from the screen what it says of itself."""
    print(f"\n{title}", flush=True)
    vault = home / "vault-password"
    vault.write_text(VAULT_PASSWORD)
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(INVENTORY)]
    command += ["--vault-password-file", str(vault), "csp.partnercenter.reset_user_passwords"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_") or k == "ANSIBLE_COLLECTIONS_PATH"}
    environment = kept | {f"PARTNERCENTER_{name.upper()}": str(getattr(emulator, name)) for name in CREDENTIALS}
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


def declared_passwords() -> dict[str, str]:
    """The passwords of the example inventory, by principal name."""
    vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])

    class Loader(yaml.SafeLoader):
        """Decrypts."""

    Loader.add_constructor("!vault", lambda _loader, node: vault.decrypt(node.value.encode()).decode())
    found = {}
    for file in sorted((INVENTORY / "host_vars").glob("*.yml")):
        for user in yaml.load(file.read_text(), Loader=Loader)["partnercenter_users"]:
            found[user["user_principal_name"]] = user["password"]
    return found


def verified(emulator: Any, declared: dict[str, str]) -> int:
    """How many users have their password at the service."""
    passwords = emulator.passwords()
    users = [user for customer in emulator.customers for user in customer["users"]]
    names = {user["user_principal_name"]: user["id"] for user in users}
    good = sum(passwords[names[name]]["current"] == password for name, password in declared.items())
    print(f"  {good} of {len(declared)} users have the declared password at the service", flush=True)
    return good


def main() -> int:
    """0 only if everything is as it should be."""
    declared = declared_passwords()
    with running_emulator(customers=3, users=10) as emulator, tempfile.TemporaryDirectory() as home:
        print(f"An emulator of Partner Center answers at {emulator.api_url}: 3 customers with 10 users each.")
        first = run_playbook(emulator, Path(home), f"First run: {len(declared)} users of {INVENTORY}, an empty home")
        good = verified(emulator, declared)
        patches = emulator.counters()["patches"]
        second = run_playbook(emulator, Path(home), "Second run: the same declaration once more")
        repeated = emulator.counters()["patches"] - patches
        print(f"  {repeated} passwords were sent by the second run")
        good = min(good, verified(emulator, declared))
    everything = good == len(declared) and first.changed == patches == len(declared) and repeated == 0
    print(
        f"\ndemo: first run changed={first.changed} failed={first.failed}, "
        f"second run changed={second.changed} failed={second.failed}, "
        + ("every password verified at the service" if everything else "NOT every password is right at the service")
    )
    return 0 if everything and not (first.failed or second.failed or second.changed) else 1


if __name__ == "__main__":
    sys.exit(main())
