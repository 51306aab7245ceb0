# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences for the errors of the service: what they mean, and what to do. Two tables.

The key is status and code (contract section 6), because code 3000 appears under 400 and under 404. The service's own
description is never quoted, because it may repeat what was sent.
"""

from __future__ import annotations

from .._http.fault_sentences import FaultSentences

_GDAP_ROLE = (
    "the account needs an active GDAP relationship with this customer that grants the role User Administrator, or "
    "Privileged Authentication Administrator where the user is an administrator"
)

_BY_STATUS_AND_CODE: dict[tuple[int, int | str], str] = {
    (400, 2000): "the service calls an id malformed or an input missing: look at the customer id and the user id",
    (
        400,
        3000,
    ): "the service does not accept a value: a password breaks the password rules, or contains a banned word",
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
    (403, 900309): "a conditional access policy of the customer or of the partner blocks this account: exempt it there",
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
    501: "this call does not exist at the service",
}

_SENTENCES = FaultSentences("Partner Center", _BY_STATUS, _BY_STATUS_AND_CODE)
of_fault, of_unsigned = _SENTENCES.of_fault, _SENTENCES.of_unsigned


def of_missing_mfa() -> str:
    """Return the sentence for a 401 that has no code and follows on a new token (contract section 4)."""
    return _BY_STATUS_AND_CODE[401, 900421]
