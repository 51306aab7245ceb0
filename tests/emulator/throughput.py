# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure PATCHes per second with wrk: ``PYTHONPATH=tests/emulator python tests/emulator/throughput.py``."""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

from partnercenter_emulator.launcher import running_emulator


def main() -> None:
    """Run wrk against https and http, and say what the emulator itself counted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--users", type=int, default=5000)
    options = parser.parse_args()
    script = Path(__file__).with_name("throughput.lua")
    with (
        running_emulator(customers=2, users=options.users, http=True) as emulator,
        tempfile.TemporaryDirectory() as folder,
    ):
        targets = Path(folder, "targets")
        lines = [emulator.access_token]
        for customer in emulator.customers:
            lines += [f"/v1/customers/{customer['id']}/users/{user['id']}" for user in customer["users"]]
        targets.write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "--latency", "-s", str(script)]
        environment = {**os.environ, "EMULATOR_TARGETS": str(targets)}
        for url in (emulator.api_url, emulator.http_api_url):
            print(f"\n{' '.join(command[:-2])} -s {script.name} {url}")
            subprocess.run([*command, url], env=environment, check=True)
            counters = emulator.counters()
            print({name: counters[name] for name in ("requests", "patches", "passwords_set", "connections")})
            emulator.reset()


if __name__ == "__main__":
    main()
