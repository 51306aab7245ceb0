# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection awx.awx, out of the last release of the Python package `ansible` that carries it.

Nothing of ours depends on it: it is there to check the sample that configures AWX.
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import collection_tree
import nox

PACKAGE = "ansible==12.3.0"
FOLDER = collection_tree.ROOT / ".nox" / "awx"


def fetched(session: nox.Session) -> Path:
    """A folder with `ansible_collections/awx/awx`, 2 MB out of a wheel of 54 MB."""
    if not FOLDER.exists():
        session.install("--quiet", "pip")
        place = Path(session.create_tmp()).resolve() / "awx"
        shutil.rmtree(place, ignore_errors=True)
        session.run("python", "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(place), PACKAGE)
        (wheel,) = place.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.startswith("ansible_collections/awx/awx/")]
            archive.extractall(place / "unpacked", names)
        wheel.unlink()
        (place / "unpacked").rename(FOLDER)
    return FOLDER
