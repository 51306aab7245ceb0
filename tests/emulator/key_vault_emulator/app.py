# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .vault import Fault, Vault, Version

#: Any tenant will do; whoever knows the secret gets a token.
TENANT = "11111111-2222-4333-8444-555555555555"
CLIENT_SECRET = "Emulated-client-secret-1"
#: Tokens that are valid from the start; with the second one nothing can be written.
TOKEN, READ_ONLY_TOKEN = "emulated-key-vault-token", "emulated-key-vault-read-only-token"

_PAGE = 25
_TOKEN_SECONDS = 3600


class KeyVault:
    """One vault at ``url``, which is also the authority that its challenge names."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.vault = Vault()
        self.tokens = {TOKEN, READ_ONLY_TOKEN}
        #: Method and path of each request, as seen: the first of a client comes without token and body.
        self.journal: list[str] = []

    def app(self) -> Starlette:
        """The application; ``app.state.emulator`` is this object."""
        token = "/{tenant}/oauth2/v2.0/token"
        application = Starlette(
            routes=[
                Route("/{tenant}/v2.0/.well-known/openid-configuration", self.discovery),
                Route(token, self.token, methods=["POST"]),
                Route("/{path:path}", self.secured, methods=["GET", "PUT", "PATCH", "POST", "DELETE"]),
            ]
        )
        application.state.emulator = self
        return application

    async def discovery(self, request: Request) -> Response:
        """The discovery document, which client libraries ask an authority for first."""
        tenant = f"{self.url}/{request.path_params['tenant']}"
        return JSONResponse(
            {
                "issuer": f"{tenant}/v2.0",
                "token_endpoint": f"{tenant}/oauth2/v2.0/token",
                "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
            }
        )

    async def token(self, request: Request) -> Response:
        """Client credentials only."""
        body = (await request.body()).decode()
        if f"client_secret={CLIENT_SECRET}" not in body.split("&"):
            return JSONResponse({"error": "invalid_client", "error_description": "AADSTS7000215"}, 401)
        made = secrets.token_urlsafe(24)
        self.tokens.add(made)
        return JSONResponse({"token_type": "Bearer", "access_token": made, "expires_in": _TOKEN_SECONDS})

    async def secured(self, request: Request) -> Response:
        """Every call of the vault: challenge, then answer."""
        self.journal.append(f"{request.method} {request.url.path}")
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer not in self.tokens:
            return JSONResponse(
                _error("Unauthorized", "Request is missing a Bearer or PoP token."),
                401,
                {"WWW-Authenticate": f'Bearer authorization="{self.url}/{TENANT}", resource="{self._resource()}"'},
            )
        try:
            if "api-version" not in request.query_params:
                raise Fault(400, "BadParameter", "api-version is missing.")
            if bearer == READ_ONLY_TOKEN and request.method != "GET":
                message = "Caller is not authorized to perform action on resource."
                raise Fault(403, "Forbidden", message, "ForbiddenByRbac")
            body = json.loads(await request.body() or b"{}")
            return self._answer(request, request.path_params["path"].strip("/").split("/"), body)
        except Fault as fault:
            return JSONResponse(_error(fault.code, fault.message, fault.inner), fault.status)

    def _answer(self, request: Request, path: list[str], body: dict[str, Any]) -> Response:
        match request.method, path:
            case "PUT", ["secrets", name]:
                return self._bundle(name, self.vault.set(name, body), value=True)
            case "GET", ["secrets"]:
                names = sorted(self.vault.secrets)
                return self._page(request, [self._item(name, self.vault.get(name), newest=True) for name in names])
            case "GET", ["secrets", name, "versions"]:
                versions = sorted(self.vault.secrets.get(name.lower(), []), key=lambda version: version.id)
                return self._page(request, [self._item(name, version) for version in versions])
            case "GET", ["secrets", name, *version]:
                return self._bundle(name, self.vault.read(name, *version), value=True)
            case "PATCH", ["secrets", name, *version]:
                found = self.vault.get(name, *version)
                found.change(body)
                return self._bundle(name, found, value=False)
            case "DELETE", ["secrets", name]:
                found = self.vault.get(name)
                self.vault.delete(name)
                return self._bundle(name, found, value=False, recoveryId=f"{self.url}/deletedsecrets/{name}")
            case "GET", ["deletedsecrets", name] if name.lower() in self.vault.deleted:
                return self._bundle(name, self.vault.deleted[name.lower()][-1], value=False)
            case "POST", ["deletedsecrets", name, "recover"]:
                self.vault.recover(name)
                return self._bundle(name, self.vault.get(name), value=False)
            case "DELETE", ["deletedsecrets", name]:
                self.vault.purge(name)
                return Response(status_code=204)
        missing = "SecretNotFound" if path[0] == "deletedsecrets" else "NotFound"
        raise Fault(404, missing, "There is nothing at this address.")

    def _page(self, request: Request, items: list[dict[str, Any]]) -> Response:
        start = int(request.query_params.get("$skiptoken", "0"))
        size = min(int(request.query_params.get("maxresults", _PAGE)), _PAGE)
        later = request.url.include_query_params(**{"$skiptoken": str(start + size)})
        following = f"{self.url}{later.path}?{later.query}" if start + size < len(items) else None
        return JSONResponse({"value": items[start : start + size], "nextLink": following})

    def _item(self, name: str, version: Version, *, newest: bool = False) -> dict[str, Any]:
        place = f"{self.url}/secrets/{name}" + ("" if newest else f"/{version.id}")
        shown: dict[str, Any] = {"id": place, "attributes": _attributes(version), "tags": version.tags}
        return shown | ({"contentType": version.content_type} if version.content_type else {})

    def _bundle(self, name: str, version: Version, *, value: bool, **more: str) -> Response:
        return JSONResponse(self._item(name, version) | ({"value": version.value} if value else {}) | more)

    def _resource(self) -> str:
        """The SDK wants a vault to be a subdomain of the resource; of 127.0.0.1 that is 0.0.1, with the same port."""
        parts = urlsplit(self.url)
        return f"https://{(parts.hostname or '').partition('.')[2]}:{parts.port}"


def _attributes(version: Version) -> dict[str, Any]:
    dates = {"nbf": version.not_before, "exp": version.expires}
    return {
        **{name: moment for name, moment in dates.items() if moment is not None},
        "enabled": version.enabled,
        "created": version.created,
        "updated": version.updated,
        "recoveryLevel": "Recoverable+Purgeable",
        "recoverableDays": 90,
    }


def _error(code: str, message: str, inner: str | None = None) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **({"innererror": {"code": inner}} if inner else {})}}


def make_key_vault(url: str) -> Starlette:
    """Emulates the secrets of an Azure Key Vault."""
    return KeyVault(url).app()
