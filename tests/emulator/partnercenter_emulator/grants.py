# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory of the authority: refresh tokens, authorization codes, device codes."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

from .clock import Clock
from .entra_errors import EntraError
from .issued import Issued
from .knobs import Knobs

CODE_LIFETIME = 600.0


@dataclass(slots=True)
class RefreshToken:
    """An opaque token with what Entra keeps about it."""

    token: str
    confidential: bool
    mfa: bool
    issued: float
    last_used: float
    revoked: bool = False


@dataclass(slots=True)
class AuthorizationCode:
    """The fruit of one visit to the authorize endpoint."""

    redirect_uri: str
    challenge: str
    challenge_method: str
    scope: str
    nonce: str
    created: float
    redeemed: bool = False


@dataclass(slots=True)
class DeviceCode:
    """A device code flow under way."""

    user_code: str
    scope: str
    created: float
    last_poll: float = 0.0
    decision: str = "pending"


@dataclass(slots=True)
class Grants:
    """All of them."""

    knobs: Knobs
    clock: Clock
    issued: Issued = field(default_factory=Issued)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    devices: dict[str, DeviceCode] = field(default_factory=dict)

    def new_refresh_token(self, *, confidential: bool, mfa: bool, token: str = "") -> str:
        """Issue one."""
        text = token or "0.A" + secrets.token_urlsafe(96)
        present = self.clock.timestamp()
        self.refresh_tokens[text] = RefreshToken(text, confidential, mfa, issued=present, last_used=present)
        return self.issued.add("refresh_token", text)

    def redeem_refresh_token(self, text: str) -> RefreshToken:
        """Find a refresh token that is still good, or say with Entra's number why it is not."""
        found = self.refresh_tokens.get(text)
        if found is None:
            raise EntraError(70000) if text else EntraError(900144, "'refresh_token'.")
        forced = {"expired": 700082, "revoked": 50173, "mfa_required": 50076, "conditional_access": 53003}
        if self.knobs.refresh_token_state != "valid":
            raise EntraError(forced[self.knobs.refresh_token_state])
        if found.revoked:
            raise EntraError(50173)
        lives_from = found.issued if self.knobs.refresh_token_clock == "issue" else found.last_used
        if self.clock.timestamp() - lives_from > self.knobs.refresh_token_lifetime:
            raise EntraError(700082)
        found.last_used = self.clock.timestamp()
        return found

    def new_code(self, code: AuthorizationCode) -> str:
        """Issue an authorization code."""
        text = "0.C" + secrets.token_urlsafe(48)
        self.codes[text] = code
        return self.issued.add("authorization_code", text)

    def redeem_code(self, text: str, redirect_uri: str, verifier: str) -> AuthorizationCode:
        """An authorization code works once, for ten minutes, for its redirect URI, with its PKCE verifier."""
        code = self.codes.get(text)
        if code is None:
            raise EntraError(9002313)
        if code.redeemed:
            raise EntraError(54005)
        if self.clock.timestamp() - code.created > CODE_LIFETIME:
            raise EntraError(70008)
        if code.redirect_uri != redirect_uri:
            raise EntraError(50011)
        if code.challenge:
            hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
            if code.challenge != (hashed if code.challenge_method.upper() == "S256" else verifier):
                raise EntraError(501481)
        code.redeemed = True
        return code

    def new_device(self, scope: str) -> tuple[str, DeviceCode]:
        """Begin a device code flow."""
        user_code = "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for position in range(9))
        device = DeviceCode(user_code, scope, self.clock.timestamp())
        device_code = self.issued.add("device_code", secrets.token_urlsafe(48))
        self.devices[device_code] = device
        return device_code, device

    def decide(self, user_code: str, decision: str) -> bool:
        """Record the decision of the person at the verification page."""
        for device in self.devices.values():
            if device.user_code == user_code.strip().upper() and device.decision == "pending":
                device.decision = decision
                return True
        return False

    def redeem_device(self, device_code: str) -> DeviceCode:
        """Poll a device code flow."""
        device = self.devices.get(device_code)
        if device is None:
            raise EntraError(70018)
        if self.clock.timestamp() - device.created > self.knobs.device_code_lifetime:
            raise EntraError(70019)
        approval = self.knobs.device_code_approval
        decision = device.decision if approval == "manual" else {"automatic": "approved", "denied": "denied"}[approval]
        if decision == "denied":
            raise EntraError(65004, error="authorization_declined")
        if decision == "pending":
            device.last_poll = self.clock.timestamp()
            raise EntraError(70016)
        del self.devices[device_code]
        return device

    def clear(self) -> None:
        """Forget everything."""
        self.refresh_tokens.clear()
        self.codes.clear()
        self.devices.clear()


def states(grants: Grants) -> list[dict[str, Any]]:
    """Refresh tokens for the control endpoint, by their last characters only."""
    return [
        {"ends_with": item.token[-6:], "mfa": item.mfa, "last_used": item.last_used, "revoked": item.revoked}
        for item in grants.refresh_tokens.values()
    ]
