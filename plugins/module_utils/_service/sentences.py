# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an error of the service means and what to do about it: two tables, nothing else.

Status first, code second (contract section 6): 3000 appears under 400 and under 404. The service's own description is
never quoted: it may repeat what was sent.
"""

from __future__ import annotations

_GDAP_ROLE = (
    "the account needs an active GDAP relationship with this customer that grants the role User Administrator, or "
    "Privileged Authentication Administrator where the user is an administrator"
)

_BY_STATUS_AND_CODE: dict[tuple[int, int], str] = {
    (400, 2000): "the service calls an id malformed or an input missing: look at the customer id and the user id",
    (
        400,
        3000,
    ): "the service does not accept a property: for a password reset, a password that breaks its rules or is banned",
    (400, 800002): "the service does not accept the request as it is: look at the customer id and the user id",
    (
        400,
        900118,
    ): "the customer id is not valid for this partner: look at the customer id and at the partner tenant id",
    (401, 400): "the access token is not accepted: look at tenant_id and client_id, and sign in again",
    (401, 800001): "the access token is not accepted: look at tenant_id and client_id, and sign in again",
    (
        401,
        900420,
    ): "the access token was made for another audience: it must be for https://api.partnercenter.microsoft.com",
    (
        401,
        900421,
    ): "the refresh token was made without multi-factor authentication: sign in again with MFA and replace it",
    (403, 900308): _GDAP_ROLE,
    (403, 900150): "the account lacks the role for this call: it must be in the partner's AdminAgents group, and "
    + _GDAP_ROLE,
    (
        403,
        20002,
    ): "the partner has no relationship with this customer: look at the customer id, or ask the customer for GDAP",
    (403, 900309): "a conditional access policy of the customer or of the partner blocks this account",
    (403, 900329): "user calls need App+User credentials: use a refresh token of an account, app-only does not suffice",
    (403, 2032): "the partner may not act for this customer: look at the customer id and at the GDAP relationship",
    (404, 60002): "no such user at this customer: look at the user id",
    (404, 60003): "no such customer tenant: look at the customer id",
    (404, 1000): "no such record: look at the customer id and the user id",
    (404, 3000): "no such record: look at the customer id and the user id",
}

_BY_STATUS: dict[int, str] = {
    400: "the service does not accept the request: look at the ids and, for a reset, at the password",
    401: "the access token is not accepted: where this goes on, make a new refresh token by a sign-in with MFA",
    403: "the account may not do this: it must be in the partner's AdminAgents group and signed in with App+User "
    "credentials, and " + _GDAP_ROLE,
    404: "not found: look at the customer id and the user id",
    405: "this call does not exist at the service",
    408: "the service gave up waiting for the request; try again later",
    409: "the record was changed by somebody else at the same moment; run again",
    412: "the record was changed by somebody else at the same moment; run again",
    429: "the service throttled every try until the retry budget was used up: run again later",
    500: "the service failed on its own side; run again later",
    501: "this call does not exist at the service",
    502: "a gateway before the service failed; run again later",
    503: "the service is not available; run again later",
    504: "a gateway before the service got no answer in time; run again later",
}

_MFA_WITHOUT_BODY = _BY_STATUS_AND_CODE[401, 900421]

_BY_AADSTS: dict[int, str] = {
    50076: "multi-factor authentication is required: sign in again with MFA and replace the refresh token",
    50078: "the multi-factor authentication has expired: sign in again with MFA and replace the refresh token",
    50079: "the account must register for multi-factor authentication first, then sign in again",
    50173: "the refresh token was revoked, as after a change of the account's password: sign in again",
    53000: "conditional access demands a compliant device: exempt this account or sign in from such a device",
    53003: "a conditional access policy blocks the sign-in: look at the partner tenant's sign-in log",
    65001: "consent is missing: an administrator must consent to Partner Center user_impersonation for it",
    65004: "consent was declined: sign in again and accept it",
    70000: "the refresh token is malformed or was made for another application: look at client_id, and sign in again",
    70008: "the refresh token has expired because it was not used for 90 days: sign in again",
    70043: "the refresh token has expired by the sign-in frequency of a conditional access policy: sign in again",
    700016: "the application is not in this tenant: look at client_id and tenant_id",
    700024: "the client assertion is outside its life time: look at the clock of this machine",
    700027: "the certificate is not registered with the application, or the assertion's signature is wrong",
    700082: "the refresh token has expired because it was not used for 90 days: sign in again",
    70011: "the scope is not known: the application needs the delegated permission Partner Center user_impersonation",
    7000215: "the client secret is wrong: use the secret's value and not its id",
    7000222: "the client secret has expired: make a new one in the application's registration",
    90002: "no such tenant: look at tenant_id",
    900144: "the token request lacks a field: look at the credentials' options",
}


def of_fault(status: int, code: int | None) -> str:
    """The sentence for an answer of Partner Center."""
    if code is not None and (status, code) in _BY_STATUS_AND_CODE:
        return _BY_STATUS_AND_CODE[status, code]
    return _BY_STATUS.get(status, f"the service answered with HTTP status {status}, which it never documents")


def of_missing_mfa() -> str:
    """The sentence for a 401 that names no code but an invalid token on a token that is new (contract section 4)."""
    return _MFA_WITHOUT_BODY


def of_sign_in(codes: tuple[int, ...], error: str) -> str:
    """The sentence for Entra ID's refusal: by AADSTS number, else by the OAuth error, which is a fixed word."""
    for code in codes:
        if code in _BY_AADSTS:
            return f"Entra ID refused the sign-in (AADSTS{code}): {_BY_AADSTS[code]}"
    number = f"AADSTS{codes[0]}" if codes else error
    return f"Entra ID refused the sign-in ({number}): look this number up in Microsoft's list of AADSTS error codes"
