# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds real Python interpreters: no shims (they choose by environment variables, which ansible-test clears)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path


def find(versions: Sequence[str]) -> Path | None:
    """The first working interpreter among the versions, the most wanted first."""
    for version in versions:
        for candidate in _candidates(version):
            if _works(candidate, version):
                return candidate
    return None


def _candidates(version: str) -> Iterator[Path]:
    name = f"python{version}"
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        yield Path(sys.base_prefix, "bin", name)
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT", home / ".pyenv"))
    for folder in (pyenv / "versions", home / ".local/share/uv/python", Path("/opt/python")):
        yield from sorted(folder.glob(f"*{version}*/bin/{name}"), reverse=True)
    for entry in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if Path(entry).name == "shims":
            if Path(entry).parent.name == ".pyenv":  # HOME may be another one than that of the shims
                yield from sorted(Path(entry).parent.glob(f"versions/{version}*/bin/{name}"), reverse=True)
        else:
            yield Path(entry, name)


def _works(candidate: Path, version: str) -> bool:
    if not os.access(candidate, os.X_OK):
        return False
    command = [str(candidate), "-Ic", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout.strip() == version
