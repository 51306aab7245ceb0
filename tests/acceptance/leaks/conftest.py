# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The leak canary: an emulator with secrets of its own, and runs that are searched for them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    """With secrets that no other process on this machine has."""
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=2, users=40, special_users=True, seed=None) as emulator:
        yield emulator


@pytest.fixture
def programs(request: pytest.FixtureRequest) -> Path:
    """Where Ansible's programs are."""
    import cores

    if request.param == "installed":
        return Path(sys.executable).parent
    found = cores.programs(request.param)
    if found is None:
        pytest.skip(f"no Python for ansible-core {request.param} here")
    return Path(found)


@pytest.fixture
def trial(play: Any, programs: Path, request: pytest.FixtureRequest, figure: Any) -> Iterator[Any]:
    """Tells what was searched when the test is over."""
    from leaking import Trial

    made = Trial(play, programs)
    yield made
    figure(f"{request.node.name}: {made.tally}")
    request.node.user_properties.append(("tally", asdict(made.tally)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """All tests together. Processes side by side hand over dictionaries only."""
    from leaking import Tally

    reports = [report for found in terminalreporter.stats.values() for report in found if hasattr(report, "when")]
    ended = [report.user_properties for report in reports if report.when == "teardown"]
    tallies = [value for properties in ended for name, value in properties if name == "tally"]
    if tallies:
        terminalreporter.write_line(f"leaks, {len(tallies)} tests together: {Tally.total(tallies)}")


@pytest.fixture
def kit(emulator: Any, trial: Any) -> Any:
    """Credentials in files."""
    from credential_kinds import Kit

    return Kit(emulator, trial.given)
