# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments with other versions of ansible-core than the one that runs the tests, in `.nox/ansible-core`."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import interpreters

ROOT = Path(__file__).resolve().parents[2]
#: The Pythons that each may run on, the most wanted first.
PYTHONS = {
    "2.18": ("3.11", "3.12"),
    "2.19": ("3.11", "3.12"),
    "2.20": ("3.13", "3.12"),
    "2.21": ("3.13", "3.12"),
}
#: Those of which there is a release candidate only.
COMING = {"2.22": ("3.13", "3.12")}
#: What the tasks of tests use besides what every task needs: the library that makes passphrases.
ALSO = ("xkcdpass>=1.20",)


def programs(core: str) -> Path | None:
    """The folder of `ansible-playbook` and its like; made at the first use. None where no Python is there for it."""
    import ansible.release

    if ansible.release.__version__.startswith(f"{core}."):
        return Path(sys.executable).parent
    folder = ROOT / ".nox" / "ansible-core" / core
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        packages = _packages(core)
        complete = folder / "complete"
        if not complete.exists() or complete.read_text().splitlines() != packages:
            python = interpreters.find((PYTHONS | COMING)[core])
            if python is None:
                return None
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder, python, packages)
            complete.write_text("\n".join(packages))
    return folder / "bin"


def wanted(core: str) -> str:
    """Return what pip installs for a version."""
    return f"ansible-core~={core}.0{'rc1' if core in COMING else ''}"


def _packages(core: str) -> list[str]:
    lines = (ROOT / "meta" / "ee-requirements.txt").read_text().splitlines()
    return [wanted(core), *(line for line in lines if line and not line.startswith("#")), *ALSO]


def _make(folder: Path, python: Path, packages: list[str]) -> None:
    uv = next(
        (path for path in (Path(sys.executable).parent / "uv", shutil.which("uv")) if path and Path(path).exists()),
        None,
    )
    if uv:
        environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
        subprocess.run([str(uv), "venv", "--quiet", "--python", str(python), str(folder)], check=True, env=environment)
        install = [str(uv), "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")]
    else:
        environment = dict(os.environ)
        subprocess.run([str(python), "-m", "venv", str(folder)], check=True)
        install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, *packages], check=True, env=environment)
