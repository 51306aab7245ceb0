# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A long rotation at the limit of a throttled service that fails at random, killed again and again: see README.md."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from process_tree import Watch, kill_family
from trend import Trend
from witness import Witness

from partnercenter_emulator.launcher import running_emulator

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = "csp.partnercenter.rotate_user_passwords"
VAULT_PASSWORD = "vault-password-of-the-soak"
CREDENTIALS = ("api_url", "authority_url", "ca_path", "tenant_id", "client_id", "client_secret", "refresh_token")
CREDENTIALS += ("graph_url",)
#: Of each hundred PATCHes, by name and members; five in all.
FAULTS: list[tuple[float, dict[str, Any]]] = [
    (1.0, {"name": "reset_connection_before"}),
    (1.0, {"name": "reset_connection_after"}),
    (0.8, {"name": "status", "status": 500}),
    (0.8, {"name": "status", "status": 500, "applied": True}),
    (0.4, {"name": "malformed"}),
    (0.4, {"name": "html", "status": 502}),
    (0.2, {"name": "late", "seconds": 2}),
    (0.2, {"name": "timeout_before", "seconds": 20}),
    (0.2, {"name": "timeout_after", "seconds": 20}),
]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gateway", choices=("partner_center", "graph"), default="partner_center")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--customers", type=int, default=20)
    parser.add_argument("--users", type=int, default=1000, help="of each customer")
    parser.add_argument("--rate", type=float, default=50.0, help="requests a second that Partner Center allows")
    parser.add_argument("--faults", type=float, default=5.0, help="percent of the PATCHes")
    parser.add_argument("--kills", type=int, default=4, help="of each rotation; then it runs to its end")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--output", type=Path, default=ROOT / "tests" / "output" / "soak.json")
    return parser.parse_args()


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


@dataclass
class Figures:
    """Of the whole soak. ``lost`` are users whose live password was nowhere at some look."""

    began: float = field(default_factory=time.monotonic)
    kills: int = 0
    runs: int = 0
    rotations: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    longest: Trend = field(default_factory=lambda: Trend([]))
    peak: float = 0.0

    def minutes(self) -> float:
        return (time.monotonic() - self.began) / 60


