# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a session installs what it needs, runs tests against the checkout, and runs other sessions."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import collection_tree
import cores
import nox

ROOT = Path(__file__).resolve().parents[2]
EMULATOR = ROOT / "tests" / "emulator"
TOOLS = ROOT / "tests" / "tools"

# Files of tests side by side, one file in one process.
SIDE_BY_SIDE = ("--numprocesses", "auto", "--dist", "loadfile")

# The same for tests that wait for programs a good part of their time.
WAITING = ("--numprocesses", str((os.cpu_count() or 1) * 3 // 2), "--dist", "loadfile")

# One test in one process, where some take much longer than others.
BALANCED = ("--numprocesses", "auto", "--dist", "worksteal")


def install(session: nox.Session, requirements: str) -> None:
    session.install("--quiet", "-r", f"tests/requirements/{requirements}.txt")


def collection_env() -> dict[str, str]:
    """Lets Python and Ansible find the checkout as the collection, and Python the emulator and these tools."""
    tree = collection_tree.linked()
    found = os.pathsep.join(map(str, (tree, EMULATOR, TOOLS)))
    return {"PYTHONPATH": found, "ANSIBLE_COLLECTIONS_PATH": str(tree)}


def run_pytest(session: nox.Session, *places: str, **env: str) -> None:
    install(session, "test")
    if core := os.environ.get("ANSIBLE_CORE"):  # such as 2.18: continuous integration tries each that is supported
        session.install("--quiet", cores.wanted(core))
    session.run("pytest", "-c", "tests/pytest.ini", *places, *session.posargs, env=collection_env() | env)


def run_sessions(session: nox.Session, *names: str) -> None:
    """Runs sessions that keep one core busy each, all at once; what one of them said is shown when it has ended."""

    def ended(name: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "noxfile.py"), "-s", name, "--", *session.posargs]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)

    session.log(f"at the same time: {', '.join(names)}")
    failed = []
    with ThreadPoolExecutor(max_workers=len(names)) as pool:
        for name, run in zip(names, pool.map(ended, names), strict=True):
            print(run.stdout, end="", flush=True)
            failed += [name] * (run.returncode != 0)
    if failed:
        session.error(f"failed: {', '.join(failed)}")
