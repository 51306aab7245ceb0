# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens that die every two seconds and refresh tokens that work once: nothing fails, the newest one is kept."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from driver import MODULE, live, password
from signing import closed, newest, opened, sign_in, vault

LIFETIME = 3


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=5, users=100) as emulator:
        yield emulator


def kept(emulator: Any, folder: Path) -> Path:
    """An encrypted file with a good refresh token."""
    file = folder / "refresh-token"
    file.write_text(closed(folder, emulator.new_refresh_token()))
    file.chmod(0o600)
    return file


def redemptions(emulator: Any) -> list[dict[str, Any]]:
    return [entry for entry in emulator.token_journal() if entry["grant_type"] == "refresh_token"]


def test_500_users_while_tokens_die(emulator: Any, play: Any, tmp_path: Path, figure: Callable[[str], None]) -> None:
    environment = vault(tmp_path) | {"PARTNERCENTER_REFRESH_TOKEN": None}
    file = kept(emulator, tmp_path)
    emulator.knobs(token_lifetime=LIFETIME, refresh_token_rotation="strict", answer_latency_ms=100)
    users = [
        {"customer_id": customer["id"], "user_id": user["id"], "password": password(user["id"])}
        for customer in emulator.customers
        for user in customer["users"]
    ]
    assert len(users) == 500
    options = {"users": users, "concurrency": 8, "refresh_token_file": str(file)}
    run = play({"name": "reset", MODULE: options}, environment=environment)

    assert run.rc == 0, run.screen[-2000:]
    assert run["reset"]["summary"]["changed"] == 500
    passwords = emulator.passwords()
    assert all(passwords[user["user_id"]]["current"] == user["password"] for user in users)
    redeemed = redemptions(emulator)
    assert len(redeemed) >= 3
    assert {entry["status"] for entry in redeemed} == {200}
    gaps = [later["time"] - earlier["time"] for earlier, later in itertools.pairwise(redeemed)]
    assert min(gaps) > LIFETIME * 0.85, gaps
    assert not [entry for entry in emulator.journal() if entry["status"] == 401]
    assert opened(tmp_path, file.read_text()).endswith(newest(emulator))
    figure(
        f"500 users, access tokens of {LIFETIME} s, refresh tokens that work once: {len(redeemed)} redemptions, "
        f"at least {min(gaps):.2f} s apart, none failed, the newest refresh token saved"
    )

    again = play(sign_in("check", operation="check", refresh_token_file=str(file)), environment=environment)
    assert not again["check"]["failed"], again["check"]["msg"]


def test_many_hosts_at_once_share_the_file(emulator: Any, play: Any, tmp_path: Path) -> None:
    """A process for each host: they redeem one after the other, and none with a token that another one has used."""
    environment = vault(tmp_path) | {"PARTNERCENTER_REFRESH_TOKEN": None, "ANSIBLE_FORKS": "5"}
    file = kept(emulator, tmp_path)
    emulator.knobs(refresh_token_rotation="strict", token_latency_ms=200)
    customers = {f"host{number}": customer for number, customer in enumerate(emulator.customers)}
    inventory = tmp_path / "inventory.ini"
    lines = [f"{name} cid={customer['id']} uid={customer['users'][0]['id']}" for name, customer in customers.items()]
    inventory.write_text("\n".join(lines) + "\n")
    task = {
        "name": "reset",
        MODULE: {
            "customer_id": "{{ cid }}",
            "user_id": "{{ uid }}",
            "password": password("hosts"),
            "refresh_token_file": str(file),
        },
    }
    run = play(task, play={"hosts": "all"}, arguments=["-i", str(inventory)], environment=environment)
    assert run.rc == 0, run.screen[-2000:]
    for customer in emulator.customers:
        user = {"user_id": customer["users"][0]["id"]}
        assert live(emulator, user) == password("hosts")
    assert {entry["status"] for entry in redemptions(emulator)} == {200}
    assert opened(tmp_path, file.read_text()).endswith(newest(emulator))
