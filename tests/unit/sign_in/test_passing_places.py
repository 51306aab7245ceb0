# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files are thrown away at the end of a job."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.passing_places import thrown_away_with


@pytest.mark.parametrize(
    ("path", "variables", "job"),
    [
        ("/runner/env/tmp1x2y", {}, "a job of AWX"),
        ("/tmp/awx_61_ifxz/env/tmp1x2y", {"AWX_PRIVATE_DATA_DIR": "/tmp/awx_61_ifxz"}, "a job of AWX"),
        ("/home/runner/work/_temp/token", {"RUNNER_TEMP": "/home/runner/work/_temp"}, "a job of GitHub Actions"),
        ("/builds/partner/jobs.tmp/TOKEN", {"CI_PROJECT_DIR": "/builds/partner/jobs"}, "a job of GitLab"),
        ("/agent/_work/_temp/token", {"AGENT_TEMPDIRECTORY": "/agent/_work/_temp/"}, "a job of Azure Pipelines"),
        ("/jenkins/job@tmp/secretFiles/1/token", {"WORKSPACE_TMP": "/jenkins/job@tmp"}, "a job of Jenkins"),
        ("/run/secrets/token", {}, "a container"),
    ],
)
def test_the_folders_of_a_job(path: str, variables: dict[str, str], job: str) -> None:
    assert thrown_away_with(path, variables) == job


@pytest.mark.parametrize(
    ("path", "variables"),
    [
        ("/srv/partner/token", {}),
        ("/runners/token", {}),
        ("/home/runner/work/_temporary/token", {"RUNNER_TEMP": "/home/runner/work/_temp"}),
        ("/builds/partner/jobs/token", {"CI_PROJECT_DIR": "/builds/partner/jobs"}),
        ("/srv/token", {"RUNNER_TEMP": "", "AGENT_TEMPDIRECTORY": " "}),
    ],
)
def test_other_folders_last_as_far_as_is_known(path: str, variables: dict[str, str]) -> None:
    assert thrown_away_with(path, variables) is None


def test_links_are_followed(tmp_path: Path) -> None:
    """As the folder of a platform, or the file itself, may be one."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "token").symlink_to(tmp_path / "real" / "token")
    for folder in ("real", "link"):
        for file in ("real/token", "link/token", "token"):
            variables = {"RUNNER_TEMP": str(tmp_path / folder)}
            assert thrown_away_with(str(tmp_path / file), variables) == "a job of GitHub Actions"
