# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the token endpoints, by AADSTS number (contract, section 6, shape 4)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """The meaning of one AADSTS number."""

    error: str
    status: int
    text: str
    suberror: str | None = None


KINDS = {
    50011: Kind("invalid_request", 400, "The redirect URI specified in the request is not registered."),
    50020: Kind(
        "invalid_grant", 400, "The user account does not exist in the tenant and cannot access the application."
    ),
    50034: Kind("invalid_grant", 400, "The user account does not exist in the directory."),
    50053: Kind("invalid_grant", 400, "The account is locked."),
    50057: Kind("invalid_grant", 400, "The user account is disabled."),
    50076: Kind(
        "invalid_grant",
        400,
        "Due to a configuration change made by your administrator, or because you moved to a new location, "
        "you must use multi-factor authentication to access the resource.",
        "basic_action",
    ),
    50078: Kind("invalid_grant", 400, "Presented multi-factor authentication has expired.", "basic_action"),
    50079: Kind("invalid_grant", 400, "You must enroll in multi-factor authentication.", "basic_action"),
    50126: Kind("invalid_grant", 400, "Error validating credentials due to invalid username or password."),
    50105: Kind("invalid_grant", 400, "The signed in user is not assigned to a role for the application."),
    50173: Kind("invalid_grant", 400, "The provided grant has expired due to it being revoked.", "bad_token"),
    50177: Kind(
        "invalid_grant", 400, "The user account does not exist in the tenant, and needs to be added there first."
    ),
    50194: Kind("invalid_request", 400, "The application is not configured as a multi-tenant application."),
    53000: Kind("invalid_grant", 400, "The device is not in the required device state.", "message_only"),
    53003: Kind("invalid_grant", 400, "Access has been blocked by Conditional Access policies.", "message_only"),
    54005: Kind("invalid_grant", 400, "OAuth2 authorization code was already redeemed."),
    65001: Kind(
        "invalid_grant", 400, "The user or administrator has not consented to use the application.", "consent_required"
    ),
    65004: Kind("access_denied", 400, "The user declined to consent to access the app."),
    70000: Kind("invalid_grant", 400, "The provided value for the input parameter 'refresh_token' is not valid."),
    70003: Kind("unsupported_grant_type", 400, "The app requested an unsupported grant type."),
    70008: Kind("invalid_grant", 400, "The provided authorization code has expired due to inactivity."),
    70011: Kind("invalid_scope", 400, "The provided value for the input parameter 'scope' is not valid."),
    70016: Kind("authorization_pending", 400, "Pending end-user authorization."),
    70018: Kind("bad_verification_code", 400, "Invalid verification code due to user typing in wrong user code."),
    70019: Kind("expired_token", 400, "The verification code has expired."),
    70043: Kind("invalid_grant", 400, "The refresh token has expired due to sign-in frequency checks.", "bad_token"),
    90002: Kind("invalid_request", 400, "Tenant not found. Check to make sure you have the correct tenant ID."),
    65002: Kind("invalid_client", 400, "Consent between applications must be configured via preauthorization."),
    500011: Kind("invalid_resource", 400, "The resource principal was not found in the tenant."),
    501481: Kind("invalid_grant", 400, "The Code_Verifier does not match the code_challenge."),
    650051: Kind("invalid_client", 400, "The name of the service principal is already present for the tenant."),
    650052: Kind("invalid_client", 400, "The organization lacks a service principal for a resource of the app."),
    700003: Kind("invalid_grant", 400, "Device object was not found in the tenant directory."),
    700016: Kind("unauthorized_client", 400, "Application was not found in the directory."),
    700021: Kind("invalid_client", 401, "Client assertion application identifier doesn't match 'client_id' parameter."),
    700023: Kind("invalid_client", 401, "Client assertion audience claim does not match Realm issuer."),
    700024: Kind("invalid_client", 401, "Client assertion is not within its valid time range."),
    700027: Kind("invalid_client", 401, "Client assertion failed signature validation, or its key is not registered."),
    700082: Kind("invalid_grant", 400, "The refresh token has expired due to inactivity.", "bad_token"),
    700084: Kind("invalid_grant", 400, "The refresh token of a single page app has expired.", "bad_token"),
    700211: Kind("invalid_client", 401, "No matching federated identity record found for the assertion's issuer."),
    700212: Kind("invalid_client", 401, "No matching federated identity record found for the assertion's audience."),
    700213: Kind("invalid_client", 401, "No matching federated identity record found for the assertion's subject."),
    900023: Kind("invalid_request", 400, "The tenant identifier is neither a valid DNS name nor an external domain."),
    900144: Kind("invalid_request", 400, "The request body lacks a required parameter."),
    900561: Kind("invalid_request", 400, "The endpoint only accepts POST requests."),
    5000224: Kind("invalid_request", 400, "We are sorry, this resource is not available."),
    7000112: Kind("unauthorized_client", 401, "The application is disabled."),
    7000215: Kind("invalid_client", 401, "Invalid client secret provided."),
    7000218: Kind("invalid_client", 401, "The request body must contain 'client_assertion' or 'client_secret'."),
    7000222: Kind("invalid_client", 401, "The provided client secret keys are expired."),
    9002313: Kind("invalid_request", 400, "Invalid request. Request is malformed or invalid."),
}
FALLBACK = Kind("invalid_grant", 400, "An error was ordered by number.")


class EntraError(Exception):
    """A refusal by number."""

    def __init__(self, number: int, detail: str = "", *, error: str | None = None) -> None:
        """``error`` replaces the name that the number usually goes with."""
        super().__init__(number)
        self.number = number
        kind = KINDS.get(number, FALLBACK)
        self.kind = replace(kind, error=error) if error else kind
        self.detail = detail

    def document(self, correlation_id: str, version_one: bool) -> dict[str, Any]:
        """The JSON body; the v1 endpoint says interaction_required where v2 says invalid_grant."""
        moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        trace = str(uuid.uuid4())
        text = f"{self.kind.text} {self.detail}".strip()
        error = self.kind.error
        if version_one and self.kind.suberror in ("basic_action", "message_only", "consent_required"):
            error = "interaction_required"
        document: dict[str, Any] = {
            "error": error,
            "error_description": f"AADSTS{self.number}: {text} Trace ID: {trace} "
            f"Correlation ID: {correlation_id} Timestamp: {moment}",
            "error_codes": [self.number],
            "timestamp": moment,
            "trace_id": trace,
            "correlation_id": correlation_id,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
        }
        if self.kind.suberror:
            document["suberror"] = self.kind.suberror
        if self.kind.suberror == "basic_action":
            document["claims"] = '{"access_token":{"capolids":{"essential":true,"values":["emulated"]}}}'
        return document
