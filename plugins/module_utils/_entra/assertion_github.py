# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GitHub Actions: a token for each request, from an endpoint that the runner names in the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import quote

from .._base import hosts
from .._base.secret import Secret
from .._http.transport import Request, Transport
from .assertions import AUDIENCE, asked, endpoint, needed

_HINT = "the job needs 'permissions: id-token: write'"


@dataclass(frozen=True)
class GitHubAssertion:
    url: str = field(repr=False)
    bearer: Secret

    VARIABLE: ClassVar[str] = "ACTIONS_ID_TOKEN_REQUEST_URL"

    @classmethod
    def endpoint_in(cls, environment: Mapping[str, str]) -> str:
        return endpoint(environment, cls.VARIABLE, _HINT, hosts.GITHUB)

    @classmethod
    def found_in(cls, environment: Mapping[str, str]) -> GitHubAssertion:
        """Raises :class:`InputError` where the job has no permission for such tokens."""
        url = cls.endpoint_in(environment)
        return cls(url, Secret(needed(environment, "ACTIONS_ID_TOKEN_REQUEST_TOKEN", _HINT)))

    def assertion(self, transport: Transport) -> str:
        url = f"{self.url}{'&' if '?' in self.url else '?'}audience={quote(AUDIENCE, safe='')}"
        headers = {"Authorization": f"Bearer {self.bearer.reveal()}", "Accept": "application/json"}
        return asked(transport, Request("GET", url, headers), "value", "GitHub Actions")
