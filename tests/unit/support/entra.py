# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token endpoint of Entra ID behind a fake transport: discovery, then scripted answers to the redemptions."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs

from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Request, Response

from .transport import FakeTransport, Scripted, answer, raw

AUTHORITY = "https://login.example"
TENANT = "99999999-9999-4999-8999-999999999999"
CLIENT = "88888888-8888-4888-8888-888888888888"
ACCOUNT = "77777777-7777-4777-8777-777777777777"
TOKEN_ENDPOINT = f"{AUTHORITY}/{TENANT}/oauth2/v2.0/token"


class FakeEntra(FakeTransport):
    """``redemptions`` are the forms that were posted, in order; each asks the script."""

    def __init__(self, *script: Scripted, discovery: Any = None) -> None:
        super().__init__(*script)
        self._discovery = discovery
        self.redemptions: list[dict[str, str]] = []
        self.discoveries = 0

    def send(self, request: Request) -> Response:
        if request.method == "GET":
            self.discoveries += 1
            return discovered() if self._discovery is None else self._discovery
        form = parse_qs((request.body or b"").decode(), strict_parsing=True)
        self.redemptions.append({name: values[0] for name, values in form.items()})
        return super().send(request)


def discovered(**more: Any) -> Response:
    authorize = TOKEN_ENDPOINT.replace("token", "authorize")
    issuer = f"{AUTHORITY}/{TENANT}/v2.0"
    return answer({"token_endpoint": TOKEN_ENDPOINT, "authorization_endpoint": authorize, "issuer": issuer, **more})


def jwt(**claims: Any) -> str:
    """A token that says what it is told to; nobody verifies the signature."""
    parts = [{"alg": "none"}, {"oid": ACCOUNT.upper(), "upn": "job@partner.example", **claims}]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, "c2ln"])


def token(value: str | None = None, *, expires_in: Any = 3600, **more: Any) -> Response:
    content = {"token_type": "Bearer", "scope": "user_impersonation", "access_token": value or jwt(), **more}
    return answer(content if expires_in is None else {**content, "expires_in": expires_in})


def refusal(*numbers: Any, error: str = "invalid_grant", status: int = 400, **more: Any) -> Response:
    """Entra's error: contract section 6, shape 4."""
    content = {
        "error": error,
        "error_description": f"AADSTS{numbers[0] if numbers else 0}: …",
        "error_codes": list(numbers),
        "correlation_id": "44444444-4444-4444-8444-444444444444",
        **more,
    }
    return raw(status, json.dumps(content).encode(), content_type="application/json")
