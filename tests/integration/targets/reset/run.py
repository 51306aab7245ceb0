# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the emulator, and runs the playbook with its address and credentials in the environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from partnercenter_emulator.launcher import running_emulator

HERE = Path(__file__).resolve().parent
NAMES = ("api_url", "authority_url", "ca_path", "tenant_id", "client_id", "client_secret", "refresh_token")

with running_emulator(customers=1, users=1) as emulator:
    customer = emulator.customers[0]
    environment = {f"PARTNERCENTER_{name.upper()}": str(getattr(emulator, name)) for name in NAMES}
    whom = {"customer_id": customer["id"], "user_id": customer["users"][0]["id"]}
    variables = [part for name, value in whom.items() for part in ("-e", f"{name}={value}")]
    command = ["ansible-playbook", "playbook.yml", *variables, *sys.argv[1:]]
    ended = subprocess.run(command, cwd=HERE, env=os.environ | environment, check=False)
    sent = emulator.counters()["patches"]
sys.exit(ended.returncode or int(sent != 1))
