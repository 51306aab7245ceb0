# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The job that a report names: by the variables that each platform sets."""

from __future__ import annotations

import pytest

from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_report import job_in

GITHUB = {"GITHUB_SERVER_URL": "https://github.example", "GITHUB_REPOSITORY": "a/b", "GITHUB_RUN_ID": "7"}
AZURE = {"SYSTEM_COLLECTIONURI": "https://azure.example/o/", "SYSTEM_TEAMPROJECT": "p", "BUILD_BUILDID": "7"}


@pytest.mark.parametrize(
    ("environment", "job"),
    [
        ({"AWX_HOST": "https://awx.example", "JOB_ID": "7"}, "https://awx.example/#/jobs/playbook/7"),
        ({"CI_JOB_URL": "https://gitlab.example/-/jobs/7"}, "https://gitlab.example/-/jobs/7"),
        (GITHUB, "https://github.example/a/b/actions/runs/7"),
        (AZURE, "https://azure.example/o/p/_build/results?buildId=7"),
        ({"JOB_ID": "7"}, ""),
        ({}, ""),
    ],
    ids=["AWX", "GitLab", "GitHub", "Azure DevOps", "a job of something else", "by hand"],
)
def test_the_report_names_the_job_where_a_platform_tells_its_address(environment: dict[str, str], job: str) -> None:
    assert job_in(environment) == job