@dataclass
class Soak:
    """One folder, one emulator, one rotation after the other."""

    emulator: Any
    folder: Path
    source: random.Random
    gateway: str
    figures: Figures = field(default_factory=Figures)

    def __post_init__(self) -> None:
        self.store = self.folder / "passwords"
        self.vault = self.folder / "vault-password"
        self.vault.write_text(VAULT_PASSWORD)
        self.vault.chmod(0o600)
        hosts = {
            customer["domain"]: {
                "partnercenter_customer_id": customer["id"],
                "partnercenter_users": [{"user_id": user["id"]} for user in customer["users"]],
            }
            for customer in self.emulator.customers
        }
        (self.folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
        self.witness = Witness(self.emulator, self.store, VAULT_PASSWORD)

    def start(self, rotation_id: str) -> subprocess.Popen[bytes]:
        """The playbook, as a job would run it."""
        variables = {
            "user_password_rotation_store": {"type": "file", "path": str(self.store)},
            "user_password_rotation_rotation_id": rotation_id,
            "user_password_rotation_report_formats": [],
            "user_password_rotation_audit_timeout": 10,
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "PARTNERCENTER_"))}
        given = {f"PARTNERCENTER_{name.upper()}": str(getattr(self.emulator, name)) for name in CREDENTIALS}
        environment = (
            kept
            | given
            | {
                "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
                "ANSIBLE_VAULT_PASSWORD_FILE": str(self.vault),
                "ANSIBLE_FORKS": "4",
                "PARTNERCENTER_GATEWAY": self.gateway,
                "PARTNERCENTER_TIMEOUT": "5",
                "HOME": str(self.folder),
            }
        )
        program = str(Path(sys.executable).parent / "ansible-playbook")
        command = [program, "-i", str(self.folder / "hosts.json"), "-e", json.dumps(variables), PLAYBOOK]
        with open(self.folder / "output", "ab") as output:
            return subprocess.Popen(
                command, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def run(self, rotation_id: str, kill_after: float | None, deadline: float) -> bool:
        """One run. Whether it came to its end, and all users had the rotation."""
        figures = self.figures
        figures.runs += 1
        process = self.start(rotation_id)
        watch = Watch(process.pid, every=3.0)
        try:
            process.wait(timeout=kill_after if kill_after is not None else max(deadline - time.monotonic(), 1.0) + 900)
        except subprocess.TimeoutExpired:
            kill_family(process)
            figures.kills += 1
        trend = Trend(watch.stop())
        if trend.samples:
            figures.peak = max(figures.peak, trend.peak.memory)
        if process.returncode == 0 and trend.seconds > figures.longest.seconds:
            figures.longest = trend
        lost = self.witness.lost()
        figures.lost += lost
        how = "killed" if process.returncode == -signal.SIGKILL else f"ended with {process.returncode}"
        say(f"{rotation_id}: {how} after {trend.seconds:.0f} s; {len(lost)} passwords lost")
        return process.returncode == 0

    def rotate(self, number: int, kills: int, deadline: float) -> None:
        """Until it is through for everybody. A run with faults may leave users for the next one to settle."""
        for _kill in range(kills):
            if time.monotonic() < deadline and self.run(f"r{number}", self.source.uniform(10.0, 60.0), deadline):
                break
        while not self.run(f"r{number}", None, deadline):
            if time.monotonic() > deadline + 900:
                raise RuntimeError(f"rotation {number} does not come to its end; see {self.folder / 'output'}")
        self.figures.rotations = number


def main() -> int:
    chosen = options()
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    say(f"{chosen.gateway}, seed {chosen.seed}; {chosen.customers} customers with {chosen.users} users; in {folder}")
    with running_emulator(customers=chosen.customers, users=chosen.users) as emulator:
        emulator.knobs(latency_ms=20)
        if chosen.gateway == "partner_center":  # the limits of Graph are published, and those of the emulator
            emulator.knobs(throttle_rate=chosen.rate, throttle_burst=int(chosen.rate))
        left = 1.0
        for percent, fault in FAULTS:  # each is asked in turn: the later ones only of what the earlier ones left
            share = percent / 100 * chosen.faults / 5.0
            emulator.fault(method="PATCH", count=10**9, probability=share / left, **fault)
            left -= share
        soak = Soak(emulator, folder, random.Random(chosen.seed), chosen.gateway)
        deadline = time.monotonic() + 60 * chosen.minutes
        number = 0
        while time.monotonic() < deadline:
            number += 1
            soak.rotate(number, chosen.kills, deadline)
        figures = soak.figures
        figures.wrong = soak.witness.wrong_at_the_end(figures.rotations)
        counters = emulator.counters()
        counters["unanswered"] = sum(one["method"] == "PATCH" and one["status"] is None for one in emulator.journal())
    return report(chosen, soak, counters)


def report(chosen: argparse.Namespace, soak: Soak, counters: dict[str, int]) -> int:
    """0 if nothing was lost, and memory and files did not grow."""
    figures, trend = soak.figures, soak.figures.longest
    memory, files, threads = (trend.medians(what) for what in ("memory", "files", "threads"))
    users = chosen.customers * chosen.users
    flat = memory[1] <= 1.2 * memory[0] + 5.0 and all(later <= 1.2 * now + 8.0 for now, later in (files, threads))
    good = flat and not figures.lost and not figures.wrong and figures.kills > 0
    say(
        f"{figures.minutes():.0f} minutes, {users:,} users, {figures.rotations} rotations, {figures.runs} runs, "
        f"{figures.kills} kills, {counters['patches']:,} PATCHes, {counters['throttled']:,} answers of 429, "
        f"{counters['unanswered']:,} PATCHes without an answer, "
        f"{soak.witness.looks:,} looks at a password"
    )
    grown = f"memory {memory[0]:.0f} MB, later {memory[1]:.0f} MB, at most {figures.peak:.0f} MB"
    say(f"the longest run to its end, {trend.seconds:.0f} s: {grown}")
    grown = f"open files {files[0]:.0f}, later {files[1]:.0f}; threads {threads[0]:.0f}, later {threads[1]:.0f}"
    say(f"{grown}; {'flat' if flat else 'NOT FLAT'}")
    say(f"passwords lost: {len(figures.lost)}; wrong in the store at the end: {len(figures.wrong)}")
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    found = {name: value for name, value in vars(figures).items() if name not in ("longest", "began")}
    found |= {"minutes": figures.minutes(), "users": users, "memory": memory, "files": files, "threads": threads}
    found |= {"gateway": chosen.gateway, "counters": counters}
    chosen.output.write_text(json.dumps(found, indent=1) + "\n")
    say(f"written: {chosen.output}")
    if good:
        shutil.rmtree(soak.folder)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
