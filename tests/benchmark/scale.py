# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many users through the role, in batches: seconds and memory against users; and as slices of AWX, in parallel."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ways import Bench

PLAYBOOK = "csp.partnercenter.reset_user_passwords"


@dataclass(frozen=True)
class Scaled:
    """``peak`` is megabytes of the process tree; ``inventory`` the same for reading the inventory alone."""

    users: int
    hosts: int
    wall: float
    cpu: float
    peak: float
    inventory: float
    largest_event: int = 0


def inventory(
    bench: Bench, customers: Sequence[dict[str, Any]], each: int, *, given: bool = True, **variables: Any
) -> dict[str, Any]:
    """A host for each customer. With ``given`` passwords they are reset, without they are rotated."""
    hosts = {}
    for customer in customers:
        users = [
            {"user_id": user["id"]} | ({"password": f"Meting-{number}-x7"} if given else {})
            for number, user in enumerate(customer["users"][:each])
        ]
        hosts[customer["domain"]] = {"partnercenter_customer_id": customer["id"], "partnercenter_users": users}
    role = "user_password_reset" if given else "user_password_rotation"
    return {"all": {"hosts": hosts, "vars": {f"{role}_concurrency": bench.workers, **variables}}}


def _leave_users(room: Path, hosts: dict[str, Any]) -> None:
    """The users of each customer in a file that is read when their turn comes."""
    (room / "users").mkdir()
    for name, host in hosts["all"]["hosts"].items():
        (room / "users" / f"{name}.json").write_text(json.dumps(host.pop("partnercenter_users")))
    file = "inventory_dir ~ '/users/' ~ inventory_hostname ~ '.json'"
    hosts["all"]["vars"]["partnercenter_users"] = f"{{{{ lookup('ansible.builtin.file', {file}) | from_json }}}}"


def through_the_role(bench: Bench, hosts: int, each: int, *, lazily: bool = True) -> Scaled:
    """``hosts`` customers with ``each`` users; the role makes batches of 1,000."""
    bench.emulator.reset()
    room = bench.room()
    hosts_of = inventory(bench, bench.emulator.customers[:hosts], each)
    if lazily:
        _leave_users(room, hosts_of)
    nothing = [{"hosts": "all", "gather_facts": False, "tasks": []}]
    read = bench.hosts(hosts_of, nothing, room=room, forks=2, memory=True)
    cost = bench.hosts(hosts_of, PLAYBOOK, room=room, forks=2, memory=True)
    done = bench.emulator.counters()["passwords_set"]
    if done != hosts * each:
        raise RuntimeError(f"{done} of {hosts * each} passwords were set")
    shutil.rmtree(room)
    return Scaled(hosts * each, hosts, cost.wall, cost.cpu, cost.peak, read.peak)


@dataclass(frozen=True)
class Sliced:
    """``missed`` and ``twice`` count users; seconds are those of the slowest slice."""

    slices: int
    users: int
    wall: float
    missed: int
    twice: int
    largest_event: int

    @property
    def rate(self) -> float:
        return self.users / self.wall


def in_slices(bench: Bench, slices: int, hosts: int, each: int) -> Sliced:
    """As AWX does it: every n-th host of the inventory goes to one job; the jobs run at the same time."""
    bench.emulator.reset()
    whole = inventory(bench, bench.emulator.customers[:hosts], each)
    names = sorted(whole["all"]["hosts"])
    jobs, privates = [], []
    began = time.monotonic()
    for number in range(slices):
        room = bench.room()
        for name in ("env", "inventory", "project"):
            (room / name).mkdir()
        mine = {name: whole["all"]["hosts"][name] for name in names[number::slices]}
        (room / "inventory" / "hosts.json").write_text(json.dumps({"all": {**whole["all"], "hosts": mine}}))
        (room / "project" / "job.yml").write_text(f"- import_playbook: {PLAYBOOK}\n")
        command = [str(Path(sys.executable).parent / "ansible-runner"), "run", str(room), "-p", "job.yml", "-q"]
        environment = bench.environment(room / "home", {"PARTNERCENTER_LEDGER": str(room / "ledger")})
        jobs.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        privates.append(room)
    statuses = [job.wait(timeout=3600) for job in jobs]
    wall = time.monotonic() - began
    largest = max(path.stat().st_size for room in privates for path in room.glob("artifacts/*/job_events/*.json"))
    for room in privates:
        shutil.rmtree(room)
    if any(statuses):
        raise RuntimeError(f"the slices ended with {statuses}")
    passwords = bench.emulator.passwords()
    wanted = {user["user_id"] for host in whole["all"]["hosts"].values() for user in host["partnercenter_users"]}
    times = [len(passwords[user_id]["history"]) - 1 for user_id in wanted]
    return Sliced(slices, len(wanted), wall, times.count(0), sum(count > 1 for count in times), largest)
