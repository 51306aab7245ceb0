# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Federated tokens, by which a platform proves the identity of a job that runs on it (workload identity federation).

To add a platform: a class here, a line in ``make_assertion_source``, and its name in ``PLATFORMS``.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol
from urllib.parse import quote

from .._base import hosts
from .._base.errors import CredentialError, InputError
from .._base.identifiers import guid
from .._base.secret import Secret, read_text
from .._http.transport import Request, Transport, TransportFailure
from .access_token import claims, seconds
from .token_requests import persist

#: The audience (``aud``) that Entra ID expects in a federated token.
AUDIENCE = "api://AzureADTokenExchange"
PLATFORMS = ("github", "gitlab", "azure_devops")
_LEEWAY_SECONDS = 5.0

_FILE = "client_assertion_file"
_GITHUB_HINT = "the job needs 'permissions: id-token: write'"
_GITLAB_VARIABLE = "PARTNERCENTER_ID_TOKEN"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_AZURE_TOKEN = "SYSTEM_ACCESSTOKEN"
#: A variable that the task AzureCLI sets.
_CONNECTION = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"


class AssertionSource(Protocol):
    """A platform that gives federated tokens. Hashable, because credentials are compared by it."""

    def assertion(self, transport: Transport) -> str:
        """Return a token that has not expired. Called for each token request, since platforms may give a new one."""


@dataclass(frozen=True)
class AssertionFile:
    """A federated token in a file that the platform renews, as Kubernetes does. It is read again at each use."""

    path: str

    def assertion(self, transport: Transport) -> str:
        return _checked(read_text(self.path, _FILE), _FILE)


@dataclass(frozen=True)
class GitHubAssertion:
    """The source for GitHub Actions: a token for each request, from an endpoint in the job's environment."""

    url: str = field(repr=False)
    bearer: Secret

    VARIABLE: ClassVar[str] = "ACTIONS_ID_TOKEN_REQUEST_URL"

    @classmethod
    def endpoint_in(cls, environment: Mapping[str, str]) -> str:
        return _endpoint(environment, cls.VARIABLE, _GITHUB_HINT, hosts.GITHUB)

    @classmethod
    def found_in(cls, environment: Mapping[str, str]) -> GitHubAssertion:
        """Return the source; raises :class:`InputError` where the job has no permission for such tokens."""
        url = cls.endpoint_in(environment)
        return cls(url, Secret(_needed(environment, "ACTIONS_ID_TOKEN_REQUEST_TOKEN", _GITHUB_HINT)))

    def assertion(self, transport: Transport) -> str:
        url = f"{self.url}{'&' if '?' in self.url else '?'}audience={quote(AUDIENCE, safe='')}"
        headers = {"Authorization": f"Bearer {self.bearer.reveal()}", "Accept": "application/json"}
        return _asked(transport, Request("GET", url, headers), "value", "GitHub Actions")


@dataclass(frozen=True)
class GitLabAssertion:
    """The source for GitLab: the job's ``id_tokens`` are environment variables, valid for the time of the job."""

    variable: str
    token: Secret

    @classmethod
    def found_in(cls, environment: Mapping[str, str], variable: str | None) -> GitLabAssertion:
        """Return the source; raises :class:`InputError` where the job declares no such token."""
        hint = f"declare it in the job under id_tokens, with aud: {AUDIENCE}"
        if variable and not (_VARIABLE.fullmatch(variable) and environment.get(variable, "").strip()):
            # A text that is no variable of the job may be the token itself.
            raise InputError("client_assertion_variable", f"names no environment variable that is set: {hint}")
        variable = variable or _GITLAB_VARIABLE
        return cls(variable, Secret(_needed(environment, variable, hint)))

    def assertion(self, transport: Transport) -> str:
        return _checked(self.token.reveal(), f"the environment variable {self.variable}")


