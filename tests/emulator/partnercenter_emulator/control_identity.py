# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control of what belongs to Entra ID: certificates, federation, device codes, refresh tokens; and CI platforms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .assertions import FEDERATED_AUDIENCE, FederatedIssuer
from .control_changes import customer_of, document_of, texts_of
from .grants import states
from .graph.sign_in import words
from .tokens import GRAPH_AUDIENCE

if TYPE_CHECKING:
    from .app import Emulator

DEFAULT_ISSUER = "https://token.actions.example.com"
DEFAULT_SUBJECT = "repo:example/passwords:ref:refs/heads/main"


def identity_routes(emulator: Emulator) -> list[Route]:
    """The routes that control Entra ID."""
    control = Identity(emulator)
    return [
        Route("/certificates", control.certificate, methods=["POST"]),
        Route("/federated_issuers", control.federated_issuer, methods=["POST"]),
        Route("/federated_assertions", control.federated_assertion, methods=["POST"]),
        Route("/github_oidc", control.github),
        Route("/azure_devops_oidc", control.azure_devops, methods=["POST"]),
        Route("/device", control.device, methods=["POST"]),
        Route("/refresh_tokens", control.refresh_tokens),
        Route("/refresh_tokens", control.new_refresh_token, methods=["POST"]),
        Route("/access_tokens", control.access_token, methods=["POST"]),
    ]


class Identity:
    """Handlers of the second half of the control endpoint."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.keys = emulator.keys
        self.grants = emulator.grants
        self.tokens = emulator.service.tokens

    async def certificate(self, request: Request) -> Response:
        """Register ``{pem}``, or make key and certificate with ``{days}``."""
        document = await document_of(request)
        try:
            if "pem" in document:
                return JSONResponse(self.keys.register(str(document["pem"])))
        except ValueError as error:
            raise HTTPException(400, "pem is not a certificate") from error
        return JSONResponse(self.keys.generate(float(document.get("days", 365))))

    def _issuer(self, document: dict[str, Any]) -> FederatedIssuer:
        name = str(document.get("issuer", DEFAULT_ISSUER))
        if name not in self.keys.issuers:
            self.keys.issuers[name] = FederatedIssuer(name, DEFAULT_SUBJECT)
        return self.keys.issuers[name]

    async def federated_issuer(self, request: Request) -> Response:
        """Trust an issuer: ``{issuer, subject, audience}``; its key is made here."""
        document = await document_of(request)
        issuer = self._issuer(document)
        issuer.subject = str(document.get("subject", issuer.subject))
        issuer.audience = str(document.get("audience", issuer.audience))
        return JSONResponse({"issuer": issuer.issuer, "subject": issuer.subject, "audience": issuer.audience})

    async def federated_assertion(self, request: Request) -> Response:
        """Mint as a trusted issuer would: ``{issuer, lifetime, claims}``."""
        document = await document_of(request)
        lifetime = float(document.get("lifetime", 300))
        return JSONResponse({"assertion": self._issuer(document).assertion(lifetime, document.get("claims", {}))})

    async def github(self, request: Request) -> Response:
        """GitHub Actions' endpoint: ``ACTIONS_ID_TOKEN_REQUEST_URL`` with any bearer token."""
        if not request.headers.get("authorization", "").lower().startswith("bearer "):
            raise HTTPException(401, "a bearer token is missing")
        audience = request.query_params.get("audience", "https://github.com/example")
        return JSONResponse({"value": self._issuer({}).assertion(300, {"aud": audience})})

    async def azure_devops(self, request: Request) -> Response:
        """Azure DevOps' endpoint: ``SYSTEM_OIDCREQUESTURI`` with any bearer token."""
        if not request.headers.get("authorization", "").lower().startswith("bearer "):
            raise HTTPException(401, "a bearer token is missing")
        return JSONResponse({"oidcToken": self._issuer({}).assertion(300, {"aud": FEDERATED_AUDIENCE})})

    async def device(self, request: Request) -> Response:
        """Decide a device code: ``{user_code, decision: approved|denied}``."""
        document = await document_of(request)
        decision = str(document.get("decision", "approved"))
        if decision not in ("approved", "denied"):
            raise HTTPException(400, "decision is approved or denied")
        if not self.grants.decide(str(document.get("user_code", "")), decision):
            raise HTTPException(400, "user_code names no pending device code")
        return JSONResponse({"decision": decision})

    async def refresh_tokens(self, request: Request) -> Response:
        """Return the state of refresh tokens; never a whole token."""
        return JSONResponse(states(self.grants))

    async def new_refresh_token(self, request: Request) -> Response:
        """A fresh refresh token: ``{mfa, confidential}``; ``{revoke_all: true}`` revokes those that exist."""
        document = await document_of(request)
        if document.get("revoke_all"):
            for item in self.grants.refresh_tokens.values():
                item.revoked = True
        mfa, confidential = bool(document.get("mfa", True)), bool(document.get("confidential", True))
        return JSONResponse({"refresh_token": self.grants.new_refresh_token(confidential=confidential, mfa=mfa)})

    def _graph_token(self, document: dict[str, Any]) -> str:
        customer = customer_of(self.emulator.service, document)
        usual = words(self.emulator.service.knobs.graph_scopes)
        scopes = texts_of(document, "scopes") if "scopes" in document else usual
        if document.get("app_only"):
            return self.tokens.for_application(GRAPH_AUDIENCE, customer.id)
        return self.tokens.for_account(GRAPH_AUDIENCE, tenant_id=customer.id, scopes=scopes)

    async def access_token(self, request: Request) -> Response:
        """A fresh access token: ``{app_only, mfa, audience}``; for Graph in a tenant: ``{customer_id, scopes}``."""
        document = await document_of(request)
        if "customer_id" in document:
            return JSONResponse({"access_token": self._graph_token(document)})
        audience = str(document.get("audience", "https://api.partnercenter.microsoft.com"))
        if document.get("app_only"):
            return JSONResponse({"access_token": self.tokens.for_application(audience)})
        mfa = document.get("mfa")
        return JSONResponse({"access_token": self.tokens.for_account(audience, None if mfa is None else bool(mfa))})
