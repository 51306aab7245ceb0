# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A world to rotate one user in, and tasks that rotate many."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.tests.unit.rotation.job import Job
from ansible_collections.csp.partnercenter.tests.unit.rotation.service import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)