@dataclass(frozen=True)
class AzureDevOpsAssertion:
    """The source for Azure DevOps: a token for each request, for a service connection of the project."""

    url: str = field(repr=False)
    bearer: Secret
    service_connection: str

    VARIABLE: ClassVar[str] = "SYSTEM_OIDCREQUESTURI"

    @classmethod
    def endpoint_in(cls, environment: Mapping[str, str]) -> str:
        return _endpoint(environment, cls.VARIABLE, "it is set in jobs of Azure Pipelines only", hosts.AZURE_DEVOPS)

    @classmethod
    def found_in(cls, environment: Mapping[str, str], service_connection: str | None) -> AzureDevOpsAssertion:
        """Return the source; raises :class:`InputError` where the pipeline does not pass the needed variables on."""
        url = cls.endpoint_in(environment)
        token = _needed(environment, _AZURE_TOKEN, "map it in the step's env as $(System.AccessToken)")
        connection = service_connection or environment.get(_CONNECTION)
        if not connection:
            raise InputError(
                "client_assertion_service_connection",
                f"is missing: the id of the service connection, from its address in the portal (or {_CONNECTION})",
            )
        return cls(url, Secret(token), guid(connection, "client_assertion_service_connection"))

    def assertion(self, transport: Transport) -> str:
        query = f"api-version=7.1&serviceConnectionId={self.service_connection}"
        url = f"{self.url}{'&' if '?' in self.url else '?'}{query}"
        headers = {
            "Authorization": f"Bearer {self.bearer.reveal()}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        return _asked(transport, Request("POST", url, headers, b""), "oidcToken", "Azure DevOps")


def make_assertion_source(
    platform: str, environment: Mapping[str, str], *, variable: str | None, service_connection: str | None
) -> AssertionSource:
    """Return the source for the platform, from the job's environment; offline. Raises :class:`InputError`."""
    if platform == "github":
        return GitHubAssertion.found_in(environment)
    if platform == "gitlab":
        return GitLabAssertion.found_in(environment, variable)
    if platform == "azure_devops":
        return AzureDevOpsAssertion.found_in(environment, service_connection)
    raise InputError("client_assertion_source", f"must be one of {', '.join(PLATFORMS)}")


def check_endpoints(environment: Mapping[str, str]) -> None:
    """Raise :class:`InputError` where a platform's variable leads to a host that is not the platform's."""
    for platform in (GitHubAssertion, AzureDevOpsAssertion):
        if environment.get(platform.VARIABLE):
            platform.endpoint_in(environment)


def _needed(environment: Mapping[str, str], variable: str, hint: str) -> str:
    """Return a variable that the platform sets; raises :class:`InputError` with the ``hint`` where it is missing."""
    value = (environment.get(variable) or "").strip()
    if not value:
        raise InputError("client_assertion_source", f"the environment variable {variable} is not set: {hint}")
    return value


def _endpoint(environment: Mapping[str, str], variable: str, hint: str, known: re.Pattern[str]) -> str:
    """Return a URL that the platform sets, if a bearer token may be sent to it; raises :class:`InputError`."""
    url = _needed(environment, variable, hint)
    origin = hosts.origin_of(url)
    if origin is None or (origin.scheme == "http" and not hosts.is_loopback(origin.host)):
        raise InputError("client_assertion_source", f"the environment variable {variable} holds no https URL")
    hosts.check(url, variable, known=known, variables=(variable,))
    return url


def _checked(text: str, where: str) -> str:
    """Return the token, if it is one and does not expire soon. Entra ID verifies it."""
    found = claims(Secret(text))
    if not found:
        raise CredentialError(f"{where} holds no federated token (three parts with dots between them)")
    expires_at = seconds(found.get("exp"))
    if expires_at is not None and expires_at <= time.time() - _LEEWAY_SECONDS:
        raise CredentialError(
            f"the federated token in {where} has expired: the platform must renew it, or give the job a longer-lived "
            "one; look at this machine's clock as well"
        )
    return text


def _asked(transport: Transport, request: Request, member: str, platform: str) -> str:
    """Return the token in this member of the platform's JSON answer. ``platform``: its name for messages."""
    try:
        response = persist(transport, request, platform)
    except TransportFailure as failure:
        raise CredentialError(f"no federated token: {failure.sentence(platform, 'what the platform sets')}") from None
    if response.status != 200:
        raise CredentialError(
            f"{platform} gave no federated token (HTTP status {response.status}): look at the job's permissions"
        )
    try:
        token = json.loads(response.body.decode("utf-8-sig"))[member]
    except (ValueError, KeyError, TypeError, RecursionError):
        token = None
    return _checked(token if isinstance(token, str) else "", f"the answer of {platform}")
