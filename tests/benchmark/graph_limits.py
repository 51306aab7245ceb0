# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft Graph's published limits: how much of them a long run uses, and how many of its requests are answered 429.

The emulator's buckets are filled at Microsoft's rates, and hold what comes in 12 seconds instead of minutes. A run that
keeps within them keeps within Microsoft's as well, and one that does not is found out in seconds instead of minutes.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from targets import Target
from ways import PASSWORD_MODULE, Bench

#: Writes a second of one customer and of all, and what the buckets of the emulator hold, in seconds of that.
EACH, ALL, SECONDS = 20.0, 70_000 / 300, 12
#: What the modules make up for at once, in seconds of the rate. It comes on top of the rate, and is not counted.
_AT_ONCE = 10.0
_OF_EACH, _OF_ALL = "each customer", "all"
_PACED, _UNPACED = "at the pace of the modules", "without a pace"


@dataclass(frozen=True)
class Run:
    """``share``: how much was used of the limit that was reached, which is that of each customer (the one that got
    least counts) or of all. ``refused``: the share of requests that were answered 429."""

    way: str
    limit: str
    customers: int
    users: int
    seconds: float
    share: float
    refused: float
    load: float

    def line(self) -> str:
        return (
            f"{self.customers:4} customers, {self.users:6,} users, {self.way}: {self.seconds:.0f} s, "
            f"{self.share:.1%} of the limit of {self.limit}, "
            f"{self.refused:.2%} answered 429 (load {self.load:.1f})"
        )


def measure(folder: Path, workers: int, share: float, long: float, say: Callable[[str], None]) -> list[Run]:
    """As many customers as one limit lets reach their own, and so many that they share the other one.

    ``share``: of the published rates, for slow machines. ``long``: seconds at the rate.
    """
    runs = []
    few = int(ALL / EACH)
    for limit, customers, way in ((_OF_EACH, few, _PACED), (_OF_ALL, 100, _PACED), (_OF_EACH, few, _UNPACED)):
        users = (EACH if limit == _OF_EACH else ALL / customers) * share * (_AT_ONCE + long)
        runs.append(_run(folder, workers, (limit, customers, math.ceil(users)), share, way))
        say(runs[-1].line())
    return runs


def targets(runs: Sequence[Run]) -> list[Target]:
    """Only runs at the pace of the modules count."""
    few, many = (run for run in runs if run.way == _PACED)
    most = max(few.refused, many.refused)
    return [
        Target("writes of each customer", "at least 95 % of 20 a second", f"{few.share:.1%}", few.share >= 0.95),
        Target("writes of 100 customers", "at least 95 % of 233 a second", f"{many.share:.1%}", many.share >= 0.95),
        Target("requests answered 429", "at most 0.2 %", f"{most:.2%}", most <= 0.002),
    ]


def plain(runs: Sequence[Run]) -> list[dict[str, Any]]:
    return [asdict(run) for run in runs]


def _run(folder: Path, workers: int, size: tuple[str, int, int], share: float, way: str) -> Run:
    from partnercenter_emulator.launcher import running_emulator

    limit, customers, users = size
    each, total = EACH * share, ALL * share
    knobs = {
        "graph_limit_writes_per_customer": f"{math.ceil(each * SECONDS)}/{SECONDS}",
        "graph_limit_writes": f"{math.ceil(total * SECONDS)}/{SECONDS}",
    }
    limits = {"writes_per_customer": each, "writes": total}
    if way == _UNPACED:
        limits = dict.fromkeys(("writes_per_customer", "writes"), 100_000.0)
    with running_emulator(customers=customers, users=users, knobs=knobs) as emulator:
        bench = Bench(emulator, folder / f"{customers}-{way.split()[0]}", workers)
        options = {"gateway": "graph", "graph_url": emulator.graph_url, "graph_limits": limits}
        options |= {"allow_privileged": True, "concurrency": workers}
        task = {"name": "Reset", PASSWORD_MODULE: {"users": "{{ users }}", **options}}
        load = os.getloadavg()[0]
        bench.play([task], {"users": list(_users(emulator.customers))})
        journal = [entry for entry in emulator.journal() if entry["service"] == "graph"]
    writes: dict[str, list[float]] = {}
    owners = {user["id"]: customer["id"] for customer in emulator.customers for user in customer["users"]}
    for entry in journal:
        if entry["method"] == "PATCH" and entry["status"] == 204:
            writes.setdefault(owners[entry["path"].rpartition("/")[2]], []).append(entry["time"])
    moments = sorted(moment for of_customer in writes.values() for moment in of_customer)
    return Run(
        way,
        limit,
        customers,
        len(moments),
        moments[-1] - moments[0],
        _share(moments, total) if limit == _OF_ALL else min(_share(sorted(own), each) for own in writes.values()),
        sum(entry["status"] == 429 for entry in journal) / len(journal),
        load,
    )


def _users(customers: Sequence[dict[str, Any]]) -> Iterator[dict[str, str]]:
    for customer in customers:
        for number, user in enumerate(customer["users"]):
            yield {"customer_id": customer["id"], "user_id": user["id"], "password": f"Meting-{number}-x7"}


def _share(moments: Sequence[float], rate: float) -> float:
    """Return how much of a rate was used from the first write to the last."""
    return (len(moments) - rate * _AT_ONCE) / (moments[-1] - moments[0]) / rate
