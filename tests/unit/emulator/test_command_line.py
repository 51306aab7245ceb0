# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command: one line, clear errors, a clean end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from partnercenter_emulator.knobs import FIELDS
from partnercenter_emulator.launcher import HOME, running_emulator
from partnercenter_emulator.state import populate

COMMAND = [sys.executable, "-m", "partnercenter_emulator"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HOME)}


def command(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run([*COMMAND, *words], env=ENVIRONMENT, capture_output=True, text=True, timeout=20, check=False)


def test_it_prints_one_line_and_ends_cleanly_on_a_signal() -> None:
    words = [
        *COMMAND,
        "--customers",
        "2",
        "--users",
        "3",
        "--http",
        "--knob",
        "page_size=2",
        "bom=off",
        "--latency",
        "1",
    ]
    with subprocess.Popen(words, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        said = json.loads(process.stdout.readline())
        keys = {
            "api_url",
            "graph_url",
            "http_api_url",
            "authority_url",
            "control_url",
            "ca_path",
            "tenant_id",
            "client_id",
        }
        assert keys | {"client_secret", "refresh_token", "access_token", "customers"} <= set(said)
        assert [len(customer["users"]) for customer in said["customers"]] == [3, 3]
        assert set(said["customers"][0]["users"][0]) == {"id", "user_principal_name"}
        assert said["api_url"].startswith("https://127.0.0.1:")
        headers = {"Authorization": f"Bearer {said['access_token']}"}
        with requests.Session() as session:
            session.trust_env = False
            assert session.get(f"{said['http_api_url']}/v1/customers", headers=headers).status_code == 200
            by_name = said["api_url"].replace("127.0.0.1", "localhost")
            assert session.get(f"{by_name}/v1/customers", headers=headers, verify=said["ca_path"]).status_code == 200
            # Neither a kept-alive connection nor a silent fault holds it up.
            order = {"name": "timeout_after"}
            assert session.post(f"{said['control_url']}/faults", json=order).status_code == 200
            with pytest.raises(requests.ReadTimeout):
                session.get(f"{said['http_api_url']}/v1/customers", headers=headers, timeout=(10, 0.2))
            process.send_signal(signal.SIGTERM)
            assert process.wait(3) == 0
        assert process.stdout.read() == ""
        assert process.stderr.read() == ""
        assert not Path(said["ca_path"]).parent.exists()


def test_it_ends_when_its_parent_is_killed() -> None:
    program = (
        "import sys\nfrom partnercenter_emulator.launcher import start\n"
        "print(start(customers=1, users=1).control_url, flush=True)\nsys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout
        port = int(parent.stdout.readline().rpartition(":")[2])
        parent.kill()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.05)
    raise AssertionError("the emulator outlived its parent")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--knob", "unheard_of=1"], "unknown knob 'unheard_of'"),
        (["--knob", "bom=perhaps"], "neither on nor off"),
        (["--knob", "page_size=many"], "not a number"),
        (["--knob", "reset_route=gone"], "none of present, 405, 501, html404"),
        (["--knob", "federated_answer=no"], "none of accept, ignore, STATUS/CODE"),
        (["--knob", "bom"], "not of the form NAME=VALUE"),
    ],
)
def test_a_wrong_knob_is_a_clear_error(words: list[str], complaint: str) -> None:
    ended = command(*words)
    assert ended.returncode == 2
    assert complaint in ended.stderr
    assert ended.stdout == ""


def test_every_knob_is_listed_with_default_values_and_a_description() -> None:
    lines = command("--list-knobs").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(FIELDS)
    assert all("[" in line and len(line.partition("] ")[2]) > 10 for line in lines)


def test_the_readme_names_every_knob_and_fault() -> None:
    readme = "".join((HOME / name).read_text(encoding="utf-8") for name in ("README.md", "README_graph.md"))
    faults = [line.split()[0] for line in command("--list-faults").stdout.splitlines()]
    missing = [name for name in (*FIELDS, *faults) if f"`{name}`" not in readme]
    assert missing == []


def test_a_seed_makes_the_same_population() -> None:
    def population(seed: int) -> Any:
        state = populate(seed, customers=2, users=3)
        passwords = [user.password for customer in state.customers.values() for user in customer.users.values()]
        return list(state.customers), state.client_id, passwords

    assert population(7) == population(7)
    assert population(7) != population(8)


@pytest.mark.parametrize("certificate", ["wrong_host", "expired", "untrusted"])
def test_bad_certificates_can_be_asked_for(certificate: str) -> None:
    with running_emulator(customers=0, extra=["--certificate", certificate]) as emulator, requests.Session() as session:
        session.trust_env = False
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"{emulator.api_url}/v1/customers", verify=emulator.ca_path)
        well_known = f"{emulator.authority_url}/{emulator.tenant_id}/v2.0/.well-known/openid-configuration"
        assert session.get(well_known, verify=emulator.ca_path).status_code == 200
