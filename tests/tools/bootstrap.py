# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets noxfile.py run by a bare Python: makes the environment that its PEP 723 header asks for, and starts again there.

Standard library only, because nothing else is there yet.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

MINIMUM = (3, 11)
# Settings that would send packages to somewhere else than the environment that is being made.
MISPLACING = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV", "PYTHONHOME")
MARK = "NOXFILE_STARTED_AGAIN"

if sys.version_info < MINIMUM:
    sys.exit(f"noxfile.py: Python {'.'.join(map(str, MINIMUM))} or newer is needed, this is {sys.version.split()[0]}.")


def restart(noxfile: Path) -> None:
    """Replaces this process by the same command in an environment that has nox. Returns never."""
    if os.environ.get(MARK):
        sys.exit("noxfile.py: nox cannot be imported although it was just installed; remove .nox and try again.")
    for name in MISPLACING:
        os.environ.pop(name, None)
    python = _environment(noxfile)
    os.environ[MARK] = "1"
    os.execv(python, [str(python), str(noxfile), *sys.argv[1:]])


def done() -> None:
    """Forgets the restart, so that a session may run noxfile.py by a bare Python in its turn."""
    os.environ.pop(MARK, None)


def _environment(noxfile: Path) -> Path:
    """The Python of an environment with the dependencies of the header, made where it is missing or out of date."""
    dependencies = _header(noxfile)["dependencies"]
    folder = noxfile.parent / ".nox" / "bootstrap"
    python = folder / "bin" / "python"
    stamp = folder / "stamp"
    wanted = hashlib.sha256(repr((dependencies, sys.version, str(folder))).encode()).hexdigest()
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two sessions may start at once
        if not stamp.exists() or stamp.read_text() != wanted:
            print(f"noxfile.py: making {folder} with {', '.join(dependencies)}", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            _create(folder)
            _install(python, dependencies)
            stamp.write_text(wanted)
    return python


def _header(noxfile: Path) -> dict[str, list[str]]:
    import tomllib  # not before the version was looked at

    block = re.search(r"(?m)^# /// script\n((?:#.*\n)+?)# ///$", noxfile.read_text())
    assert block, f"{noxfile} has no PEP 723 header"
    return tomllib.loads(re.sub(r"(?m)^# ?", "", block[1]))


def _create(folder: Path) -> None:
    """Debian's python3 has no ensurepip unless python3-venv is installed: then uv or virtualenv may help out."""
    makers = [[sys.executable, "-m", "venv", str(folder)]]
    if uv := shutil.which("uv"):
        makers.append([uv, "venv", "--quiet", "--seed", "--python", sys.executable, str(folder)])
    makers.append([sys.executable, "-m", "virtualenv", "--quiet", str(folder)])
    for maker in makers:
        shutil.rmtree(folder, ignore_errors=True)
        if subprocess.run(maker, capture_output=True, check=False).returncode == 0:
            return
    sys.exit(f"noxfile.py: {sys.executable} cannot make a virtual environment; on Debian: apt-get install python3-venv")


def _install(python: Path, dependencies: list[str]) -> None:
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "-qq"]
    needed = [name for name in dependencies if name != "uv"]
    if subprocess.run([*pip, "install", *needed], check=False).returncode:
        sys.exit(f"noxfile.py: {', '.join(needed)} could not be installed; is a package index reachable?")
    # uv makes the other environments ten times as fast, where it exists for this platform and reaches the index
    # (it does not read pip's settings). Without it, nox takes pip.
    trial = [str(python), "-m", "uv", "pip", "install", "--python", str(python), "--reinstall", "argcomplete"]
    uv_works = all(
        subprocess.run(command, capture_output=True, check=False).returncode == 0
        for command in ([*pip, "install", "uv"], trial)
    )
    if not uv_works:
        print("noxfile.py: uv is not usable here; going on with pip, which takes longer", flush=True)
        subprocess.run([*pip, "uninstall", "--yes", "uv"], capture_output=True, check=False)
