# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets of the project, each with what was reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scale import Scaled
from side_by_side import Table
from ways import Bench


@dataclass(frozen=True)
class Target:
    """``reached`` and ``wanted`` in words; ``met`` decides."""

    what: str
    wanted: str
    reached: str
    met: bool


@dataclass(frozen=True)
class Throttled:
    """``share`` of the allowed rate, from the first request to the last; ``refused`` of the requests."""

    workers: int
    latency: float
    share: float
    refused: float
    lost: int


RATE, BURST = 50, 50


def throttled(bench: Bench, users: int, latency: float, workers: int) -> Throttled:
    """The list against a service that allows 50 requests a second, and 50 at once."""
    emulator, before = bench.emulator, bench.workers
    emulator.reset()
    emulator.knobs(latency_ms=latency, throttle_rate=RATE, throttle_burst=BURST)
    bench.workers = workers
    try:
        bench.listed(users, "throttled")
        journal = emulator.journal()
        lost = users - emulator.counters()["passwords_set"]
    finally:
        bench.workers = before
        emulator.reset()
    moments = [_moment(entry["time"]) for entry in journal]
    refused = sum(entry["status"] == 429 for entry in journal)
    ideal = (len(journal) - refused - BURST) / RATE
    return Throttled(workers, latency, ideal / (max(moments) - min(moments)), refused / len(journal), lost)


def _moment(value: Any) -> float:
    if isinstance(value, (int, float)):
        return float(value)
    return datetime.fromisoformat(str(value).replace("Z", "+00:00")).timestamp()


@dataclass(frozen=True)
class NothingDue:
    """Milliseconds for each user beyond a playbook that reads the same variables and does nothing with them."""

    milliseconds: float
    requests: int


def nothing_due(bench: Bench, users: int, repeat: int) -> NothingDue:
    """A second run of the same rotation id, with ``check_user: false``."""
    bench.emulator.reset()
    bench.emulator.knobs(latency_ms=0)
    room = bench.room()
    options = {"rotation_id": "2026-11", "check_user": False, "keep": room}
    bench.listed(users, "due", **options)
    variables = {"users": bench.users(users, "due")}
    reading = [{"name": "Read", "ansible.builtin.debug": {"msg": "{{ users | length }}"}}]
    before = bench.emulator.counters()["requests"]
    costs = []
    for _turn in range(repeat):
        costs.append((bench.listed(users, "due", **options).wall, bench.play(reading, variables).wall))
    spent = sorted(full - read for full, read in costs)[len(costs) // 2]
    return NothingDue(1000 * spent / users, bench.emulator.counters()["requests"] - before)


def targets(
    still: Table, slow: Table, throttles: list[Throttled], idle: NothingDue, grown: list[Scaled], workers: int
) -> list[Target]:
    """``still`` is without latency, ``slow`` with 100 ms."""
    faster = (still["uri"].wall - still.empty.wall) / (still["list"].wall - still.empty.wall)
    beside_floor, unchecked = ((slow[way].wall - slow.empty.wall) / slow["floor"].wall for way in ("list", "unchecked"))
    cpu = (still["list"].cpu - still.empty.cpu) / (still["floor"].cpu - still.start.cpu)
    both = (slow["rotation"].wall - slow.empty.wall) / (slow["list"].wall - slow.empty.wall)
    rows = [
        Target(f"N = {still.users}, 0 ms, against uri", "at least 200 times", f"{faster:.0f} times", faster >= 200),
        Target(
            f"N = {slow.users}, {slow.latency:g} ms, {workers} workers, against bare threads",
            "at most 1.15 times",
            f"{beside_floor:.2f} times; {unchecked:.2f} without a look at users and roles first",
            beside_floor <= 1.15,
        ),
        Target("CPU per user over that of bare threads", "at most 1.5 times", f"{cpu:.2f} times", cpu <= 1.5),
        Target(
            "tokens, TLS connections per task",
            f"1, {workers + 2}",
            f"{slow['list'].tokens}, {slow['list'].connections}",
            slow["list"].tokens == 1 and slow["list"].connections <= workers + 2,
        ),
    ]
    if grown:
        least, most = grown[0], grown[-1]
        per_user = [1000 * one.wall / one.users for one in grown]
        rows += [
            Target(
                f"growth to {most.users:,} users: ms for each user",
                "linear",
                ", ".join(f"{one.users:,}: {ms:.1f}" for one, ms in zip(grown, per_user, strict=True)),
                per_user[-1] <= 1.2 * per_user[max(0, len(grown) - 2)],
            ),
            Target(
                f"memory of the process tree from {least.users:,} to {most.users:,} users in batches",
                "at most 300 MB",
                ", ".join(f"{one.users:,}: {one.peak:.0f} MB (inventory alone {one.inventory:.0f})" for one in grown),
                most.peak <= 300,
            ),
        ]
    rows += [
        Target(
            f"throttled at {RATE} a second, {one.workers} workers, {one.latency:g} ms",
            "95 % of the rate, at most 2 % 429, none lost",
            f"{one.share:.1%}, {one.refused:.1%}, {one.lost}",
            one.share >= 0.95 and one.refused <= 0.02 and not one.lost,
        )
        for one in throttles
    ]
    return [
        *rows,
        Target("rotation against plain reset, 100 ms", "at most 2 times", f"{both:.2f} times", both <= 2.0),
        Target(
            "nothing due, check_user: false",
            "at most 0.5 ms for each user, no request",
            f"{idle.milliseconds:.2f} ms, {idle.requests} requests",
            idle.milliseconds <= 0.5 and not idle.requests,
        ),
    ]
