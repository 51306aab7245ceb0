# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side."""

from __future__ import annotations

import json
import secrets
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .engine import Engine, Fault, Secret

#: Valid from the start; with the second one nothing can be written.
TOKEN, READ_ONLY_TOKEN = "emulated-vault-token", "emulated-vault-read-only-token"
ROLE_ID, SECRET_ID = "emulated-role", "emulated-secret-id"
MOUNT = "secret"


class VaultKv:
    """One Vault with one KV engine at ``secret/``.

    May be set: ``sealed``, ``approle`` (whether roles can sign in), ``lease_seconds`` (what is said of a role's token),
    ``engine_version`` (what is said of the engine).
    """

    def __init__(self) -> None:
        self.engine = Engine()
        self.tokens = {TOKEN, READ_ONLY_TOKEN}
        self.sealed = False
        self.approle = True
        self.lease_seconds = 3600
        self.engine_version = "2"

    def app(self) -> Starlette:
        """The application; ``app.state.emulator`` is this object."""
        methods = ["GET", "PUT", "POST", "DELETE", "LIST"]
        application = Starlette(routes=[Route("/v1/{path:path}", self.handle, methods=methods)])
        application.state.emulator = self
        return application

    async def handle(self, request: Request) -> Response:
        """Every call: seal, token, answer."""
        try:
            if self.sealed:
                raise Fault(503, "Vault is sealed")
            body = json.loads(await request.body() or b"{}")
            path = request.path_params["path"].strip("/")
            if path == "auth/approle/login":
                return self._login(body)
            token = request.headers.get("x-vault-token", "")
            if token not in self.tokens:
                raise Fault(403, "permission denied")
            if path == "sys/capabilities-self":
                allowed = ["read", "list"] if token == READ_ONLY_TOKEN else ["create", "read", "update", "list"]
                return _data({"capabilities": allowed, **dict.fromkeys(body.get("paths", ()), allowed)})
            if path == "auth/token/lookup-self":
                return _data({"policies": ["read-only" if token == READ_ONLY_TOKEN else "root"], "type": "service"})
            if path == f"sys/internal/ui/mounts/{MOUNT}":
                return _data({"path": f"{MOUNT}/", "type": "kv", "options": {"version": self.engine_version}})
            if path.startswith("sys/internal/ui/mounts/"):
                raise Fault(403, "preflight capability check returned 403")
            if token == READ_ONLY_TOKEN and request.method not in ("GET", "LIST"):
                raise Fault(403, "permission denied")
            return self._answer(request, path, body)
        except Fault as fault:
            shown = {"errors": fault.errors} if fault.data is None else {"data": fault.data}
            return JSONResponse(shown, fault.status)

    def _login(self, body: dict[str, Any]) -> Response:
        if not self.approle:
            raise Fault(404, 'no handler for route "auth/approle/login". route entry not found.')
        if (body.get("role_id"), body.get("secret_id")) != (ROLE_ID, SECRET_ID):
            raise Fault(400, "invalid role or secret ID")
        token = f"hvs.{secrets.token_urlsafe(16)}"
        self.tokens.add(token)
        auth = {"client_token": token, "policies": ["default"], "lease_duration": self.lease_seconds}
        return JSONResponse({"auth": auth})

    def _answer(self, request: Request, path: str, body: dict[str, Any]) -> Response:
        mount, _slash, rest = path.partition("/")
        kind, _slash, name = rest.partition("/")
        if mount != MOUNT:
            raise Fault(404, f'no handler for route "{path}". route entry not found.')
        method = "LIST" if request.query_params.get("list") == "true" else request.method
        match method, kind:
            case "POST" | "PUT", "data":
                options = body.get("options") or {}
                # Only a write that is accepted makes a secret.
                secret = self.engine.secrets.get(name, Secret())
                written = secret.write(body.get("data") or {}, options.get("cas"))
                self.engine.secrets[name] = secret
                return _data(written.metadata())
            case "GET", "data":
                version = self.engine.at(name).read(int(request.query_params.get("version") or 0))
                return _data({"data": version.fields, "metadata": version.metadata()})
            case "DELETE", "data":
                secret = self.engine.at(name)
                secret.delete([secret.current])
            case "POST" | "PUT", "delete":
                self.engine.at(name).delete(body["versions"])
            case "POST" | "PUT", "undelete":
                self.engine.at(name).undelete(body["versions"])
            case "POST" | "PUT", "destroy":
                self.engine.at(name).destroy(body["versions"])
            case "LIST", "metadata":
                return _data({"keys": self.engine.names(name)})
            case "GET", "metadata":
                found = self.engine.at(name)
                versions = {str(number): version.metadata() for number, version in found.versions.items()}
                return _data(
                    {"current_version": found.current, "cas_required": found.cas_required, "versions": versions}
                )
            case "POST" | "PUT", "metadata":
                self.engine.secrets.setdefault(name, Secret()).cas_required = bool(body.get("cas_required"))
            case "DELETE", "metadata":
                self.engine.secrets.pop(name, None)
            case _:
                raise Fault(405, "unsupported operation")
        return Response(status_code=204)


def _data(data: dict[str, Any]) -> Response:
    return JSONResponse({"data": data, **({"capabilities": data["capabilities"]} if "capabilities" in data else {})})


def make_vault(_url: str) -> Starlette:
    """Emulates the KV engine, version 2, of HashiCorp Vault."""
    return VaultKv().app()
