# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Federated tokens: how a platform vouches for the job that runs on it (workload identity federation).

One small file for each platform. To add one: a file beside these, a line in ``assertion_source.py``.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Protocol

from .._base import hosts
from .._base.errors import CredentialError, InputError
from .._base.secret import Secret
from .._http.transport import Request, Transport, TransportFailure
from .access_token import claims, seconds
from .persistence import persist

#: What Entra ID expects in ``aud`` of a federated token.
AUDIENCE = "api://AzureADTokenExchange"
_LEEWAY_SECONDS = 5.0


class AssertionSource(Protocol):
    """Where federated tokens come from. Hashable: credentials are compared by it."""

    def assertion(self, transport: Transport) -> str:
        """A token that has not expired, a new one where the platform gives it. Called for each token request."""


def needed(environment: Mapping[str, str], variable: str, hint: str) -> str:
    """A variable that the platform sets."""
    value = (environment.get(variable) or "").strip()
    if not value:
        raise InputError("client_assertion_source", f"the environment variable {variable} is not set: {hint}")
    return value


def endpoint(environment: Mapping[str, str], variable: str, hint: str, known: re.Pattern[str]) -> str:
    """A URL that the platform sets: a bearer token is sent there."""
    url = needed(environment, variable, hint)
    origin = hosts.origin_of(url)
    if origin is None or (origin.scheme == "http" and not hosts.is_loopback(origin.host)):
        raise InputError("client_assertion_source", f"the environment variable {variable} holds no https URL")
    hosts.check(url, variable, known=known, variables=(variable,))
    return url


def checked(text: str, where: str) -> str:
    """The token, if it is one and good for a while yet; it is read, not verified: Entra ID does that."""
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


def asked(transport: Transport, request: Request, member: str, who: str) -> str:
    """The token in the member of a platform's JSON answer."""
    try:
        response = persist(transport, request, who)
    except TransportFailure as failure:
        raise CredentialError(f"no federated token: {failure.sentence(who, 'what the platform sets')}") from None
    if response.status != 200:
        raise CredentialError(
            f"{who} gave no federated token (HTTP status {response.status}): look at the job's permissions"
        )
    try:
        token = json.loads(response.body.decode("utf-8-sig"))[member]
    except (ValueError, KeyError, TypeError, RecursionError):
        token = None
    return checked(token if isinstance(token, str) else "", f"the answer of {who}")
