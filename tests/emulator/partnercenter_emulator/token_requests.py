# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token endpoint: which client, which grant, which answer (contract, section 4)."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from .assertions import ClientKeys
from .entra_errors import EntraError
from .grants import Grants
from .graph.sign_in import check_tenant, consents_of, graph_token
from .service import Service
from .state import Customer
from .tokens import GRAPH_AUDIENCE, OTHER_AUDIENCES, PARTNER_AUDIENCE

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PROTOCOL_SCOPES = frozenset({"openid", "profile", "offline_access", "email"})
DEVICE_GRANTS = frozenset({"urn:ietf:params:oauth:grant-type:device_code", "device_code"})


@dataclass(slots=True)
class TokenRequests:
    """Turns the form of a token request into the document that answers it."""

    service: Service
    grants: Grants
    keys: ClientKeys

    def answer(
        self, form: dict[str, str], *, base: str, version_one: bool, customer: Customer | None = None
    ) -> dict[str, Any]:
        """Serve one grant, at the authority of the partner or of a customer; refusals are raised."""
        knobs = self.service.knobs
        if knobs.token_error:
            raise EntraError(knobs.token_error)
        if not form.get("grant_type"):
            raise EntraError(900144, "'grant_type'.")
        authenticated = self.authenticate(form, base, customer)
        audience = self.audience(form, version_one)
        grant = form["grant_type"]
        if customer is not None:
            return self._at_customer(customer, form, audience, authenticated, base, version_one)
        if grant == "client_credentials":
            if not authenticated:
                raise EntraError(7000218)
            return self._document(self.service.tokens.for_application(audience), audience, version_one, "")
        if grant == "refresh_token":
            return self._refresh(form, audience, authenticated, base, version_one)
        if grant == "authorization_code":
            self._allow_public(authenticated)
            code = self.grants.redeem_code(
                form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier", "")
            )
            scope = form.get("scope") or code.scope
            return self._signed_in(audience, version_one, scope, base, authenticated, code.nonce)
        if grant in DEVICE_GRANTS:
            self._allow_public(authenticated)
            device = self.grants.redeem_device(form.get("device_code") or form.get("code", ""))
            return self._signed_in(audience, version_one, device.scope, base, authenticated)
        raise EntraError(70003)

    def authenticate(self, form: dict[str, str], base: str, customer: Customer | None = None) -> bool:
        """True for a client that proved itself, False for one that did not try; a wrong proof is refused."""
        state = self.service.state
        if not form.get("client_id") and not form.get("client_assertion"):
            raise EntraError(900144, "'client_id'.")
        if form.get("client_id", state.client_id).lower() != state.client_id:
            raise EntraError(700016)
        assertion = form.get("client_assertion")
        if assertion:
            if form.get("client_assertion_type") != ASSERTION_TYPE:
                raise EntraError(9002313, "client_assertion_type is missing or wrong.")
            tenants: tuple[str, ...] = (state.partner_id, state.partner_domain, "common", "organizations")
            if customer is not None:
                tenants = (customer.id, customer.domain, *customer.custom_domains)
            paths = ("oauth2/v2.0/token", "oauth2/token", "v2.0")
            accepted = [f"{base}/{tenant}/{path}" for tenant in tenants for path in paths]
            self.keys.verify(assertion, state.client_id, accepted)
            return True
        secret = form.get("client_secret")
        if secret is not None and secret != state.client_secret:
            raise EntraError(7000215)
        return secret is not None

    def audience(self, form: dict[str, str], version_one: bool) -> str:
        """The resource of v1, or the one that the scopes of v2 share."""
        if version_one:
            resource = form.get("resource", "").rstrip("/")
            if not resource:
                raise EntraError(900144, "'resource'.")
        else:
            scopes = [scope for scope in form.get("scope", "").split() if scope not in PROTOCOL_SCOPES]
            resources = {scope.rpartition("/")[0].rstrip("/") for scope in scopes}
            if len(resources) > 1:
                raise EntraError(70011)
            resource = resources.pop() if resources else PARTNER_AUDIENCE
            if form.get("grant_type") == "client_credentials" and not form.get("scope", "").endswith("/.default"):
                raise EntraError(70011, "Client credentials need a scope that ends in /.default.")
        if resource.lower() not in (PARTNER_AUDIENCE, *OTHER_AUDIENCES):
            raise EntraError(500011)
        return resource.lower()

    def _allow_public(self, authenticated: bool) -> None:
        if not authenticated and not self.service.knobs.public_client_flows:
            raise EntraError(7000218)

    def _at_customer(
        self,
        customer: Customer,
        form: dict[str, str],
        audience: str,
        authenticated: bool,
        base: str,
        version_one: bool,
    ) -> dict[str, Any]:
        """The partner's account in a customer's tenant: Microsoft Graph only, by the refresh token from home."""
        check_tenant(self.service, customer)
        if audience != GRAPH_AUDIENCE:
            raise EntraError(500011)
        if form["grant_type"] == "client_credentials":
            if not authenticated:
                raise EntraError(7000218)
            if self.service.state.client_id not in consents_of(self.service, customer):
                raise EntraError(700016)
            token = self.service.tokens.for_application(audience, customer.id)
            return self._document(token, audience, version_one, "")
        if form["grant_type"] != "refresh_token":
            raise EntraError(50020)
        return self._refresh(form, audience, authenticated, base, version_one, customer)

    def _refresh(
        self,
        form: dict[str, str],
        audience: str,
        authenticated: bool,
        base: str,
        version_one: bool,
        customer: Customer | None = None,
    ) -> dict[str, Any]:
        found = self.grants.redeem_refresh_token(form.get("refresh_token", ""))
        if found.confidential and not authenticated:
            raise EntraError(7000218)
        knobs = self.service.knobs
        mfa = found.mfa and knobs.token_mfa
        requested = form.get("scope", "") or f"{audience}/.default"
        token = graph_token(self.service, audience, customer, requested, mfa)
        document = self._document(token, audience, version_one, base, tenant_id=customer.id if customer else "")
        if audience == GRAPH_AUDIENCE:
            scopes = sorted(self.service.tokens.scopes_of(token))
            document["scope"] = " ".join(scopes if version_one else [f"{audience}/{scope}" for scope in scopes])
        if knobs.refresh_token_rotation != "off":
            document["refresh_token"] = self.grants.new_refresh_token(confidential=found.confidential, mfa=found.mfa)
        if knobs.refresh_token_rotation == "strict":
            found.revoked = True
        return document

    def _signed_in(
        self, audience: str, version_one: bool, scope: str, base: str, confidential: bool, nonce: str = ""
    ) -> dict[str, Any]:
        """An answer after an interactive sign-in; a refresh token only where offline_access was asked for."""
        document = self._document(self.service.tokens.for_account(audience), audience, version_one, base, nonce)
        if version_one or "offline_access" in scope.split():
            mfa = self.service.knobs.token_mfa
            document["refresh_token"] = self.grants.new_refresh_token(confidential=confidential, mfa=mfa)
        return document

    def _document(
        self, token: str, audience: str, version_one: bool, base: str, nonce: str = "", tenant_id: str = ""
    ) -> dict[str, Any]:
        lifetime = int(self.service.knobs.token_lifetime)
        document: dict[str, Any] = {"token_type": "Bearer", "access_token": token}
        if version_one:
            # The v1 endpoint prints numbers as strings and knows expires_on.
            moment = int(self.service.clock.timestamp())
            document |= {"expires_in": str(lifetime), "expires_on": str(moment + lifetime), "not_before": str(moment)}
            document["resource"] = audience
            if base:
                document["scope"] = "user_impersonation"
            return document
        document |= {"expires_in": lifetime, "ext_expires_in": lifetime}
        if base:
            document["scope"] = f"{audience}/user_impersonation"
            document["id_token"] = self._id_token(base, nonce, tenant_id or self.service.state.partner_id)
            account_id = self.service.tokens.account()[0]
            who = json.dumps({"uid": account_id, "utid": self.service.state.partner_id}).encode()
            document["client_info"] = base64.urlsafe_b64encode(who).rstrip(b"=").decode()
        return document

    def _id_token(self, base: str, nonce: str, tenant_id: str) -> str:
        state, moment = self.service.state, int(self.service.clock.timestamp())
        account_id, account_name = self.service.tokens.account()
        claims = {
            "aud": state.client_id,
            "iss": f"{base}/{tenant_id}/v2.0",
            "iat": moment,
            "nbf": moment,
            "exp": moment + 3600,
            "oid": account_id,
            "sub": account_id,
            "tid": tenant_id,
            "preferred_username": account_name,
            "name": account_name.split("@")[0],
            "ver": "2.0",
        }
        return self.service.tokens.key.sign({**claims, "nonce": nonce} if nonce else claims)
