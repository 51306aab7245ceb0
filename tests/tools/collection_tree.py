# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the checkout where Ansible looks for collections: `…/ansible_collections/csp/partnercenter`."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = Path("ansible_collections", "csp", "partnercenter")


def linked() -> Path:
    """A lasting tree that holds a symlink to the checkout: for all tools but ansible-test."""
    tree = ROOT / ".nox" / "tree"
    link = tree / PLACE
    link.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        link.symlink_to(os.path.relpath(ROOT, link.parent))
    return tree


@contextlib.contextmanager
def copied() -> Iterator[Path]:
    """A passing tree with a copy of what git knows or would add, in a repository of its own: for ansible-test."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    with tempfile.TemporaryDirectory(prefix="partnercenter-") as folder:
        collection = Path(folder, PLACE)
        for name in filter(None, names):
            if (source := ROOT / name).is_file():  # a file may have been removed and not yet committed
                target = collection / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        subprocess.run(["git", "init", "--quiet"], cwd=collection, check=True)
        subprocess.run(["git", "add", "--all"], cwd=collection, check=True)
        yield collection
