# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No network beyond the hosts that were configured: every Python process of a run is watched, and kept from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from driver import HERE, ids, over_both_gateways, password, patches, set_password
from rotating import Vaulted
from signing import sign_in

GUARD = HERE / "network_guard"


@dataclass
class Watch:
    """``lines`` are what the run asked for; ``environment`` puts the guard into it."""

    record: Path
    environment: dict[str, str]

    @property
    def lines(self) -> list[str]:
        return self.record.read_text().splitlines() if self.record.exists() else []

    @property
    def refused(self) -> list[str]:
        return [line for line in self.lines if line.startswith("refused")]

    @property
    def allowed(self) -> set[str]:
        return {line.split()[-1] for line in self.lines if line.startswith("allowed")}


@pytest.fixture
def watch(emulator: Any, tmp_path: Path, gateway: str) -> Watch:
    record = tmp_path / "network"
    urls = [emulator.api_url, emulator.authority_url, *([emulator.graph_url] if gateway == "graph" else [])]
    places = {urlsplit(url).netloc for url in urls}
    return Watch(
        record,
        {
            "NETWORK_ALLOWED": ",".join(places),
            "NETWORK_RECORD": str(record),
            "PYTHONPATH": f"{GUARD}{os.pathsep}{os.environ['PYTHONPATH']}",
        },
    )


@over_both_gateways(pytest.mark.fuzz)
def test_only_configured_hosts_are_reached(
    emulator: Any, play: Any, watch: Watch, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """A sign-in, resets in both ways, a rotation, looking around, and the inventory."""
    emulator.knobs(device_code_approval="automatic")
    vaulted = Vaulted(play, {"type": "file", "path": str(play.folder / "passwords")})
    environment = vaulted.environment | watch.environment
    customer = emulator.customers[0]
    run = play(
        sign_in("signed in", refresh_token_file=str(tmp_path / "refresh-token")),
        environment=environment | {"PARTNERCENTER_REFRESH_TOKEN": None},
    )
    assert not run["signed in"].get("failed"), run.screen
    run = play(
        set_password("reset", **ids(emulator, 0), password=password(1)),
        set_password("by names", customer_domain=customer["domain"], password=password(2), users=[ids(emulator, 1)]),
        vaulted.task("rotated", [ids(emulator, 2)], rotation_id="r1"),
        {"name": "users", "csp.partnercenter.partnercenter_user_info": {"customer_id": customer["id"], "roles": True}},
        {"name": "log", "csp.partnercenter.partnercenter_audit_info": {"customer_id": customer["id"]}},
        environment=environment,
    )
    for task in ("reset", "by names", "rotated"):
        assert run[task]["changed"], run.screen
    assert not run["users"].get("failed") and not run["log"].get("failed"), run.screen
    run = play(set_password("module", **ids(emulator, 3), password=password(3)), path="module", environment=environment)
    assert run["module"]["changed"], run.screen
    inventory = tmp_path / "partnercenter.yml"
    inventory.write_text(json.dumps({"plugin": "csp.partnercenter.partnercenter", "users": "details"}))
    program = str(Path(sys.executable).parent / "ansible-inventory")
    found = subprocess.run(
        [program, "-i", str(inventory), "--list"],
        env=play.environment(environment | {"ANSIBLE_CALLBACKS_ENABLED": None}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert customer["domain"] in found.stdout
    assert len(patches(emulator)) == 4
    assert watch.refused == []
    assert watch.allowed == set(watch.environment["NETWORK_ALLOWED"].split(","))
    tried = f"{len(watch.lines)} connects and look-ups"
    figure(f"network guard, {play.gateway}: {tried}, all to {len(watch.allowed)} configured hosts")


def test_the_guard_guards(emulator: Any, play: Any, watch: Watch) -> None:
    """Another host is neither looked up nor connected to, and leaves a line; so does what is no part of this."""
    elsewhere = {"api_url": "https://elsewhere.example", "timeout": 1}
    run = play(
        set_password("elsewhere", **ids(emulator, 0), password=password(), **elsewhere),
        {"name": "others", "ansible.builtin.uri": {"url": "http://127.0.0.2:9/"}},
        environment={**watch.environment, "PARTNERCENTER_ALLOWED_HOSTS": "elsewhere.example"},
        arguments=["-e", "ansible_python_interpreter=" + sys.executable],
    )
    assert "no connection could be made" in run["elsewhere"]["msg"]
    assert run["others"]["failed"]
    assert "refused socket.getaddrinfo elsewhere.example:443" in watch.refused
    assert any("127.0.0.2" in line for line in watch.refused)
