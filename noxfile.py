#!/usr/bin/env python3
# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# /// script
# requires-python = ">=3.11"
# dependencies = ["nox>=2025.2.9", "antsibull-nox>=1.10", "uv"]
# ///
"""All commands of the project: `python3 noxfile.py --list` names them, `python3 noxfile.py -s NAME -- ARGS` runs one.

Nothing but Python 3.11 or newer is needed: run by a Python without nox, this file first makes an environment in
`.nox/bootstrap`. `uv run noxfile.py -s NAME` and `pipx run noxfile.py -s NAME` work as well.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "tests" / "tools"))

import bootstrap

try:
    import nox
    from antsibull_nox import load_antsibull_nox_toml
except ImportError:
    if __name__ != "__main__":
        raise
    bootstrap.restart(Path(__file__).resolve())

import collection_tree

os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")
os.environ.setdefault("NOX_SCRIPT_MODE", "none")  # the environment is complete already

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "units"]

load_antsibull_nox_toml()  # license-check, extra-checks

EMULATOR = ROOT / "tests" / "emulator"


def install(session: nox.Session, requirements: str) -> None:
    session.install("--quiet", "-r", f"tests/requirements/{requirements}.txt")


def collection_env() -> dict[str, str]:
    """Lets Python and Ansible find the checkout as the collection, and Python the emulator."""
    tree = collection_tree.linked()
    return {"PYTHONPATH": f"{tree}{os.pathsep}{EMULATOR}", "ANSIBLE_COLLECTIONS_PATH": str(tree)}


@nox.session
def units(session: nox.Session) -> None:
    """Unit tests. Arguments go to pytest."""
    install(session, "test")
    session.run("pytest", "-c", "tests/pytest.ini", "tests/unit", *session.posargs, env=collection_env())


@nox.session
def lint(session: nox.Session) -> None:
    """Style, types and Ansible content."""
    install(session, "lint")
    env = collection_env()
    session.run("ruff", "check", "--output-format=concise", ".")
    session.run("ruff", "format", "--check", ".")
    packages = ("ansible_collections.csp.partnercenter.plugins.module_utils", "partnercenter_emulator")
    mypy = ["mypy", "--config-file", "tests/mypy.ini", *(part for name in packages for part in ("-p", name))]
    session.run(*mypy, env={"MYPYPATH": env["PYTHONPATH"]})
    session.run("ansible-lint", "--offline", "--strict", env=env)


if __name__ == "__main__":
    nox.main()
