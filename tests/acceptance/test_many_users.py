# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many users: one token and a few connections; what one user costs does not depend on how many there are.

With Partner Center only: Microsoft Graph is paced to 20 writes a second for a customer, which `-s benchmark` measures.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from driver import MOSTLY_IN_PROCESS, password, set_password


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest) -> Iterator[Any]:
    from partnercenter_emulator.launcher import running_emulator

    long = any(item.get_closest_marker("truth") for item in request.session.items)
    with running_emulator(customers=1, users=10_000 if long else 1_000) as emulator:
        yield emulator


def elements(emulator: Any, count: int) -> list[dict[str, str]]:
    users = emulator.customers[0]["users"][:count]
    return [{"user_id": user["id"], "password": password(number)} for number, user in enumerate(users)]


def task(emulator: Any, name: str = "many", **options: Any) -> dict[str, Any]:
    return set_password(name, customer_id=emulator.customers[0]["id"], users="{{ many }}", **options)


def timed(play: Any, *tasks: Any, **options: Any) -> tuple[Any, float, float]:
    """The run, its seconds on the wall, and its seconds of CPU."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    run = play(*tasks, **options)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return run, wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@MOSTLY_IN_PROCESS
def test_a_thousand_users(emulator: Any, play: Any, figure: Callable[[str], None], path: str) -> None:
    many = elements(emulator, 1_000)
    _unused, empty, _unused = timed(play)
    run, wall, cpu = timed(play, task(emulator, concurrency=16), variables={"many": many}, path=path)
    assert run["many"]["summary"]["changed"] == 1_000
    counters = emulator.counters()
    assert counters["token_requests"] == 1
    assert counters["connections"] <= 16 + 2
    assert counters["patches"] == 1_000
    passwords = emulator.passwords()
    assert all(passwords[user["user_id"]]["current"] == user["password"] for user in many)
    figure(
        f"1,000 users, {path}: {wall:.1f} s, {cpu:.1f} s of CPU (an empty playbook: {empty:.1f} s), "
        f"{counters['token_requests']} token, {counters['connections']} connections, "
        f"{counters['requests'] - counters['patches']} requests besides the PATCHes"
    )


@pytest.mark.truth
def test_ten_thousand_users(emulator: Any, play: Any, figure: Callable[[str], None], tmp_path: Path) -> None:
    """Resets with ledger against those of 1,000; then nothing due: no request at all."""
    every = elements(emulator, 10_000)
    options = {"rotation_id": "2026-11", "check_user": False, "allow_privileged": True, "concurrency": 16}
    _unused, empty, empty_cpu = timed(play)
    costs = {}
    for count in (1_000, 10_000):
        many = {"many": every[:count]}
        reading = {"name": "read", "ansible.builtin.debug": {"msg": "{{ many | length }}"}}
        _unused, read, _unused = timed(play, reading, variables=many)
        emulator.reset()
        ledger = str(tmp_path / f"ledger-{count}")
        run, wall, cpu = timed(play, task(emulator, ledger=ledger, **options), variables=many)
        assert run["many"]["summary"]["changed"] == count
        costs[count] = (cpu - empty_cpu) / count
        figure(
            f"{count:,} resets with ledger: {wall:.1f} s, {1000 * (wall - empty) / count:.2f} ms for each user beyond "
            f"an empty playbook ({empty:.1f} s), {1000 * costs[count]:.2f} ms of CPU; reading the variables alone "
            f"{1000 * (read - empty) / count:.2f} ms"
        )
        before = emulator.counters()
        run, wall, cpu = timed(play, task(emulator, ledger=ledger, **options), variables=many)
        assert run["many"]["summary"]["unchanged"] == count
        after = emulator.counters()
        assert [after[name] - before[name] for name in ("requests", "token_requests", "connections")] == [0, 0, 0]
        figure(
            f"{count:,} users, nothing due: {wall:.1f} s, {1000 * (wall - empty) / count:.2f} ms for each user beyond "
            f"an empty playbook, {1000 * (cpu - empty_cpu) / count:.2f} ms of CPU, no request"
        )
    figure(f"CPU time for each reset, 10,000 against 1,000 users: {costs[10_000] / costs[1_000]:.2f} times")
    # Not a benchmark: only that nothing grows with the square of the number.
    assert costs[10_000] < 2 * costs[1_000]
    assert json.loads(next((tmp_path / "ledger-10000").glob("*.json")).read_text())["schema"] == 2
