# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emulator for each file of tests, as if just started for each test; real playbooks in a home of their own."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "support"), str(HERE.parent / "tools"), str(HERE.parent / "emulator")]


def pytest_addoption(parser: pytest.Parser) -> None:
    """For pages that tests write from what they see."""
    parser.addoption("--write", action="store_true", help="renew docs/fault_matrix.md")


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    """A file may have a fixture of the same name for another population."""
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=3, users=40, special_users=True, http=True) as emulator:
        yield emulator


@pytest.fixture
def emulator(running: Any) -> Any:
    """As if just started."""
    running.reset()
    return running


@pytest.fixture
def gateway() -> str:
    """The service that tasks use. ``driver.over_both_gateways`` runs a test over the other one as well."""
    return "partner_center"


@pytest.fixture
def play(emulator: Any, tmp_path: Path, gateway: str) -> Any:
    """Runs a playbook; see ``driver.Player``."""
    from driver import Player

    return Player(emulator, tmp_path, gateway)


@pytest.fixture
def vaulted(play: Any) -> Any:
    """A file store of rotations; see ``rotating.Vaulted``."""
    from rotating import Vaulted

    return Vaulted(play, {"type": "file", "path": str(play.folder / "passwords")})


@pytest.fixture(scope="module")
def vault() -> Iterator[Any]:
    """A real server of OpenBao."""
    from ansible_collections.csp.partnercenter.tests.unit.support.openbao import openbao

    with openbao() as server:
        yield server


@pytest.fixture
def networked(play: Any, vault: Any) -> Any:
    """A network store of rotations, with the least rights that it needs; see ``rotating.Vaulted``."""
    from rotating import Vaulted

    from ansible_collections.csp.partnercenter.tests.unit.support.openbao import LEAST_RIGHTS

    prefix, token = f"t{time.monotonic_ns()}", vault.token(*LEAST_RIGHTS)
    return Vaulted(play, {"type": "hashi_vault", "url": vault.url, "token": token, "prefix": prefix})


@pytest.fixture(params=["in_process", "module"])
def path(request: pytest.FixtureRequest) -> str:
    """Both ways in: inside the controller's process, and as a module in a process of its own."""
    return str(request.param)
