# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client generated from Microsoft's Swagger works against the emulator (where it is installed)."""

from __future__ import annotations

import subprocess
import sys

import pytest

from partnercenter_emulator.launcher import HOME


def test_the_client_of_microsofts_swagger_is_served() -> None:
    pytest.importorskip("microsoft.store.partnercenterservices", reason="not installed, or without setuptools<81")
    script = [sys.executable, "-W", "ignore", str(HOME / "foreign_client.py")]
    ended = subprocess.run(
        script, env={"PYTHONPATH": str(HOME)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("ok: ") == 10
