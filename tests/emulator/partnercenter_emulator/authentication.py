# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's check of tokens, and its refusals (contract, sections 4 and 6)."""

from __future__ import annotations

from .answers import Answer, BareAnswer, PartnerFault
from .service import Service
from .tokens import PARTNER_AUDIENCE, Caller

NO_TOKEN = ((b"www-authenticate", b"Bearer"),)
INVALID_TOKEN = ((b"www-authenticate", b'Bearer error="invalid_token"'),)


def authenticate(service: Service, headers: dict[bytes, bytes]) -> Caller:
    """Signature, expiry, audience and MFA; scopes are checked by the handlers, since some accept app-only tokens."""
    words = headers.get(b"authorization", b"").split(b" ", 1)
    scheme, token = words[0], words[-1] if len(words) == 2 else b""
    if scheme.lower() != b"bearer" or not token:
        raise PartnerFault(401, 800001, "The authorization header is missing.", headers=NO_TOKEN)
    caller = service.tokens.verify(token.strip())
    if caller is None:
        raise PartnerFault(401, 800001, "The access token is invalid or has expired.", headers=INVALID_TOKEN)
    if caller.audience.rstrip("/") != PARTNER_AUDIENCE:
        raise PartnerFault(401, 900420, "Access tokens for this audience are not accepted.", headers=INVALID_TOKEN)
    if caller.tenant_id != service.state.partner_id:
        raise PartnerFault(401, 800001, "The access token is of another tenant.", headers=INVALID_TOKEN)
    if not caller.mfa and not caller.app_only and service.knobs.mfa_enforced:
        if service.knobs.mfa_answer == "empty401":
            raise BareAnswer(
                Answer(401, content_type=None, headers=INVALID_TOKEN, reason="Unauthorized - MFA required")
            )
        raise PartnerFault(401, 900421, "MFA is required: the token was issued without it.", headers=INVALID_TOKEN)
    return caller
