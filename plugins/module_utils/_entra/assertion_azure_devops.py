# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure DevOps: a token for each request, for a service connection of the project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from .._base import hosts
from .._base.errors import InputError
from .._base.identifiers import guid
from .._base.secret import Secret
from .._http.transport import Request, Transport
from .assertions import asked, endpoint, needed

_TOKEN = "SYSTEM_ACCESSTOKEN"
#: Set by the task AzureCLI.
_CONNECTION = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"


@dataclass(frozen=True)
class AzureDevOpsAssertion:
    url: str = field(repr=False)
    bearer: Secret
    service_connection: str

    VARIABLE: ClassVar[str] = "SYSTEM_OIDCREQUESTURI"

    @classmethod
    def endpoint_in(cls, environment: Mapping[str, str]) -> str:
        return endpoint(environment, cls.VARIABLE, "it is set in jobs of Azure Pipelines only", hosts.AZURE_DEVOPS)

    @classmethod
    def found_in(cls, environment: Mapping[str, str], service_connection: str | None) -> AzureDevOpsAssertion:
        """Raises :class:`InputError` where the pipeline does not hand on what is needed."""
        url = cls.endpoint_in(environment)
        token = needed(environment, _TOKEN, "map it in the step's env as $(System.AccessToken)")
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
        return asked(transport, Request("POST", url, headers, b""), "oidcToken", "Azure DevOps")
