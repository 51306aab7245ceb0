# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no playbook can leave out: the least that a reset or a rotation of many customers can cost."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ansible.parsing.vault import VaultLib, VaultSecret
from measuring import Cost
from scale import inventory
from ways import Bench

FLOOR = "an empty task on each host"
#: An empty task on each host, whatever it would do, and one that reads the variables of all hosts.
_TASKS = [
    {"name": "Nothing", "ansible.builtin.debug": {"msg": "nothing"}},
    {
        "name": "Read the users of all hosts",
        "run_once": True,
        "ansible.builtin.assert": {
            "that": "groups.all | map('extract', hostvars, 'partnercenter_users') | map('length') | min > 0"
        },
    },
]
_TIMES = 50
#: What the ``file`` store writes for each password that is rotated, and the usual size of a document in bytes.
_WRITES, _DOCUMENT = 5, 2500


@dataclass(frozen=True)
class Least:
    """Seconds of CPU: a request of bare threads, one text for Ansible Vault, and one file that is replaced durably."""

    request: float
    encryption: float
    write: float

    def cpu(self, requests: int, rotated: int) -> float:
        """Seconds for so many requests, and for one encryption and all writes of each rotated password."""
        return requests * self.request + rotated * (self.encryption + _WRITES * self.write)


def measure(bench: Bench, users: int, times: int) -> Least:
    return Least(_request(bench, users, times), _encryption(), _write(bench))


def least(measured: Sequence[Least]) -> Least:
    """The smallest of each figure."""
    requests, encryptions, writes = ([getattr(one, name) for one in measured] for name in Least.__annotations__)
    return Least(min(requests), min(encryptions), min(writes))


def play(bench: Bench, customers: int, users: int, forks: int) -> Cost:
    """The cost of a play that does what Ansible itself needs, and nothing else."""
    room = bench.room()
    plays = [{"hosts": "all", "connection": "local", "gather_facts": False, "tasks": _TASKS}]
    cost = bench.hosts(inventory(bench, bench.emulator.customers[:customers], users), plays, room=room, forks=forks)
    shutil.rmtree(room)
    return cost


def _request(bench: Bench, users: int, times: int) -> float:
    return (bench.floor(users, times=times).cpu - bench.floor(0).cpu) / (users * times)


def _encryption() -> float:
    vault = VaultLib([("default", VaultSecret(b"a password for the benchmark"))])
    before = time.process_time()
    for number in range(_TIMES):
        vault.encrypt(f"password {number}")
    return (time.process_time() - before) / _TIMES


def _write(bench: Bench) -> float:
    room = bench.room()
    folder = os.open(room, os.O_RDONLY)
    before = time.process_time()
    for number in range(_TIMES):
        file = os.open("new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
        os.write(file, bytes(_DOCUMENT))
        os.fsync(file)
        os.close(file)
        os.rename("new", f"{number}.yml", src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    spent = time.process_time() - before
    os.close(folder)
    shutil.rmtree(room)
    return spent / _TIMES
