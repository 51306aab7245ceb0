# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which platforms can vouch for a job."""

from __future__ import annotations

from collections.abc import Mapping

from .._base.errors import InputError
from .assertion_azure_devops import AzureDevOpsAssertion
from .assertion_github import GitHubAssertion
from .assertion_gitlab import GitLabAssertion
from .assertions import AssertionSource

PLATFORMS = ("github", "gitlab", "azure_devops")


def make_assertion_source(
    platform: str, environment: Mapping[str, str], *, variable: str | None, service_connection: str | None
) -> AssertionSource:
    """The source of that platform, from the job's environment; offline. Raises :class:`InputError`."""
    if platform == "github":
        return GitHubAssertion.found_in(environment)
    if platform == "gitlab":
        return GitLabAssertion.found_in(environment, variable)
    if platform == "azure_devops":
        return AzureDevOpsAssertion.found_in(environment, service_connection)
    raise InputError("client_assertion_source", f"must be one of {', '.join(PLATFORMS)}")


def check_endpoints(environment: Mapping[str, str]) -> None:
    """Raises :class:`InputError` where a platform's variable leads to a host that is not the platform's."""
    for platform in (GitHubAssertion, AzureDevOpsAssertion):
        if environment.get(platform.VARIABLE):
            platform.endpoint_in(environment)
