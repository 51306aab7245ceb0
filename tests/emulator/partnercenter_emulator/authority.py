# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Entra ID endpoints as a Starlette application: discovery, keys, tokens, device code, authorize."""

from __future__ import annotations

import base64
import html
import time
import uuid
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from .entra_errors import EntraError
from .grants import AuthorizationCode
from .journal import TokenEntry
from .state import Customer
from .token_faults import TokenFaults
from .token_requests import TokenRequests

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1"})


async def form_of(request: Request) -> dict[str, str]:
    """The form of a request, read without a library for multipart bodies; a client may prove itself by HTTP Basic."""
    text = request.url.query if request.method == "GET" else (await request.body()).decode("utf-8", "replace")
    form = dict(parse_qsl(text, keep_blank_values=True))
    scheme, _space, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            raise EntraError(9002313, "The authorization header is malformed.") from None
        form |= {"client_id": unquote_plus(name), "client_secret": unquote_plus(secret)}
    return form


class Authority:
    """One Entra ID: the tenant of the partner, and those of its customers."""

    def __init__(self, requests: TokenRequests) -> None:
        self.requests = requests
        self.base = ""
        self.application = Starlette(
            routes=[
                Route("/common/discovery/keys", self.keys),
                Route("/devicelogin", self.device_page, methods=["GET", "POST"]),
                Route("/{tenant}/v2.0/.well-known/openid-configuration", self.discovery),
                Route("/{tenant}/.well-known/openid-configuration", self.discovery),
                Route("/{tenant}/discovery/v2.0/keys", self.keys),
                Route("/{tenant}/oauth2/v2.0/token", self.token, methods=["POST"]),
                Route("/{tenant}/oauth2/token", self.token, methods=["POST"]),
                Route("/{tenant}/oauth2/v2.0/devicecode", self.device_code, methods=["GET", "POST"]),
                Route("/{tenant}/oauth2/devicecode", self.device_code, methods=["GET", "POST"]),
                Route("/{tenant}/oauth2/v2.0/authorize", self.authorize),
                Route("/{tenant}/oauth2/authorize", self.authorize),
            ]
        )

    def guarded(self) -> TokenFaults:
        """The application behind counters and faults."""
        return TokenFaults(self.application, self.requests.service)

    def _tenant(self, request: Request) -> Customer | None:
        """The customer whose tenant is asked, or nothing for the partner's own."""
        state = self.requests.service.state
        tenant = request.path_params["tenant"].lower()
        if tenant in (state.partner_id, state.partner_domain, "common", "organizations"):
            return None
        customer = state.find_customer(tenant)
        if customer is None:
            raise EntraError(90002, f"Tenant '{tenant}'.")
        return customer

    def _check_partner(self, request: Request) -> None:
        """A person signs in at home: at the authority of the partner."""
        if self._tenant(request) is not None:
            raise EntraError(50020)

    def _refused(self, request: Request, error: EntraError) -> JSONResponse:
        correlation_id = request.headers.get("client-request-id") or str(uuid.uuid4())
        version_one = "v2.0" not in request.url.path
        return JSONResponse(error.document(correlation_id, version_one), status_code=error.kind.status)

    async def discovery(self, request: Request) -> Response:
        """OpenID discovery, in the form that MSAL reads."""
        try:
            customer = self._tenant(request)
        except EntraError as error:
            return self._refused(request, error)
        home = f"{self.base}/{customer.id if customer else self.requests.service.state.partner_id}"
        return JSONResponse(
            {
                "issuer": f"{home}/v2.0",
                "authorization_endpoint": f"{home}/oauth2/v2.0/authorize",
                "token_endpoint": f"{home}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{home}/oauth2/v2.0/devicecode",
                "jwks_uri": f"{home}/discovery/v2.0/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "response_modes_supported": ["query", "form_post"],
                "response_types_supported": ["code"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "tenant_region_scope": "NA",
            }
        )

    async def keys(self, request: Request) -> Response:
        """The public keys of the tokens."""
        return JSONResponse(self.requests.service.tokens.key.public_set())

    async def token(self, request: Request) -> Response:
        """Every grant, of both endpoints."""
        service = self.requests.service
        version_one = "v2.0" not in request.url.path
        if service.knobs.token_latency_ms:
            await service.clock.sleep(service.knobs.token_latency_ms / 1000)
        number, form = 0, {}
        try:
            form = await form_of(request)
            customer = self._tenant(request)
            document = self.requests.answer(form, base=self.base, version_one=version_one, customer=customer)
            response = JSONResponse(document, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})
        except EntraError as error:
            number = error.number
            response = self._refused(request, error)
        service.journal.token_entries.append(
            TokenEntry(time.time(), request.url.path, form.get("grant_type", ""), response.status_code, number)
        )
        return response

    async def device_code(self, request: Request) -> Response:
        """Begin a device code flow."""
        knobs, version_one = self.requests.service.knobs, "v2.0" not in request.url.path
        try:
            form = await form_of(request)
            self._check_partner(request)
            if knobs.token_error:
                raise EntraError(knobs.token_error)
            self.requests.authenticate(form, self.base)
            self.requests.audience({**form, "grant_type": "device_code"}, version_one)
        except EntraError as error:
            return self._refused(request, error)
        code, device = self.requests.grants.new_device(form.get("scope", ""))
        page = f"{self.base}/devicelogin"
        lifetime, interval = knobs.device_code_lifetime, knobs.device_code_interval
        return JSONResponse(
            {
                "user_code": device.user_code,
                "device_code": code,
                # The v1 endpoint has another name for the page, and prints numbers as strings.
                "verification_url" if version_one else "verification_uri": page,
                "expires_in": str(lifetime) if version_one else lifetime,
                "interval": str(interval) if version_one else interval,
                "message": f"To sign in, use a web browser to open the page {page} "
                f"and enter the code {device.user_code} to authenticate.",
            }
        )

    async def device_page(self, request: Request) -> Response:
        """The page for the code of a sign-in, which always succeeds here."""
        if request.method == "GET":
            return HTMLResponse('<form method="post"><input name="code"><button>Sign in</button></form>')
        form = await form_of(request)
        decision = "denied" if form.get("deny") else "approved"
        if not self.requests.grants.decide(form.get("code", ""), decision):
            return HTMLResponse("<p>That code is wrong or has expired.</p>", status_code=400)
        return HTMLResponse(f"<p>You have signed in: {decision}. You may close this window.</p>")

    async def authorize(self, request: Request) -> Response:
        """Sign in at once, and send the browser back with a code; only loopback redirects are registered."""
        query = dict(request.query_params)
        redirect_uri = query.get("redirect_uri", "")
        target = urlsplit(redirect_uri)
        try:
            self._check_partner(request)
            if query.get("client_id") != self.requests.service.state.client_id:
                raise EntraError(700016)
            if target.scheme != "http" or target.hostname not in LOOPBACK_NAMES:
                raise EntraError(50011)
        except EntraError as error:
            # Without a redirect URI to trust, Entra shows the error to the person.
            return HTMLResponse(f"<p>AADSTS{error.number}: {html.escape(error.kind.text)}</p>", status_code=400)
        outcome = self._authorized(query, redirect_uri)
        if query.get("state"):
            outcome["state"] = query["state"]
        if query.get("response_mode") == "form_post":
            fields = "".join(
                f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
                for name, value in outcome.items()
            )
            action = html.escape(redirect_uri)
            script = "<script>document.forms[0].submit()</script>"
            return HTMLResponse(f'<form method="post" action="{action}">{fields}</form>{script}')
        return RedirectResponse(f"{redirect_uri}{'&' if target.query else '?'}{urlencode(outcome)}", status_code=302)

    def _authorized(self, query: dict[str, str], redirect_uri: str) -> dict[str, str]:
        """A code, or the error that a knob asks for."""
        number = self.requests.service.knobs.token_error
        if number:
            error = EntraError(number)
            return {"error": error.kind.error, "error_description": f"AADSTS{number}: {error.kind.text}"}
        code = AuthorizationCode(
            redirect_uri=redirect_uri,
            challenge=query.get("code_challenge", ""),
            challenge_method=query.get("code_challenge_method", "plain"),
            scope=query.get("scope", ""),
            nonce=query.get("nonce", ""),
            created=self.requests.service.clock.timestamp(),
        )
        return {"code": self.requests.grants.new_code(code)}
