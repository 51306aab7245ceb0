# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs of ansible-runner: events, artifacts and facts hold no secret; the command file does, as is documented."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from driver import password
from jobs import Jobs
from leaking import both_gateways, in_full

ROOT = Path(__file__).resolve().parents[3]


@in_full
@both_gateways
def test_jobs(emulator: Any, tmp_path: Path, programs: Path, gateway: str, figure: Callable[[str], None]) -> None:
    """Given passwords, one of them refused with a quote; then made ones, and a wrong vault password."""
    vault = tmp_path / "vault-password"
    vault.write_text("a password of the vault")
    lasting = {"ANSIBLE_VAULT_PASSWORD_FILE": str(vault), "PARTNERCENTER_LEDGER": str(tmp_path / "ledger")}
    lasting["PARTNERCENTER_GATEWAY"] = gateway
    hosts = {}
    for customer in emulator.customers:
        users = [{"user_principal_name": user["user_principal_name"]} for user in customer["users"][:3]]
        hosts[customer["domain"]] = {"partnercenter_customer_id": customer["id"], "partnercenter_users": users}
    inventory = {"all": {"hosts": hosts}}
    store = {"type": "file", "path": str(tmp_path / "passwords")}
    variables = {"user_password_rotation_store": store, "user_password_rotation_rotation_id": "r1"}
    jobs = Jobs(emulator, tmp_path, lasting, inventory, variables, programs)

    emulator.fault("status", method="PATCH", status=400, description="{password}")
    status, events = jobs("rotate_user_passwords", "-vvvvv", "--diff")
    assert status != 0 and events
    vault.write_text("another password")
    status, events = jobs("rotate_user_passwords", "-vvvvv", "--diff")
    assert status != 0 and events
    for number, user in enumerate(user for host in hosts.values() for user in host["partnercenter_users"]):
        user["password"] = password(number)
    emulator.fault("html", method="PATCH", status=400, description="{password}")
    status, events = jobs("reset_user_passwords", "-vvvvv", "--diff")
    assert status != 0 and events

    (command,) = (tmp_path / "job-1").glob("artifacts/*/command")
    assert emulator.client_secret in command.read_text(), "ansible-runner has changed: mend docs/SECURITY.md"
    assert "artifacts/*/command" in (ROOT / "docs" / "SECURITY.md").read_text()
    places, size = (sum(getattr(hunt, name) for hunt in jobs.hunts) for name in ("places", "size"))
    figure(f"jobs of ansible-runner, {programs}, {gateway}: {places} places, {size / 1e6:.1f} MB searched, 0 leaks")
